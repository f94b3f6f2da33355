/**
 * What the call graph has to know of a module besides its bodies: which function types are one, which functions have their address
 * taken outside of bodies, and whether references to functions may cross the module's border.
 */
import type { ConstExpr, DecodedModule } from "../binary/module.ts";
import { skipInstruction } from "../binary/skip.ts";
import type { FuncType } from "../types/externtype.ts";
import type { ValType } from "../types/valtype.ts";
import { readU32 } from "./leb128.ts";

const REF_FUNC = 0xd2;

/**
 * A number for each structure of a function type, from `first` on, by type index; -1 for other types. References to types are
 * blurred, so that types which are equal never have two numbers.
 */
export function numberTypes(module: DecodedModule, first: number): { readonly nodes: Int32Array; readonly count: number } {
  const byKey = new Map<string, number>();
  const nodes = new Int32Array(module.types.length).fill(-1);
  module.types.forEach(({ comp }, index) => {
    if (comp.kind !== "func") return;
    const key = structureOf(comp);
    let node = byKey.get(key);
    if (node === undefined) {
      node = first + byKey.size;
      byKey.set(key, node);
    }
    nodes[index] = node;
  });
  return { nodes, count: byKey.size };
}

function structureOf(type: FuncType): string {
  return `${type.params.map(blurred).join()}>${type.results.map(blurred).join()}`;
}

function blurred(type: ValType): string {
  if (typeof type === "string") return type;
  return typeof type.heap === "number" ? "ref" : `${type.nullable ? "null " : ""}${type.heap}`;
}

/** Sets `taken[f]` to 1 for each function that a segment or a constant expression names. */
export function takeConstants(module: DecodedModule, taken: Uint8Array): void {
  const takeExpr = (expr: ConstExpr): void => {
    const { bytes } = module;
    for (let pos = expr.start; pos < expr.end;) {
      if (bytes[pos] === REF_FUNC) taken[readU32(bytes, pos + 1)] = 1;
      pos = skipInstruction(bytes, pos, expr.end);
    }
  };
  for (const segment of module.elems) {
    for (const func of segment.funcs ?? []) taken[func] = 1;
    for (const expr of segment.exprs ?? []) takeExpr(expr);
  }
  for (const { init } of module.globalDefs) takeExpr(init);
  for (const { init } of module.tableDefs) if (init !== undefined) takeExpr(init);
}

/** Whether a reference to a function may come into the module or leave it other than by name. */
export function crossesBorder(module: DecodedModule): boolean {
  const { importCounts } = module;
  if (importCounts.table > 0) return true;
  const ofFunc = (func: number): boolean => {
    const comp = module.types[module.funcs[func]?.type ?? -1]?.comp;
    return comp?.kind === "func" && [...comp.params, ...comp.results].some(mayCarryFunc);
  };
  const ofTag = (tag: number): boolean => {
    const comp = module.types[module.tags[tag]?.type ?? -1]?.comp;
    return comp?.kind === "func" && comp.params.some(mayCarryFunc);
  };
  const ofGlobal = (global: number): boolean => {
    const type = module.globals[global];
    return type !== undefined && mayCarryFunc(type.value);
  };
  for (let func = 0; func < importCounts.func; func++) if (ofFunc(func)) return true;
  for (let global = 0; global < importCounts.global; global++) if (ofGlobal(global)) return true;
  for (let tag = 0; tag < importCounts.tag; tag++) if (ofTag(tag)) return true;
  for (const { kind, index } of module.exports) {
    if (kind === "table") return true;
    if (kind === "func" && ofFunc(index)) return true;
    if (kind === "global" && ofGlobal(index)) return true;
    if (kind === "tag" && ofTag(index)) return true;
  }
  // Aggregates can cross as `externref` and be cast back.
  return module.types.some(({ comp }) => (comp.kind === "struct" ? comp.fields : comp.kind === "array" ? [comp.element] : [])
    .some(({ storage }) => storage !== "i8" && storage !== "i16" && mayCarryFunc(storage)));
}

function mayCarryFunc(type: ValType): boolean {
  if (typeof type === "string") return false;
  switch (type.heap) {
    case "extern":
    case "noextern":
    case "i31":
    case "none":
    case "nofunc":
    case "noexn":
      return false;
    default:
      return true;
  }
}
