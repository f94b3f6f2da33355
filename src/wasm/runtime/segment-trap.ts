/**
 * Says in a trap of instantiation which active segment did not fit: hosts do not tell, or not
 * in terms of the original module.
 *
 * Spec: core exec/modules, Instantiation.
 */
import { firstMisfit } from "../const/active-segments.ts";
import type { ActiveSegment } from "../const/active-segments.ts";
import type { ConstValue } from "../const/const-value.ts";
import type { Extern } from "./extern.ts";
import type { HostFunc } from "./host-func.ts";
import { PAGE, scaled } from "./limiter.ts";
import type { Module } from "./module.ts";
import type { Trap } from "./trap.ts";

/** Completes the message of `trap`, which an instantiation of `module` with these imports has raised. Sizes are as they were then. */
export function explainSegment(trap: Trap, module: Module, imports: readonly (Extern | HostFunc)[]): void {
  if (trap.trap !== "out-of-bounds-memory-access" && trap.trap !== "out-of-bounds-table-access") return;
  const globals = imports.filter((item) => item.kind === "global");
  const misfit = firstMisfit(module.layout.segments, (index) => constOf(globals[index]?.raw.value), (segment) => room(segment, module, imports));
  if (misfit === undefined) return;
  const { segment: { kind, index, target, size }, offset, available } = misfit;
  const [segment, unit, place] = kind === "data" ? ["data segment", "bytes", `memory ${target}`] : ["element segment", "elements", `table ${target}`];
  trap.message += `: ${segment} ${index} of "${module.name}" needs ${unit} ${offset} to ${offset + BigInt(size)} of ${place}, which has ${available}`;
}

/** The host's value of an imported global of a type that an offset may read. */
function constOf(value: unknown): ConstValue | undefined {
  if (typeof value === "bigint") return { type: "i64", value };
  return typeof value === "number" ? { type: "i32", value: value | 0 } : undefined;
}

/** Bytes or elements that the target has; of the module's own what it is created with. */
function room({ kind, target }: ActiveSegment, { layout }: Module, imports: readonly (Extern | HostFunc)[]): bigint | undefined {
  if (kind === "data") {
    const imported = imports.filter((item) => item.kind === "memory")[target];
    const type = layout.memories[target];
    return imported !== undefined ? BigInt(imported.byteLength) : type === undefined ? undefined : BigInt(scaled(type.limits.min, PAGE));
  }
  const imported = imports.filter((item) => item.kind === "table")[target];
  return imported !== undefined ? BigInt(imported.length) : layout.tables[target]?.limits.min;
}
