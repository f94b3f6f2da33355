/**
 * Isola for Node.js: the public API, with this process as its host.
 *
 *     import { boot, memory } from "isola";
 *     await using os = await boot();
 *     const program = await os.spawn(await os.compile(bytes), { args: ["--help"] });
 *     console.log(await program.stdout.text(), await program.exited);
 */
import type { KernelOptions } from "#kernel";
import { NodeMachine } from "#machine/node";
import type { NodeMachineOptions } from "#machine/node";
import { bootOn } from "#os";
import type { System } from "#os";

export interface BootOptions extends KernelOptions, NodeMachineOptions {}

/**
 * Boots a system in this Node process. Several can run side by side.
 *
 * Costs one helper thread, which sleeps while no program runs.
 */
export function boot(options: BootOptions = {}): Promise<System> {
  return bootOn(new NodeMachine(options), options);
}



export type { NodeMachineOptions } from "#machine/node";
export * from "#os";
