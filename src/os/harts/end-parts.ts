/** How a process ended, on its way from one hart to another. `modules` are the program and its libraries, in the same order on both sides. */
import type { ExitStatus } from "#kernel";
import { Trap } from "#wasm";
import type { Module } from "#wasm";
import type { EndParts } from "./messages.ts";

export function endParts(status: ExitStatus, modules: readonly Module[]): EndParts {
  if (status.kind !== "fault") return status;
  return { kind: "fault", fault: { ...status.fault, trap: status.fault.trap?.parts(modules) } };
}

export function endFrom(parts: EndParts, modules: readonly Module[]): ExitStatus {
  if (parts.kind !== "fault") return parts;
  const { trap } = parts.fault;
  return { kind: "fault", fault: { ...parts.fault, trap: trap === undefined ? undefined : Trap.received(trap, modules) } };
}
