/** Calls on processes and jobs, and those that concern only the caller. */
import { DIE, FULL_RIGHTS, JobObject, ProcessObject, Status } from "#kernel";
import type { Limits } from "#kernel";
import { NEEDS, STRUCTS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

const ProcessStateCode = { lives: 0, exited: 1, fault: 2, killed: 3 } as const;
const NO_LIMIT = 0xffff_ffff_ffff_ffffn;
const NS_PER_MS = 1e6;
const WEIGHT_MAX = 10_000;
const CLOCK_MONOTONIC = 0;
const CLOCK_REALTIME = 1;
const STARTUP_NAME_MAX = 256;
/** Limits of a job in the order of the struct. */
const LIMIT_FIELDS = ["memory", "processes", "threads", "handles", "output", "storage"] as const;

interface UsageFields {
  readonly cpuMs: number;
  readonly memory: number;
  readonly peakMemory: number;
  readonly output: number;
  readonly handles: number;
  readonly members: number;
}

export function processCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;
  let jobs = 0;

  const writeUsage = (out: number, usage: UsageFields): number => {
    if (!memory.has(out, STRUCTS.usage.size)) return Status.bad_address;
    memory.setU64Number(out, Math.round(usage.cpuMs * NS_PER_MS));
    memory.setU64Number(out + 8, usage.memory);
    memory.setU64Number(out + 16, usage.peakMemory);
    memory.setU64Number(out + 24, usage.output);
    memory.setU32(out + 32, usage.handles);
    memory.setU32(out + 36, usage.members);
    return Status.ok;
  };

  /** A limit of 2^53 or more is none: nothing can reach it. */
  const readLimits = (addr: number): Limits => {
    const limits: Record<string, number> = {};
    LIMIT_FIELDS.forEach((field, index) => {
      const value = memory.u64(addr + index * 8);
      if (value !== NO_LIMIT) limits[field] = Number(value);
    });
    const cpuNs = memory.u64(addr + LIMIT_FIELDS.length * 8);
    if (cpuNs !== NO_LIMIT) limits["cpuMs"] = Number(cpuNs) / NS_PER_MS;
    return limits;
  };

  return {
    process_kill: (handle: number) => {
      const target = state.find(ProcessObject, handle, NEEDS.process_kill[0]);
      if (target === undefined) return state.status;
      target.process.kill({ cause: "request", message: `killed by process ${process.id} (${process.name})` });
      return process.dying ? DIE : Status.ok;
    },
    process_state: (handle: number, out: number) => {
      memory.begin();
      const target = state.find(ProcessObject, handle, NEEDS.process_state[0]);
      if (target === undefined) return state.status;
      if (!memory.has(out, STRUCTS.state.size)) return Status.bad_address;
      const end = target.process.status;
      memory.setU32(out, end === undefined ? ProcessStateCode.lives : ProcessStateCode[end.kind]);
      memory.setU32(out + 4, end?.kind === "exited" ? end.status : 0);
      return Status.ok;
    },
    process_usage: (handle: number, out: number) => {
      memory.begin();
      const target = state.find(ProcessObject, handle, NEEDS.process_usage[0]);
      if (target === undefined) return state.status;
      const usage = target.process.usage();
      return writeUsage(out, { ...usage, members: usage.threads });
    },
    job_create: (handle: number, limitsAddr: number, out: number) => {
      memory.begin();
      const parent = state.find(JobObject, handle, NEEDS.job_create[0]);
      if (parent === undefined) return state.status;
      if (!memory.has(limitsAddr, STRUCTS.limits.size) || !memory.has(out, 4)) return Status.bad_address;
      const weight = memory.u32(limitsAddr + (LIMIT_FIELDS.length + 1) * 8);
      if (weight > WEIGHT_MAX) return Status.invalid_argument;
      if (parent.job.killed !== undefined) return Status.killed;
      const name = `${process.name}-${process.id}-${++jobs}`;
      const made = objects.newJob(parent.job, { name, limits: readLimits(limitsAddr), ...(weight === 0 ? {} : { weight }) }, process.charges);
      return state.give(made, FULL_RIGHTS.job, out);
    },
    job_kill: (handle: number) => {
      const target = state.find(JobObject, handle, NEEDS.job_kill[0]);
      if (target === undefined) return state.status;
      target.job.kill({ cause: "job", message: `job ${target.job.name} was killed by process ${process.id} (${process.name})` });
      return process.dying ? DIE : Status.ok;
    },
    job_usage: (handle: number, out: number) => {
      memory.begin();
      const target = state.find(JobObject, handle, NEEDS.job_usage[0]);
      if (target === undefined) return state.status;
      const { account } = target.job;
      return writeUsage(out, {
        cpuMs: account.cpuMs, memory: account.used("memory"), peakMemory: account.peak("memory"), output: account.used("output"),
        handles: account.used("handles"), members: account.used("processes"),
      });
    },
    clock_read: (clock: number, out: number) => {
      memory.begin();
      if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) return Status.invalid_argument;
      if (!state.clocks) return Status.denied;
      if (!memory.has(out, 8)) return Status.bad_address;
      memory.setU64(out, clock === CLOCK_MONOTONIC ? process.machine.monotonicNs() : process.machine.realtimeNs());
      return Status.ok;
    },
    thread_yield: () => process.current().yield(Status.ok),
    startup_handle: (addr: number, length: number, out: number) => {
      memory.begin();
      if (!memory.has(addr, length) || !memory.has(out, 4)) return Status.bad_address;
      const name = length >>> 0 > STARTUP_NAME_MAX ? undefined : memory.string(addr, length);
      const handle = name === undefined ? undefined : state.startup.get(name);
      if (handle === undefined) return Status.not_found;
      memory.setU32(out, handle);
      return Status.ok;
    },
    process_exit: (status: number) => process.exit(status >>> 0),
  };
}
