// Options
export { OptionError } from "#base";
// Types
export type * from "./types/valtype.ts";
export type * from "./types/externtype.ts";
export { TypeRegistry, canonicalId } from "./types/registry.ts";
export type { TypeIds } from "./types/registry.ts";
export { equalValType, matchExternType, matchLimits, matchRefType, matchValType } from "./types/matching.ts";
export type { Scoped } from "./types/matching.ts";
export { printCompType, printExternType, printFuncType, printRefType, printSubType, printValType } from "./types/print.ts";
export type { TypeLookup } from "./types/print.ts";
// Binary
export { ByteReader } from "./binary/byte-reader.ts";
export { ByteWriter } from "./binary/byte-writer.ts";
export { localTypes } from "./binary/code-section.ts";
export { decodeModule } from "./binary/decode-module.ts";
export { DECODE_ERRORS, DecodeError } from "./binary/decode-error.ts";
export type { DecodeErrorCode, ModuleLocation } from "./binary/decode-error.ts";
export { INSTRUCTIONS, Immediate, immediateOf, immediateOfPrefixed, instructionOf, opcodeOf } from "./binary/instructions.ts";
export { skipImmediates, skipInstruction } from "./binary/skip.ts";
export { writtenMemories } from "./binary/written-memories.ts";
export { decodeNames } from "./binary/names.ts";
export type { ModuleNames } from "./binary/names.ts";
export type { InstructionRow } from "./binary/instructions.ts";
export type * from "./binary/module.ts";
// Constant expressions
export { evaluateConst, initialGlobals } from "./const/const-eval.ts";
export type { ConstContext, GlobalLookup } from "./const/const-eval.ts";
export type { ConstRef, ConstValue } from "./const/const-value.ts";
export { activeSegments } from "./const/active-segments.ts";
export type { ActiveSegment } from "./const/active-segments.ts";
// Translate
export { translate } from "./translate/translate.ts";
export { lookupOffset } from "./translate/offset-map.ts";
export type { OriginalOffset } from "./translate/offset-map.ts";
export { HOOK_COUNT, HOOK_TYPES, Hook, INSERTED } from "./translate/translated.ts";
export type { HiddenNames, OffsetMap, TranslateOptions, Translated } from "./translate/translated.ts";
// Runtime
export { Engine } from "./runtime/engine.ts";
export type { BlobCache, EngineOptions, Parking, WaitPlace, RawFunc, Safepoints } from "./runtime/engine-options.ts";
export { Module } from "./runtime/module.ts";
export type { CompileOptions, CompilePhase, CompileTimings, ModuleParts } from "./runtime/module.ts";
export { ValidateError, hostValidate } from "./runtime/validate.ts";
export type { ModuleExport, ModuleImport, ModuleLayout } from "./runtime/layout.ts";
export { printCanonical } from "./runtime/canonical-types.ts";
export { Store } from "./runtime/store.ts";
export type { StoreOptions } from "./runtime/store.ts";
export { LimitError, StoreError } from "./runtime/store-errors.ts";
export type { LimitName } from "./runtime/store-errors.ts";
export type { StoreLimiter } from "./runtime/limiter.ts";
export { Linker } from "./runtime/linker.ts";
export type { Definition } from "./runtime/linker.ts";
export { InstancePre } from "./runtime/instance-pre.ts";
export { HostFunc } from "./runtime/host-func.ts";
export type { CallerCallable, HostCallable, ImportableFunc } from "./runtime/host-func.ts";
export { Caller } from "./runtime/caller.ts";
export {
  ForeignEngineError, ForeignStoreError, ImportKindError, ImportLimitsError, ImportMutabilityError, ImportSubtypeError, ImportTagError,
  ImportTypeError, NoDefaultError, ProgramKindError, RedefinitionError, UnknownImportError,
} from "./runtime/link-errors.ts";
export type { ImportMismatch, ImportTypeCode, LinkPlace, MissingImport } from "./runtime/link-errors.ts";
export { Instance } from "./runtime/instance.ts";
export type { Extern } from "./runtime/extern.ts";
export { Func } from "./runtime/func.ts";
export { Global } from "./runtime/global.ts";
export { Memory } from "./runtime/memory.ts";
export { Table } from "./runtime/table.ts";
export { Tag } from "./runtime/tag.ts";
export { ValueError } from "./runtime/value.ts";
export { Trap } from "./runtime/trap.ts";
export type { TrapParts } from "./runtime/trap.ts";
export { TRAPS } from "./runtime/trap-codes.ts";
export type { TrapCode } from "./runtime/trap-codes.ts";
export { TRAP_FRAMES, withTrapFrames } from "./runtime/stack-frames.ts";
export type { WasmFrame } from "./runtime/stack-frames.ts";
export type { SourceLocation } from "./dwarf/line-table.ts";
