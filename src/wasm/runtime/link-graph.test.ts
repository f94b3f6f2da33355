/**
 * Random graphs of modules, linked by the engine and by the model: both must agree on whether
 * each module links, on the error where it does not, and on the values that calls observe.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IsolaError } from "#base";
import { Engine } from "./engine.ts";
import type { Instance } from "./instance.ts";
import { UnknownImportError } from "./link-errors.ts";
import { memberOf, mismatch, nameOf, printGroup, printItem, printVal, valBelow } from "./link-model.test-support.ts";
import type { Bounds, Defined, Group, Heap, Item, Member, Ref, Shape, Val } from "./link-model.test-support.ts";
import { Linker } from "./linker.ts";
import { Store } from "./store.ts";
import { moduleOf } from "./runtime.test-support.ts";

/** An item that exists: its type as declared, how much it has grown, and what a call should see of it. */
interface Made {
  readonly item: Item;
  readonly value: number;
  readonly init: string;
  grown: number;
}

/** Numbers to be read one after the other; zeros when they run out. */
class Choices {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(n: number): number {
    return (this.#numbers[this.#at++] ?? 0) % n;
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  yes(): boolean {
    return this.below(2) === 1;
  }
}

const ABSTRACT: readonly Heap[] = ["func", "nofunc", "extern", "noextern", "any", "eq", "i31", "struct", "array", "none"];

/** A few recursion groups; some are copies of others, and some differ in one bit. */
function makeGroups(choices: Choices): Group[] {
  const groups: Group[] = [];
  const defined: Defined[] = [];
  const heap = (own: readonly Defined[]): Heap =>
    [() => choices.one(ABSTRACT), () => choices.one([...defined, ...own]), () => choices.one(own)][choices.below(3)]!();
  const val = (own: readonly Defined[]): Val => choices.yes() ? choices.one(["i32", "i64"] as const) : { nullable: true, heap: heap(own) };
  const count = 2 + choices.below(4);
  for (let id = 0; id < count; id++) {
    if (id > 0 && choices.below(3) === 0) {
      const original = choices.one(groups);
      groups.push(copyGroup(original, id, choices.one(["nothing", "nothing", "finality", "references"])));
    } else {
      const members: Member[] = [];
      const group: Group = { id, members };
      const size = 1 + choices.below(3);
      const own = Array.from({ length: size }, (_, index): Defined => ({ group, index }));
      for (let index = 0; index < size; index++) {
        const candidates = [...defined, ...own.slice(0, index)].filter((type) => !memberOf(type).final);
        const above = candidates.length > 0 && choices.yes() ? choices.one(candidates) : undefined;
        const parent = above === undefined ? undefined : memberOf(above).shape;
        // Below a functype the same functype; below a struct one with more fields.
        const shape: Shape = parent?.is === "func" ? parent
          : parent?.is === "struct" ? { is: "struct", fields: [...parent.fields, ...(choices.yes() ? [{ mutable: choices.yes(), val: val(own) }] : [])] }
          : choices.below(3) === 0 ? { is: "struct", fields: Array.from({ length: choices.below(3) }, () => ({ mutable: choices.yes(), val: val(own) })) }
          : { is: "func", params: Array.from({ length: choices.below(3) }, () => val(own)), results: choices.one<readonly Val[]>([[], ["i32"], ["i32"], ["i32", val(own)]]) };
        members.push({ final: choices.yes(), above, shape });
      }
      groups.push(group);
    }
    const last = groups.at(-1)!;
    last.members.forEach((_, index) => defined.push({ group: last, index }));
  }
  return groups;
}

/**
 * The same structure under another identity. With "finality" the last member's is flipped, which nothing
 * can be below; with "references" values refer to the next member instead, where no subtyping forbids it.
 */
function copyGroup(original: Group, id: number, change: "nothing" | "finality" | "references"): Group {
  const members: Member[] = [];
  const group: Group = { id, members };
  const shift = change === "references" && original.members.every(({ above }) => above === undefined) ? 1 : 0;
  const move = (type: Defined): Defined => (type.group === original ? { group, index: type.index } : type);
  const moveVal = (val: Val): Val => {
    if (typeof val === "string" || typeof val.heap === "string") return val;
    const to = val.heap.group === original ? { group, index: (val.heap.index + shift) % original.members.length } : val.heap;
    return { nullable: val.nullable, heap: to };
  };
  original.members.forEach(({ final, above, shape }, i) => {
    const flip = change === "finality" && i === original.members.length - 1;
    members.push({
      final: flip ? !final : final,
      above: above === undefined ? undefined : move(above),
      shape: shape.is === "func" ? { is: "func", params: shape.params.map(moveVal), results: shape.results.map(moveVal) }
        : { is: "struct", fields: shape.fields.map(({ mutable, val }) => ({ mutable, val: moveVal(val) })) },
    });
  });
  return group;
}

const definedIn = (groups: readonly Group[]): Defined[] => groups.flatMap((group) => group.members.map((_, index) => ({ group, index })));
const isFunc = (type: Defined): boolean => memberOf(type).shape.is === "func";
const isTagType = (type: Defined): boolean => {
  const { shape } = memberOf(type);
  return shape.is === "func" && shape.results.length === 0;
};

function makeBounds(choices: Choices): Bounds {
  const min = choices.below(3);
  return { min, max: choices.yes() ? min + choices.below(3) : undefined };
}

/** An item type that a module may define or import; `near` pulls it towards an existing one. */
function makeItem(choices: Choices, types: readonly Defined[], kind?: Item["kind"]): Item {
  const ref = (): Ref => ({ nullable: choices.below(4) > 0, heap: choices.yes() ? choices.one(ABSTRACT) : types.length > 0 ? choices.one(types) : "func" });
  switch (kind ?? choices.one(["func", "global", "memory", "table", "tag"] as const)) {
    case "func": {
      const funcs = types.filter(isFunc);
      return funcs.length === 0 ? makeItem(choices, types, "memory") : { kind: "func", type: choices.one(funcs) };
    }
    case "tag": {
      const tags = types.filter(isTagType);
      return tags.length === 0 ? makeItem(choices, types, "table") : { kind: "tag", type: choices.one(tags) };
    }
    case "global":
      return { kind: "global", mutable: choices.yes(), val: choices.below(3) === 0 ? choices.one(["i32", "i64"] as const) : ref() };
    case "memory": {
      const bounds = makeBounds(choices);
      return { kind: "memory", wide: choices.below(4) === 0, shared: bounds.max !== undefined && choices.below(4) === 0, bounds };
    }
    case "table":
      return { kind: "table", wide: choices.below(4) === 0, ref: { ...ref(), nullable: true }, bounds: makeBounds(choices) };
  }
}

/** An import type that may or may not be satisfied by `item` as it is now. */
function makeWanted(choices: Choices, { item, grown }: Made, types: readonly Defined[]): Item {
  const how = choices.below(8);
  if (how === 0) return makeItem(choices, types);
  if (how <= 2) return makeItem(choices, types, item.kind);
  switch (item.kind) {
    case "func": {
      const { above } = memberOf(item.type);
      return { kind: "func", type: choices.one([item.type, above ?? item.type, ...twins(item.type, types)]) };
    }
    case "tag":
      return { kind: "tag", type: choices.one([item.type, ...twins(item.type, types).filter(isTagType)]) };
    case "global": {
      if (how === 3) return { ...item, mutable: !item.mutable };
      if (typeof item.val === "string") return item;
      const { val } = item;
      const wider: Val[] = [...ABSTRACT, ...types].flatMap((heap): Ref[] => [{ nullable: true, heap }, { nullable: false, heap }]).filter((wide) => valBelow(val, wide));
      return { ...item, val: choices.one([val, ...wider]) };
    }
    case "memory": {
      const wanted = { ...item, bounds: around(choices, item.bounds, grown) };
      return wanted.shared && wanted.bounds.max === undefined ? item : wanted;
    }
    case "table":
      return { ...item, bounds: around(choices, item.bounds, grown) };
  }
}

/** Functypes at the same place of other groups of the same size: copies, true or nearly so, are among them. */
function twins(type: Defined, types: readonly Defined[]): Defined[] {
  return types.filter(({ group, index }) => group !== type.group && index === type.index && group.members.length === type.group.members.length && isFunc({ group, index }));
}

function around(choices: Choices, { min, max }: Bounds, grown: number): Bounds {
  const low = Math.max(0, min + grown + choices.one([0, 0, -1, 1]));
  const high = max === undefined ? choices.one([undefined, undefined, 9]) : choices.one([max, undefined, max + 1, max - 1]);
  return { min: low, max: high === undefined ? undefined : Math.max(high, low) };
}

/** Instructions for a value of `val` that an argument can be; undefined when there is none. */
const argument = (val: Val): string => (val === "i32" ? "(i32.const 0)" : val === "i64" ? "(i64.const 0)" : `(ref.null ${typeof val.heap === "string" ? val.heap : nameOf(val.heap)})`);

/** How a definition of `item` is written, and the value that it shows; undefined when the type has no value to begin with. */
function define(item: Item, name: string, value: number): Made | undefined {
  const made = (init: string, seen: number): Made => ({ item, value: seen, init, grown: 0 });
  switch (item.kind) {
    case "func": {
      const { shape } = memberOf(item.type);
      const results = shape.is === "func" ? shape.results : [];
      return made(`(func ${name} (type ${nameOf(item.type)}) ${results.map((val, i) => (i === 0 ? `(i32.const ${value})` : argument(val))).join(" ")})`, results.length === 0 ? -1 : value);
    }
    case "global": {
      const { val, mutable } = item;
      const type = mutable ? `(mut ${printVal(val)})` : printVal(val);
      if (typeof val === "string") return made(`(global ${name} ${type} (${val}.const ${value}))`, value);
      if (val.nullable) return made(`(global ${name} ${type} ${argument(val)})`, 1);
      if (typeof val.heap !== "object" || memberOf(val.heap).shape.is !== "func") return undefined;
      const func = define({ kind: "func", type: val.heap }, `${name}f`, 0)!;
      return made(`${func.init} (elem declare func ${name}f) (global ${name} ${type} (ref.func ${name}f))`, 0);
    }
    case "tag": return made(printItem(item, name), -1);
    case "memory": case "table": return made(printItem(item, name), -1);
  }
}

/** A function of the importing module that shows what it sees of its import, as an i32. */
function observer(item: Item, name: string, at: { readonly tables: number; readonly memories: number }): string {
  const show = (code: string): string => `(func (export "see ${name}") (result i32) ${code})`;
  switch (item.kind) {
    case "func": {
      const { shape } = memberOf(item.type);
      if (shape.is !== "func" || shape.results.length === 0) return "";
      return show(`(call ${name} ${shape.params.map(argument).join(" ")}) ${shape.results.slice(1).map(() => "(drop)").join(" ")}`);
    }
    case "global":
      if (item.val === "i32") return show(`(global.get ${name})`);
      return show(item.val === "i64" ? `(i32.wrap_i64 (global.get ${name}))` : `(ref.is_null (global.get ${name}))`);
    case "memory": return show(item.wide ? `(i32.wrap_i64 (memory.size ${at.memories}))` : `(memory.size ${at.memories})`);
    case "table": return show(item.wide ? `(i32.wrap_i64 (table.size ${at.tables}))` : `(table.size ${at.tables})`);
    case "tag": return "";
  }
}

const sizeNow = ({ item, grown, value }: Made): number => (item.kind === "memory" || item.kind === "table" ? item.bounds.min + grown : value);

/** The type of an existing item with its current size. */
function typeNow({ item, grown }: Made): Item {
  return item.kind === "memory" || item.kind === "table" ? { ...item, bounds: { min: item.bounds.min + grown, max: item.bounds.max } } : item;
}

interface Tally {
  linked: number;
  readonly failed: Map<string, number>;
  observed: number;
}

async function checkGraph(numbers: readonly number[], tally: Tally): Promise<void> {
  const choices = new Choices(numbers);
  const groups = makeGroups(choices);
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine);
  const existing = new Map<string, Made>(); // by "module field"
  const modules = 2 + choices.below(4);
  for (let m = 0; m < modules; m++) {
    // Every module writes the groups down anew, from a place of its own, so type indices differ.
    const pad = "(type (func (param f64))) ".repeat(choices.below(3));
    const types = definedIn(groups);
    const imports: { readonly from: string; readonly field: string; readonly wanted: Item }[] = [];
    const names = [...existing.keys()];
    for (let i = choices.below(4); i > 0 && names.length > 0; i--) {
      const name = choices.one(names);
      const [from, field] = name.split(" ") as [string, string];
      imports.push({ from, field: choices.below(12) === 0 ? `${field}?` : field, wanted: makeWanted(choices, existing.get(name)!, types) });
    }
    const defined: Made[] = [];
    for (let i = 1 + choices.below(3); i > 0; i--) {
      const made = define(makeItem(choices, types), `$d${defined.length}`, 100 * (m + 1) + defined.length);
      if (made !== undefined) defined.push(made);
    }
    const at = { memories: 0, tables: 0 };
    const observers = imports.map(({ wanted }, i) => {
      const text = observer(wanted, `$i${i}`, at);
      if (wanted.kind === "memory") at.memories++;
      if (wanted.kind === "table") at.tables++;
      return text;
    });
    const text = `(module ${pad} ${groups.map(printGroup).join("\n")}
      ${imports.map(({ from, field, wanted }, i) => `(import "${from}" "${field}" ${printItem(wanted, `$i${i}`)})`).join("\n")}
      ${defined.map(({ init }) => init).join("\n")}
      ${defined.map(({ item }, i) => `(export "d${i}" (${item.kind} $d${i}))`).join(" ")} ${imports.map(({ wanted }, i) => `(export "i${i}" (${wanted.kind} $i${i}))`).join(" ")}
      ${observers.join("\n")})`;
    const module = await moduleOf(engine, text, { name: `m${m}` });

    const missing = imports.filter(({ from, field }) => !existing.has(`${from} ${field}`)).map(({ from, field }) => `${from} ${field}`);
    const expected = missing.length > 0 ? "link/unknown-import"
      : imports.map(({ from, field, wanted }) => mismatch(typeNow(existing.get(`${from} ${field}`)!), wanted)).find((code) => code !== undefined);

    let instance: Instance | undefined;
    let failure: string | undefined;
    try {
      instance = linker.instantiate(store, module);
    } catch (error) {
      assert.ok(error instanceof IsolaError, `${String(error)}\n${text}`);
      failure = error.code;
      if (error instanceof UnknownImportError) assert.deepEqual(error.imports.map(({ module: from, name }) => `${from} ${name}`), missing);
    }
    assert.equal(failure, expected, text);
    if (instance === undefined) {
      tally.failed.set(failure!, (tally.failed.get(failure!) ?? 0) + 1);
      continue;
    }
    tally.linked++;
    imports.forEach(({ from, field }, i) => {
      const see = instance.func(`see $i${i}`);
      if (see === undefined) return;
      assert.equal(see.call(), sizeNow(existing.get(`${from} ${field}`)!), text);
      tally.observed++;
    });
    linker.defineInstance(`m${m}`, instance);
    defined.forEach((made, i) => existing.set(`m${m} d${i}`, made));
    imports.forEach(({ from, field }, i) => existing.set(`m${m} i${i}`, existing.get(`${from} ${field}`)!));
    for (const [i, made] of defined.entries()) {
      if (!choices.yes() || (made.item.kind !== "memory" && made.item.kind !== "table")) continue;
      if (made.item.bounds.max !== undefined && made.item.bounds.min >= made.item.bounds.max) continue;
      (instance.memory(`d${i}`) ?? instance.table(`d${i}`))!.grow(1);
      made.grown = 1;
    }
  }
  store.dispose();
}

test("random module graphs link as the model says", async (t) => {
  const tally: Tally = { linked: 0, failed: new Map(), observed: 0 };
  await fc.assert(fc.asyncProperty(fc.array(fc.nat({ max: 5039 }), { minLength: 120, maxLength: 300, size: "max" }), (numbers) => checkGraph(numbers, tally)), { numRuns: 400, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true });
  t.diagnostic(`${tally.linked} linked, ${tally.observed} values seen, failed: ${[...tally.failed].map(([code, count]) => `${count} ${code}`).join(", ")}`);
  // A generator that no longer reaches a case would make this test say nothing.
  for (const code of ["unknown-import", "import-kind", "import-type", "import-limits", "import-mutability", "import-tag", "import-subtype"]) {
    assert.ok((tally.failed.get(`link/${code}`) ?? 0) > 0, code);
  }
  assert.ok(tally.linked > 400 && tally.observed > 100);
});
