// Types
export type * from "./types/valtype.ts";
export type * from "./types/externtype.ts";
// Binary
export { ByteReader } from "./binary/byte-reader.ts";
export { ByteWriter } from "./binary/byte-writer.ts";
export { decodeModule } from "./binary/decode-module.ts";
export { DECODE_ERRORS, DecodeError } from "./binary/decode-error.ts";
export type { DecodeErrorCode, ModuleLocation } from "./binary/decode-error.ts";
export { INSTRUCTIONS, Immediate, immediateOf, immediateOfPrefixed, instructionOf, opcodeOf } from "./binary/instructions.ts";
export { skipImmediates, skipInstruction } from "./binary/skip.ts";
export type { InstructionRow } from "./binary/instructions.ts";
export type * from "./binary/module.ts";
// Translate
export { translate } from "./translate/translate.ts";
export { lookupOffset } from "./translate/offset-map.ts";
export type { OriginalOffset } from "./translate/offset-map.ts";
export { HOOK_COUNT, HOOK_TYPES, Hook, INSERTED } from "./translate/translated.ts";
export type { HiddenNames, OffsetMap, TranslateOptions, Translated } from "./translate/translated.ts";
