/** Errors that one hart throws for another: class, code, message and facts cross, causes and stacks stay. */
import { StartupHandlesError, WasiOptionsError } from "#abi";
import { IsolaError, reasonText } from "#base";
import { FsError } from "#fs";
import { CapacityError, LimitError, ShutdownError } from "#kernel";
import { ImportKindError, ImportTypeError, LimitError as StoreLimitError, UnknownImportError } from "#wasm";
import { HandleError } from "../handles.ts";
import { InterfaceError } from "../interface.ts";
import { LibraryError } from "../library-modules.ts";
import { ProgramError } from "../program-error.ts";
import { SharedMemoryError } from "../shared-memory.ts";
import { ThreadsError } from "../wasi-threads.ts";
import { HartError } from "./hart-error.ts";

export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const CLASSES: Readonly<Record<string, abstract new (...args: never[]) => Error>> = Object.fromEntries([
  CapacityError, FsError, HandleError, HartError, ImportKindError, ImportTypeError, InterfaceError, LibraryError, LimitError, ProgramError, SharedMemoryError,
  ShutdownError, StartupHandlesError, ThreadsError, UnknownImportError, WasiOptionsError,
].map((type) => [type.name, type]));

export function errorParts(error: unknown): ErrorParts {
  if (!(error instanceof Error)) return { name: "Error", message: reasonText(error), facts: {} };
  const facts = Object.entries(error).filter(([name, value]) => name !== "name" && isPlain(value));
  // Two classes have this name; that of the kernel is what spawning throws.
  const name = error instanceof StoreLimitError ? HartError.name : error.name;
  return { name, message: error.message, facts: Object.fromEntries(facts) };
}

/** An error of the same class and with the same facts, as far as both harts know the class; else a HartError. */
export function errorFrom({ name, message, facts }: ErrorParts): Error {
  const type = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (type === undefined || type === HartError) return new HartError("os/hart-refused", message);
  const error = Object.create(type.prototype, { stack: { value: new Error(message).stack, configurable: true, writable: true } }) as Error;
  Object.defineProperty(error, "message", { value: message, configurable: true, writable: true });
  return Object.assign(error, facts, { name });
}

/** The code of an error that a kernel call may tell as a refusal. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof IsolaError ? error.code : undefined;
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value === "object" && value !== null) return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
  return typeof value !== "function" && typeof value !== "symbol";
}
