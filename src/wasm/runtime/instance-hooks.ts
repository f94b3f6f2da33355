/**
 * How an instance's hooks are answered: growth by the store's limiter, fuel by its tank.
 *
 * The numbers come from guest code: u64 that arrive as signed bigints, and an index that only
 * the translator writes.
 */
import type { HookAnswers } from "./hooks.ts";
import { HOST_ELEMENTS, HOST_PAGES, PAGE, bounded, memoryRefusal, scaled, tableRefusal } from "./limiter.ts";
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
  };
}
