/**
 * A small host for the translator's tests: instantiates translated bytes, fills the hooks, and
 * counts what they are asked. Only tests import it.
 */
import type { DecodedModule } from "../binary/module.ts";
import { decodeModule } from "../binary/decode-module.ts";
import { translate } from "./translate.ts";
import { HOOK_COUNT, HOOK_TYPES, HOST_NOTIFIES, HOST_WAITS, Hook } from "./translated.ts";
import type { Translated, TranslateOptions } from "./translated.ts";

export const ALL_OFF: TranslateOptions = { safepoints: false, limits: false, fuel: false };
export const SAFEPOINTS: TranslateOptions = { safepoints: true, limits: false, fuel: false };
export const LIMITS: TranslateOptions = { safepoints: false, limits: true, fuel: false };
export const FUEL: TranslateOptions = { safepoints: false, limits: false, fuel: true };
export const ALL_ON: TranslateOptions = { safepoints: true, limits: true, fuel: true };

/** What the hooks answer; counts and growths are written down as well. */
export class TestHooks {
  ticks = 0;
  yields = 0;
  refuels = 0;
  readonly growths: (readonly [what: string, index: number, current: bigint, delta: bigint])[] = [];
  readonly parkings: (readonly [what: string, place: number, address: bigint, ...rest: (number | bigint)[]])[] = [];
  onTick: () => number = () => 0;
  onYield: () => number = () => 0;
  onGrow: () => number = () => 1;
  onFuel: () => bigint = () => 1_000_000n;
  readonly allocations: bigint[] = [];
  onAllocate: () => bigint = () => 1n << 20n;
  onWait: () => number = () => HOST_WAITS;
  onNotify: () => number = () => HOST_NOTIFIES;

  tick(): number {
    this.ticks++;
    return this.onTick();
  }
  yield(): number {
    this.yields++;
    return this.onYield();
  }
  memoryGrow(index: number, current: bigint, delta: bigint): number {
    this.growths.push(["memory", index, current, delta]);
    return this.onGrow();
  }
  tableGrow(index: number, current: bigint, delta: bigint): number {
    this.growths.push(["table", index, current, delta]);
    return this.onGrow();
  }
  fuel(): bigint {
    this.refuels++;
    return this.onFuel();
  }
  gcAllocate(owed: bigint): bigint {
    this.allocations.push(owed);
    return this.onAllocate();
  }
  wait(place: number, address: bigint, expected: bigint, timeoutNs: bigint): number {
    this.parkings.push(["wait", place, address, expected, timeoutNs]);
    return this.onWait();
  }
  notify(index: number, address: bigint, count: number): number {
    this.parkings.push(["notify", index, address, count]);
    return this.onNotify();
  }
}

type Exports = { readonly [name: string]: unknown };
type AnyFunc = (...args: unknown[]) => unknown;

export class TestGuest {
  readonly decoded: DecodedModule;
  readonly translated: Translated;
  readonly hooks = new TestHooks();
  readonly flag: Int32Array;
  readonly exports: Exports;

  constructor(bytes: Uint8Array, options: TranslateOptions, imports: (flag: WebAssembly.Memory) => WebAssembly.Imports = () => ({})) {
    this.decoded = decodeModule(bytes);
    this.translated = translate(this.decoded, options);
    const { hidden, memories, flag } = this.translated;
    const flagMemory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    this.flag = new Int32Array(flagMemory.buffer);
    this.hooks.onTick = () => {
      this.flag[0] = 0;
      return 0;
    };
    const given: { [name: string]: WebAssembly.Memory } = {};
    for (const { index, type } of memories) {
      const sizes = { initial: type.limits.min, ...(type.limits.max === undefined ? {} : { maximum: type.limits.max }) };
      const plain = { initial: Number(sizes.initial), ...(sizes.maximum === undefined ? {} : { maximum: Number(sizes.maximum) }) };
      const descriptor = type.addr === "i64" ? { address: "i64", shared: type.shared, ...sizes } : { shared: type.shared, ...plain };
      given[String(index)] = new WebAssembly.Memory(descriptor as unknown as WebAssembly.MemoryDescriptor);
    }
    if (flag) given["flag"] = flagMemory;
    const module = new WebAssembly.Module(this.translated.bytes as Uint8Array<ArrayBuffer>);
    const instance = new WebAssembly.Instance(module, { ...imports(flagMemory), [hidden.module]: given });
    this.exports = instance.exports as Exports;
    this.#fillHooks(this.exports[hidden.hooks] as WebAssembly.Table);
    if (hidden.segments !== undefined) this.call(hidden.segments);
    if (hidden.start !== undefined) this.call(hidden.start);
  }

  call(name: string, ...args: unknown[]): unknown {
    return (this.exports[name] as AnyFunc)(...args);
  }

  memory(index = 0): WebAssembly.Memory {
    return this.exports[`${this.translated.hidden.prefix}memory${index}`] as WebAssembly.Memory;
  }

  get fuel(): WebAssembly.Global {
    return this.exports[this.translated.hidden.fuel ?? ""] as WebAssembly.Global;
  }

  #fillHooks(table: WebAssembly.Table): void {
    const hooks = this.hooks;
    const answers = {
      tick: () => hooks.tick(),
      yield: () => hooks.yield(),
      memoryGrow: (index: number, current: bigint, delta: bigint) => hooks.memoryGrow(index, current, delta),
      tableGrow: (index: number, current: bigint, delta: bigint) => hooks.tableGrow(index, current, delta),
      fuel: () => hooks.fuel(),
      wait: (place: number, address: bigint, expected: bigint, timeoutNs: bigint) => hooks.wait(place, address, expected, timeoutNs),
      gcAllocate: (owed: bigint) => hooks.gcAllocate(owed),
      notify: (index: number, address: bigint, count: number) => hooks.notify(index, address, count),
    };
    const { exports } = new WebAssembly.Instance(ADAPTOR, { h: answers });
    for (let slot = 0; slot < HOOK_COUNT; slot++) table.set(slot, exports[String(slot)]);
  }
}

/** Imports the answers and exports them by their slots, since a table takes wasm functions only. */
const ADAPTOR = new WebAssembly.Module(adaptorBytes());

function adaptorBytes(): Uint8Array<ArrayBuffer> {
  const text = (name: string): number[] => [name.length, ...[...name].map((c) => c.charCodeAt(0))];
  const section = (id: number, entries: readonly (readonly number[])[]): number[] => {
    const contents = [entries.length, ...entries.flat()];
    return [id, contents.length, ...contents];
  };
  const codes: { readonly [name: string]: number } = { i32: 0x7f, i64: 0x7e };
  const types = Object.values(HOOK_TYPES).map((row) =>
    [0x60, ...row.split("->").flatMap((side) => {
      const names = side.split(" ").flatMap((name) => codes[name] ?? []);
      return [names.length, ...names];
    })]);
  const hooks = Object.keys(Hook);
  return Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, types),
    ...section(2, hooks.map((name, slot) => [...text("h"), ...text(name), 0, slot])),
    ...section(7, hooks.map((_, index) => [...text(String(index)), 0, index])),
  );
}
