/**
 * Mode bits of files. The calls that answer bits have no way to tell an error: 0 is for "not known", and
 * the caller goes on with what the stat of WASI says.
 */
import { FsError, resolve, run, settled } from "#fs";
import type { MaybeAsync, Steps } from "#fs";
import { descriptorMode, pathMode } from "../posix/file-calls.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { AgentosFamily } from "./agentos.ts";
import { placeSteps } from "./place.ts";

const PATH_BYTES_MAX = 4096;
const UNKNOWN = 0;

export function fileCalls(state: WasiState): AgentosFamily {
  const { memory, fds, posix } = state;

  /** The path at `addr`, or the errno. */
  const pathAt = (addr: number, length: number): string | number => {
    if (posix === undefined) return Errno.nosys;
    if (!memory.has(addr, length)) return Errno.fault;
    if (length >>> 0 > PATH_BYTES_MAX) return Errno.nametoolong;
    const path = memory.string(addr, length);
    return path === undefined ? Errno.ilseq : path === "" ? Errno.noent : path;
  };

  return {
    fd_mode: (fd) => {
      const descriptor = fds.get(fd, 0);
      if (descriptor === undefined) return UNKNOWN;
      return state.settle(orUnknown(descriptorMode(descriptor)), descriptor, "fd_mode", (bits) => bits);
    },
    path_mode: (addr, length, follow) => {
      const path = pathAt(addr, length);
      if (typeof path === "number" || posix === undefined) return UNKNOWN;
      const { cwd, table: { root } } = posix;
      const mode = function* (): Steps<number> {
        return yield* pathMode(state, root, yield* placeSteps(root, cwd, path), follow !== 0);
      };
      return state.settle(orUnknown(mode()), undefined, "path_mode", (bits) => bits);
    },
    chmod: (addr, length) => {
      const path = pathAt(addr, length);
      if (typeof path === "number" || posix === undefined) return typeof path === "number" ? path : Errno.nosys;
      const { cwd, table: { root } } = posix;
      return state.settle(run(function* (): Steps<number> {
        const found = yield* settled(resolve(root, yield* placeSteps(root, cwd, path), "always", { root, rooted: true }));
        try {
          yield* settled(found.name === undefined ? found.dir.stat() : found.dir.statEntry(found.name));
          return found.dir.fs.readOnly ? Errno.rofs : Errno.success;
        } finally {
          found.close();
        }
      }()), undefined, "chmod", (errno) => errno);
    },
  };
}

/** The bits, or that they are not known. */
function orUnknown(steps: Steps<number>): MaybeAsync<number> {
  return run(function* (): Steps<number> {
    try {
      return yield* steps;
    } catch (error) {
      if (error instanceof FsError) return UNKNOWN;
      throw error;
    }
  }());
}
