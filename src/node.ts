/**
 * Isola for Node.js: the public API, with this process as its host.
 *
 *     import { boot, memory } from "isola";
 *     await using os = await boot();
 *     const program = await os.spawn(await os.compile(bytes), { args: ["--help"] });
 *     console.log(await program.stdout.text(), await program.exited);
 */
import type { KernelOptions } from "#kernel";
import { NodeMachine, hostDirectory } from "#machine/node";
import type { HostFileSystem, NodeMachineOptions } from "#machine/node";
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

export interface HostDirOptions {
  /** Reading is always granted; to say so is good style. */
  readonly read?: true;
  /** Whether programs may change anything. Not unless told. */
  readonly write?: boolean;
}

/**
 * A directory of this machine, to give to programs: `fs: { "/src": hostDir("./src") }`. They cannot
 * leave it, be it through "..", absolute paths or links. One can be given to several programs;
 * `close` gives it back, and what programs have open stays usable.
 *
 * @throws FsError `noent`, `notdir`, `acces`, … when `path` is no directory that can be read.
 */
export function hostDir(path: string, options: HostDirOptions = {}): HostFileSystem {
  return hostDirectory(path, options);
}

export { SocketError, listenTcp } from "#machine/node";
export type { HostFileSystem, NodeMachineOptions, TcpListener } from "#machine/node";
export * from "#os";
