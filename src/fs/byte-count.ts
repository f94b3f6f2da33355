/** Offsets and sizes as guests claim them. */
import { FsError } from "./fs-error.ts";

/** @throws FsError `inval` unless `value` is a whole number from 0 to 2^53-1. */
export function checkByteCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new FsError("inval", "offset or size out of range");
}

/** The end of [offset, offset + length). @throws FsError `inval` as `checkByteCount`, `fbig` when it is past 2^53-1. */
export function checkedEnd(offset: number, length: number): number {
  checkByteCount(offset);
  checkByteCount(length);
  const end = offset + length;
  if (end > Number.MAX_SAFE_INTEGER) throw new FsError("fbig");
  return end;
}
