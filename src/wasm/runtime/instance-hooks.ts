/**
 * How an instance's hooks are answered: growth by the store's limiter, fuel by its tank.
 *
 * The numbers come from guest code: u64 that arrive as signed bigints, and an index that only
 * the translator writes.
 */
import type { HookAnswers } from "./hooks.ts";
import { HOST_ELEMENTS, HOST_PAGES, PAGE, bounded, mayGrowMemory, mayGrowTable, scaled } from "./limiter.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

const REFUSED = 0;
const ALLOWED = 1;

export function instanceAnswers(store: Store, module: Module, fuel: WebAssembly.Global | undefined): HookAnswers {
  const { memories, tables } = module.layout;
  return {
    memoryGrow(index, current, delta) {
      const type = memories[index];
      const max = type?.limits.max;
      const now = BigInt.asUintN(64, current);
      const desired = now + BigInt.asUintN(64, delta);
      if (type === undefined || desired > bounded(max, HOST_PAGES[type.addr])) return REFUSED;
      const maximum = max === undefined ? undefined : scaled(max, PAGE);
      return mayGrowMemory(store.limiter, scaled(now, PAGE), scaled(desired, PAGE), maximum) ? ALLOWED : REFUSED;
    },
    tableGrow(index, current, delta) {
      const max = tables[index]?.limits.max;
      const now = BigInt.asUintN(64, current);
      const desired = now + BigInt.asUintN(64, delta);
      if (desired > bounded(max, HOST_ELEMENTS)) return REFUSED;
      const maximum = max === undefined ? undefined : scaled(max, 1);
      return mayGrowTable(store.limiter, scaled(now, 1), scaled(desired, 1), maximum) ? ALLOWED : REFUSED;
    },
    fuel() {
      const given = fuel === undefined ? -1n : store.fuel.draw(fuel);
      if (given < 0n) store.stopReason = "fuel-exhausted";
      return given;
    },
  };
}
