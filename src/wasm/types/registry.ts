/**
 * Canonical types: one id per structure and engine, so that types of two modules compare as
 * numbers.
 *
 * Recursion groups are equal when their members are equal in order, with references into the own
 * group compared by position and all others by canonical id (iso-recursive equality). Groups come
 * in the order of a module, so whatever a group refers to outside of itself has its id already.
 * The text that stands for a group's structure is kept, so memory grows with the distinct types
 * of all modules seen and never with the number of modules.
 *
 * Spec: core valid/conventions, Defined Types and Rolling; valid/matching.
 */
import { assert } from "#base";
import type { CompType, FuncType, RecGroup, SubType } from "./externtype.ts";
import type { FieldType, HeapType, StorageType, TypeIdx, ValType } from "./valtype.ts";

/**
 * What the concrete heap types of a type mean: indices of the module that `canonicalize` gave
 * this array for, or canonical ids already.
 */
export type TypeIds = Int32Array | "canonical";

/** The distinct types of one engine. Ids of two registries do not compare. */
export class TypeRegistry {
  /** Structure of a recursion group to the id of its first member; the others follow it. */
  readonly #groups = new Map<string, number>();
  /** By id, with concrete types as canonical ids. */
  readonly #definitions: SubType[] = [];
  /** By id: the id of the supertype, or -1. */
  readonly #parents: number[] = [];
  /** By id: the number of types above. */
  readonly #depths: number[] = [];

  /** How many distinct types there are; ids are below. */
  get size(): number {
    return this.#definitions.length;
  }

  /**
   * The canonical id of every type of a module, by type index. Two types have one id exactly
   * when they are equal.
   *
   * The groups must be as the decoder gives them: in order, and referring to nothing after
   * themselves.
   */
  canonicalize(recGroups: readonly RecGroup[]): Int32Array {
    const last = recGroups.at(-1);
    const ids = new Int32Array(last === undefined ? 0 : last.start + last.types.length);
    for (const group of recGroups) {
      const first = this.#intern(group, ids);
      for (let i = 0; i < group.types.length; i++) ids[group.start + i] = first + i;
    }
    return ids;
  }

  /** The id of a final functype of its own, as hosts define them. Concrete types in it are canonical ids. */
  internFunc(type: FuncType): number {
    const group: RecGroup = { start: Number.POSITIVE_INFINITY, types: [{ final: true, supertypes: [], comp: type }] };
    return this.#intern(group, "canonical");
  }

  /** The type with this id, in terms of canonical ids. */
  definition(id: number): SubType {
    const type = this.#definitions[id];
    assert(type !== undefined, `type id ${id} of another engine`);
    return type;
  }

  /** The functype with this id; undefined when it is a struct or array type. */
  funcType(id: number): FuncType | undefined {
    const { comp } = this.definition(id);
    return comp.kind === "func" ? comp : undefined;
  }

  /** Whether `sub` is `sup` or declared below it. Walks at most the depth of `sub`, which decoding bounds. */
  isSubtype(sub: number, sup: number): boolean {
    if (sub === sup) return true;
    const depths = this.#depths;
    let at = sub;
    for (let up = depths[sub]! - depths[sup]!; up > 0; up--) at = this.#parents[at]!;
    return at === sup;
  }

  #intern(group: RecGroup, ids: TypeIds): number {
    const { start, types } = group;
    if (types.length === 0) return this.#definitions.length;
    const key = types.map((type) => subTypeKey(type, start, ids)).join(";");
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const first = this.#definitions.length;
    const idOf = (index: number): number => (index >= start ? first + index - start : canonicalId(index, ids));
    for (const type of types) {
      const parent = type.supertypes[0] === undefined ? -1 : idOf(type.supertypes[0]);
      this.#parents.push(parent);
      this.#depths.push(parent < 0 ? 0 : this.#depths[parent]! + 1);
      this.#definitions.push({
        final: type.final,
        supertypes: type.supertypes.map((index) => idOf(index) as TypeIdx),
        comp: mapCompType(type.comp, idOf),
      });
    }
    this.#groups.set(key, first);
    return first;
  }
}

/** The canonical id behind a concrete heap type. */
export function canonicalId(index: number, ids: TypeIds): number {
  if (ids === "canonical") return index;
  const id = ids[index];
  assert(id !== undefined, `type index ${index} of another module`);
  return id;
}

// The structure of a type as text. `.3` is the fourth member of the own group, `3` a canonical id.

function subTypeKey(type: SubType, start: number, ids: TypeIds): string {
  const heap = (index: HeapType): string => {
    if (typeof index === "string") return index;
    return index >= start ? `.${index - start}` : `${canonicalId(index, ids)}`;
  };
  const storage = (value: StorageType): string =>
    typeof value === "string" ? value : `${value.nullable ? "?" : "!"}${heap(value.heap)}`;
  const field = (value: FieldType): string => `${value.mutable ? "mut " : ""}${storage(value.storage)}`;
  const { final, supertypes, comp } = type;
  const head = `${final ? "final" : "open"} ${supertypes.map(heap).join(",")} ${comp.kind}`;
  switch (comp.kind) {
    case "func":
      return `${head} ${comp.params.map(storage).join(",")}>${comp.results.map(storage).join(",")}`;
    case "struct":
      return `${head} ${comp.fields.map(field).join(",")}`;
    case "array":
      return `${head} ${field(comp.element)}`;
  }
}

/** `comp` with every concrete heap type replaced. Types without any are shared, not copied. */
function mapCompType(comp: CompType, idOf: (index: number) => number): CompType {
  const value = (type: ValType): ValType => mapValType(type, idOf);
  const field = ({ storage, mutable }: FieldType): FieldType => ({
    storage: typeof storage === "string" ? storage : mapValType(storage, idOf),
    mutable,
  });
  switch (comp.kind) {
    case "func":
      return { kind: "func", params: comp.params.map(value), results: comp.results.map(value) };
    case "struct":
      return { kind: "struct", fields: comp.fields.map(field) };
    case "array":
      return { kind: "array", element: field(comp.element) };
  }
}

function mapValType(type: ValType, idOf: (index: number) => number): ValType {
  if (typeof type === "string" || typeof type.heap === "string") return type;
  return { nullable: type.nullable, heap: idOf(type.heap) as TypeIdx };
}
