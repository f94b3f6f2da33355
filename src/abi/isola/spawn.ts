/** The call by which a program starts another. */
import { IsolaError } from "#base";
import { CapacityError, Image, JobObject, LimitError, ProcessObject, Status } from "#kernel";
import type { Grant } from "#kernel";
import { NEEDS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

/** Bytes of all arguments, and of all names. */
const STRINGS_MAX = 128 * 1024;

export function spawnCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;
  const { handles } = process;

  /** The strings of a list, or the status that refuses it. */
  const strings = (addr: number, length: number): readonly string[] | number => {
    if (!memory.has(addr, length)) return Status.bad_address;
    if (length >>> 0 > STRINGS_MAX) return Status.invalid_argument;
    const text = memory.string(addr, length);
    if (text === undefined || (text !== "" && !text.endsWith("\0"))) return Status.invalid_argument;
    return text.split("\0").slice(0, -1);
  };

  const refusal = (error: unknown): number => {
    if (error instanceof LimitError) return Status.limit;
    if (error instanceof CapacityError) return Status.no_room;
    if (error instanceof IsolaError && error.code !== "bug") return error.code === "abi/isola-handles" || error.code === "abi/wasi-handles" ? Status.limit : Status.bad_image;
    // Ours: the guard around every host function tells the host and ends this process.
    throw error;
  };

  const started = (grant: Grant, out: number): number => {
    memory.begin();
    const made = grant.isRevoked ? undefined : handles.put(grant);
    if (made === undefined) {
      abandoned(grant);
      return Status.limit;
    }
    memory.setU32(out, made);
    return Status.ok;
  };

  /** Nobody will ever hold the new process. */
  const abandoned = (grant: Grant): void => {
    if (grant.isRevoked) return;
    if (grant.object instanceof ProcessObject) grant.object.process.kill({ cause: "request", message: "its starter ended while it was being started" });
    grant.end();
    grant.object.release();
  };

  return {
    process_create: (imageHandle: number, jobHandle: number, argsAddr: number, argsLength: number, namesAddr: number, namesLength: number, addr: number, count: number, out: number) => {
      memory.begin();
      const image = state.find(Image, imageHandle, NEEDS.process_create[0]);
      if (image === undefined) return state.status;
      const job = state.find(JobObject, jobHandle, NEEDS.process_create[1]);
      if (job === undefined) return state.status;
      if (!memory.has(out, 4)) return Status.bad_address;
      const args = strings(argsAddr, argsLength);
      if (typeof args === "number") return args;
      const names = strings(namesAddr, namesLength);
      if (typeof names === "number") return names;
      if (names.length !== count >>> 0 || new Set(names).size < names.length) return Status.invalid_argument;
      const listed = state.findMovable(addr, count);
      if (listed === undefined) return state.status;
      if (job.job.killed !== undefined) return Status.killed;
      if (objects.spawner === undefined) return Status.denied;
      const moved = Object.fromEntries(listed.map((handle, index) => [names[index]!, handles.take(handle)!])); // as many names, and all were found
      // Handles on them may be closed meanwhile.
      image.retain();
      job.retain();
      const starting = objects.spawner({ image, job: job.job, args, handles: moved, parent: process.account }).finally(() => {
        image.release();
        job.release();
      });
      return process.current().await(starting, "process_create", (grant) => started(grant, out), refusal, abandoned);
    },
  };
}
