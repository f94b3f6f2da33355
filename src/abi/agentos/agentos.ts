/**
 * The calls of agentOS's software packages for one process: the import modules "host_process", "host_user"
 * and "host_fs", over the descriptors of its WASI calls and what it is in its session. Outside of a
 * session there are no processes to speak of, and the calls on them answer `nosys`.
 */
import { assert } from "#base";
import type { CallWords, HostFunction } from "#kernel";
import type { FuncType } from "#wasm";
import { posixWords } from "../posix/words.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import { agentosCall } from "./calls-table.ts";
import type { AgentosCall } from "./calls-table.ts";
import { fileCalls } from "./file.ts";
import { processCalls } from "./process.ts";
import { userCalls } from "./user.ts";

/** The functions of one family, by name. Arguments are the core values, each an i32. */
export type AgentosFamily = Readonly<Record<string, (...args: number[]) => number>>;

export interface Agentos {
  /** One function, made when it is asked for; of two with the name, the one of this type. */
  find(module: string, name: string, type?: FuncType): HostFunction | undefined;
}

/** The calls over the state of the WASI calls of the same process. */
export function createAgentos(state: WasiState): Agentos {
  let calls: AgentosFamily | undefined = undefined;
  return {
    find: (module, name, type) => {
      const call = agentosCall(module, name, type);
      if (call === undefined) return undefined;
      calls ??= { ...userCalls(state), ...fileCalls(state), ...(state.posix === undefined ? {} : processCalls(state, state.posix)) };
      const body = calls[name] ?? (state.posix === undefined ? refuse : undefined);
      assert(body !== undefined, `${name} is in the table and in a family`);
      return hostFunction(state, call, body);
    },
  };
}

function refuse(): number {
  return Errno.nosys;
}

function hostFunction(state: WasiState, call: AgentosCall, body: (...args: number[]) => number): HostFunction {
  const { name, type, mayBlock } = call;
  const guarded = (...args: number[]): number => {
    state.memory.begin();
    try {
      return body(...args);
    } catch (error) {
      return state.failed(error);
    }
  };
  return {
    name, type, mayBlock, call: guarded,
    get words() {
      return words(state, call);
    },
  };
}

function words(state: WasiState, call: AgentosCall): CallWords {
  const known = posixWords(state.memory, call);
  return {
    before: (args) => known.before(args),
    after: (args, answer) => known.after(args, call.answer === "mode" ? undefined : answer),
    answer: (answer) => (call.answer === "mode" ? `0o${answer.toString(8)}` : known.answer(answer)),
  };
}
