// Errors
export { IsolaError, KernelBug, assert, unreachable } from "./errors.ts";
