/** Short forms for instructions, for code that writes many of them. */
import { s64, u32 } from "./encode.ts";
import type { BlockType, Instr, ValType } from "./syntax.ts";

export const plain = (...bytes: number[]): Instr => ({ kind: "plain", bytes });
export const i32Const = (value: number): Instr => plain(0x41, ...s64(BigInt(value | 0)));
export const i64Const = (value: bigint): Instr => plain(0x42, ...s64(BigInt.asIntN(64, value)));
export const f32Const = (value: number): Instr => plain(0x43, ...new Uint8Array(Float32Array.of(value).buffer));
export const f64Const = (value: number): Instr => plain(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
export const v128Const = (value: number): Instr => plain(0xfd, 0x0c, ...new Uint8Array(Int32Array.of(value, ~value, value * 31, 7).buffer));
export const localGet = (index: number): Instr => plain(0x20, ...u32(index));
export const localSet = (index: number): Instr => plain(0x21, ...u32(index));
export const localTee = (index: number): Instr => plain(0x22, ...u32(index));
export const globalGet = (index: number): Instr => plain(0x23, ...u32(index));
export const globalSet = (index: number): Instr => plain(0x24, ...u32(index));
export const br = (label: number): Instr => plain(0x0c, ...u32(label));
export const brIf = (label: number): Instr => plain(0x0d, ...u32(label));
export const call = (func: number): Instr => plain(0x10, ...u32(func));
export const drop = plain(0x1a);
export const select = plain(0x1b);
export const unreachable = plain(0x00);
export const ret = plain(0x0f);
export const refNull = (heap: number): Instr => plain(0xd0, heap);
export const refFunc = (func: number): Instr => plain(0xd2, ...u32(func));
export const misc = (sub: number, ...rest: number[]): Instr => plain(0xfc, ...u32(sub), ...rest);
export const gc = (sub: number, ...rest: number[]): Instr => plain(0xfb, ...u32(sub), ...rest);

export const block = (type: BlockType, body: readonly Instr[]): Instr => ({ kind: "block", type, body });
export const loop = (type: BlockType, body: readonly Instr[]): Instr => ({ kind: "loop", type, body });
export const iff = (type: BlockType, yes: readonly Instr[], no?: readonly Instr[]): Instr => ({ kind: "if", type, yes, no });

/** Memory access: opcode bytes, then alignment 0, the memory and the offset. */
export function access(opcode: readonly number[], memory: number, offset: number, align = 0): Instr {
  return plain(...opcode, ...(memory === 0 ? [align] : [align | 0x40, ...u32(memory)]), ...u32(offset));
}

/** The value that a local of this type begins with. */
export function zero(type: ValType): Instr {
  switch (type.name) {
    case "i32": return i32Const(0);
    case "i64": return i64Const(0n);
    case "f32": return f32Const(0);
    case "f64": return f64Const(0);
    case "v128": return v128Const(0);
    default: {
      const [first, heap] = type.code;
      return refNull(first === 0x63 ? heap! : first!);
    }
  }
}

/** An i32 on the stack as an address of a memory or table. */
export function addressOf(wide: boolean): readonly Instr[] {
  return wide ? [plain(0xad)] : [];
}
