/**
 * The kernel calls of one process: the import module "isola".
 *
 * A process has what it was started with (`handles`), what it makes, and what others send it.
 */
import { IsolaError, assert } from "#base";
import { SignalObject } from "#kernel";
import type { Grant, Handle, HostFunction, Objects } from "#kernel";
import { ISOLA_CALLS, ISOLA_MODULE } from "./calls-table.ts";
import type { IsolaCall } from "./calls-table.ts";
import { channelCalls } from "./channel.ts";
import { handleCalls } from "./handle.ts";
import { memoryCalls } from "./memory.ts";
import { processCalls } from "./process.ts";
import { signalCalls } from "./signal.ts";
import { spawnCalls } from "./spawn.ts";
import { IsolaState } from "./state.ts";
import type { IsolaFamily, IsolaOptions, ObjectProcess } from "./state.ts";
import { waitCalls } from "./wait.ts";
import { isolaWords } from "./words.ts";

const CALLS: ReadonlyMap<string, IsolaCall> = new Map(ISOLA_CALLS.map((call) => [call.name, call]));
const FAMILIES: readonly ((state: IsolaState) => IsolaFamily)[] = [handleCalls, channelCalls, signalCalls, waitCalls, memoryCalls, processCalls, spawnCalls];

export interface Isola {
  /** One function, made when it is asked for. */
  find(name: string): HostFunction | undefined;
  /** Gives the calls the guest's memory; after instantiation, before the guest runs. */
  attach(memory: WebAssembly.Memory): void;
}

/** The handles that a program should start with do not fit into its limits. */
export class StartupHandlesError extends IsolaError {
  readonly code = "abi/isola-handles";
  constructor(count: number) {
    super(`the process may not hold the ${count} handles that it is to start with`);
  }
}

/** The row of a kernel call that can be imported from `moduleName`. */
export function isolaCall(moduleName: string, name: string): IsolaCall | undefined {
  return moduleName === ISOLA_MODULE ? CALLS.get(name) : undefined;
}

/**
 * Gives `process` its handles and makes its kernel calls.
 *
 * @throws StartupHandlesError; the handles are gone then too.
 */
export function createIsola(process: ObjectProcess, objects: Objects, options: IsolaOptions): Isola {
  const state = new IsolaState(process, objects, startupHandles(process, options.handles ?? {}), options);
  let families: readonly IsolaFamily[] | undefined = undefined;
  return {
    find: (name) => {
      const call = CALLS.get(name);
      if (call === undefined) return undefined;
      families ??= FAMILIES.map((family) => family(state));
      const body = families.find((calls) => calls[name] !== undefined)?.[name];
      assert(body !== undefined, `${name} is in the table and in a family`);
      return hostFunction(state, call, body);
    },
    attach: (memory) => state.memory.attach(memory),
  };
}

/** Puts each grant into the table, or lets go of it. */
function startupHandles(process: ObjectProcess, grants: Readonly<Record<string, Grant>>): ReadonlyMap<string, Handle> {
  const startup = new Map<string, Handle>();
  const entries = Object.entries(grants);
  for (const [name, grant] of entries) {
    assert(grant.object instanceof SignalObject, "only kernel objects are given by name");
    const handle = grant.isRevoked ? undefined : process.handles.put(grant);
    if (handle !== undefined) startup.set(name, handle);
    else if (!grant.isRevoked) {
      grant.end();
      grant.object.release();
    }
  }
  if (startup.size < entries.filter(([, grant]) => !grant.isRevoked).length) throw new StartupHandlesError(entries.length);
  return startup;
}

function hostFunction(state: IsolaState, call: IsolaCall, body: HostFunction["call"]): HostFunction {
  const { name, type, mayBlock } = call;
  return { name, type, mayBlock, call: body, words: isolaWords(state.memory, call) };
}
