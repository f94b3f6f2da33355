// Types
export type * from "./types/valtype.ts";
export type * from "./types/externtype.ts";
// Binary
export { ByteReader } from "./binary/byte-reader.ts";
export { ByteWriter } from "./binary/byte-writer.ts";
export { DECODE_ERRORS, DecodeError } from "./binary/decode-error.ts";
export type { DecodeErrorCode, ModuleLocation } from "./binary/decode-error.ts";
export { INSTRUCTIONS, Immediate, immediateOf, immediateOfPrefixed, instructionOf, opcodeOf } from "./binary/instructions.ts";
export type { InstructionRow } from "./binary/instructions.ts";
export type * from "./binary/module.ts";
