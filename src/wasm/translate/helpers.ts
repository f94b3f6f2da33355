/**
 * Functions and function types that the translator appends to a module.
 *
 * A helper comes into being when the first instruction needs it, so the order, and with it
 * every number, depends on the module alone. Helpers stand after the guest's functions; the
 * hook table is the last table, the flag memory the last memory; after the globals stand the fuel
 * counter and the budget for garbage-collected objects.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule } from "../binary/module.ts";
import type { AddrType } from "../types/externtype.ts";
import type { RefType } from "../types/valtype.ts";
import { ARRAY_HEADER } from "./bounds.ts";
import type { BulkReplacement } from "./bulk-operations.ts";
import { writePieces } from "./bulk-pieces.ts";
import { Op, writeCheck } from "./code.ts";
import { writeSegmentRuns } from "./late-segments.ts";
import { writeNotify, writeWait } from "./parking-helpers.ts";
import { writeRefType } from "./ref-type.ts";
import { Hook } from "./translated.ts";

const I32 = 0x7f;
const I64 = 0x7e;

/** V8 (14.6) does not inline a function of more than 500 bytes; the slow path must stay a call. */
const NEVER_INLINED = 520;

export interface BulkHelper {
  readonly func: number;
  readonly type: number;
  /** Type of the length, the last operand. */
  readonly length: AddrType;
  /** The original runs for lengths up to here. */
  readonly unchecked: number;
}

export class Helpers {
  readonly #module: DecodedModule;
  readonly #functions = new Map<string, number>();
  readonly #types = new Map<string, number>();
  /** Appended function types, each a recursion group of its own. */
  readonly types = new ByteWriter();
  /** Type index of each helper. */
  readonly functionTypes: number[] = [];
  /** Budget of garbage-collected objects; there when `usedHooks` says that it is. */
  readonly gcGlobal: number;
  /** Bits of the hook slots that are called. */
  usedHooks = 0;
  /** Code section entries of the helpers. */
  readonly bodies = new ByteWriter(4096);

  /** `fuel`: the fuel counter comes first among the appended globals. */
  constructor(module: DecodedModule, fuel: boolean) {
    this.#module = module;
    this.gcGlobal = module.globals.length + (fuel ? 1 : 0);
  }

  get typeCount(): number {
    return this.#types.size;
  }
  get flagMemory(): number {
    return this.#module.memories.length;
  }
  get hookTable(): number {
    return this.#module.tables.length;
  }
  get fuelGlobal(): number {
    return this.#module.globals.length;
  }

  /** Asks `tick`, and `yield` when that says so; traps when one of them says so. */
  safepoint(): number {
    return this.#function("safepoint", [], [], (code) => {
      locals(code, [I32]);
      this.#callHook(code, Hook.tick, [], [I32]);
      code.u8(Op.localTee); code.u32(0);
      code.u8(Op.if); code.u8(Op.empty);
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.i32Const); code.s32(1);
      code.u8(Op.i32Ne);
      trapIf(code);
      this.#callHook(code, Hook.yield, [], [I32]);
      trapIf(code);
      code.u8(Op.end);
      for (let i = 0; i < NEVER_INLINED; i++) code.u8(Op.nop);
    });
  }

  /** A whole check as a call, for bodies so long that checks inside them would pass the host's limit. */
  poll(): number {
    return this.#function("poll", [], [], (code) => {
      locals(code, []);
      writeCheck(code, this.flagMemory, this.safepoint());
    });
  }

  /** Adds to the fuel what the `fuel` hook returns; traps when that is negative. */
  refuel(): number {
    return this.#function("refuel", [], [], (code) => {
      locals(code, [I64]);
      this.#callHook(code, Hook.fuel, [], [I64]);
      code.u8(Op.localTee); code.u32(0);
      code.u8(Op.i64Const); code.s32(0);
      code.u8(Op.i64LtS);
      trapIf(code);
      code.u8(Op.globalGet); code.u32(this.fuelGlobal);
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.i64Add);
      code.u8(Op.globalSet); code.u32(this.fuelGlobal);
      for (let i = 0; i < NEVER_INLINED; i++) code.u8(Op.nop);
    });
  }

  /** Asks for a new budget of garbage-collected objects when that is below zero; traps when it is refused. */
  gcAllocate(): number {
    return this.#function("gc", [], [], (code) => {
      locals(code, [I64]);
      code.u8(Op.i64Const); code.s32(0);
      code.u8(Op.globalGet); code.u32(this.gcGlobal);
      code.u8(Op.i64Sub);
      this.#callHook(code, Hook.gcAllocate, [I64], [I64]);
      code.u8(Op.localTee); code.u32(0);
      code.u8(Op.i64Const); code.s32(0);
      code.u8(Op.i64LtS);
      code.u8(Op.if); code.u8(Op.empty);
      // What was refused is not owed.
      code.u8(Op.i64Const); code.s32(0);
      code.u8(Op.globalSet); code.u32(this.gcGlobal);
      code.u8(Op.unreachable);
      code.u8(Op.end);
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.globalSet); code.u32(this.gcGlobal);
      for (let i = 0; i < NEVER_INLINED; i++) code.u8(Op.nop);
    });
  }

  /** Pays for an array of elements of so many bytes: (length) to the same length. */
  payArray(elementBytes: number): number {
    return this.#function(`array ${elementBytes}`, [I32], [I32], (code) => {
      locals(code, []);
      code.u8(Op.globalGet); code.u32(this.gcGlobal);
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.i64ExtendI32U);
      code.u8(Op.i64Const); code.s32(elementBytes);
      code.u8(Op.i64Mul);
      code.u8(Op.i64Sub);
      code.u8(Op.i64Const); code.s32(ARRAY_HEADER);
      code.u8(Op.i64Sub);
      code.u8(Op.globalSet); code.u32(this.gcGlobal);
      code.u8(Op.globalGet); code.u32(this.gcGlobal);
      code.u8(Op.i64Const); code.s32(0);
      code.u8(Op.i64LtS);
      code.u8(Op.if); code.u8(Op.empty);
      code.u8(Op.call); code.u32(this.gcAllocate());
      code.u8(Op.end);
      code.u8(Op.localGet); code.u32(0);
    });
  }

  /** `memory.grow` that asks first: (delta) to the old size or -1. */
  memoryGrow(memory: number): number {
    const addr = this.#module.memories[memory]?.addr ?? "i32";
    const type = addrCode(addr);
    return this.#function(`memory.grow ${memory}`, [type], [type], (code) => {
      locals(code, []);
      this.#askGrowth(code, Hook.memoryGrow, memory, addr, 0, () => {
        code.u8(Op.memorySize); code.u32(memory);
      });
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.memoryGrow); code.u32(memory);
    });
  }

  /** `table.grow` that asks first: (initial value, delta) to the old size or -1. */
  tableGrow(table: number): number {
    const of = this.#module.tables[table];
    const addr = of?.addr ?? "i32";
    const type = addrCode(addr);
    const element = refTypeBytes(of?.element ?? { nullable: true, heap: "func" });
    return this.#function(`table.grow ${table}`, [...element, type], [type], (code) => {
      locals(code, []);
      this.#askGrowth(code, Hook.tableGrow, table, addr, 1, () => {
        code.u8(Op.misc); code.u32(Op.miscTableSize); code.u32(table);
      });
      code.u8(Op.localGet); code.u32(0);
      code.u8(Op.localGet); code.u32(1);
      code.u8(Op.misc); code.u32(Op.miscTableGrow); code.u32(table);
    }, 2);
  }

  /**
   * `memory.atomic.wait` that blocks the thread and not the host: (address, expected, timeout) to
   * 0, 1 or 2. `memarg` are the immediates of the original.
   */
  atomicWait(width: AddrType, memory: number, memarg: Uint8Array): number {
    const addr = this.#addr(memory);
    return this.#function(`wait ${width} ${memarg.join()}`, [addrCode(addr), addrCode(width), I64], [I32], (code) => {
      writeWait(code, { width, addr, memory, memarg }, () => this.#callHook(code, Hook.wait, [I32, I64, I64, I64], [I32]));
    });
  }

  /** `memory.atomic.notify` for threads that wait in this way: (address, count) to how many were woken. */
  atomicNotify(memory: number, memarg: Uint8Array): number {
    const addr = this.#addr(memory);
    return this.#function(`notify ${memarg.join()}`, [addrCode(addr), I32], [I32], (code) => {
      writeNotify(code, { addr, memory, memarg }, () => this.#callHook(code, Hook.notify, [I32, I64, I32], [I32]));
    });
  }

  /** Runs the active segments, which the module then has as passive ones. */
  runSegments(): number {
    return this.#function("segments", [], [], (code) => {
      locals(code, []);
      writeSegmentRuns(code, this.#module);
    });
  }

  /** Function and function type that stand for a bulk operation of any length. */
  bulk({ key, params, unchecked, operation }: BulkReplacement): BulkHelper {
    const { operands, length } = operation;
    const func = this.#function(key, params, [], (code) => {
      locals(code, [I64]);
      writePieces(code, operation, () => writeCheck(code, this.flagMemory, this.safepoint()));
    }, operands);
    return { func, type: this.#type(params, [], operands), length, unchecked };
  }

  #addr(memory: number): AddrType {
    return this.#module.memories[memory]?.addr ?? "i32";
  }

  /** Code that returns -1 unless the hook allows to grow by local `delta`. */
  #askGrowth(code: ByteWriter, hook: number, index: number, addr: AddrType, delta: number, size: () => void): void {
    code.u8(Op.i32Const); code.s32(index);
    size();
    if (addr === "i32") code.u8(Op.i64ExtendI32U);
    code.u8(Op.localGet); code.u32(delta);
    if (addr === "i32") code.u8(Op.i64ExtendI32U);
    this.#callHook(code, hook, [I32, I64, I64], [I32]);
    code.u8(Op.i32Const); code.s32(1);
    code.u8(Op.i32Ne);
    code.u8(Op.if); code.u8(Op.empty);
    code.u8(addr === "i32" ? Op.i32Const : Op.i64Const); code.s32(-1);
    code.u8(Op.return);
    code.u8(Op.end);
  }

  #callHook(code: ByteWriter, hook: number, params: readonly number[], results: readonly number[]): void {
    this.usedHooks |= 1 << hook;
    code.u8(Op.i32Const); code.s32(hook);
    code.u8(Op.callIndirect); code.u32(this.#type(params, results, params.length)); code.u32(this.hookTable);
  }

  #type(params: readonly number[], results: readonly number[], paramCount: number): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const index = this.#module.types.length + this.#types.size;
    this.#types.set(key, index);
    this.types.u8(0x60);
    this.types.u32(paramCount);
    for (const byte of params) this.types.u8(byte);
    this.types.u32(results.length);
    for (const byte of results) this.types.u8(byte);
    return index;
  }

  /** `params` are the bytes of the types; `paramCount` how many types that is. */
  #function(
    key: string, params: readonly number[], results: readonly number[], write: (code: ByteWriter) => void, paramCount = params.length,
  ): number {
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const type = this.#type(params, results, paramCount);
    const code = new ByteWriter(1024);
    // A helper may ask for another one, which then comes first.
    write(code);
    code.u8(Op.end);
    const index = this.#module.funcs.length + this.functionTypes.length;
    this.functionTypes.push(type);
    this.#functions.set(key, index);
    this.bodies.u32(code.length);
    this.bodies.append(code.view());
    return index;
  }
}

/** The local declarations of a helper: one of each type. */
function locals(code: ByteWriter, types: readonly number[]): void {
  code.u32(types.length);
  for (const type of types) {
    code.u32(1);
    code.u8(type);
  }
}

function trapIf(code: ByteWriter): void {
  code.u8(Op.if); code.u8(Op.empty);
  code.u8(Op.unreachable);
  code.u8(Op.end);
}

function addrCode(addr: AddrType): number {
  return addr === "i64" ? I64 : I32;
}

function refTypeBytes(type: RefType): number[] {
  const code = new ByteWriter(16);
  writeRefType(code, type);
  return [...code.view()];
}
