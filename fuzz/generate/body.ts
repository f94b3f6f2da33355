/**
 * Makes a valid, typed body from seeds.
 *
 * INV: every function entry and every loop round takes one from the budget (a global) and
 * returns zeros when it is used up, so each module ends. Both raise the preemption flag: the
 * guest imports the flag's memory. Results of float arithmetic are made canonical at once, so
 * that no bits reach memory that the host may choose.
 */
import { EXNREF, EXTERNREF, F32, F64, FUNCREF, I31REF, I32, I64, V128, indexed } from "./syntax.ts";
import type { BlockType, CatchClause, FuncType, GlobalType, Instr, Limits, TableType, ValType } from "./syntax.ts";
import { u32 } from "./encode.ts";
import {
  access, addressOf, block, br, brIf, call, drop, f32Const, f64Const, gc, globalGet, globalSet, i32Const, i64Const, iff, localGet,
  localSet, localTee, loop, misc, plain, refFunc, ret, select, unreachable, v128Const, zero,
} from "./instr.ts";
import { operatorsOf } from "./operators.ts";
import { LEAF } from "./seed.ts";
import type { Seed } from "./seed.ts";

export interface FuncSig extends FuncType {
  readonly index: number;
  readonly type: number;
}
export interface TagSig {
  readonly index: number;
  readonly params: readonly ValType[];
  /** Type of a block that its payload comes out of, without and with the exception. */
  readonly payload: BlockType;
  readonly payloadRef: BlockType;
}
export interface BodyContext {
  readonly funcs: readonly FuncSig[];
  /** By index; undefined for the flag's memory, which only payments write. */
  readonly memories: readonly (Limits | undefined)[];
  readonly flagMemory: number;
  readonly tables: readonly TableType[];
  readonly globals: readonly GlobalType[];
  readonly budget: number;
  readonly tags: readonly TagSig[];
  readonly dataLengths: readonly number[];
  /** Element segments and how many elements each has. */
  readonly elemCounts: readonly number[];
  /** Old `try` and not `try_table`: a module may not mix them. */
  readonly legacy: boolean;
  readonly gc: boolean;
  /** Calls through tables and references are wanted. */
  readonly references: boolean;
  /** `[i32] -> [i32]`, and with it the type of references that are called. */
  readonly mapType: number;
  /** `[i32] -> []`. */
  readonly sinkType: number;
  /** `[] -> [i32 i64]`. */
  readonly pairType: number;
}

/** Type indices of the aggregates, when the module has them. */
export const STRUCT = 0;
export const SUBSTRUCT = 1;
export const ARRAY = 2;
export const REF_ARRAY = 3;
export const AGGREGATES = 4;

type Form = (seed: Seed) => readonly Instr[];

export class BodyBuilder {
  readonly #context: BodyContext;
  readonly #sig: FuncSig;
  readonly #byType = new Map<string, number[]>();
  readonly #all: ValType[];
  readonly #first: number;
  /** Types of what a branch takes, outermost first; undefined where no branch may lead. */
  readonly #labels: (readonly ValType[] | undefined)[] = [];
  readonly #forms = new Map<string, readonly Form[]>();
  readonly #statements: readonly Form[];
  readonly #scratch: { readonly [type: string]: number };
  readonly #counter: number;
  readonly #exception: number;
  /** Legacy handlers around the current place. */
  #handlers: number[] = [];

  constructor(context: BodyContext, sig: FuncSig, locals: readonly ValType[]) {
    this.#context = context;
    this.#sig = sig;
    this.#first = sig.params.length;
    const fixed = [I32, I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, I31REF, indexed(context.mapType),
      ...(context.gc ? [STRUCT, SUBSTRUCT, ARRAY, REF_ARRAY].map((index) => indexed(index)) : [])];
    const visible = [...sig.params, ...locals, ...fixed];
    visible.forEach((type, index) => {
      const list = this.#byType.get(type.name);
      if (list === undefined) this.#byType.set(type.name, [index]);
      else list.push(index);
    });
    // Not seen by forms that choose a local.
    const own = visible.length;
    this.#scratch = { f32: own, f64: own + 1, v128: own + 2 };
    this.#counter = own + 3;
    this.#exception = own + 4;
    this.#all = [...visible, F32, F64, V128, I32, ...(context.legacy ? [] : [EXNREF])];
    this.#statements = this.#statementForms();
  }

  /** Locals after the parameters. */
  get locals(): readonly ValType[] {
    return this.#all.slice(this.#first);
  }

  build(seeds: readonly Seed[], result: Seed): Instr[] {
    this.#labels.length = 0;
    this.#labels.push(this.#sig.results);
    return [
      ...this.#pay(),
      ...this.#list(seeds),
      ...this.#values(this.#sig.results, result),
    ];
  }

  #pay(): Instr[] {
    const { budget, flagMemory } = this.#context;
    return [
      globalGet(budget), i32Const(0), plain(0x4c), // le_s
      iff(undefined, [...this.#sig.results.map(zero), ret]),
      globalGet(budget), i32Const(1), plain(0x6b), globalSet(budget),
      i32Const(0), i32Const(1), access([0x36], flagMemory, 0, 2),
    ];
  }

  /**
   * A loop whose text is straight up to its end, where the budget is looked at. Nothing inside
   * branches to its head.
   */
  #straightLoop(seed: Seed): Instr[] {
    const { budget, flagMemory } = this.#context;
    return [loop(undefined, this.#inside(undefined, () => [
      globalGet(budget), i32Const(1), plain(0x6b), globalSet(budget), i32Const(0), i32Const(1), access([0x36], flagMemory, 0, 2),
      // A loop inside that may go unchecked does not stand for a check of this one.
      ...(seed.pick % 3 === 0 ? this.#counted({ ...seed, kids: [] }) : []),
      ...this.#list(seed.kids.slice(1)),
      ...(seed.pick % 2 === 0 ? [i32Const(1)] : this.#value(I32, this.#kid(seed, 0))), globalGet(budget), i32Const(0), plain(0x4a), plain(0x71), brIf(0), // gt_s, and
    ]))];
  }

  /** An innermost loop that branches of every kind leave, with a reference. */
  #leave(seed: Seed): Instr[] {
    const { mapType, gc: aggregates } = this.#context;
    const cast = aggregates && seed.pick % 2 === 0;
    const type = cast ? indexed(SUBSTRUCT) : [FUNCREF, I31REF, indexed(mapType)][(seed.num >>> 0) % 3]!;
    const leave = this.#inside([type], () => [
      loop(undefined, this.#inside([], () => [
        ...this.#pay(),
        ...(cast
          ? [...this.#value(indexed(STRUCT), this.#kid(seed, 0)), gc(24, 3, ...u32(1), STRUCT, SUBSTRUCT), drop]
          : [...this.#value(type, this.#kid(seed, 0)), plain(0xd6, ...u32(1))]),
        ...this.#value(I32, this.#kid(seed, 1)), brIf(0),
      ])),
      ...this.#value(type, this.#kid(seed, 2)),
    ]);
    return [block(type, leave), plain(0xd1), iff(undefined, this.#inside([], () => this.#list(seed.kids.slice(3))))];
  }

  #list(seeds: readonly Seed[]): Instr[] {
    return seeds.flatMap((seed) => this.#statement(seed));
  }

  #statement(seed: Seed): readonly Instr[] {
    return this.#statements[seed.pick % this.#statements.length]!(seed);
  }

  #kid(seed: Seed, index: number): Seed {
    return seed.kids[index] ?? LEAF;
  }

  /** Values of several types, one child each. */
  #values(types: readonly ValType[], seed: Seed): Instr[] {
    return types.flatMap((type, index) => this.#value(type, this.#kid(seed, index)));
  }

  #value(type: ValType, seed: Seed): readonly Instr[] {
    let forms = this.#forms.get(type.name);
    if (forms === undefined) {
      forms = this.#valueForms(type);
      this.#forms.set(type.name, forms);
    }
    // A leaf is a constant or a local, so that a body is not larger than its seeds.
    const count = seed.kids.length === 0 ? Math.min(2, forms.length) : forms.length;
    return forms[seed.pick % count]!(seed);
  }

  #inside<T>(label: readonly ValType[] | undefined, make: () => T): T {
    this.#labels.push(label);
    this.#handlers = this.#handlers.map((depth) => depth + 1);
    const made = make();
    this.#handlers = this.#handlers.map((depth) => depth - 1);
    this.#labels.pop();
    return made;
  }

  /** Depths of the labels that a branch with these operands may lead to, or with any. */
  #depths(types?: readonly ValType[]): number[] {
    return this.#labels.flatMap((label, index) => (label !== undefined && (types === undefined || sameTypes(label, types)) ? [this.#labels.length - 1 - index] : []));
  }

  #label(seed: Seed): { readonly depth: number; readonly types: readonly ValType[] } {
    const depths = this.#depths();
    // The body's own label is always there.
    const depth = depths[(seed.num >>> 0) % depths.length]!;
    return { depth, types: this.#labels[this.#labels.length - 1 - depth] ?? [] };
  }

  /** A label that takes nothing, so that a handler can lead there; undefined when there is none. */
  #emptyLabel(seed: Seed): number | undefined {
    const depths = this.#depths([]);
    return depths[(seed.num >>> 0) % Math.max(1, depths.length)];
  }

  /** A label that takes one value of this type; the innermost is one. */
  #depthOf(type: ValType, seed: Seed): number {
    const depths = this.#depths([type]);
    return depths[(seed.num >>> 0) % depths.length]!;
  }

  #local(type: ValType, seed: Seed): number | undefined {
    const list = this.#byType.get(type.name);
    return list?.[(seed.num >>> 0) % list.length];
  }

  /** An i32 that mostly lies below the mask. */
  #small(seed: Seed, mask: number): Instr[] {
    const value = this.#value(I32, seed);
    return seed.num % 13 === 5 ? [...value] : [...value, i32Const(mask), plain(0x71)];
  }

  /** An address in a memory, mostly within its lower half. */
  #address(seed: Seed, { wide, min }: Limits, mask = min >= 4 ? 0x1_ffff : min >= 2 ? 0xffff : min === 1 ? 0x7fff : 0): Instr[] {
    return [...this.#small(seed, mask), ...addressOf(wide)];
  }

  #tableIndex(seed: Seed, table: TableType): Instr[] {
    return this.#address(seed, table, table.min >= 4 ? 3 : table.min >= 2 ? 1 : 0);
  }

  /** A reference that is mostly not null. */
  #solid(type: ValType, seed: Seed): readonly Instr[] {
    if (seed.num % 5 === 4) return this.#value(type, seed);
    switch (type.name) {
      case "i31ref": return [...this.#value(I32, seed), gc(28)];
      case `(ref null ${this.#context.mapType})`: return [refFunc(this.#mapFunc(seed))];
      case indexed(STRUCT).name: return seed.kids.length > 2 ? [...this.#values([I32, F64, indexed(STRUCT)], seed), gc(0, STRUCT)] : [gc(1, seed.pick % 2 === 0 ? STRUCT : SUBSTRUCT)];
      case indexed(ARRAY).name: return [...this.#value(I32, this.#kid(seed, 0)), i32Const(1 + seed.pick % 20), gc(6, ARRAY)];
      case indexed(REF_ARRAY).name: return [i32Const(8), gc(7, REF_ARRAY)];
      default: return this.#value(type, seed);
    }
  }

  /** A function that maps an i32; the host's is one. */
  #mapFunc(seed: Seed): number {
    const fitting = this.#context.funcs.filter((func) => func.type === this.#context.mapType);
    return fitting[(seed.num >>> 0) % fitting.length]!.index;
  }

  /** Length of a bulk operation: a constant, small or large, or known at run time only. */
  #length(seed: Seed, wide: boolean): Instr[] {
    switch ((seed.num >>> 0) % 4) {
      case 0: return [i32Const(seed.pick % 200), ...addressOf(wide)];
      case 1: return seed.pick % 3 > 0 ? [i32Const(300), ...addressOf(wide)] : [i32Const([0x1_0001, 0x10_0000, 0x10_0001, 0x18_0000][seed.pick % 4]!), ...addressOf(wide)];
      default: return [...this.#small(seed, seed.pick % 4 < 3 ? 0xff : 0x3f_ffff), ...addressOf(wide)];
    }
  }

  #canonical(kind: "scalar" | "f32x4" | "f64x2", type: ValType, value: readonly Instr[]): Instr[] {
    const scratch = this.#scratch[kind === "scalar" ? type.name : "v128"]!;
    if (kind === "scalar") {
      const nan = type.name === "f32" ? f32Const(Number.NaN) : f64Const(Number.NaN);
      return [...value, localTee(scratch), nan, localGet(scratch), localGet(scratch), plain(type.name === "f32" ? 0x5b : 0x61), select];
    }
    return [...value, localTee(scratch), v128Const(0), localGet(scratch), localGet(scratch), plain(0xfd, kind === "f32x4" ? 0x41 : 0x47), plain(0xfd, 0x52)];
  }

  #callForms(type: ValType): Form[] {
    const { funcs, tables, mapType } = this.#context;
    const forms: Form[] = funcs.filter(({ results }) => results.length === 1 && results[0]!.name === type.name)
      .map((func): Form => (seed) => [...this.#values(func.params, seed), call(func.index)]);
    if (type.name !== "i32" || !this.#context.references) return forms;
    tables.forEach((table, index) => {
      if (table.element.name !== "funcref") return;
      forms.push((seed) => [...this.#value(I32, this.#kid(seed, 0)), ...this.#tableIndex(this.#kid(seed, 1), table), plain(0x11, ...u32(mapType), ...u32(index))]);
    });
    const reference = indexed(mapType);
    forms.push((seed) => [...this.#value(I32, this.#kid(seed, 0)), ...this.#solid(reference, this.#kid(seed, 1)), plain(0x14, ...u32(mapType))]);
    return forms;
  }

  /** The first two forms use no children. */
  #valueForms(type: ValType): readonly Form[] {
    const forms: Form[] = [];
    const local = (seed: Seed): readonly Instr[] => {
      const index = this.#local(type, seed);
      return index === undefined ? [zero(type)] : [localGet(index)];
    };
    forms.push(this.#constantForm(type), local);
    const { globals, memories, tables, gc: aggregates, mapType, sinkType } = this.#context;
    globals.forEach((global, index) => {
      if (global.type.name === type.name) forms.push(() => [globalGet(index)]);
    });
    forms.push(
      (seed) => [block(type, this.#inside([type], () => [...this.#list(seed.kids.slice(1)), ...this.#value(type, this.#kid(seed, 0))]))],
      (seed) => [...this.#value(I32, this.#kid(seed, 0)), iff(type,
        this.#inside([type], () => [...this.#value(type, this.#kid(seed, 1))]), this.#inside([type], () => [...this.#list(seed.kids.slice(3)), ...this.#value(type, this.#kid(seed, 2))]))],
      (seed) => [loop(type, this.#inside([], () => [
        ...this.#pay(), ...this.#list(seed.kids.slice(2)), ...this.#value(I32, this.#kid(seed, 1)), brIf(0), ...this.#value(type, this.#kid(seed, 0)),
      ]))],
      (seed) => {
        const index = this.#local(type, seed);
        return index === undefined ? local(seed) : [...this.#value(type, this.#kid(seed, 0)), localTee(index)];
      },
      (seed) => this.#branch(seed, type),
      ...this.#callForms(type),
    );
    if (type.code.length === 1 && type.code[0]! >= 0x7b) {
      forms.push((seed) => [...this.#value(type, this.#kid(seed, 0)), ...this.#value(type, this.#kid(seed, 1)), ...this.#value(I32, this.#kid(seed, 2)), select]);
    } else {
      forms.push((seed) => [...this.#value(type, this.#kid(seed, 0)), ...this.#value(type, this.#kid(seed, 1)), ...this.#value(I32, this.#kid(seed, 2)), plain(0x1c, 1, ...type.code)]);
      forms.push((seed) => this.#nonNull(type, seed));
    }
    if (!this.#context.legacy && this.#context.tags.length > 0) forms.push((seed) => this.#catchValue(type, seed));
    const operators = operatorsOf(type);
    const operate: Form = (seed) => {
      const row = operators[(seed.pick >> 4) % operators.length]!;
      const value = [...this.#values(row.params, seed), plain(...row.bytes)];
      return row.nan === false ? value : this.#canonical(row.nan, type, value);
    };
    // The largest family, so it comes more than once.
    if (operators.length > 0) forms.push(operate, operate, operate, operate);
    memories.forEach((memory, index) => {
      if (memory === undefined) return;
      const load = LOADS[type.name];
      if (load !== undefined) {
        forms.push((seed) => [...this.#address(this.#kid(seed, 0), memory), access(load[seed.pick % load.length]!, index, offsetOf(seed))]);
      }
      if (type.name === (memory.wide ? "i64" : "i32")) {
        forms.push(() => [plain(0x3f, ...u32(index))]);
        forms.push((seed) => [...this.#address(this.#kid(seed, 0), memory, 1), plain(0x40, ...u32(index))]);
      }
      if (type.name === "i32") {
        forms.push((seed) => [...this.#address(this.#kid(seed, 0), memory, 0x7ffc), ...this.#value(I32, this.#kid(seed, 1)),
          access([0xfe, [0x1e, 0x25, 0x2c, 0x33, 0x3a, 0x41][seed.pick % 6]!], index, 4, 2)]); // atomic read-modify-write
        forms.push((seed) => [...this.#address(this.#kid(seed, 0), memory, 0x7ffc), ...this.#value(I32, this.#kid(seed, 1)), access([0xfe, 0x00], index, 0, 2)]); // notify
      }
    });
    tables.forEach((table, index) => {
      if (table.element.name === type.name) forms.push((seed) => [...this.#tableIndex(this.#kid(seed, 0), table), plain(0x25, ...u32(index))]);
      if (type.name === (table.wide ? "i64" : "i32")) {
        forms.push(() => [misc(16, ...u32(index))]);
        forms.push((seed) => [...this.#value(table.element, this.#kid(seed, 0)), ...this.#address(this.#kid(seed, 1), table, 3), misc(15, ...u32(index))]);
      }
    });
    switch (type.name) {
      case "i32":
        for (const tested of [FUNCREF, EXTERNREF, I31REF, indexed(mapType)]) forms.push((seed) => [...this.#value(tested, this.#kid(seed, 0)), plain(0xd1)]);
        forms.push(
          (seed) => [...this.#solid(I31REF, this.#kid(seed, 0)), gc(29)], // traps on null
          (seed) => [...this.#solid(I31REF, this.#kid(seed, 0)), gc(30)],
          (seed) => [...this.#value(V128, this.#kid(seed, 0)), plain(0xfd, 0x1b, (seed.num >>> 0) % 4)],
          // A block and a loop with a parameter.
          (seed) => [...this.#value(I32, this.#kid(seed, 0)), block(mapType, this.#inside([I32], () => [localSet(this.#local(I32, seed)!), ...this.#list(seed.kids.slice(2)), ...this.#value(I32, this.#kid(seed, 1))]))],
          (seed) => [...this.#value(I32, this.#kid(seed, 0)), loop(mapType, this.#inside([I32], () => [
            ...this.#pay(), localSet(this.#local(I32, seed)!), ...this.#list(seed.kids.slice(3)), ...this.#value(I32, this.#kid(seed, 1)),
            ...this.#value(I32, this.#kid(seed, 2)), brIf(0),
          ]))],
          (seed) => [...this.#value(I32, this.#kid(seed, 0)), loop(sinkType, this.#inside([I32], () => [
            ...this.#pay(), localSet(this.#local(I32, seed)!), ...this.#list(seed.kids.slice(1)),
          ])), ...this.#value(I32, LEAF)],
        );
        break;
      case "i31ref":
        forms.push((seed) => [...this.#value(I32, this.#kid(seed, 0)), gc(28)]);
        break;
      case "v128":
        forms.push((seed) => [...this.#value(V128, this.#kid(seed, 0)), ...this.#value(V128, this.#kid(seed, 1)),
          plain(0xfd, 0x0d, ...Array.from({ length: 16 }, (_, lane) => (seed.pick * 7 + lane * (seed.num & 7)) % 32))]);
        break;
      default:
    }
    if (aggregates) forms.push(...this.#aggregateForms(type));
    return forms;
  }

  #constantForm(type: ValType): Form {
    const { mapType, funcs } = this.#context;
    switch (type.name) {
      case "i32": return (seed) => [i32Const(seed.num)];
      case "i64": return (seed) => [i64Const(BigInt(seed.num) * (seed.pick % 3 === 0 ? 1n : 0x1_0001_0001n))];
      case "f32": return (seed) => [f32Const(FLOATS[seed.pick % FLOATS.length] ?? seed.num / 3)];
      case "f64": return (seed) => [f64Const(FLOATS[seed.pick % FLOATS.length] ?? seed.num / 3)];
      case "v128": return (seed) => [v128Const(seed.num)];
      case "i31ref": return (seed) => (seed.pick % 3 === 0 ? [zero(type)] : [i32Const(seed.num), gc(28)]);
      case "funcref": return (seed) => (seed.pick % 5 === 0 ? [zero(type)] : [refFunc(funcs[(seed.num >>> 0) % funcs.length]!.index)]);
      case `(ref null ${mapType})`: {
        const fitting = funcs.filter((func) => func.type === mapType);
        return (seed) => (seed.pick % 5 === 0 || fitting.length === 0 ? [zero(type)] : [refFunc(fitting[(seed.num >>> 0) % fitting.length]!.index)]);
      }
      default: return () => [zero(type)];
    }
  }

  /** `ref.as_non_null`, `br_on_null`, `br_on_non_null`: with a way out when the reference is null. */
  #nonNull(type: ValType, seed: Seed): Instr[] {
    const value = this.#value(type, this.#kid(seed, 0));
    switch (seed.pick % 3) {
      case 0: return seed.num % 4 === 0 ? [...value, plain(0xd4)] : [...value];
      case 1: {
        const depth = this.#emptyLabel(seed);
        return depth === undefined ? [...value] : [...value, plain(0xd5, ...u32(depth))];
      }
      default:
        return [block(type, this.#inside([type], () => [...this.#value(type, this.#kid(seed, 0)), plain(0xd6, ...u32(this.#depthOf(type, seed))), ...this.#value(type, this.#kid(seed, 1))]))];
    }
  }

  /** A branch where a value is wanted: what follows is never reached, or only when the condition fails. */
  #branch(seed: Seed, type: ValType): Instr[] {
    const { depth, types } = this.#label(seed);
    const values = this.#values(types, { ...seed, kids: seed.kids.slice(1) });
    const always = seed.pick % 4 === 3;
    if (always) return [...values, br(depth), ...this.#value(type, LEAF)];
    return [...values, ...this.#value(I32, this.#kid(seed, 0)), brIf(depth), ...types.map(() => drop), ...this.#value(type, LEAF)];
  }

  /** A handler whose payload leaves the block, dropped there, and a value behind. */
  #catchValue(type: ValType, seed: Seed): Instr[] {
    const { tags } = this.#context;
    const tag = tags[(seed.num >>> 0) % tags.length]!;
    const withRef = seed.pick % 3 === 0;
    const payload = withRef ? tag.payloadRef : tag.payload;
    const types = withRef ? [...tag.params, EXNREF] : tag.params;
    const all = this.#emptyLabel(seed);
    const inner = this.#inside(types, () => {
      const catches: CatchClause[] = [{ kind: withRef ? 1 : 0, tag: tag.index, label: 0 }];
      if (seed.pick % 5 === 1 && all !== undefined) catches.push({ kind: 2, tag: 0, label: all + 1 });
      const body = this.#inside([type], () => [...this.#list(seed.kids.slice(1)), ...this.#value(type, this.#kid(seed, 0))]);
      const protectedBlock: Instr = { kind: "tryTable", type, catches, body };
      return [protectedBlock, drop, ...tag.params.map(zero), ...(withRef ? [localGet(this.#exception)] : [])];
    });
    const after: Instr[] = withRef ? [localSet(this.#exception), ...tag.params.map(() => drop)] : tag.params.map(() => drop);
    return [block(payload, inner), ...after, ...this.#value(type, LEAF)];
  }

  #aggregateForms(type: ValType): Form[] {
    const struct = indexed(STRUCT);
    const substruct = indexed(SUBSTRUCT);
    const array = indexed(ARRAY);
    const refArray = indexed(REF_ARRAY);
    switch (type.name) {
      case "i32":
        return [
          (seed) => [...this.#solid(struct, this.#kid(seed, 0)), gc(2, STRUCT, 0)],
          (seed) => [...this.#solid(array, this.#kid(seed, 0)), ...this.#small(this.#kid(seed, 1), 7), gc(11, ARRAY)],
          (seed) => [...this.#solid(seed.pick % 2 === 0 ? array : refArray, this.#kid(seed, 0)), gc(15)],
          (seed) => [...this.#value(struct, this.#kid(seed, 0)), gc(21, SUBSTRUCT)], // ref.test null
          (seed) => [...this.#value(struct, this.#kid(seed, 0)), ...this.#value(substruct, this.#kid(seed, 1)), plain(0xd3)],
          // br_on_cast and br_on_cast_fail out of a block.
          (seed) => [block(seed.pick % 2 === 0 ? substruct : struct, this.#inside([seed.pick % 2 === 0 ? substruct : struct], () => [
            ...this.#value(struct, this.#kid(seed, 0)), gc(seed.pick % 2 === 0 ? 24 : 25, 3, ...u32(this.#depthOf(seed.pick % 2 === 0 ? substruct : struct, seed)), STRUCT, SUBSTRUCT),
            ...(seed.pick % 2 === 0 ? [drop, ...this.#value(substruct, this.#kid(seed, 1))] : []),
          ])), plain(0xd1)],
        ];
      case "f64":
        return [(seed) => [...this.#solid(struct, this.#kid(seed, 0)), gc(2, STRUCT, 1)]];
      case struct.name:
        return [
          () => [gc(1, STRUCT)],
          (seed) => [...this.#values([I32, F64, struct], seed), gc(0, STRUCT)],
          (seed) => [...this.#solid(struct, this.#kid(seed, 0)), gc(2, STRUCT, 2)],
          (seed) => [...this.#value(substruct, this.#kid(seed, 0))],
          (seed) => [...this.#solid(refArray, this.#kid(seed, 0)), ...this.#small(this.#kid(seed, 1), 7), gc(11, REF_ARRAY)],
        ];
      case substruct.name:
        return [
          () => [gc(1, SUBSTRUCT)],
          (seed) => [...this.#value(struct, this.#kid(seed, 0)), gc(23, SUBSTRUCT)], // ref.cast null: traps
        ];
      case array.name:
        return [
          (seed) => [...this.#value(I32, this.#kid(seed, 0)), ...this.#small(this.#kid(seed, 1), 0xfff), gc(6, ARRAY)],
          (seed) => [...this.#values([I32, I32, I32], seed), gc(8, ARRAY, 3)],
        ];
      case refArray.name:
        return [(seed) => [...this.#small(this.#kid(seed, 0), 0xff), gc(7, REF_ARRAY)]];
      default:
        return [];
    }
  }

  #statementForms(): readonly Form[] {
    const { globals, memories, tables, funcs, tags, legacy, budget, dataLengths, elemCounts, mapType, pairType, sinkType } = this.#context;
    const forms: Form[] = [];
    const types = [...this.#byType.keys()].map((typeName) => this.#all.find((type) => type.name === typeName)!);
    forms.push(
      () => [plain(0x01)],
      (seed) => {
        const type = types[(seed.num >>> 0) % types.length]!;
        return [...this.#value(type, this.#kid(seed, 0)), localSet(this.#local(type, this.#kid(seed, 0))!)];
      },
      (seed) => [...this.#value(types[(seed.num >>> 0) % types.length]!, this.#kid(seed, 0)), drop],
      (seed) => [block(undefined, this.#inside([], () => this.#list(seed.kids)))],
      (seed) => [loop(undefined, this.#inside([], () => [...this.#pay(), ...this.#list(seed.kids.slice(1)), ...this.#value(I32, this.#kid(seed, 0)), brIf(0)]))],
      (seed) => [loop(undefined, this.#inside([], () => [...this.#pay(), ...this.#list(seed.kids)]))],
      (seed) => [...this.#value(I32, this.#kid(seed, 0)), iff(undefined, this.#inside([], () => this.#list(seed.kids.slice(1, 3))),
        seed.kids.length < 4 ? undefined : this.#inside([], () => this.#list(seed.kids.slice(3))))],
      (seed) => {
        const { depth, types: values } = this.#label(seed);
        return [...this.#values(values, seed), br(depth)];
      },
      (seed) => {
        const { depth, types: values } = this.#label(seed);
        return [...this.#values(values, { ...seed, kids: seed.kids.slice(1) }), ...this.#value(I32, this.#kid(seed, 0)), brIf(depth), ...values.map(() => drop)];
      },
      (seed) => this.#branchTable(seed),
      (seed) => this.#straightLoop(seed),
      (seed) => this.#leave(seed),
      (seed) => this.#counted(seed),
      (seed) => [block(pairType, this.#inside([I32, I64], () => [...this.#list(seed.kids.slice(2)), ...this.#values([I32, I64], seed)])), drop, drop],
      (seed) => [...this.#value(I32, this.#kid(seed, 0)), loop(sinkType, this.#inside([I32], () => [
        ...this.#pay(), localSet(this.#local(I32, seed)!), ...this.#list(seed.kids.slice(1))]))],
      (seed) => (seed.pick % 7 === 0 ? [...this.#value(I32, this.#kid(seed, 0)), iff(undefined, [unreachable])] : [...this.#values(this.#sig.results, seed), ...this.#value(I32, LEAF), iff(undefined, [...this.#sig.results.map(zero), ret]), ...this.#sig.results.map(() => drop)]),
    );
    for (const func of funcs) {
      forms.push((seed) => [...this.#values(func.params, seed), call(func.index), ...func.results.map(() => drop)]);
      if (sameTypes(func.results, this.#sig.results)) {
        forms.push((seed) => [...this.#value(I32, this.#kid(seed, 3)), iff(undefined, this.#inside([], () => [...this.#values(func.params, seed), plain(0x12, ...u32(func.index))]))]);
      }
    }
    if (sameTypes([I32], this.#sig.results) && this.#context.references) {
      tables.forEach((table, index) => {
        if (table.element.name !== "funcref") return;
        forms.push((seed) => [...this.#value(I32, this.#kid(seed, 2)), iff(undefined, this.#inside([], () => [
          ...this.#value(I32, this.#kid(seed, 0)), ...this.#tableIndex(this.#kid(seed, 1), table), plain(0x13, ...u32(mapType), ...u32(index))]))]);
      });
      forms.push((seed) => [...this.#value(I32, this.#kid(seed, 2)), iff(undefined, this.#inside([], () => [
        ...this.#value(I32, this.#kid(seed, 0)), ...this.#solid(indexed(mapType), this.#kid(seed, 1)), plain(0x15, ...u32(mapType))]))]);
    }
    globals.forEach(({ type, mutable }, index) => {
      if (mutable && index !== budget) forms.push((seed) => [...this.#value(type, this.#kid(seed, 0)), globalSet(index)]);
    });
    memories.forEach((memory, index) => {
      if (memory === undefined) return;
      const at = (seed: Seed, kid: number): Instr[] => this.#address(this.#kid(seed, kid), memory);
      forms.push(
        (seed) => {
          const [type, code] = STORES[seed.pick % STORES.length]!;
          return [...at(seed, 0), ...this.#value(type, this.#kid(seed, 1)), access(code, index, offsetOf(seed))];
        },
        (seed) => [...this.#pay(), ...at(seed, 0), ...this.#value(I32, this.#kid(seed, 1)), ...this.#length(this.#kid(seed, 2), memory.wide), misc(11, ...u32(index))],
      );
      memories.forEach((source, from) => {
        if (source === undefined) return;
        forms.push((seed) => [...this.#pay(), ...at(seed, 0), ...this.#address(this.#kid(seed, 1), source),
          ...this.#length(this.#kid(seed, 2), memory.wide && source.wide), misc(10, ...u32(index), ...u32(from))]);
      });
      dataLengths.forEach((length, segment) => {
        forms.push((seed) => [...this.#pay(), ...at(seed, 0), ...this.#small(this.#kid(seed, 1), 3),
          i32Const(seed.pick % 3 === 0 ? length : Math.max(0, length - (seed.pick % 8))), misc(8, ...u32(segment), ...u32(index))]);
      });
    });
    dataLengths.forEach((_, segment) => {
      forms.push(() => [misc(9, ...u32(segment))]);
    });
    elemCounts.forEach((_, segment) => {
      forms.push(() => [misc(13, ...u32(segment))]);
    });
    tables.forEach((table, index) => {
      const at = (seed: Seed, kid: number): Instr[] => this.#tableIndex(this.#kid(seed, kid), table);
      forms.push(
        (seed) => [...at(seed, 0), ...this.#value(table.element, this.#kid(seed, 1)), plain(0x26, ...u32(index))],
        (seed) => [...at(seed, 0), ...this.#value(table.element, this.#kid(seed, 1)), ...at(seed, 2), misc(17, ...u32(index))],
      );
      tables.forEach((source, from) => {
        if (source.element.name !== table.element.name) return;
        forms.push((seed) => [...at(seed, 0), ...this.#tableIndex(this.#kid(seed, 1), source),
          i32Const(seed.pick % 5), ...addressOf(table.wide && source.wide), misc(14, ...u32(index), ...u32(from))]);
      });
      if (table.element.name !== "funcref") return;
      elemCounts.forEach((count, segment) => {
        forms.push((seed) => [...at(seed, 0), i32Const(seed.pick % 2), i32Const(Math.min(count, seed.pick % 4)), misc(12, ...u32(segment), ...u32(index))]);
      });
    });
    if (tags.length > 0) {
      forms.push((seed) => {
        const tag = tags[(seed.num >>> 0) % tags.length]!;
        return [...this.#value(I32, this.#kid(seed, 2)), iff(undefined, this.#inside([], () => [...this.#values(tag.params, seed), plain(0x08, ...u32(tag.index))]))];
      });
      if (legacy) forms.push((seed) => this.#legacyTry(seed), (seed) => this.#legacyTry(seed));
      else forms.push((seed) => this.#tryTable(seed), (seed) => this.#tryTable(seed), (seed) => [...this.#value(I32, this.#kid(seed, 0)), iff(undefined, [localGet(this.#exception), plain(0x0a)])]);
    }
    if (this.#context.gc) {
      forms.push(
        (seed) => [...this.#solid(indexed(STRUCT), this.#kid(seed, 0)), ...this.#value(I32, this.#kid(seed, 1)), gc(5, STRUCT, 0)],
        (seed) => [...this.#solid(indexed(ARRAY), this.#kid(seed, 0)), ...this.#small(this.#kid(seed, 1), 7), ...this.#value(I32, this.#kid(seed, 2)), gc(14, ARRAY)],
        (seed) => [...this.#solid(indexed(ARRAY), this.#kid(seed, 0)), i32Const(0), ...this.#value(I32, this.#kid(seed, 1)), ...this.#small(this.#kid(seed, 2), 7), gc(16, ARRAY)],
        (seed) => [...this.#solid(indexed(ARRAY), this.#kid(seed, 0)), i32Const(1), ...this.#solid(indexed(ARRAY), this.#kid(seed, 1)), i32Const(0), i32Const(seed.pick % 4), gc(17, ARRAY, ARRAY)],
      );
    }
    return forms;
  }

  #branchTable(seed: Seed): Instr[] {
    // Labels that take nothing: others would have to agree.
    const labels: number[] = [];
    for (let i = 0; i <= seed.kids.length; i++) {
      const depth = this.#emptyLabel(i === 0 ? seed : this.#kid(seed, i - 1));
      if (depth === undefined) return [];
      labels.push(depth);
    }
    const last = labels.pop()!;
    return [...this.#small(this.#kid(seed, 0), 7), plain(0x0e, ...u32(labels.length), ...labels.flatMap(u32), ...u32(last))];
  }

  /** A loop with a constant number of rounds, in the forms that compilers give it, or nearly. */
  #counted(seed: Seed): Instr[] {
    const rounds = 1 + (seed.num >>> 0) % 12;
    const counter = this.#counter;
    const up = seed.pick % 2 === 0;
    const step = 1 + (seed.pick >> 1) % 3;
    // Inner counted loops would use the counter too, so they are paid for like others.
    const inner = this.#inside([], () => [...(seed.kids.length === 0 ? [] : this.#pay()), ...this.#list(seed.kids)]);
    const test: Instr[] = up
      ? [localGet(counter), i32Const(step), plain(0x6a), localTee(counter), i32Const(rounds * step), plain([0x47, 0x48, 0x49][(seed.pick >> 3) % 3]!), brIf(0)]
      : [localGet(counter), i32Const(-1), plain(0x6a), localTee(counter), brIf(0)];
    return [i32Const(up ? 0 : rounds), localSet(counter), loop(undefined, [...inner, ...test])];
  }

  #tryTable(seed: Seed): Instr[] {
    const { tags } = this.#context;
    const catches: CatchClause[] = [];
    const empty = this.#emptyLabel(seed);
    const plainTag = tags.find(({ params }) => params.length === 0);
    if (empty !== undefined) {
      if (plainTag !== undefined && seed.pick % 2 === 0) catches.push({ kind: 0, tag: plainTag.index, label: empty });
      if (seed.pick % 3 !== 0) catches.push({ kind: 2, tag: 0, label: empty });
    }
    return [{ kind: "tryTable", type: undefined, catches, body: this.#inside([], () => this.#list(seed.kids)) }];
  }

  #legacyTry(seed: Seed): Instr[] {
    const { tags } = this.#context;
    const body = this.#inside([], () => this.#list(seed.kids.slice(0, 2)));
    if (seed.pick % 4 === 0) return [{ kind: "delegate", type: undefined, body, label: (seed.num >>> 0) % this.#labels.length }];
    const handlers: { tag: number; body: Instr[] }[] = [];
    const handler = (before: readonly Instr[], seedsInside: readonly Seed[]): Instr[] => this.#inside([], () => {
      this.#handlers.push(0);
      const inside = [...before, ...this.#list(seedsInside)];
      if (seed.num % 3 === 0) inside.push(...this.#value(I32, LEAF), iff(undefined, [plain(0x09, ...u32(this.#handlers[(seed.pick >> 3) % this.#handlers.length]! + 1))]));
      this.#handlers.pop();
      return inside;
    });
    const tag = tags[(seed.num >>> 0) % tags.length]!;
    if (seed.pick % 4 !== 1) handlers.push({ tag: tag.index, body: handler(tag.params.map(() => drop), seed.kids.slice(2, 3)) });
    const all = seed.pick % 4 === 2 ? undefined : handler([], seed.kids.slice(3));
    return [{ kind: "try", type: undefined, body, handlers, all }];
  }
}

function sameTypes(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every(({ name }, index) => name === b[index]!.name);
}

/** Mostly small; sometimes beyond what an i32 memory has. */
function offsetOf(seed: Seed): number {
  return seed.pick % 11 === 0 ? 0xffff_fff0 : (seed.num >>> 0) % 300;
}

/** An `undefined` stands for a number of the seed's. */
const FLOATS: readonly (number | undefined)[] = [undefined, 0, -0, 1, -1.5, Number.NaN, Infinity, -Infinity, 2147483648, -9223372036854775808, 1e-40, undefined];

const LOADS: { readonly [type: string]: readonly (readonly number[])[] } = {
  i32: [[0x28], [0x2c], [0x2d], [0x2e], [0x2f]],
  i64: [[0x29], [0x30], [0x31], [0x32], [0x33], [0x34], [0x35]],
  f32: [[0x2a]],
  f64: [[0x2b]],
  v128: [[0xfd, 0x00], [0xfd, 0x01], [0xfd, 0x07], [0xfd, 0x0a], [0xfd, 0x5c]],
};
const STORES: readonly (readonly [ValType, readonly number[]])[] = [
  [I32, [0x36]], [I64, [0x37]], [F32, [0x38]], [F64, [0x39]], [I32, [0x3a]], [I32, [0x3b]], [I64, [0x3c]], [I64, [0x3d]], [I64, [0x3e]], [V128, [0xfd, 0x0b]],
];
