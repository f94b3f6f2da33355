/** Starting the system on a given host. The fronts (`src/node`) choose the host. */
import { Kernel } from "#kernel";
import type { KernelOptions, Machine } from "#kernel";
import { System } from "./system.ts";

/** Boots a system on the calling thread. Several can run side by side. */
export async function bootOn(machine: Machine, options: KernelOptions = {}): Promise<System> {
  return new System(await Kernel.boot(machine, options));
}
