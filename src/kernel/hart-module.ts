/**
 * The two small modules that the kernel itself puts under every guest, written byte by byte
 * since they are part of the mechanism.
 *
 * The *hart module* has one instance per kernel. It turns the kernel's host functions into wasm
 * functions that fit a guest's hook table, and holds the trampoline on which fibers run:
 *
 *     main: loop
 *             s = next()                 plain: the slot of the next function to run, or -1
 *             if s < 0: s = park()       suspends until there is work; -1 ends the fiber
 *             call jobs[s]
 *
 * Its `block` suspends and, resumed with ATTEND, calls `attend` from the thread's own stack, where a
 * handler of the guest's signals can run. A finished function leaves its fiber parked for the next thread, because the engine never
 * gives the address space of a stack back.
 *
 * An *adaptor* has one instance per process. For every host function that may block it exports
 * a wasm function of the same type, with the protocol of `calls.ts`. The `unreachable` there is
 * executed in WebAssembly, so it is a trap that no handler of the guest catches, and the adaptor's
 * own code is the only place that has to be trusted for it.
 */
import type { FuncType } from "#wasm";
import { BLOCK } from "./calls.ts";

/** What a suspended thread is resumed with when it has to handle signals before its call answers. */
export const ATTEND = -3;

import { Section, funcType, moduleBytes, name, section, sized, u32, vec } from "./encode.ts";
import type { Bytes } from "./encode.ts";

const Op = {
  unreachable: 0x00, loop: 0x03, if: 0x04, end: 0x0b, br: 0x0c, return: 0x0f, call: 0x10, callIndirect: 0x11,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, i32Const: 0x41, i32Eq: 0x46, i32LtS: 0x48,
} as const;
const VOID = 0x40;
const FUNC = 0x00;
const ONE_I32_LOCAL = [[1, 0x7f]];

const body = (locals: readonly Bytes[], code: Bytes): number[] => sized([...vec(locals), ...code, Op.end]);

/** Imports "k": tick, yield, block, attend, next, park (all without parameters, result i32) and the table jobs. Exports: tick, yield, block, main. */
export function hartModuleBytes(): Uint8Array<ArrayBuffer> {
  const hooks = ["tick", "yield", "block", "attend", "next", "park"];
  const status = 0;
  const job = 1;
  const next = hooks.indexOf("next");
  const park = hooks.indexOf("park");
  const slot = 0;
  const main = [
    Op.loop, VOID,
    Op.call, next, Op.localTee, slot, Op.i32Const, 0x00, Op.i32LtS,
    Op.if, VOID,
    Op.call, park, Op.localTee, slot, Op.i32Const, 0x00, Op.i32LtS,
    Op.if, VOID, Op.return, Op.end,
    Op.end,
    Op.localGet, slot, Op.callIndirect, job, 0x00,
    Op.br, 0x00,
    Op.end,
  ];
  const blocked = 0;
  const block = [
    Op.call, hooks.indexOf("block"), Op.localTee, blocked, Op.i32Const, ATTEND & 0x7f, Op.i32Eq,
    Op.if, VOID, Op.call, hooks.indexOf("attend"), Op.localSet, blocked, Op.end,
    Op.localGet, blocked,
  ];
  return moduleBytes(
    section(Section.type, vec([funcType({ kind: "func", params: [], results: ["i32"] }), funcType({ kind: "func", params: [], results: [] })])),
    section(Section.import, vec([
      ...hooks.map((field) => [...name("k"), ...name(field), FUNC, status]),
      [...name("k"), ...name("jobs"), 0x01, 0x70, 0x00, 0x00],
    ])),
    section(Section.func, vec([[status], [status], [status], [job]])),
    section(Section.export, vec(["tick", "yield", "block", "main"].map((field, index) => [...name(field), FUNC, hooks.length + index]))),
    section(Section.code, vec([
      ...["tick", "yield"].map((field) => body([], [Op.call, hooks.indexOf(field)])),
      body(ONE_I32_LOCAL, block),
      body(ONE_I32_LOCAL, main),
    ])),
  );
}

/**
 * Imports "k" "block" and "f" "0", "1", …, which answer an i32; exports "0", "1", … of the types
 * given. Each type has one i32 result or none; without a result the answer only says BLOCK or DIE.
 */
export function adaptorBytes(types: readonly FuncType[]): Uint8Array<ArrayBuffer> {
  const block = 0;
  const asked = (index: number): number => 2 * index;
  const offered = (index: number): number => 2 * index + 1;
  const statusType = 2 * types.length;
  const bodies = types.map((type, index) => {
    const answer = u32(type.params.length);
    return body(ONE_I32_LOCAL, [
      ...type.params.flatMap((_, param) => [Op.localGet, ...u32(param)]),
      Op.call, ...u32(1 + index), Op.localTee, ...answer, Op.i32Const, 0x00, Op.i32LtS,
      Op.if, VOID,
      Op.localGet, ...answer, Op.i32Const, BLOCK & 0x7f, Op.i32Eq,
      Op.if, VOID, Op.call, block, Op.localSet, ...answer, Op.end,
      Op.localGet, ...answer, Op.i32Const, 0x00, Op.i32LtS,
      Op.if, VOID, Op.unreachable, Op.end,
      Op.end,
      ...(type.results.length === 0 ? [] : [Op.localGet, ...answer]),
    ]);
  });
  return moduleBytes(
    section(Section.type, vec([
      ...types.flatMap((type) => [funcType({ ...type, results: ["i32"] }), funcType(type)]),
      funcType({ kind: "func", params: [], results: ["i32"] }),
    ])),
    section(Section.import, vec([
      [...name("k"), ...name("block"), FUNC, ...u32(statusType)],
      ...types.map((_, index) => [...name("f"), ...name(String(index)), FUNC, ...u32(asked(index))]),
    ])),
    section(Section.func, vec(types.map((_, index) => u32(offered(index))))),
    section(Section.export, vec(types.map((_, index) => [...name(String(index)), FUNC, ...u32(1 + types.length + index)]))),
    section(Section.code, vec(bodies)),
  );
}
