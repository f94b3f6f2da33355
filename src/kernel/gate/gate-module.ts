/**
 * The two small modules through which calls between processes pass, one of each for a functype.
 *
 * The *gate adaptor* is what the caller imports. It calls the gate, a host function of the
 * same type, and then looks at the signal (`gate-state.ts`), because every answer is a valid
 * result: told to block it suspends the thread and takes the answer afterwards, told to die it
 * traps, as do the adaptors of `hart-module.ts`.
 *
 *     (func (export "call") (param …) (result …)
 *       gate(…)
 *       if signal: signal = 0; die or block; take()
 *
 * The *stub* is what a thread of the callee runs. Its arguments and results stand in globals:
 *
 *     set: params -> []     the caller's side, before
 *     run: [] -> []         the thread: calls the target
 *     get: [] -> results    the caller's side, after
 */
import type { FuncType } from "#wasm";
import { Section, funcType, moduleBytes, name, section, sized, u32, valType, vec } from "../encode.ts";
import type { Bytes } from "../encode.ts";
import { SIGNAL_WORD, Signal } from "./gate-state.ts";

const Op = {
  unreachable: 0x00, if: 0x04, end: 0x0b, call: 0x10, localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24,
  i32Load: 0x28, i32Store: 0x36, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, i32Eq: 0x46, i32LtS: 0x48,
} as const;
const VOID = 0x40;
const Kind = { func: 0, memory: 2 } as const;
/** Shared, one page at least and at most: the flag memory. */
const FLAG_MEMORY = [0x03, 0x01, 0x01];
const ALIGN_4 = 2;
const MUTABLE = 1;
const ZEROS: { readonly [type: string]: Bytes } = {
  i32: [Op.i32Const, 0], i64: [Op.i64Const, 0], f32: [Op.f32Const, 0, 0, 0, 0], f64: [Op.f64Const, 0, 0, 0, 0, 0, 0, 0, 0],
};

const body = (locals: readonly Bytes[], code: Bytes): number[] => sized([...vec(locals), ...code, Op.end]);
const func = (module: string, field: string, type: number): number[] => [...name(module), ...name(field), Kind.func, ...u32(type)];

/** Imports "g" "gate" (of the type), "g" "take" ([] -> results), "k" "block", "k" "flag"; exports "call". */
export function gateAdaptorBytes(type: FuncType): Uint8Array<ArrayBuffer> {
  const gate = 0;
  const take = 1;
  const block = 2;
  const first = type.params.length;
  const status = first + type.results.length;
  /** Sets the results from the stack, last first. */
  const keep = type.results.flatMap((_, index) => [Op.localSet, ...u32(status - 1 - index)]);
  const word = u32(SIGNAL_WORD * 4);
  const code = [
    ...type.params.flatMap((_, param) => [Op.localGet, ...u32(param)]), Op.call, gate, ...keep,
    Op.i32Const, 0, Op.i32Load, ALIGN_4, ...word, Op.localTee, ...u32(status),
    Op.if, VOID,
    Op.i32Const, 0, Op.i32Const, Signal.none, Op.i32Store, ALIGN_4, ...word,
    Op.localGet, ...u32(status), Op.i32Const, Signal.die, Op.i32Eq, Op.if, VOID, Op.unreachable, Op.end,
    Op.call, block, Op.i32Const, 0, Op.i32LtS, Op.if, VOID, Op.unreachable, Op.end,
    Op.call, take, ...keep,
    Op.end,
    ...type.results.flatMap((_, index) => [Op.localGet, ...u32(first + index)]),
  ];
  return moduleBytes(
    section(Section.type, vec([
      funcType(type), funcType({ kind: "func", params: [], results: type.results }), funcType({ kind: "func", params: [], results: ["i32"] }),
    ])),
    section(Section.import, vec([
      func("g", "gate", 0), func("g", "take", 1), func("k", "block", 2), [...name("k"), ...name("flag"), Kind.memory, ...FLAG_MEMORY],
    ])),
    section(Section.func, vec([[0]])),
    section(Section.export, vec([[...name("call"), Kind.func, 3]])),
    section(Section.code, vec([body([...type.results.map((result) => [1, valType(result)]), [1, valType("i32")]], code)])),
  );
}

/** Imports "t" "target" of the type; exports "set", "run" and "get". */
export function stubBytes(type: FuncType): Uint8Array<ArrayBuffer> {
  const { params, results } = type;
  const target = 0;
  const last = params.length + results.length - 1;
  const read = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => [Op.globalGet, ...u32(from + index)]).flat();
  const set = params.flatMap((_, index) => [Op.localGet, ...u32(index), Op.globalSet, ...u32(index)]);
  const run = [...read(0, params.length), Op.call, target, ...results.flatMap((_, index) => [Op.globalSet, ...u32(last - index)])];
  const types: readonly FuncType[] = [
    type, { kind: "func", params, results: [] }, { kind: "func", params: [], results: [] }, { kind: "func", params: [], results },
  ];
  return moduleBytes(
    section(Section.type, vec(types.map(funcType))),
    section(Section.import, vec([func("t", "target", 0)])),
    section(Section.func, vec([[1], [2], [3]])),
    section(Section.global, vec([...params, ...results].map((item) => [valType(item), MUTABLE, ...ZEROS[String(item)]!, Op.end]))),
    section(Section.export, vec(["set", "run", "get"].map((field, index) => [...name(field), Kind.func, 1 + index]))),
    section(Section.code, vec([body([], set), body([], run), body([], read(params.length, results.length))])),
  );
}
