/**
 * The module that makes kernel calls for a thread that runs on another hart.
 *
 * A thread of a process may run on a hart that has not the process's descriptors and handles. Its calls come here,
 * where a thread of the process makes them in its stead: it fetches a call, makes it as any guest would, blocking
 * and ending included, and hands the answer over.
 *
 *     run: loop
 *            f = next()                         blocks until there is a call
 *            if f < n: done(calls[f](arguments of it))
 *            if f = n: return                   the thread has ended over there
 *            else: late[0](), return            it could not be started there, and runs here
 */
import type { FuncType } from "#wasm";
import { Section, funcType, moduleBytes, name, section, sized, u32, vec } from "../encode.ts";
import type { Bytes } from "../encode.ts";

const Op = { block: 0x02, loop: 0x03, if: 0x04, end: 0x0b, br: 0x0c, brTable: 0x0e, return: 0x0f, call: 0x10, callIndirect: 0x11, localGet: 0x20, localTee: 0x22, i32Const: 0x41, i32Eq: 0x46 } as const;
const VOID = 0x40;
const FUNC = 0x00;
const TABLE = 0x01;
const FUNCREF = 0x70;

/** Imports of "k" before the calls. */
const K = ["next", "i32", "i64", "f32", "f64", "done"] as const;
const [NEXT, , , , , DONE] = K.keys();
const GETTERS = { i32: K.indexOf("i32"), i64: K.indexOf("i64"), f32: K.indexOf("f32"), f64: K.indexOf("f64") } as const;

/**
 * Imports "k": `next` ([] -> i32), `i32`, `i64`, `f32`, `f64` (the argument of a number), `done` (an i32), and the table `late`; "f" "0",
 * "1", …: the calls, whose types these are, each with one i32 result or none. Exports "run".
 */
export function callRunnerBytes(types: readonly FuncType[]): Uint8Array<ArrayBuffer> {
  const count = types.length;
  const [nextType, doneType, runType] = [0, 5, 6];
  const kTypes: readonly FuncType[] = [
    { kind: "func", params: [], results: ["i32"] },
    ...(["i32", "i64", "f32", "f64"] as const).map((type): FuncType => ({ kind: "func", params: ["i32"], results: [type] })),
    { kind: "func", params: ["i32"], results: [] },
    { kind: "func", params: [], results: [] },
  ];
  const f = 0;
  const makeCall = (type: FuncType, index: number): number[] => [
    ...type.params.flatMap((param, position) => [Op.i32Const, ...s32(position), Op.call, GETTERS[param as keyof typeof GETTERS]]),
    Op.call, ...u32(K.length + index),
    ...(type.results.length === 0 ? [Op.i32Const, 0] : []),
    Op.call, DONE!,
  ];
  const code: Bytes = [
    Op.loop, VOID,
    // Block i ends where call i is made; the last is for the end.
    ...types.flatMap(() => [Op.block, VOID]), Op.block, VOID,
    Op.call, NEXT!, Op.localTee, f,
    Op.brTable, ...u32(count), ...types.flatMap((_, index) => u32(index)), ...u32(count),
    Op.end,
    ...types.flatMap((type, index) => [...makeCall(type, index), Op.br, ...u32(count - index), Op.end]),
    Op.localGet, f, Op.i32Const, ...s32(count), Op.i32Eq,
    Op.if, VOID, Op.return, Op.end,
    Op.i32Const, 0, Op.callIndirect, runType, 0,
    Op.end,
  ];
  return moduleBytes(
    section(Section.type, vec([...kTypes, ...types].map(funcType))),
    section(Section.import, vec([
      ...K.map((field, index) => [...name("k"), ...name(field), FUNC, ...u32(field === "done" ? doneType : index + nextType)]),
      ...types.map((_, index) => [...name("f"), ...name(String(index)), FUNC, ...u32(kTypes.length + index)]),
      [...name("k"), ...name("late"), TABLE, FUNCREF, 0x00, 0x01],
    ])),
    section(Section.func, vec([[runType]])),
    section(Section.export, vec([[...name("run"), FUNC, ...u32(K.length + count)]])),
    section(Section.code, vec([sized([...vec([[1, 0x7f]]), ...code, Op.end])])),
  );
}

/** Signed LEB128 of a small number that is not negative. */
function s32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest);
  return bytes;
}
