/**
 * A host for modules under test: runs one either untouched or translated, calls its exports, and
 * writes down all that can be seen from outside.
 *
 * Two runs of one module are compared by their reports. Numbers are compared as JavaScript has
 * them, so every NaN equals every other; functions by their index in the guest.
 */
import { HOOK_TYPES, Hook, lookupOffset } from "#wasm";
import type { Translated } from "#wasm";
import { name, u32 } from "./generate/encode.ts";
import { BUDGET, BUDGET_EXPORT } from "./generate/module.ts";
import type { GlobalFace, LimitsFace, ModuleFace, TableFace } from "./face.ts";

/** What a run showed. */
export interface Report {
  /** Outcomes of instantiation and of each call, and the calls that the guest made, in order. */
  readonly events: readonly string[];
  /** Memories, tables and globals at the end. */
  readonly state: readonly string[];
  /** Calls of `tick`. */
  readonly ticks: number;
  /** The most steps, and with fuel the most instructions, between two looks at the flag. */
  readonly longestSteps: number;
  readonly longestFuel: number;
  /** Steps made in all. */
  readonly steps: number;
}

type AnyFunc = (...args: unknown[]) => unknown;
const FUEL = 1n << 40n;
/** Frames of a trap that are compared, from the innermost on. */
const FRAMES = 30;
/** Objects that stand for themselves, passed as `externref`. */
const OBJECTS: readonly object[] = [{}, {}, {}];

export function run(face: ModuleFace, bytes: Uint8Array<ArrayBuffer>, translated: Translated | undefined): Report {
  const limit = Error.stackTraceLimit;
  // Helpers of the translator take up frames that are left out later.
  Error.stackTraceLimit = 2 * FRAMES;
  try {
    return new Run(face, translated).run(bytes);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

class Run {
  readonly #face: ModuleFace;
  readonly #translated: Translated | undefined;
  readonly #events: string[] = [];
  readonly #flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  readonly #flagWord = new Int32Array(this.#flag.buffer);
  #exports: WebAssembly.Exports = {};
  #ready = false;
  #ticks = 0;
  #steps = 0;
  #budget = BUDGET;
  #fuel = FUEL;
  #longestSteps = 0;
  #longestFuel = 0;
  readonly #imported: { readonly [name: string]: unknown };

  constructor(face: ModuleFace, translated: Translated | undefined) {
    this.#face = face;
    this.#translated = translated;
    this.#imported = Object.fromEntries(face.imports.map((entry) => [entry.name, this.#provide(entry)]));
  }

  run(bytes: Uint8Array<ArrayBuffer>): Report {
    const hidden = this.#translated?.hidden;
    this.#flagWord[0] = 1;
    this.#attempt("instantiate", () => {
      const module = new WebAssembly.Module(this.#translated === undefined ? bytes : new Uint8Array(this.#translated.bytes));
      const added = hidden === undefined ? {} : { [hidden.module]: this.#hiddenImports() };
      const { exports } = new WebAssembly.Instance(module, { env: this.#imported, ...added } as WebAssembly.Imports);
      this.#exports = exports;
      if (hidden === undefined) return;
      fillHooks(exports[hidden.hooks] as WebAssembly.Table, this.#hooks());
      if (hidden.fuel !== undefined) (exports[hidden.fuel] as WebAssembly.Global).value = FUEL;
      if (hidden.segments !== undefined) (exports[hidden.segments] as AnyFunc)();
      if (hidden.start !== undefined) (exports[hidden.start] as AnyFunc)();
    });
    const { budget } = this;
    if (budget !== undefined && this.#events.at(-1)?.startsWith("instantiate: returned") === true) {
      this.#ready = true;
      for (let round = 0; round < 2; round++) {
        for (const entry of this.#face.exports) {
          if (entry.kind !== "func") continue;
          this.#begin(budget);
          const args = entry.params.map((type, index) => argument(type, round * 3 + index));
          this.#attempt(entry.name, () => (this.#exports[entry.name] as AnyFunc)(...args));
          this.#look();
          this.#steps += BUDGET - Number(budget.value);
        }
      }
    }
    return {
      events: this.#events, state: this.#state(), ticks: this.#ticks,
      longestSteps: this.#longestSteps, longestFuel: this.#longestFuel, steps: this.#steps,
    };
  }

  get budget(): WebAssembly.Global | undefined {
    return this.#exports[BUDGET_EXPORT] as WebAssembly.Global | undefined;
  }
  get #fuelGlobal(): WebAssembly.Global | undefined {
    const name = this.#translated?.hidden.fuel;
    return name === undefined ? undefined : this.#exports[name] as WebAssembly.Global | undefined;
  }

  #begin(budget: WebAssembly.Global): void {
    budget.value = BUDGET;
    this.#budget = BUDGET;
    this.#flagWord[0] = 1;
    const fuel = this.#fuelGlobal;
    if (fuel !== undefined) this.#fuel = fuel.value as bigint;
  }

  /** A tick, or the end of a call: how much ran since the last one. */
  #look(): void {
    const budget = this.budget;
    if (budget !== undefined) {
      const left = Number(budget.value);
      this.#longestSteps = Math.max(this.#longestSteps, this.#budget - left);
      this.#budget = left;
    }
    const fuel = this.#fuelGlobal;
    if (fuel !== undefined) {
      const left = fuel.value as bigint;
      this.#longestFuel = Math.max(this.#longestFuel, Number(this.#fuel - left));
      this.#fuel = left;
    }
  }

  #hooks(): { readonly [hook: string]: AnyFunc } {
    const answers: { readonly [hook: string]: AnyFunc } = {
      tick: () => {
        this.#ticks++;
        this.#flagWord[0] = 0;
        this.#look();
        return 0;
      },
      yield: () => 0,
      fuel: () => FUEL,
      // Left to the host's own instructions.
      wait: () => 3,
      notify: () => -1,
      gcAllocate: () => 1n << 40n,
    };
    // The others ask for leave to grow.
    return Object.fromEntries(Object.keys(Hook).map((hook) => [hook, answers[hook] ?? ((): number => 1)]));
  }

  #hiddenImports(): { readonly [name: string]: WebAssembly.Memory } {
    const given: { [name: string]: WebAssembly.Memory } = {};
    for (const { index, type } of this.#translated!.memories) {
      given[String(index)] = memoryOf({
        min: Number(type.limits.min), max: type.limits.max === undefined ? undefined : Number(type.limits.max),
        wide: type.addr === "i64", shared: type.shared,
      });
    }
    if (this.#translated!.flag) given["flag"] = this.#flag;
    return given;
  }

  #provide(entry: ModuleFace["imports"][number]): unknown {
    switch (entry.kind) {
      case "memory":
        return entry.name === "flag" ? this.#flag : memoryOf(entry.type);
      case "table":
        return tableOf(entry.type);
      case "global":
        return globalOf(entry.type);
      case "func":
        return (...args: unknown[]): unknown => this.#answer(entry.name, args);
    }
  }

  #answer(func: string, args: readonly unknown[]): unknown {
    if (this.#events.length < 500) this.#events.push(`${func}(${args.map(show).join()})`);
    const [first] = args as [number];
    if (func === "map") return (Math.imul(first, 7) + 1) | 0;
    if (func === "throw") throw new Error("the host's own");
    if (func === "enter" && this.#ready) {
      const entries = this.#face.exports.filter(({ kind }) => kind === "func");
      const entry = entries[(first >>> 0) % entries.length]!;
      (this.#exports[entry.name] as AnyFunc)(...entry.params.map((type) => argument(type, 1)));
    }
    return undefined;
  }

  #attempt(what: string, action: () => unknown): void {
    try {
      const value = action();
      this.#events.push(`${what}: returned ${Array.isArray(value) ? value.map(show).join() : show(value)}`);
    } catch (error) {
      this.#events.push(`${what}: threw ${this.#failure(error)}`);
    }
  }

  #failure(error: unknown): string {
    if (error instanceof WebAssembly.Exception) {
      if (!this.#ready) return "an exception of the start function";
      for (const { kind, name: exported, params } of this.#face.exports) {
        if (kind !== "tag") continue;
        const tag = this.#exports[exported] as WebAssembly.Tag;
        if (!error.is(tag)) continue;
        return `${exported} ${params.map((_, i) => show(error.getArg(tag, i))).join()}`;
      }
      return "an exception of no known tag";
    }
    if (!(error instanceof Error)) return String(error);
    // A segment that does not fit is named differently when a function of ours runs it.
    const message = error.message.replace(/^WebAssembly\.Instance\(\): /, "").replace(/^data segment \d+ is out of bounds.*$/, "memory access out of bounds")
      .replace(/^table initializer \d+: .*$/, "table index is out of bounds");
    return [message, ...this.#frames(error)].join(" ");
  }

  /** The guest's frames by function and original offset. */
  #frames(error: Error): string[] {
    const frames: string[] = [];
    for (const [, func, offset] of (error.stack ?? "").matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)) {
      const index = Number(func);
      const position = Number.parseInt(offset!, 16);
      if (this.#translated === undefined) {
        frames.push(`${index}@${position}`);
        continue;
      }
      if (index >= this.#translated.firstHelper) continue;
      const original = lookupOffset(this.#translated.offsets, position);
      frames.push(original === undefined ? `${index}@nowhere` : `${index}@${original.offset}${original.inserted ? " (inserted)" : ""}`);
    }
    return frames.slice(0, FRAMES);
  }

  #state(): string[] {
    const shown: string[] = [];
    const look = (what: string, item: unknown): void => {
      if (item instanceof WebAssembly.Memory && item !== this.#flag) shown.push(`${what} ${item.buffer.byteLength} ${digest(item.buffer)}`);
      else if (item instanceof WebAssembly.Table) shown.push(`${what} ${tableItems(item).join()}`);
      else if (item instanceof WebAssembly.Global) shown.push(`${what} ${show(item.value)}`);
    };
    for (const entry of this.#face.imports) look(entry.name, this.#imported[entry.name]);
    // Exports of an instance whose start trapped are within nobody's reach when it is untouched.
    if (this.#ready) for (const entry of this.#face.exports) look(entry.name, this.#exports[entry.name]);
    return shown;
  }
}

function memoryOf({ min, max, wide, shared }: LimitsFace): WebAssembly.Memory {
  const size = (pages: number): number | bigint => (wide ? BigInt(pages) : pages);
  return new WebAssembly.Memory({ initial: size(min), ...(max === undefined ? {} : { maximum: size(max) }), shared, ...(wide ? { address: "i64" } : {}) });
}

function tableOf({ min, max, wide }: TableFace): WebAssembly.Table {
  const size = (elements: number): number | bigint => (wide ? BigInt(elements) : elements);
  return new WebAssembly.Table({ initial: size(min), ...(max === undefined ? {} : { maximum: size(max) }), element: "anyfunc", ...(wide ? { address: "i64" } : {}) } as WebAssembly.TableDescriptor);
}

function globalOf({ type, mutable }: GlobalFace): WebAssembly.Global {
  return new WebAssembly.Global({ value: type as "i32", mutable }, 5);
}

function argument(type: string, number: number): unknown {
  switch (type) {
    case "i32": return [3, -1, 7, 1 << 20, 2, 0][number % 6];
    case "i64": return [5n, -1n, 1n << 40n, 2n][number % 4];
    case "f32":
    case "f64": return [1.5, Number.NaN, -0, 1e30][number % 4];
    case "externref": return OBJECTS[number % OBJECTS.length];
    case "i31ref": return [7, null, -3][number % 3];
    default: return null;
  }
}

function show(value: unknown): string {
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object" && value !== null) return `object ${OBJECTS.indexOf(value)}`;
  return Object.is(value, -0) ? "-0" : `${typeof value} ${String(value)}`;
}

function tableItems(table: WebAssembly.Table): string[] {
  const length = Number(table.length);
  const get = table.get.bind(table) as (index: number | bigint) => unknown;
  const wide = typeof table.length === "bigint";
  return Array.from({ length }, (_, index) => show(get(wide ? BigInt(index) : index)));
}

function digest(buffer: ArrayBufferLike): number {
  const words = new Int32Array(buffer);
  let hash = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    // Most of a memory is zero.
    if (word !== 0) hash = (Math.imul(hash ^ word ^ i, 0x0100_0193) + (hash >>> 15)) | 0;
  }
  return hash;
}

/** Imports the answers and exports them by their slots, since a table takes wasm functions only. */
function fillHooks(table: WebAssembly.Table, answers: { readonly [hook: string]: AnyFunc }): void {
  const { exports } = new WebAssembly.Instance(ADAPTOR, { h: answers });
  for (const [name, slot] of Object.entries(Hook)) table.set(slot, exports[name]);
}

const ADAPTOR = adaptor();

function adaptor(): WebAssembly.Module {
  const { i32, i64 } = { i32: 0x7f, i64: 0x7e };
  const codes = (types: string): number[] => types.split(" ").filter((type) => type !== "").map((type) => (type === "i32" ? i32 : i64));
  const section = (id: number, entries: readonly (readonly number[])[]): number[] => {
    const contents = [...u32(entries.length), ...entries.flat()];
    return [id, ...u32(contents.length), ...contents];
  };
  const hooks = Object.entries(HOOK_TYPES);
  const types = hooks.map(([, type]) => {
    const [params, results] = type.split("->").map((side) => codes(side.trim()));
    return [0x60, params!.length, ...params!, results!.length, ...results!];
  });
  return new WebAssembly.Module(Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, types),
    ...section(2, hooks.map(([hook], index) => [...name("h"), ...name(hook), 0, index])),
    ...section(7, hooks.map(([hook], index) => [...name(hook), 0, index])),
  ));
}
