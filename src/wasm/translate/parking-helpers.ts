/**
 * Bodies of the functions that stand for `memory.atomic.wait` and `memory.atomic.notify` on
 * shared memories.
 *
 * An atomic load with the original's immediates comes first, so that what is misaligned or out of
 * bounds traps as it did. Between that load and the hook nothing else of this host thread runs,
 * so no wake is lost among threads that share it. Where the hook declines, the original
 * instruction does everything itself, its own comparison included, as it must where the other
 * side is a thread of the host.
 *
 * Spec: threads exec/instructions, memory.atomic.wait32, wait64 and notify.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { AddrType } from "../types/externtype.ts";
import { Op } from "./code.ts";
import { HOST_NOTIFIES, HOST_WAITS } from "./translated.ts";

const I32 = 0x7f;
/** Result of a wait that found another value than it expected. */
const NOT_EQUAL = 1;

interface Access {
  readonly addr: AddrType;
  readonly memory: number;
  /** The immediates: alignment, maybe the memory, and the offset. */
  readonly memarg: Uint8Array;
}

/** (address, expected, timeout) to 0, 1 or 2; `callHook` writes the call of `wait`. */
export function writeWait(code: ByteWriter, access: Access & { readonly width: AddrType }, callHook: () => void): void {
  const wide = access.width === "i64";
  const [address, expected, timeout, answer] = [0, 1, 2, 3];
  code.u32(1); code.u32(1); code.u8(I32);
  code.u8(Op.localGet); code.u32(address);
  code.u8(Op.atomic); code.u32(wide ? Op.i64AtomicLoad : Op.i32AtomicLoad); code.append(access.memarg);
  code.u8(Op.localGet); code.u32(expected);
  code.u8(wide ? Op.i64Ne : Op.i32Ne);
  code.u8(Op.if); code.u8(Op.empty);
  code.u8(Op.i32Const); code.s32(NOT_EQUAL);
  code.u8(Op.return);
  code.u8(Op.end);
  writePlace(code, access, access.memory * 2 + (wide ? 1 : 0));
  code.u8(Op.localGet); code.u32(expected);
  if (!wide) code.u8(Op.i64ExtendI32U);
  code.u8(Op.localGet); code.u32(timeout);
  callHook();
  code.u8(Op.localTee); code.u32(answer);
  code.u8(Op.i32Const); code.s32(HOST_WAITS);
  code.u8(Op.i32Eq);
  code.u8(Op.if); code.u8(I32);
  for (const operand of [address, expected, timeout]) {
    code.u8(Op.localGet); code.u32(operand);
  }
  code.u8(Op.atomic); code.u32(wide ? Op.atomicWait64 : Op.atomicWait32); code.append(access.memarg);
  code.u8(Op.else);
  code.u8(Op.localGet); code.u32(answer);
  code.u8(Op.end);
}

/** (address, count) to how many were woken; `callHook` writes the call of `notify`. */
export function writeNotify(code: ByteWriter, access: Access, callHook: () => void): void {
  const [address, count, answer] = [0, 1, 2];
  code.u32(1); code.u32(1); code.u8(I32);
  code.u8(Op.localGet); code.u32(address);
  code.u8(Op.atomic); code.u32(Op.i32AtomicLoad); code.append(access.memarg);
  code.u8(Op.drop);
  writePlace(code, access, access.memory);
  code.u8(Op.localGet); code.u32(count);
  callHook();
  code.u8(Op.localTee); code.u32(answer);
  code.u8(Op.i32Const); code.s32(HOST_NOTIFIES);
  code.u8(Op.i32Eq);
  code.u8(Op.if); code.u8(I32);
  code.u8(Op.localGet); code.u32(address);
  code.u8(Op.localGet); code.u32(count);
  code.u8(Op.atomic); code.u32(Op.atomicNotify); code.append(access.memarg);
  code.u8(Op.else);
  code.u8(Op.localGet); code.u32(answer);
  code.u8(Op.end);
}

/** Puts the memory, as `named`, and the effective address on the stack. The load before has shown that their sum does not overflow. */
function writePlace(code: ByteWriter, { addr, memarg }: Access, named: number): void {
  code.u8(Op.i32Const); code.s32(named);
  code.u8(Op.localGet); code.u32(0);
  if (addr === "i32") code.u8(Op.i64ExtendI32U);
  code.u8(Op.i64Const); code.s64(offsetOf(memarg));
  code.u8(Op.i64Add);
}

/** The offset is the last number of a memarg. */
function offsetOf(memarg: Uint8Array): bigint {
  let first = memarg.length - 1;
  while (first > 0 && memarg[first - 1]! >= 0x80) first--;
  let offset = 0n;
  for (let i = memarg.length - 1; i >= first; i--) offset = (offset << 7n) | BigInt(memarg[i]! & 0x7f);
  return offset;
}
