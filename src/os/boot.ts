/** Starting the system on a given host. The fronts (`src/node`) choose the host. */
import type { FileSystem } from "#fs";
import { Kernel } from "#kernel";
import type { KernelOptions, Machine } from "#kernel";
import { System } from "./system.ts";

export interface SystemOptions extends KernelOptions {
  /** Opens the tools that a user space has in /bin. */
  readonly tools?: () => FileSystem;
}

/** Boots a system on the calling thread. Several can run side by side. */
export async function bootOn(machine: Machine, options: SystemOptions = {}): Promise<System> {
  return new System(await Kernel.boot(machine, options), options.tools);
}
