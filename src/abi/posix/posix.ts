/**
 * The POSIX calls of one process: the import module "isola_posix", over the descriptors of its WASI
 * calls. A process outside of a session has them too, and each answers `nosys`.
 */
import { assert } from "#base";
import type { HostFunction } from "#kernel";
import { Errno } from "../wasi-p1/errno.ts";
import { DescribedFunction } from "../described-function.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import { POSIX_CALLS, POSIX_MODULE } from "./calls-table.ts";
import type { PosixCall } from "./calls-table.ts";
import { descriptorCalls } from "./descriptor-calls.ts";
import { fileCalls } from "./file-calls.ts";
import type { PosixProcess } from "./posix-process.ts";
import { processCalls } from "./process-calls.ts";
import { signalCalls } from "./signal-calls.ts";
import { terminalCalls } from "./terminal-calls.ts";
import { posixWords } from "./words.ts";

/** The functions of one family, by name. Arguments are the core values: i32 as number, i64 as bigint. */
export type PosixFamily = Readonly<Record<string, (...args: never[]) => number>>;

const CALLS: ReadonlyMap<string, PosixCall> = new Map(POSIX_CALLS.map((call) => [call.name, call]));
const FAMILIES: readonly ((state: WasiState, posix: PosixProcess) => PosixFamily)[] = [processCalls, signalCalls, descriptorCalls, fileCalls, terminalCalls];

/** The row of a call that can be imported from `moduleName`. */
export function posixCall(moduleName: string, name: string): PosixCall | undefined {
  return moduleName === POSIX_MODULE ? CALLS.get(name) : undefined;
}

export interface Posix {
  /** One function, made when it is asked for. */
  find(name: string): HostFunction | undefined;
}

/** The POSIX calls over the state of the WASI calls of the same process. */
export function createPosix(state: WasiState): Posix {
  const { posix } = state;
  let families: readonly PosixFamily[] | undefined = undefined;
  return {
    find: (name) => {
      const call = CALLS.get(name);
      if (call === undefined) return undefined;
      if (posix !== undefined) families ??= FAMILIES.map((family) => family(state, posix));
      const body = families === undefined ? refuse : families.find((calls) => calls[name] !== undefined)?.[name];
      assert(body !== undefined, `${name} is in the table and in a family`);
      return hostFunction(state, call, body as (...args: unknown[]) => number);
    },
  };
}

function refuse(): number {
  return Errno.nosys;
}

function hostFunction(state: WasiState, call: PosixCall, body: (...args: unknown[]) => number): HostFunction {
  const guarded = (...args: unknown[]): number => {
    state.memory.begin();
    try {
      return body(...args);
    } catch (error) {
      return state.failed(error);
    }
  };
  return new DescribedFunction(call, guarded as HostFunction["call"], () => posixWords(state.memory, call));
}
