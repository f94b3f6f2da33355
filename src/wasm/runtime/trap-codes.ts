/**
 * All traps, one row each: our code, the words of the specification's suite, and how hosts
 * say it.
 *
 * Hosts are coarser than the specification: V8 answers a call through a table with "table
 * index is out of bounds" where the suite expects "undefined element", and V8 14 has one
 * message for a null entry and for one of another type. `words` lists all that a host's message can
 * stand for, the most likely first.
 *
 * Spec: core appendix, and the `assert_trap` texts of the core suite.
 */

export interface TrapRow {
  readonly code: string;
  readonly words: readonly string[];
  /** Whole messages of V8 (Node 24 and 26, Chromium), SpiderMonkey and JavaScriptCore. */
  readonly host: readonly (string | RegExp)[];
}

const rows = [
  { code: "unreachable", words: ["unreachable"],
    host: ["unreachable", "unreachable executed", /^Unreachable code should not be executed/] },
  { code: "integer-divide-by-zero", words: ["integer divide by zero"],
    host: ["divide by zero", "remainder by zero", "integer divide by zero", /^Division by zero/] },
  { code: "integer-overflow", words: ["integer overflow"],
    host: ["divide result unrepresentable", "integer overflow", /^Integer overflow/] },
  { code: "invalid-conversion-to-integer", words: ["invalid conversion to integer", "integer overflow"],
    host: ["float unrepresentable in integer range", "invalid conversion to integer", /^Out of bounds Trunc operation/] },
  { code: "out-of-bounds-memory-access", words: ["out of bounds memory access"],
    host: ["memory access out of bounds", "index out of bounds", "data segment out of bounds", /^Out of bounds memory access/,
      /data segment \d+ is out of bounds/] },
  { code: "out-of-bounds-table-access", words: ["out of bounds table access", "undefined element"],
    host: ["table index is out of bounds", "table access out of bounds", "table index out of bounds", "element segment out of bounds",
      "element segment has been dropped", /^Out of bounds (table access|call_indirect)/, /(element segment|table initializer).*out of bounds/] },
  { code: "indirect-call-type-mismatch", words: ["indirect call type mismatch", "uninitialized element"],
    host: ["null function or function signature mismatch", "function signature mismatch", "indirect call signature mismatch",
      /^call_indirect to a signature that does not match/] },
  { code: "uninitialized-element", words: ["uninitialized element"],
    host: ["null function", "indirect call to null", /^call_indirect to a null table entry/] },
  { code: "null-reference", words: ["null reference", "null function reference", "null structure reference", "null array reference",
      "null i31 reference", "null exception reference"],
    host: ["dereferencing a null pointer", "dereferencing null pointer", "rethrowing null value", "rethrowing null reference",
      /^(call_ref to a null reference|throw_ref on a null reference|access to a null reference|ref\.as_non_null to a null reference)/i] },
  { code: "cast-failure", words: ["cast failure"],
    host: ["illegal cast", "bad cast", /^ref\.cast failed/, /^Unsuccessful ref\.cast/] },
  { code: "out-of-bounds-array-access", words: ["out of bounds array access"],
    host: ["array element access out of bounds", /^Out of bounds array\./] },
  { code: "array-too-large", words: ["requested array is too large", "out of bounds array access"],
    host: ["requested new array is too large", "too many array elements", /^Failed to allocate new array/] },
  { code: "unaligned-atomic", words: ["unaligned atomic"],
    host: ["operation does not support unaligned accesses", "unaligned memory access", /^Unaligned memory access/] },
  { code: "expected-shared-memory", words: ["expected shared memory"],
    host: ["Atomics.wait cannot be called in this context", "atomic wait on non-shared memory"] },
  { code: "call-stack-exhausted", words: ["call stack exhausted"],
    host: ["Maximum call stack size exceeded", "Maximum call stack size exceeded.", "too much recursion"] },
  { code: "uncaught-exception", words: ["uncaught exception", "unhandled exception"], host: [] },
  { code: "cannot-suspend", words: ["cannot suspend here"],
    host: ["trying to suspend JS frames", /^trying to suspend without WebAssembly\.promising/] },
  { code: "out-of-memory", words: ["out of memory"],
    host: ["out of memory", "allocation size overflow", /^Out of memory/] },
  // From here on: raised by code of ours inside the guest, never by a host's own message.
  { code: "fuel-exhausted", words: ["all fuel consumed"], host: [] },
  { code: "interrupted", words: ["interrupted"], host: [] },
  { code: "unknown-import-called", words: ["unknown import called"], host: [] },
  { code: "unknown", words: ["unknown trap"], host: [] },
] as const satisfies readonly TrapRow[];

/** The table of traps. */
export const TRAPS: readonly TrapRow[] = rows;
/** Why a guest stopped; stable. */
export type TrapCode = (typeof rows)[number]["code"];

const exact = new Map<string, TrapCode>();
const patterns: { readonly pattern: RegExp; readonly code: TrapCode }[] = [];
const words = new Map<TrapCode, readonly string[]>();
for (const row of rows) {
  words.set(row.code, row.words);
  for (const host of row.host as readonly (string | RegExp)[]) {
    if (typeof host === "string") exact.set(host, row.code);
    else patterns.push({ pattern: host, code: row.code });
  }
}

/** What a host's message means, or undefined when no row knows it. */
export function trapCodeOf(hostMessage: string): TrapCode | undefined {
  // V8 says where, when it was not in code: "WebAssembly.Instance(): table index is out of bounds".
  const message = hostMessage.replace(/^WebAssembly\.\w+(\.\w+)?\(\): /, "");
  return exact.get(message) ?? patterns.find(({ pattern }) => pattern.test(message))?.code;
}

/** Words of the specification that a trap of this code may stand for, the most likely first. */
export function trapWords(code: TrapCode): readonly string[] {
  return words.get(code) ?? [code];
}
