/**
 * Arbitrary valid modules.
 *
 * A plan of plain choices is drawn first and made into a module afterwards, so that
 * `fast-check` shrinks plans and knows nothing of validity. What a module imports, the host in
 * `fuzz/host.ts` has.
 */
import fc from "fast-check";
import { AGGREGATES, ARRAY, BodyBuilder, REF_ARRAY, STRUCT } from "./body.ts";
import type { BodyContext, FuncSig, TagSig } from "./body.ts";
import { i32Const, i64Const, zero } from "./instr.ts";
import { LEAF, seeds } from "./seed.ts";
import type { Seed } from "./seed.ts";
import { EXNREF, EXTERNREF, F32, F64, FUNCREF, I31REF, I32, I64, V128, indexed } from "./syntax.ts";
import type { ElemSegment, Export, Func, FuncType, GlobalType, Import, Limits, ModuleTree, TableType, TypeDef, ValType } from "./syntax.ts";

/** Steps (function entries, loop rounds, bulk operations) that one call from outside may make. */
export const BUDGET = 300;
/** The guest's export of what is left of the budget. */
export const BUDGET_EXPORT = "budget";

const VALUE_TYPES: readonly ValType[] = [I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, I31REF];
const valueType = fc.constantFrom(...VALUE_TYPES);
const valueTypes = fc.array(valueType, { maxLength: 3 });

const memory = fc.record({ pages: fc.constantFrom(1, 0, 2, 3, 36), more: fc.nat(3), wide: fc.boolean(), shared: fc.nat(5).map((n) => n === 5), imported: fc.boolean() });
const table = fc.record({ size: fc.nat(6), more: fc.nat(4), wide: fc.nat(3).map((n) => n === 3), element: fc.nat(3), imported: fc.nat(4).map((n) => n === 4) });
const global = fc.record({ type: valueType, mutable: fc.boolean(), value: fc.nat(1000) });
const func = fc.record({ type: fc.nat(20), locals: fc.array(valueType, { maxLength: 3 }), exported: fc.boolean(), body: seeds, result: fc.constant(LEAF) });
const segment = fc.record({ mode: fc.nat(5), target: fc.nat(3), offset: fc.constantFrom(0, 0, 1, 3, 100, 65530, 70000), length: fc.constantFrom(1, 0, 3, 8, 200), large: fc.nat(30) });

export interface ModulePlan {
  /** Functions only call those behind them, by name; nothing else leads into a function. */
  readonly acyclic: boolean;
  readonly gc: boolean;
  readonly grouped: boolean;
  readonly legacy: boolean;
  readonly hostCalls: boolean;
  readonly memories: readonly { readonly pages: number; readonly more: number; readonly wide: boolean; readonly shared: boolean; readonly imported: boolean }[];
  readonly tables: readonly { readonly size: number; readonly more: number; readonly wide: boolean; readonly element: number; readonly imported: boolean }[];
  readonly globals: readonly { readonly type: ValType; readonly mutable: boolean; readonly value: number }[];
  readonly importedGlobal: boolean;
  readonly types: readonly FuncType[];
  readonly tags: number;
  readonly funcs: readonly { readonly type: number; readonly locals: readonly ValType[]; readonly exported: boolean; readonly body: readonly Seed[]; readonly result: Seed }[];
  readonly datas: readonly { readonly mode: number; readonly target: number; readonly offset: number; readonly length: number; readonly large: number }[];
  readonly elems: readonly { readonly mode: number; readonly target: number; readonly offset: number; readonly length: number; readonly large: number }[];
  readonly start: number;
}

export const plans: fc.Arbitrary<ModulePlan> = fc.record({
  acyclic: fc.nat(4).map((n) => n === 4),
  gc: fc.boolean(),
  grouped: fc.boolean(),
  legacy: fc.nat(3).map((n) => n === 3),
  hostCalls: fc.boolean(),
  memories: fc.array(memory, { maxLength: 3 }),
  tables: fc.array(table, { maxLength: 3 }),
  globals: fc.array(global, { maxLength: 3 }),
  importedGlobal: fc.boolean(),
  types: fc.array(fc.record({ params: valueTypes, results: valueTypes }), { maxLength: 3 }),
  tags: fc.nat(3),
  funcs: fc.array(func, { minLength: 1, maxLength: 6 }),
  datas: fc.array(segment, { maxLength: 3 }),
  elems: fc.array(segment, { maxLength: 3 }),
  start: fc.nat(12),
});

export function buildModule(plan: ModulePlan): ModuleTree {
  const { gc, legacy } = plan;
  const types: TypeDef[] = gc ? [
    { kind: "struct", fields: [I32, F64, indexed(STRUCT)] },
    { kind: "struct", fields: [I32, F64, indexed(STRUCT), I32], supertype: STRUCT },
    { kind: "array", element: I32 },
    { kind: "array", element: indexed(STRUCT) },
  ] : [];
  if (types.length !== (gc ? AGGREGATES : 0) || ARRAY + 1 !== REF_ARRAY) throw new Error("the aggregates have other indices");
  const addType = (params: readonly ValType[], results: readonly ValType[]): number => types.push({ kind: "func", params, results }) - 1;
  const mapType = addType([I32], [I32]);
  const sinkType = addType([I32], []);
  const pairType = addType([], [I32, I64]);
  const callType = addType([], []);
  const ownTypes = plan.types.map(({ params, results }) => addType(params, results));

  const payloads: readonly (readonly ValType[])[] = [[], [I32], [I64, F32]];
  const tags: (TagSig & { readonly type: number })[] = payloads.slice(0, plan.tags).map((params, index) => ({
    index, params, type: addType(params, []),
    payload: params.length === 0 ? undefined : params.length === 1 ? params[0] : addType([], params),
    payloadRef: legacy ? undefined : params.length === 0 ? EXNREF : addType([], [...params, EXNREF]),
  }));

  const imports: Import[] = [];
  const importFunc = (name: string, type: number): number => imports.push({ name, type: { kind: "func", type } }) - 1;
  const sigOf = (index: number, type: number): FuncSig => {
    const def = types[type];
    if (def?.kind !== "func") throw new Error(`type ${type} is no function type`);
    return { index, type, params: def.params, results: def.results };
  };
  const importedFuncs = [importFunc("map", mapType), importFunc("sink", sinkType)];
  // Calls an exported function of the guest: a cycle that leaves the module.
  if (plan.hostCalls && !plan.acyclic) importedFuncs.push(importFunc("enter", sinkType), importFunc("throw", callType));

  const limitsOf = (entry: ModulePlan["memories"][number]): Limits => ({ min: entry.pages, max: entry.pages + entry.more, wide: entry.wide, shared: entry.shared });
  const tableOf = (entry: ModulePlan["tables"][number], imported: boolean): TableType => ({
    min: entry.size, max: entry.size + entry.more, wide: entry.wide, shared: false,
    element: imported || entry.element < 2 ? FUNCREF : entry.element === 2 ? EXTERNREF : I31REF,
  });
  // Imports come first in each index space.
  const importedMemories = plan.memories.filter(({ imported }) => imported).map(limitsOf);
  const ownMemories = plan.memories.filter(({ imported }) => !imported).map(limitsOf);
  const flagLimits: Limits = { min: 1, max: 1, wide: false, shared: true };
  const importedTables = plan.tables.filter(({ imported }) => imported).map((entry) => tableOf(entry, true));
  const ownTables = plan.tables.filter(({ imported }) => !imported).map((entry) => tableOf(entry, false));
  importedMemories.forEach((type, index) => imports.push({ name: `memory${index}`, type: { kind: "memory", type } }));
  // The flag's memory comes before the module's own; forms that use memories do not see it.
  imports.push({ name: "flag", type: { kind: "memory", type: flagLimits } });
  importedTables.forEach((type, index) => imports.push({ name: `table${index}`, type: { kind: "table", type } }));
  const importedGlobals: GlobalType[] = plan.importedGlobal ? [{ type: I32, mutable: true }, { type: F64, mutable: false }] : [];
  importedGlobals.forEach((type, index) => imports.push({ name: `global${index}`, type: { kind: "global", type } }));

  const flagMemory = importedMemories.length;
  // Bodies address memories by position; own ones come after the flag.
  const memories: readonly (Limits | undefined)[] = [...importedMemories, undefined, ...ownMemories];
  const tables = [...importedTables, ...ownTables];
  const globals = [...importedGlobals, ...plan.globals.map(({ type, mutable }) => ({ type, mutable })), { type: I32, mutable: true }];
  const budget = globals.length - 1;

  const funcTypes = [mapType, callType, sinkType, ...ownTypes];
  const sigs = plan.funcs.map(({ type }, index) => sigOf(importedFuncs.length + index, funcTypes[type % funcTypes.length]!));
  const funcs = [...importedFuncs.map((index) => sigOf(index, importType(imports[index]!))), ...sigs];

  const elems: ElemSegment[] = [];
  const funcTables = tables.flatMap(({ element, wide }, index) => (element.name === "funcref" ? [{ index, wide }] : []));
  // Tables that hold functions are filled from the start.
  for (const { index, wide } of funcTables) {
    const room = Math.min(tables[index]!.min, sigs.length);
    elems.push({ mode: "active", table: index, offset: constantAddress(0, wide), funcs: sigs.slice(0, room).map((sig) => sig.index) });
  }
  for (const entry of plan.elems) {
    const list = Array.from({ length: Math.min(entry.length, 5) }, (_, i) => funcs[(i + entry.target) % funcs.length]!.index);
    const to = funcTables[entry.target % Math.max(1, funcTables.length)];
    const offset = entry.large === 30 ? 9 : 0;
    if (to === undefined || entry.mode > 1) elems.push({ mode: entry.mode === 5 ? "declarative" : "passive", table: 0, offset: [], funcs: list });
    else if (tables[to.index]!.min >= list.length || offset > 0) elems.push({ mode: "active", table: to.index, offset: constantAddress(offset, to.wide), funcs: list });
  }
  elems.push({ mode: "declarative", table: 0, offset: [], funcs: funcs.map(({ index }) => index) });

  const memoryIndices = memories.flatMap((type, index) => (type === undefined ? [] : [{ index, ...type }]));
  const datas = plan.datas.map((entry, number) => {
    const bytes = Array.from({ length: entry.large === 30 ? 70_000 : entry.length }, (_, i) => (i * 7 + number * 50 + 1) & 0xff);
    const to = memoryIndices[entry.target % Math.max(1, memoryIndices.length)];
    const fits = to !== undefined && to.min * 65536 >= entry.offset + bytes.length;
    return to !== undefined && entry.mode < 3 && (fits || entry.large === 29)
      ? { mode: "active" as const, memory: to.index, offset: constantAddress(entry.offset, to.wide), bytes }
      : { mode: "passive" as const, memory: 0, offset: [], bytes };
  });

  const context: BodyContext = {
    funcs, memories, flagMemory, tables, globals, budget, tags, legacy, gc,
    // Active segments are dropped once they have run.
    dataLengths: datas.map(({ mode, bytes }) => (mode === "active" ? 0 : bytes.length)),
    elemCounts: elems.map(({ mode, funcs: list }) => (mode === "passive" ? list.length : 0)), mapType, sinkType, pairType,
    references: !plan.acyclic,
  };
  const bodies: Func[] = plan.funcs.map((entry, index) => {
    const callees = plan.acyclic ? [...funcs.slice(0, importedFuncs.length), ...sigs.slice(index + 1)] : funcs;
    const builder = new BodyBuilder({ ...context, funcs: callees }, sigs[index]!, entry.locals);
    const body = builder.build(entry.body, entry.result);
    return { type: sigs[index]!.type, locals: builder.locals, body };
  });

  const exports: Export[] = [];
  sigs.forEach((sig, index) => {
    const shown = [...sig.params, ...sig.results].every(({ name }) => name !== "v128");
    if (shown && (index === 0 || plan.funcs[index]!.exported)) exports.push({ name: `func${index}`, kind: "func", index: sig.index });
  });
  memoryIndices.forEach(({ index }) => exports.push({ name: `memory${index}`, kind: "memory", index }));
  tables.forEach((_, index) => {
    // A table that is neither imported nor exported leaves calls through it inside the module.
    if (plan.start % 2 === 0 || tables[index]!.element.name !== "funcref") exports.push({ name: `table${index}`, kind: "table", index });
  });
  globals.forEach(({ type }, index) => {
    if (index === budget) exports.push({ name: BUDGET_EXPORT, kind: "global", index });
    else if (type.name !== "v128" && (type.name !== "funcref" || plan.start % 2 === 0)) exports.push({ name: `global${index}`, kind: "global", index });
  });
  tags.forEach(({ index }) => exports.push({ name: `tag${index}`, kind: "tag", index }));

  const starts = sigs.filter(({ params, results }) => params.length === 0 && results.length === 0);
  return {
    types, grouped: plan.grouped, imports, funcs: bodies, tables: ownTables, memories: ownMemories, tags: tags.map(({ type }) => type),
    globals: [
      ...plan.globals.map(({ type, mutable, value }) => ({ type, mutable, init: [type === I32 ? i32Const(value) : zero(type)] })),
      { type: I32, mutable: true, init: [i32Const(BUDGET)] },
    ],
    exports, start: plan.start > 8 ? starts[0]?.index : undefined, elems, datas,
  };
}

function constantAddress(value: number, wide: boolean): ElemSegment["offset"] {
  return [wide ? i64Const(BigInt(value)) : i32Const(value)];
}

function importType(entry: Import): number {
  if (entry.type.kind !== "func") throw new Error(`${entry.name} is no function`);
  return entry.type.type;
}
