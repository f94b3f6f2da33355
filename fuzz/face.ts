/**
 * What a host must know of a module to run it: imports and exports with their types, as the host's
 * own interface does not tell them.
 */
import type { DecodedModule } from "#wasm";
import type { ModuleTree } from "./generate/syntax.ts";

export interface LimitsFace {
  readonly min: number;
  readonly max: number | undefined;
  readonly wide: boolean;
  readonly shared: boolean;
}
export type TableFace = LimitsFace;
export interface GlobalFace {
  readonly type: string;
  readonly mutable: boolean;
}
export type ImportFace =
  | { readonly name: string; readonly kind: "func" }
  | { readonly name: string; readonly kind: "memory" | "table"; readonly type: LimitsFace }
  | { readonly name: string; readonly kind: "global"; readonly type: GlobalFace };
export interface ExportFace {
  readonly name: string;
  readonly kind: string;
  /** Names of the parameter types of a function or tag. */
  readonly params: readonly string[];
}
export interface ModuleFace {
  readonly imports: readonly ImportFace[];
  readonly exports: readonly ExportFace[];
}

export function faceOfTree(tree: ModuleTree): ModuleFace {
  const importedFuncs = tree.imports.filter(({ type }) => type.kind === "func").length;
  const params = (type: number | undefined): string[] => {
    const def = type === undefined ? undefined : tree.types[type];
    return def?.kind === "func" ? def.params.map(({ name }) => name) : [];
  };
  return {
    imports: tree.imports.map(({ name, type }): ImportFace => {
      switch (type.kind) {
        case "func": return { name, kind: "func" };
        case "global": return { name, kind: "global", type: { type: type.type.type.name, mutable: type.type.mutable } };
        default: return { name, kind: type.kind, type: type.type };
      }
    }),
    exports: tree.exports.map(({ name, kind, index }) => ({
      name, kind, params: kind === "func" ? params(tree.funcs[index - importedFuncs]?.type) : kind === "tag" ? params(tree.tags[index]) : [],
    })),
  };
}

/** For a module of which there are only bytes; what it imports must be of the kinds above. */
export function faceOfModule(module: DecodedModule): ModuleFace {
  const params = (type: number | undefined): string[] => {
    const comp = type === undefined ? undefined : module.types[type]?.comp;
    return comp?.kind === "func" ? comp.params.map((param) => {
      if (typeof param === "string") return param;
      return param.nullable && typeof param.heap === "string" ? `${param.heap}ref` : "ref";
    }) : [];
  };
  return {
    imports: module.imports.map(({ name, type }): ImportFace => {
      switch (type.kind) {
        case "func": return { name, kind: "func" };
        case "global": return { name, kind: "global", type: { type: typeof type.value === "string" ? type.value : "externref", mutable: type.mutable } };
        case "memory":
        case "table": {
          const { min, max } = type.limits;
          const shared = type.kind === "memory" && type.shared;
          return { name, kind: type.kind, type: { min: Number(min), max: max === undefined ? undefined : Number(max), wide: type.addr === "i64", shared } };
        }
        case "tag": throw new Error(`no host here has the tag ${name}`);
      }
    }),
    exports: module.exports.map(({ name, kind, index }) => ({
      name, kind, params: kind === "func" ? params(module.funcs[index]?.type) : kind === "tag" ? params(module.tags[index]?.type) : [],
    })),
  };
}
