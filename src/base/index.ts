// Errors
export { IsolaError, KernelBug, assert, unreachable } from "./errors.ts";
// Bytes, text and numbers
export { joinBytes } from "./bytes.ts";
export { decodeUtf8, encodeUtf8, utf8Length } from "./utf8.ts";
export { s32Length, u32Length } from "./leb128.ts";
// Queues
export { Ring } from "./ring.ts";
