/**
 * Room on the host's own stack for the kernel's part of a call.
 *
 * Inside a gate or a handler of signals a guest runs on the host's stack, and decides how much of it is left
 * when it calls the kernel. A call that met the end of the stack half way would leave half of its work behind. So
 * there it begins by entering a wasm function with a frame larger than what calls need: the host looks whether there
 * is room before it makes such a frame, and else throws what no handler of a guest catches. Nothing in it runs.
 */
import { Section, funcType, moduleBytes, name, section, sized, u32, valType, vec } from "../encode.ts";

const Op = { if: 0x04, end: 0x0b, call: 0x10, localGet: 0x20, localSet: 0x21, i32Const: 0x41, simd: 0xfd } as const;
const Simd = { load: 0x00, store: 0x0b } as const;
const VOID = 0x40;
/** Each of 16 bytes and alive during a call, so that it has its place in the frame. */
const VALUES = 4096;

/** Its export "room" is to be called with 0. */
function roomBytes(): Uint8Array<ArrayBuffer> {
  const code: number[] = [Op.localGet, 0, Op.if, VOID];
  for (let value = 0; value < VALUES; value++) code.push(Op.i32Const, 0, Op.simd, Simd.load, 0, ...u32(16 * value), Op.localSet, ...u32(1 + value));
  code.push(Op.i32Const, 0, Op.call, 0);
  for (let value = 0; value < VALUES; value++) code.push(Op.i32Const, 0, Op.localGet, ...u32(1 + value), Op.simd, Simd.store, 0, ...u32(16 * value));
  code.push(Op.end);
  return moduleBytes(
    section(Section.type, vec([funcType({ kind: "func", params: ["i32"], results: [] })])),
    section(Section.func, vec([[0]])),
    section(Section.memory, vec([[0, 1]])),
    section(Section.export, vec([[...name("room"), 0, 0]])),
    section(Section.code, vec([sized([...vec([[...u32(VALUES), valType("v128")]]), ...code, Op.end])])),
  );
}

let room: ((never: 0) => void) | undefined = undefined;

/** @throws RangeError of the host when less than 64 KiB of the stack are left. */
export function needStackRoom(): void {
  room ??= new WebAssembly.Instance(new WebAssembly.Module(roomBytes())).exports["room"] as unknown as (never: 0) => void;
  room(0);
}
