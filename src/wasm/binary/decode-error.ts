/**
 * What can be wrong with the bytes of a module, and where.
 *
 * Every message begins with the words by which the core conformance suite knows the error, so
 * that `assert_malformed` and `assert_invalid` compare by prefix. The codes are stable; callers
 * match on codes, never on prose.
 *
 * Spec: core binary/modules and valid/modules; the words are those of the core suite.
 */
import { IsolaError } from "#base";

/** Code to the words that open the message. */
export const DECODE_ERRORS = {
  "decode/unexpected-end": "unexpected end",
  "decode/unexpected-end-of-section": "unexpected end of section or function",
  "decode/leb-too-long": "integer representation too long",
  "decode/leb-too-large": "integer too large",
  "decode/utf8": "malformed UTF-8 encoding",
  "decode/magic": "magic header not detected",
  "decode/version": "unknown binary version",
  "decode/section-id": "malformed section id",
  "decode/section-size": "section size mismatch",
  "decode/section-order": "unexpected content after last section",
  "decode/length": "length out of bounds",
  "decode/func-code-count": "function and code section have inconsistent lengths",
  "decode/data-count": "data count and data section have inconsistent lengths",
  "decode/data-count-required": "data count section required",
  "decode/import-kind": "malformed import kind",
  "decode/export-kind": "malformed export kind",
  "decode/limits-flags": "malformed limits flags",
  "decode/mutability": "malformed mutability",
  "decode/value-type": "malformed value type",
  "decode/reference-type": "malformed reference type",
  "decode/heap-type": "malformed heap type",
  "decode/definition-type": "malformed definition type",
  "decode/elem-kind": "malformed element kind",
  "decode/elem-flags": "malformed elements segment kind",
  "decode/data-flags": "malformed data segment kind",
  "decode/tag-attribute": "malformed attribute",
  "decode/memarg-flags": "malformed memop flags",
  "decode/catch-kind": "malformed catch clause",
  "decode/cast-flags": "malformed cast flags",
  "decode/zero-byte": "zero byte expected",
  "decode/opcode": "illegal opcode",
  "decode/end-expected": "END opcode expected",
  "decode/too-many-locals": "too many locals",
  "decode/unknown-type": "unknown type",
  "decode/unknown-func": "unknown function",
  "decode/unknown-table": "unknown table",
  "decode/unknown-memory": "unknown memory",
  "decode/unknown-global": "unknown global",
  "decode/unknown-tag": "unknown tag",
  "decode/type-kind": "non-function type",
  "decode/sub-type": "sub type",
  "decode/duplicate-export": "duplicate export name",
  "decode/limits-range": "size minimum must not be greater than maximum",
  "decode/memory-size": "memory size must be at most 65536 pages (4GiB)",
  "decode/memory64-size": "memory size must be at most 2^48 pages",
  "decode/table-size": "table size",
  "decode/shared-without-maximum": "shared memory must have maximum",
  "decode/implementation-limit": "implementation limit exceeded",
} as const;
/** The codes of `DecodeError`; stable. */
export type DecodeErrorCode = keyof typeof DECODE_ERRORS;

/** Where in which module. `path` names the part, such as `elem[2].init[0]`. */
export interface ModuleLocation {
  readonly module: string;
  /** Byte offset in the module. */
  readonly offset: number;
  readonly path: string;
}

/** The bytes are no module, or break a rule of the binary format that the project relies on. */
export class DecodeError extends IsolaError {
  readonly code: DecodeErrorCode;
  readonly at: ModuleLocation;
  readonly detail: string;

  constructor(code: DecodeErrorCode, at: ModuleLocation, detail: string) {
    const module = at.module === "" ? "module" : at.module;
    const path = at.path === "" ? "" : `, ${at.path}`;
    // Where the suite's words end in an index or opcode, the detail begins with it.
    const colon = code.startsWith("decode/unknown-") || code === "decode/opcode" ? "" : ":";
    super(`${DECODE_ERRORS[code]}${colon} ${detail} (${module} at 0x${at.offset.toString(16)}${path})`);
    this.code = code;
    this.at = at;
    this.detail = detail;
  }
}
