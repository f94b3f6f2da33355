/**
 * Which bulk instructions run in pieces, and how: `fill`, `copy` and `init` of memories, tables and arrays.
 *
 * Instructions that make an array are not among them: an array is made whole or not at all.
 *
 * Spec: core binary/instructions; core exec/instructions, Memory, Table and Aggregate Reference Instructions.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule } from "../binary/module.ts";
import type { AddrType } from "../types/externtype.ts";
import type { RefType, StorageType, TypeIdx } from "../types/valtype.ts";
import type { BulkOperation, Side } from "./bulk-pieces.ts";
import { Op } from "./code.ts";
import { UNCHECKED_ARRAY, UNCHECKED_BULK, UNCHECKED_TABLE } from "./bounds.ts";
import { elementBytes } from "./gc-size.ts";
import { readU32 } from "./leb128.ts";
import { writeRefType, writeUnpackedType } from "./ref-type.ts";

/** Bytes between two checks: some 30 µs of copying. */
const MEMORY_CHUNK = 1 << 20;
/** Elements between two checks: some 0.1 to 0.2 ms of copying. */
const TABLE_CHUNK = 1 << 12;
/** Elements between two checks: some 6 to 20 µs of copying. */
const ARRAY_CHUNK = 1 << 14;

const MAX_PAGE_SIZE_LOG2 = 16;

/** An instruction that a helper stands for when its length is beyond `unchecked`. */
export interface BulkReplacement {
  /** Names the instruction with its immediates. */
  readonly key: string;
  /** The bytes of the operands' types. */
  readonly params: readonly number[];
  readonly unchecked: number;
  readonly operation: BulkOperation;
}

/** What stands for the instruction at offset `start`, whose two immediates are given; undefined when it needs no help. */
export function bulkReplacement(module: DecodedModule, start: number, arg: number, arg2: number): BulkReplacement | undefined {
  const sub = readU32(module.bytes, start + 1);
  return module.bytes[start] === Op.misc ? miscReplacement(module, sub, arg, arg2) : arrayReplacement(module, sub, arg, arg2);
}

function miscReplacement(module: DecodedModule, sub: number, arg: number, arg2: number): BulkReplacement | undefined {
  const instruction = (...immediates: readonly number[]) => (code: ByteWriter): void => {
    code.u8(Op.misc);
    code.u32(sub);
    for (const immediate of immediates) code.u32(immediate);
  };
  const memory = { unchecked: UNCHECKED_BULK, chunk: MEMORY_CHUNK };
  const table = { unchecked: UNCHECKED_TABLE, chunk: TABLE_CHUNK };
  switch (sub) {
    case Op.miscMemoryFill: {
      const target = memorySide(module, arg, 0);
      return made(`memory.fill ${arg}`, [...addrType(target.addr), I32], target.addr, [target], memory, instruction(arg));
    }
    case Op.miscMemoryCopy:
      return copyOf(`memory.copy ${arg} ${arg2}`, memorySide(module, arg, 0), memorySide(module, arg2, 1), memory, instruction(arg, arg2));
    case Op.miscMemoryInit:
      return initOf(`memory.init ${arg} ${arg2}`, memorySide(module, arg2, 0), dataLength(module, arg), memory, instruction(arg, arg2));
    case Op.miscTableFill: {
      const target = tableSide(module, arg, 0);
      const element = refTypeBytes(module.tables[arg]?.element ?? { nullable: true, heap: "func" });
      return made(`table.fill ${arg}`, [...addrType(target.addr), ...element], target.addr, [target], table, instruction(arg));
    }
    case Op.miscTableCopy:
      return copyOf(`table.copy ${arg} ${arg2}`, tableSide(module, arg, 0), tableSide(module, arg2, 1), table, instruction(arg, arg2));
    case Op.miscTableInit:
      return initOf(`table.init ${arg} ${arg2}`, tableSide(module, arg2, 0), elemLength(module, arg), table, instruction(arg, arg2));
    default:
      return undefined;
  }
}

function arrayReplacement(module: DecodedModule, sub: number, arg: number, arg2: number): BulkReplacement | undefined {
  const comp = module.types[arg]?.comp;
  if (comp?.kind !== "array") return undefined;
  const instruction = (code: ByteWriter): void => {
    code.u8(Op.gc);
    code.u32(sub);
    code.u32(arg);
    if (sub !== Op.gcArrayFill) code.u32(arg2);
  };
  const array = { unchecked: UNCHECKED_ARRAY, chunk: ARRAY_CHUNK };
  const target = arraySide(0);
  const reference = refTypeBytes({ nullable: true, heap: arg as TypeIdx });
  switch (sub) {
    case Op.gcArrayFill:
      return made(`array.fill ${arg}`, [...reference, I32, ...unpackedBytes(comp.element.storage)], "i32", [target], array, instruction);
    case Op.gcArrayCopy: {
      const from = refTypeBytes({ nullable: true, heap: arg2 as TypeIdx });
      const params = [...reference, I32, ...from, I32];
      return made(`array.copy ${arg} ${arg2}`, params, "i32", [target, arraySide(2)], array, instruction, { overlaps: true, operands: 5 });
    }
    case Op.gcArrayInitData:
    case Op.gcArrayInitElem: {
      const data = sub === Op.gcArrayInitData;
      const length = data ? dataLength(module, arg2) : elemLength(module, arg2);
      const scale = data ? elementBytes(module, arg) : 1;
      if (length <= array.unchecked * scale) return undefined;
      const key = `${data ? "array.init_data" : "array.init_elem"} ${arg} ${arg2}`;
      const sides = [target, segmentSide(2, length, scale)];
      return made(key, [...reference, I32, I32], "i32", sides, array, instruction, { operands: 4 });
    }
    default:
      return undefined;
  }
}

interface Lengths {
  readonly unchecked: number;
  readonly chunk: number;
}

/** `params` are the types of all operands but the length. */
function made(
  key: string, params: readonly number[], length: AddrType, sides: readonly Side[], { unchecked, chunk }: Lengths,
  instruction: (code: ByteWriter) => void, more: { readonly overlaps?: true; readonly operands?: number } = {},
): BulkReplacement {
  const { overlaps = false, operands = sides[0]!.operand + 3 } = more;
  return {
    key, params: [...params, ...addrType(length)], unchecked,
    operation: { operands, length, chunk, sides, overlaps, instruction },
  };
}

function copyOf(key: string, target: Side, source: Side, lengths: Lengths, instruction: (code: ByteWriter) => void): BulkReplacement {
  const length = target.addr === "i64" && source.addr === "i64" ? "i64" : "i32";
  const params = [...addrType(target.addr), ...addrType(source.addr)];
  return made(key, params, length, [target, source], lengths, instruction, { overlaps: true });
}

/** The segment bounds the length: most need no help. */
function initOf(
  key: string, target: Side, segmentLength: number, lengths: Lengths, instruction: (code: ByteWriter) => void,
): BulkReplacement | undefined {
  if (segmentLength <= lengths.unchecked) return undefined;
  const sides = [target, segmentSide(1, segmentLength, 1)];
  return made(key, [...addrType(target.addr), I32], "i32", sides, lengths, instruction);
}

function memorySide(module: DecodedModule, memory: number, operand: number): Side {
  const { addr = "i32", pageSizeLog2 = MAX_PAGE_SIZE_LOG2 } = module.memories[memory] ?? {};
  return {
    operand, addr, scale: 1,
    size: (code) => {
      code.u8(Op.memorySize); code.u32(memory);
      if (addr === "i32") code.u8(Op.i64ExtendI32U);
      code.u8(Op.i64Const); code.s32(pageSizeLog2);
      code.u8(Op.i64Shl);
    },
  };
}

function tableSide(module: DecodedModule, table: number, operand: number): Side {
  const { addr = "i32" } = module.tables[table] ?? {};
  return {
    operand, addr, scale: 1,
    size: (code) => {
      code.u8(Op.misc); code.u32(Op.miscTableSize); code.u32(table);
      if (addr === "i32") code.u8(Op.i64ExtendI32U);
    },
  };
}

/** Of the array whose reference is operand `reference`; the index follows it. */
function arraySide(reference: number): Side {
  return {
    operand: reference + 1, addr: "i32", scale: 1,
    size: (code) => {
      code.u8(Op.localGet); code.u32(reference);
      code.u8(Op.gc); code.u32(Op.gcArrayLen);
      code.u8(Op.i64ExtendI32U);
    },
  };
}

/** `length` is that of the segment while it is not dropped. */
function segmentSide(operand: number, length: number, scale: number): Side {
  return {
    operand, addr: "i32", scale,
    size: (code) => {
      code.u8(Op.i64Const); code.s64(BigInt(length));
    },
  };
}

function dataLength(module: DecodedModule, segment: number): number {
  const { start, end } = module.datas[segment] ?? { start: 0, end: 0 };
  return end - start;
}

function elemLength(module: DecodedModule, segment: number): number {
  const { funcs, exprs } = module.elems[segment] ?? {};
  return funcs?.length ?? exprs?.length ?? 0;
}

const I32 = 0x7f;
const I64 = 0x7e;

function addrType(addr: AddrType): readonly number[] {
  return [addr === "i64" ? I64 : I32];
}

function refTypeBytes(type: RefType): number[] {
  const code = new ByteWriter(16);
  writeRefType(code, type);
  return [...code.view()];
}

function unpackedBytes(type: StorageType): number[] {
  const code = new ByteWriter(16);
  writeUnpackedType(code, type);
  return [...code.view()];
}
