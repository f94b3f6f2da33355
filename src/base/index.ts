// Errors
export { IsolaError, KernelBug, assert, reasonText, unreachable } from "./errors.ts";
// Bytes, text and numbers
export { joinBytes } from "./bytes.ts";
export { nearest } from "./nearest.ts";
export { decodeUtf8, encodeUtf8, utf8Length } from "./utf8.ts";
export { s32Length, u32Length } from "./leb128.ts";
// Queues
export { Ring } from "./ring.ts";
// Options
export { defined } from "./defined.ts";
export {
  OptionError, anything, checkOptions, eachOf, mustBe, mustBeAmount, mustBeBoolean, mustBeFunction, mustBeNumber, mustBeObject, mustBeQuantity, mustBeSignal, mustBeString, mustBeStrings,
  mustBeStringsByName, mustBeWhole, oneOf, optionsOf,
} from "./options.ts";
export type { OptionRule, OptionRules } from "./options.ts";
