/**
 * A model of import matching for tests, written from the specification and sharing nothing with
 * the engine: types are trees of plain objects, and equality of recursion groups is decided by
 * walking both of them side by side. It stores no canonical form.
 *
 * Spec: core valid/matching; valid/conventions, Defined Types; exec/modules, Instantiation.
 */

/** A type defined by member `index` of a group. Groups are compared by structure, never by identity. */
export interface Defined {
  readonly group: Group;
  readonly index: number;
}
export interface Group {
  readonly id: number;
  readonly members: readonly Member[];
}
export interface Member {
  readonly final: boolean;
  readonly above: Defined | undefined;
  readonly shape: Shape;
}
export type Shape =
  | { readonly is: "func"; readonly params: readonly Val[]; readonly results: readonly Val[] }
  | { readonly is: "struct"; readonly fields: readonly { readonly mutable: boolean; readonly val: Val }[] };
export type Heap = "func" | "nofunc" | "extern" | "noextern" | "any" | "eq" | "i31" | "struct" | "array" | "none" | Defined;
export type Val = "i32" | "i64" | Ref;
export interface Ref {
  readonly nullable: boolean;
  readonly heap: Heap;
}
export interface Bounds {
  readonly min: number;
  readonly max: number | undefined;
}
export type Item =
  | { readonly kind: "func"; readonly type: Defined }
  | { readonly kind: "tag"; readonly type: Defined }
  | { readonly kind: "global"; readonly mutable: boolean; readonly val: Val }
  | { readonly kind: "memory"; readonly wide: boolean; readonly shared: boolean; readonly bounds: Bounds }
  | { readonly kind: "table"; readonly wide: boolean; readonly ref: Ref; readonly bounds: Bounds };

export const memberOf = ({ group, index }: Defined): Member => group.members[index]!;

export function sameDefined(a: Defined, b: Defined): boolean {
  return a.index === b.index && (a.group === b.group || sameGroup(a.group, b.group));
}

function sameGroup(a: Group, b: Group): boolean {
  if (a.members.length !== b.members.length) return false;
  // Inside the groups a reference means a position; what leaves them must be the same outside.
  const same = (x: Defined, y: Defined): boolean => {
    if (x.group === a || y.group === b) return x.group === a && y.group === b && x.index === y.index;
    return sameDefined(x, y);
  };
  return a.members.every((left, i) => {
    const right = b.members[i]!;
    if (left.final !== right.final || (left.above === undefined) !== (right.above === undefined)) return false;
    if (left.above !== undefined && right.above !== undefined && !same(left.above, right.above)) return false;
    return sameShape(left.shape, right.shape, same);
  });
}

function sameShape(a: Shape, b: Shape, same: (x: Defined, y: Defined) => boolean): boolean {
  const val = (x: Val, y: Val): boolean => {
    if (typeof x === "string" || typeof y === "string") return x === y;
    if (x.nullable !== y.nullable) return false;
    return typeof x.heap === "string" || typeof y.heap === "string" ? x.heap === y.heap : same(x.heap, y.heap);
  };
  const list = (x: readonly Val[], y: readonly Val[]): boolean => x.length === y.length && x.every((item, i) => val(item, y[i]!));
  if (a.is === "func") return b.is === "func" && list(a.params, b.params) && list(a.results, b.results);
  return b.is === "struct" && list(a.fields.map((field) => field.val), b.fields.map((field) => field.val))
    && a.fields.every(({ mutable }, i) => mutable === b.fields[i]!.mutable);
}

function isBelow(a: Defined, b: Defined): boolean {
  for (let at: Defined | undefined = a; at !== undefined; at = memberOf(at).above) if (sameDefined(at, b)) return true;
  return false;
}

const PARENT: { readonly [heap: string]: string } = { i31: "eq", struct: "eq", array: "eq", eq: "any" };
const top = (heap: Heap): string => {
  if (typeof heap === "object") return memberOf(heap).shape.is === "func" ? "func" : "any";
  return heap === "func" || heap === "nofunc" ? "func" : heap === "extern" || heap === "noextern" ? "extern" : "any";
};

function heapBelow(a: Heap, b: Heap): boolean {
  if (typeof a === "object" && typeof b === "object") return isBelow(a, b);
  if (a === "none" || a === "nofunc" || a === "noextern") return top(a) === top(b);
  if (typeof b === "object") return false;
  let at: string | undefined = typeof a === "object" ? memberOf(a).shape.is : a;
  while (at !== undefined && at !== b) at = PARENT[at];
  return at === b;
}

export function valBelow(a: Val, b: Val): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return (b.nullable || !a.nullable) && heapBelow(a.heap, b.heap);
}

function within(a: Bounds, b: Bounds): boolean {
  return a.min >= b.min && (b.max === undefined || (a.max !== undefined && a.max <= b.max));
}

/** What is wrong with `found`, sizes as they are now, for an import of `wanted`; undefined when nothing is. */
export function mismatch(found: Item, wanted: Item): string | undefined {
  if (found.kind !== wanted.kind) return "link/import-kind";
  if (found.kind === "func" && wanted.kind === "func") {
    if (isBelow(found.type, wanted.type)) return undefined;
    const alike = sameShape(memberOf(found.type).shape, memberOf(wanted.type).shape, sameDefined);
    return alike ? "link/import-subtype" : "link/import-type";
  }
  if (found.kind === "tag" && wanted.kind === "tag") return sameDefined(found.type, wanted.type) ? undefined : "link/import-tag";
  if (found.kind === "global" && wanted.kind === "global") {
    if (found.mutable !== wanted.mutable) return "link/import-mutability";
    const below = valBelow(found.val, wanted.val);
    if (found.mutable) return below && valBelow(wanted.val, found.val) ? undefined : "link/import-type";
    if (below) return undefined;
    return typeof found.val === "object" && typeof wanted.val === "object" ? "link/import-subtype" : "link/import-type";
  }
  if (found.kind === "memory" && wanted.kind === "memory") {
    if (found.wide !== wanted.wide || found.shared !== wanted.shared) return "link/import-type";
    return within(found.bounds, wanted.bounds) ? undefined : "link/import-limits";
  }
  if (found.kind === "table" && wanted.kind === "table") {
    if (found.wide !== wanted.wide || !valBelow(found.ref, wanted.ref) || !valBelow(wanted.ref, found.ref)) return "link/import-type";
    return within(found.bounds, wanted.bounds) ? undefined : "link/import-limits";
  }
  throw new Error("two kinds that are no pair");
}

// As text.

export const nameOf = ({ group, index }: Defined): string => `$g${group.id}_${index}`;

export function printVal(val: Val): string {
  if (typeof val === "string") return val;
  return `(ref ${val.nullable ? "null " : ""}${typeof val.heap === "string" ? val.heap : nameOf(val.heap)})`;
}

export function printGroup(group: Group): string {
  const members = group.members.map(({ final, above, shape }, index) => {
    const body = shape.is === "func"
      ? `(func ${shape.params.map((val) => `(param ${printVal(val)})`).join(" ")} ${shape.results.map((val) => `(result ${printVal(val)})`).join(" ")})`
      : `(struct ${shape.fields.map(({ mutable, val }) => `(field ${mutable ? `(mut ${printVal(val)})` : printVal(val)})`).join(" ")})`;
    return `(type ${nameOf({ group, index })} (sub ${final ? "final " : ""}${above === undefined ? "" : `${nameOf(above)} `}${body}))`;
  });
  return group.members.length === 1 ? members[0]! : `(rec ${members.join(" ")})`;
}

export function printItem(item: Item, name = ""): string {
  const bounds = ({ min, max }: Bounds): string => `${min}${max === undefined ? "" : ` ${max}`}`;
  switch (item.kind) {
    case "func": return `(func ${name} (type ${nameOf(item.type)}))`;
    case "tag": return `(tag ${name} (type ${nameOf(item.type)}))`;
    case "global": return `(global ${name} ${item.mutable ? `(mut ${printVal(item.val)})` : printVal(item.val)})`;
    case "memory": return `(memory ${name} ${item.wide ? "i64 " : ""}${bounds(item.bounds)}${item.shared ? " shared" : ""})`;
    case "table": return `(table ${name} ${item.wide ? "i64 " : ""}${bounds(item.bounds)} ${printVal(item.ref)})`;
  }
}
