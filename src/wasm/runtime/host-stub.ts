/**
 * Functions that stand in for imports that nobody defined, with signatures that JavaScript has
 * no values for.
 *
 * The host refuses to pass a v128 or an exception reference to JavaScript, so such a function
 * must be WebAssembly itself: a generated module that imports one plain function, `f`, and exports
 * a function of the wanted type which calls it. Then it returns the default values.
 *
 * Spec: core binary/modules; core exec/runtime, Default Values; JS API, ToWebAssemblyValue.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { FuncType } from "../types/externtype.ts";
import type { AbsHeapType, ValType } from "../types/valtype.ts";

const NUMBERS = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
const HEAPS: Readonly<Record<AbsHeapType, number>> = {
  noexn: 0x74, nofunc: 0x73, noextern: 0x72, none: 0x71, func: 0x70, extern: 0x6f, any: 0x6e, eq: 0x6d, i31: 0x6c, struct: 0x6b,
  array: 0x6a, exn: 0x69,
};
const REF_NULL = 0xd0;
const REF = 0x64;

/** Whether JavaScript functions can stand for the type. */
export function isCallableFromHost({ params, results }: FuncType): boolean {
  return [...params, ...results].every((type) =>
    typeof type === "string" ? type !== "v128" : type.heap !== "exn" && type.heap !== "noexn");
}

/** Whether a stub module can spell the type: it has no types of the guest's module. */
export function isStubbable({ params, results }: FuncType): boolean {
  return [...params, ...results].every((type) => typeof type === "string" || typeof type.heap === "string");
}

/** The default value of `type` as instructions; undefined when it has none. */
function defaultValue(type: ValType): readonly number[] | undefined {
  switch (type) {
    case "i32": return [0x41, 0];
    case "i64": return [0x42, 0];
    case "f32": return [0x43, 0, 0, 0, 0];
    case "f64": return [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
    case "v128": return [0xfd, 0x0c, ...new Uint8Array(16)];
    default: return type.nullable && typeof type.heap === "string" ? [REF_NULL, HEAPS[type.heap]] : undefined;
  }
}

/** Whether there is a value that stands for "nothing given": zero, or null. */
export function hasDefault(type: ValType): boolean {
  return typeof type === "string" || type.nullable;
}

function encodedType(type: ValType): readonly number[] {
  if (typeof type === "string") return [NUMBERS[type]];
  const heap = HEAPS[type.heap as AbsHeapType]; // `isStubbable` has looked
  return type.nullable ? [heap] : [REF, heap];
}

/**
 * A function of `type`, which must be stubbable, that calls `called` and then returns default
 * values, or traps when a result has none.
 */
export function makeStub(type: FuncType, called: () => void): WebAssembly.ExportedFunction {
  const values = type.results.map(defaultValue);
  const end = values.some((value) => value === undefined) ? [0x00] : values.flatMap((value) => value ?? []);
  const module = new ByteWriter();
  const section = (id: number, body: (into: ByteWriter) => void): void => {
    const contents = new ByteWriter();
    body(contents);
    const bytes = contents.finish();
    module.u8(id);
    module.u32(bytes.length);
    module.append(bytes);
  };
  const types = (into: ByteWriter, list: readonly ValType[]): void => {
    into.u32(list.length);
    for (const item of list) into.append(Uint8Array.from(encodedType(item)));
  };
  module.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
  section(1, (into) => {
    into.append(Uint8Array.of(2, 0x60, 0, 0, 0x60));
    types(into, type.params);
    types(into, type.results);
  });
  section(2, (into) => into.append(Uint8Array.of(1, 1, 0x68, 1, 0x66, 0, 0)));
  section(3, (into) => into.append(Uint8Array.of(1, 1)));
  section(7, (into) => into.append(Uint8Array.of(1, 1, 0x73, 0, 1)));
  section(10, (into) => {
    const code = Uint8Array.of(0, 0x10, 0, ...end, 0x0b);
    into.u32(1);
    into.u32(code.length);
    into.append(code);
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { h: { f: called } });
  return exports["s"] as WebAssembly.ExportedFunction;
}
