/** Starting the system on a given host. The fronts (`src/node`) choose the host. */
import { Kernel, SharedAccounts, SharedCounts } from "#kernel";
import type { HartHost, HartSetup, KernelOptions, Machine, RunningHart } from "#kernel";
import { checkBootOptions } from "./check-options.ts";
import { HartError } from "./harts/hart-error.ts";
import { HartPool, ISOLATED_MAX, POOL_MAX } from "./harts/hart-pool.ts";
import type { Harts } from "./harts/harts.ts";
import type { Reopen } from "./harts/spawn-serve.ts";
import { System } from "./system.ts";
import type { SystemOptions } from "./system.ts";

export interface PortableBootOptions extends KernelOptions, SystemOptions {}

export interface HartOptions {
  /** Harts that share the work. */
  readonly harts: number;
  readonly host: HartHost;
  /** Opens a file system by its locator; without it, and for those without one, the hart that has them is asked. */
  readonly reopen?: Reopen;
}

/**
 * Boots a system on the calling thread, with as many harts more as are asked for. Several systems can run side by side.
 *
 * @throws HartError os/hart-none for a number of harts that cannot be; OptionError.
 */
export async function bootOn(machine: Machine, options: PortableBootOptions = {}, harts?: HartOptions): Promise<System> {
  checkBootOptions(options);
  if (harts === undefined) return new System(await Kernel.boot(machine, options), options);
  const { harts: size, host, reopen } = harts;
  if (!Number.isInteger(size) || size < 1 || size > POOL_MAX) throw new HartError("os/hart-none", `there can be 1 to ${POOL_MAX} harts, not ${size}`);
  const face = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const counts = SharedCounts.over();
  const kernel = await Kernel.boot(machine, { ...options, hart: { number: 0, face, shared: counts } });
  const accounts = new SharedAccounts(SharedAccounts.buffer(size + ISOLATED_MAX), 0, size + ISOLATED_MAX);
  const system = new System(kernel, options);
  // The first slot, which is that of the root.
  accounts.take();
  const joined = system.join({ accounts, face, reopen });
  const pool = new HartPool({ host, kernel, harts: joined, counts, accounts, face, size, quantumMs: options.quantumMs });
  await pool.start();
  return system;
}

/** Boots a hart of a system that another thread has booted. */
export async function bootHart(machine: Machine, setup: HartSetup, reopen?: Reopen): Promise<RunningHart> {
  const { number, face, quantumMs, limits } = setup;
  const kernel = await Kernel.boot(machine, {
    ...(quantumMs === undefined ? {} : { quantumMs }),
    ...(limits === undefined ? {} : { limits }),
    hart: { number, face, shared: SharedCounts.over(setup.counts) },
  });
  const accounts = new SharedAccounts(setup.accounts, number, setup.harts);
  const harts: Harts = new System(kernel).join({ accounts, face, reopen });
  return { connect: (end, isolated) => harts.connect(end, isolated), disconnect: (peer, reason) => harts.disconnect(peer, reason) };
}
