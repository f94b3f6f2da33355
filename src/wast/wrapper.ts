/**
 * Generated wrapper modules: they carry values across the JavaScript border as bits.
 *
 * JavaScript cannot pass a v128 and may change the payload of a NaN. A wrapper imports the
 * function under test with its true functype and exports a function whose parameters and results
 * are i32 for f32, i64 for f64 and two i64 (low half first) for v128. An exception reference
 * cannot pass at all: its carried form is an i32, 1 for any exception and 0 for null, and as a
 * parameter it is always null. All other types pass as they are. Modules are cached by functype, one instance is made per function.
 *
 * Spec: core binary/modules.
 */

/** A type that a wrapper can name: number types, v128 and nullable abstract heap types. */
export type WrapType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref" | "anyref" | "exnref";

const TYPE_BYTE: Readonly<Record<WrapType, number>> = {
  i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70, externref: 0x6f, anyref: 0x6e, exnref: 0x69,
};

/** How one value of a type looks on the JavaScript side. */
function carried(type: WrapType): readonly WrapType[] {
  switch (type) {
    case "f32":
    case "exnref": return ["i32"];
    case "f64": return ["i64"];
    case "v128": return ["i64", "i64"];
    default: return [type];
  }
}

const uleb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(value >>> 7)]);
const vec = (items: readonly (readonly number[])[]): number[] => [...uleb(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]): number[] => [id, ...uleb(body.length), ...body];
const functype = (params: readonly WrapType[], results: readonly WrapType[]): number[] =>
  [0x60, ...vec(params.map((type) => [TYPE_BYTE[type]])), ...vec(results.map((type) => [TYPE_BYTE[type]]))];
const text = (value: string): number[] => { const bytes = [...new TextEncoder().encode(value)]; return [...uleb(bytes.length), ...bytes]; };
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const END = 0x0b, LOCAL_GET = 0x20, LOCAL_SET = 0x21, CALL = 0x10, GLOBAL_GET = 0x23, REF_NULL = 0xd0, REF_IS_NULL = 0xd1, I32_EQZ = 0x45;
const I32_REINTERPRET_F32 = 0xbc, I64_REINTERPRET_F64 = 0xbd, F32_REINTERPRET_I32 = 0xbe, F64_REINTERPRET_I64 = 0xbf;
const I64X2_SPLAT = [0xfd, 0x12], I64X2_EXTRACT_LANE = [0xfd, 0x1d], I64X2_REPLACE_LANE = [0xfd, 0x1e];

/** Instructions that take the carried parameters starting at local `at` and leave the value. */
function unpack(type: WrapType, at: number): number[] {
  switch (type) {
    case "f32": return [LOCAL_GET, ...uleb(at), F32_REINTERPRET_I32];
    case "f64": return [LOCAL_GET, ...uleb(at), F64_REINTERPRET_I64];
    case "v128": return [LOCAL_GET, ...uleb(at), ...I64X2_SPLAT, LOCAL_GET, ...uleb(at + 1), ...I64X2_REPLACE_LANE, 1];
    case "exnref": return [REF_NULL, TYPE_BYTE.exnref];
    default: return [LOCAL_GET, ...uleb(at)];
  }
}

/** Instructions that leave the carried form of the value made by `get`. */
function pack(type: WrapType, get: readonly number[]): number[] {
  switch (type) {
    case "f32": return [...get, I32_REINTERPRET_F32];
    case "f64": return [...get, I64_REINTERPRET_F64];
    case "v128": return [...get, ...I64X2_EXTRACT_LANE, 0, ...get, ...I64X2_EXTRACT_LANE, 1];
    case "exnref": return [...get, REF_IS_NULL, I32_EQZ];
    default: return [...get];
  }
}

function funcWrapper(params: readonly WrapType[], results: readonly WrapType[]): Uint8Array<ArrayBuffer> {
  const outerParams = params.flatMap(carried), outerResults = results.flatMap(carried);
  const code: number[] = [];
  let at = 0;
  for (const type of params) {
    code.push(...unpack(type, at));
    at += carried(type).length;
  }
  code.push(CALL, 0);
  const firstResult = outerParams.length;
  for (let i = results.length - 1; i >= 0; i--) code.push(LOCAL_SET, ...uleb(firstResult + i));
  results.forEach((type, i) => code.push(...pack(type, [LOCAL_GET, ...uleb(firstResult + i)])));
  const locals = vec(results.map((type) => [1, TYPE_BYTE[type]]));
  const body = [...locals, ...code, END];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vec([functype(params, results), functype(outerParams, outerResults)])),
    ...section(2, vec([[...text(""), ...text("x"), 0x00, 0]])),
    ...section(3, vec([[1]])),
    ...section(7, vec([[...text("f"), 0x00, 1]])),
    ...section(10, vec([[...uleb(body.length), ...body]])),
  ]);
}

function globalWrapper(type: WrapType, mutable: boolean): Uint8Array<ArrayBuffer> {
  const body = [0, ...pack(type, [GLOBAL_GET, 0]), END];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vec([functype([], carried(type))])),
    ...section(2, vec([[...text(""), ...text("x"), 0x03, TYPE_BYTE[type], mutable ? 1 : 0]])),
    ...section(3, vec([[0]])),
    ...section(7, vec([[...text("f"), 0x00, 0]])),
    ...section(10, vec([[...uleb(body.length), ...body]])),
  ]);
}

/** Bits of {@link classifyRef}. */
export const REF_I31 = 1, REF_STRUCT = 2, REF_ARRAY = 4, REF_EQ = 8;

function refClassifier(): Uint8Array<ArrayBuffer> {
  const REF_TEST = [0xfb, 0x14], I32_CONST = 0x41, I32_SHL = 0x74, I32_OR = 0x72;
  const test = (heap: number, bit: number): number[] => [LOCAL_GET, 0, ...REF_TEST, heap, I32_CONST, bit, I32_SHL];
  const body = [0, ...test(0x6c, 0), ...test(0x6b, 1), I32_OR, ...test(0x6a, 2), I32_OR, ...test(0x6d, 3), I32_OR, END];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, vec([functype(["anyref"], ["i32"])])),
    ...section(3, vec([[0]])),
    ...section(7, vec([[...text("f"), 0x00, 0]])),
    ...section(10, vec([[...uleb(body.length), ...body]])),
  ]);
}

type HostFunc = (...args: unknown[]) => unknown;

/** Makes and keeps wrappers. Throws WebAssembly.LinkError when a guessed type is not the true one. */
export class Wrappers {
  readonly #modules = new Map<string, WebAssembly.Module>();
  readonly #instances = new WeakMap<object, Map<string, HostFunc>>();
  #classify: HostFunc | undefined;

  func(func: HostFunc, params: readonly WrapType[], results: readonly WrapType[]): HostFunc {
    return this.#wrap(func, `${params.join()}>${results.join()}`, () => funcWrapper(params, results));
  }

  global(global: WebAssembly.Global, type: WrapType, mutable: boolean): HostFunc {
    return this.#wrap(global, `${type}/${String(mutable)}`, () => globalWrapper(type, mutable));
  }

  /** Which of the `REF_` heap types a non-null reference belongs to. */
  classifyRef(value: unknown): number {
    this.#classify ??= exportedFunc(new WebAssembly.Instance(new WebAssembly.Module(refClassifier())));
    return Number(this.#classify(value));
  }

  #wrap(target: HostFunc | WebAssembly.Global, key: string, encode: () => Uint8Array<ArrayBuffer>): HostFunc {
    let byKey = this.#instances.get(target);
    if (byKey === undefined) this.#instances.set(target, (byKey = new Map()));
    let wrapped = byKey.get(key);
    if (wrapped === undefined) {
      let module = this.#modules.get(key);
      if (module === undefined) this.#modules.set(key, (module = new WebAssembly.Module(encode())));
      wrapped = exportedFunc(new WebAssembly.Instance(module, { "": { x: target } }));
      byKey.set(key, wrapped);
    }
    return wrapped;
  }
}

function exportedFunc(instance: WebAssembly.Instance): HostFunc {
  return instance.exports["f"] as HostFunc;
}
