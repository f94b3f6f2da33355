/**
 * Types of tables, memories, globals and tags, as imports and definition sections have them.
 *
 * Spec: core binary/types, Limits to External Types; threads binary/types.
 */
import type { AddrType, GlobalType, Limits, MemoryType, TableType, TagType } from "../types/externtype.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { DecodeErrorCode } from "./decode-error.ts";
import type { ModuleState } from "./module-state.ts";
import { decodeMutability } from "./type-section.ts";
import { decodeRefType, decodeValType } from "./value-types.ts";

const HAS_MAX = 1;
const SHARED = 2;
const ADDR_64 = 4;

const PAGE_SIZE_LOG2 = 16;
/** Pages that fill the address space. */
const MAX_PAGES: Readonly<Record<AddrType, bigint>> = { i32: 1n << 16n, i64: 1n << 48n };
const MAX_ELEMENTS: Readonly<Record<AddrType, bigint>> = { i32: (1n << 32n) - 1n, i64: (1n << 64n) - 1n };

interface FlaggedLimits {
  readonly limits: Limits;
  readonly addr: AddrType;
  readonly shared: boolean;
}

/**
 * Decodes one `limits` with its flags.
 *
 * Flag bit 0: a maximum follows; bit 1: shared; bit 2: 64-bit address type. Bounds count pages
 * of a memory and elements of a table, and are written as u64 for both address types.
 */
function decodeLimits(reader: ByteReader, allowed: number): FlaggedLimits {
  const start = reader.pos;
  const flags = reader.u8();
  if ((flags & ~allowed) !== 0) throw reader.error("decode/limits-flags", `found 0x${flags.toString(16)}`, start);
  const addr: AddrType = (flags & ADDR_64) === 0 ? "i32" : "i64";
  const min = reader.u64();
  const max = (flags & HAS_MAX) === 0 ? undefined : reader.u64();
  if (max !== undefined && min > max) throw reader.error("decode/limits-range", `${min} > ${max}`, start);
  return { limits: { min, max }, addr, shared: (flags & SHARED) !== 0 };
}

function checkBounds(reader: ByteReader, limits: Limits, most: bigint, code: DecodeErrorCode, offset: number): void {
  const largest = limits.max ?? limits.min;
  if (largest > most) throw reader.error(code, `must be at most ${most}, found ${largest}`, offset);
}

/** @throws DecodeError decode/reference-type, decode/limits-flags, decode/limits-range, decode/table-size. */
export function decodeTableType(state: ModuleState): TableType {
  const { reader } = state;
  const element = decodeRefType(reader, state.types.length);
  const start = reader.pos;
  const { limits, addr } = decodeLimits(reader, HAS_MAX | ADDR_64);
  checkBounds(reader, limits, MAX_ELEMENTS[addr], "decode/table-size", start);
  return { kind: "table", addr, limits, element };
}

/** @throws DecodeError decode/limits-flags, decode/limits-range, decode/memory-size, decode/memory64-size, decode/shared-without-maximum. */
export function decodeMemoryType(state: ModuleState): MemoryType {
  const { reader } = state;
  const start = reader.pos;
  const { limits, addr, shared } = decodeLimits(reader, HAS_MAX | SHARED | ADDR_64);
  checkBounds(reader, limits, MAX_PAGES[addr], addr === "i64" ? "decode/memory64-size" : "decode/memory-size", start);
  if (shared && limits.max === undefined) {
    throw reader.error("decode/shared-without-maximum", "flags 0x2 without 0x1", start);
  }
  return { kind: "memory", addr, limits, shared, pageSizeLog2: PAGE_SIZE_LOG2 };
}

/** @throws DecodeError decode/value-type, decode/mutability. */
export function decodeGlobalType(state: ModuleState): GlobalType {
  const value = decodeValType(state.reader, state.types.length);
  return { kind: "global", mutable: decodeMutability(state.reader), value };
}

/** @throws DecodeError decode/tag-attribute, decode/unknown-type, decode/type-kind. */
export function decodeTagType(state: ModuleState): TagType {
  const { reader } = state;
  const attribute = reader.u8();
  if (attribute !== 0) {
    throw reader.error("decode/tag-attribute", `found 0x${attribute.toString(16)}`, reader.pos - 1);
  }
  return { kind: "tag", type: state.funcTypeIdx() };
}
