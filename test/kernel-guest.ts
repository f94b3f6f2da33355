/**
 * Guests for the kernel's tests: text modules that meet their safepoints by hand, so that
 * scheduling and kill can be tested without decoder, translator and runtime.
 */
import { compile } from "watr";
import { HostBinder } from "#kernel";
import type { Entry, HostFunction, Kernel, Process } from "#kernel";

/** Goes before the fields of a module: the flag, the hook table, and `$safepoint`. */
const PRELUDE = `
  (import "k" "flag" (memory $flag 1 1 shared))
  (type $hook (func (result i32)))
  (table $hooks (export "hooks") 2 2 funcref)
  (func $slow (local $r i32)
    (local.set $r (call_indirect $hooks (type $hook) (i32.const 0)))
    (if (i32.eq (local.get $r) (i32.const 1)) (then (local.set $r (call_indirect $hooks (type $hook) (i32.const 1)))))
    (if (local.get $r) (then unreachable)))
  (func $safepoint (if (i32.load $flag (i32.const 0)) (then (call $slow))))`;

/** Compiles `imports` (text) and `fields` (text) around the prelude. */
export function testModule(imports: string, fields: string): WebAssembly.Module {
  return new WebAssembly.Module(compile(`(module ${imports} ${PRELUDE} ${fields})`) as Uint8Array<ArrayBuffer>);
}

export interface TestGuest {
  readonly exports: Readonly<Record<string, Entry>>;
  readonly instance: WebAssembly.Instance;
}

/** `ready` are imports of "h" as they are. */
export function instantiateGuest(kernel: Kernel, process: Process, module: WebAssembly.Module, functions: readonly HostFunction[] = [], ready: Readonly<Record<string, unknown>> = {}): TestGuest {
  const bound = new HostBinder(kernel).bind(process, functions);
  const host: Record<string, unknown> = { ...ready };
  functions.forEach(({ name }, index) => (host[name] = bound[index]!.call));
  const instance = new WebAssembly.Instance(module, { k: { flag: kernel.hooks.flag }, h: host as WebAssembly.ModuleImports });
  const hooks = instance.exports["hooks"] as WebAssembly.Table;
  hooks.set(0, kernel.hooks.tick as never);
  hooks.set(1, kernel.hooks.yield as never);
  return { exports: instance.exports as unknown as Record<string, Entry>, instance };
}
