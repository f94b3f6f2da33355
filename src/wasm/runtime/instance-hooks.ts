/**
 * How an instance's hooks are answered: growth by the store's limiter, fuel by its tank, waits at
 * shared memories by the store's parking.
 *
 * The numbers come from guest code: u64 that arrive as signed bigints, and an index that only
 * the translator writes.
 */
import type { HookAnswers } from "./hooks.ts";
import { HOST_ELEMENTS, HOST_PAGES, PAGE, bounded, memoryRefusal, scaled, tableRefusal } from "./limiter.ts";
import { GC_BUDGET_MAX, HOST_NOTIFIES, HOST_WAITS } from "../translate/translated.ts";
import { fillHooks } from "./hooks.ts";
import type { Instance } from "./instance.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";
import { LimitError } from "./store-errors.ts";

const REFUSED = 0;
const ALLOWED = 1;

/**
 * Pays for the objects that constant expressions make when `module` is instantiated.
 *
 * @throws LimitError "object size" when the limiter refuses.
 */
export function payConstants(store: Store, module: Module): void {
  const { constantBytes } = module.layout;
  if (constantBytes === 0 || !store.engine.translate.limits) return;
  const budget = store.limiter?.gcAllocating?.(constantBytes);
  if (budget !== undefined && budget < 0) throw new LimitError("object size", constantBytes, undefined);
}

/** Connects a new instance with its store; before that, none of its code may run. */
export function connectHooks(instance: Instance): void {
  const { store, module } = instance;
  const { hooks, fuel } = instance.hidden;
  if (fuel !== undefined) store.fuel.attach(fuel);
  if (hooks !== undefined) fillHooks(hooks, module.layout.usedHooks, store.engine.hookAdaptors, store.safepoints, answersOf(instance, fuel));
}

function answersOf(instance: Instance, fuel: WebAssembly.Global | undefined): HookAnswers {
  const { store, module } = instance;
  const { memories, tables } = module.layout;
  const { parking } = store.safepoints;
  return {
    memoryGrow(index, current, delta) {
      const type = memories[index];
      const max = type?.limits.max;
      const now = BigInt.asUintN(64, current);
      const desired = now + BigInt.asUintN(64, delta);
      if (type === undefined || desired > bounded(max, HOST_PAGES[type.addr])) return REFUSED;
      const maximum = max === undefined ? undefined : scaled(max, PAGE);
      return memoryRefusal(store, scaled(now, PAGE), scaled(desired, PAGE), maximum) === undefined ? ALLOWED : REFUSED;
    },
    tableGrow(index, current, delta) {
      const max = tables[index]?.limits.max;
      const now = BigInt.asUintN(64, current);
      const desired = now + BigInt.asUintN(64, delta);
      if (desired > bounded(max, HOST_ELEMENTS)) return REFUSED;
      const maximum = max === undefined ? undefined : scaled(max, 1);
      return tableRefusal(store, scaled(now, 1), scaled(desired, 1), maximum) === undefined ? ALLOWED : REFUSED;
    },
    fuel() {
      const given = fuel === undefined ? -1n : store.fuel.draw(fuel);
      if (given < 0n) store.stopReason = "fuel-exhausted";
      return given;
    },
    gcAllocate(owed) {
      const { limiter } = store;
      if (limiter?.gcAllocating === undefined) return GC_BUDGET_MAX;
      const budget = limiter.gcAllocating(Number(BigInt.asUintN(64, owed)));
      if (budget >= 0) return BigInt(Math.min(Math.floor(budget), Number(GC_BUDGET_MAX)));
      store.stopReason = "out-of-memory";
      return -1n;
    },
    wait(place, address, expected, timeoutNs) {
      const memory = instance.hidden.memory(place >>> 1);
      if (parking === undefined || memory === undefined) return HOST_WAITS;
      return parking.wait(memory.raw, { address: BigInt.asUintN(64, address), wide: (place & 1) !== 0, expected }, timeoutNs);
    },
    notify(index, address, count) {
      const memory = instance.hidden.memory(index);
      if (parking === undefined || memory === undefined) return HOST_NOTIFIES;
      return parking.notify(memory.raw, BigInt.asUintN(64, address), count >>> 0);
    },
  };
}
