/**
 * Modules as programs: commands and reactors, as `Linker.module` links them.
 *
 * Spec: WASI application ABI, Current Unstable ABI (commands and reactors).
 */
import { printCanonical } from "./canonical-types.ts";
import type { FuncRefType } from "../types/externtype.ts";
import type { Func } from "./func.ts";
import { HostFunc } from "./host-func.ts";
import { isCallableFromHost } from "./host-stub.ts";
import type { Instance } from "./instance.ts";
import type { InstancePre } from "./instance-pre.ts";
import type { ModuleExport } from "./layout.ts";
import { ProgramKindError } from "./link-errors.ts";
import type { Module } from "./module.ts";

const START = "_start";
const INITIALIZE = "_initialize";

/** What toolchains export from commands besides functions; of no use to others. */
const PRIVATE: ReadonlyMap<string, string> = new Map([["memory", "memory"], ["__indirect_function_table", "table"]]);

/** Whether a module to be linked as `name` is a command; a reactor otherwise. @throws ProgramKindError */
export function isCommand(name: string, module: Module): boolean {
  const { exportsByName } = module.layout;
  const [start, initialize] = [exportsByName.get(START), exportsByName.get(INITIALIZE)];
  if (start !== undefined && initialize !== undefined) {
    throw new ProgramKindError(name, INITIALIZE, `either "${START}" or "${INITIALIZE}"`, "both");
  }
  for (const entry of [start, initialize]) if (entry !== undefined) checkEntry(name, module, entry);
  return start !== undefined;
}

function checkEntry(name: string, { engine }: Module, { name: field, type }: ModuleExport): void {
  const functype = type.kind === "func" ? engine.types.funcType(type.type) : undefined;
  if (functype?.params.length === 0 && functype.results.length === 0) return;
  throw new ProgramKindError(name, field, "(func)", printCanonical(engine.types, type));
}

/** Runs `_initialize` of a new instance, if there is one. @throws Trap */
export function initializeReactor(instance: Instance): void {
  instance.func(INITIALIZE)?.call();
}

/** The functions of a command, each of which runs in an instance of its own. @throws ProgramKindError */
export function commandExports(name: string, pre: InstancePre): readonly (readonly [name: string, func: HostFunc])[] {
  const found: (readonly [string, HostFunc])[] = [];
  for (const { name: field, type } of pre.module.exports) {
    const { types } = pre.module.engine;
    if (type.kind !== "func" && PRIVATE.get(field) === type.kind) continue;
    const functype = type.kind === "func" ? types.funcType(type.type) : undefined;
    if (type.kind !== "func" || functype === undefined || !isCallableFromHost(functype)) {
      throw new ProgramKindError(name, field, "a function of values that the host can pass on", printCanonical(types, type));
    }
    found.push([field, onNewInstance(pre, field, type)]);
  }
  return found;
}

function onNewInstance(pre: InstancePre, field: string, type: FuncRefType): HostFunc {
  return HostFunc.withStore(pre.module.engine, type, (store, args) => {
    const instance = pre.instantiate(store);
    try {
      const func: Func = instance.func(field)!; // the module exports it
      return func.call(...args);
    } finally {
      store.forget(instance);
    }
  });
}
