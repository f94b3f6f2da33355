/**
 * The line of a thread that runs on another hart than its process: calls go to the process's hart, answers
 * come back, and wakes of threads that wait at their memory go both ways.
 */
import { FIRST_KIND } from "#kernel";
import type { KillReason } from "#kernel";
import type { CoreValue } from "#kernel";
import type { EndParts } from "./messages.ts";

export const ThreadKind = {
  /** `arg` is the number of the function among the program's; its arguments, 8 bytes each. */
  call: FIRST_KIND,
  /** `arg` is the result. */
  answer: FIRST_KIND + 1,
  /** `arg` is the hart whose threads are to be woken: `address:u64 count:u32`. */
  wake: FIRST_KIND + 2,
} as const;

/** What is posted to the thread's hart. */
export interface ThreadOrder {
  readonly kill: KillReason;
}
/** What is posted from there; the last that comes. */
export interface ThreadNews {
  readonly ended: EndParts;
}

const ARG_BYTES = 8;
const WAKE_BYTES = 12;

export function encodeArgs(args: readonly CoreValue[]): Uint8Array {
  const bytes = new Uint8Array(args.length * ARG_BYTES);
  const view = new DataView(bytes.buffer);
  args.forEach((arg, index) => {
    if (typeof arg === "bigint") view.setBigInt64(index * ARG_BYTES, arg, true);
    else view.setFloat64(index * ARG_BYTES, arg, true);
  });
  return bytes;
}

/** The arguments of the call in `bytes`, read as their types say. */
export class CallArgs {
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  number(index: number): number {
    return this.#view.getFloat64(index * ARG_BYTES, true);
  }
  bigint(index: number): bigint {
    return this.#view.getBigInt64(index * ARG_BYTES, true);
  }
}

export function encodeWake(address: bigint, count: number): Uint8Array {
  const bytes = new Uint8Array(WAKE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, address, true);
  view.setUint32(8, count, true);
  return bytes;
}
export function decodeWake(bytes: Uint8Array): { readonly address: bigint; readonly count: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { address: view.getBigUint64(0, true), count: view.getUint32(8, true) };
}
