/** Limits of jobs as manifests write them. */
import type { Limits } from "#kernel";
import { parseBytes, parseDuration } from "../quantity.ts";
import { join } from "./field-reader.ts";
import type { FieldReader } from "./field-reader.ts";
import type { JobLimitsSpec } from "./manifest.ts";

const JOB_FIELDS: Readonly<Record<keyof JobLimitsSpec, true>> = { memory: true, processes: true, threads: true, handles: true, output: true, storage: true, cpu: true, cpuShare: true };

export function readJobLimits(reader: FieldReader, value: unknown, path: string): Limits {
  const given = reader.object(value, path, Object.keys(JOB_FIELDS)) ?? {};
  const at = (name: keyof JobLimitsSpec): [unknown, string] => [given[name], join(path, name)];
  const count = (name: keyof JobLimitsSpec): number | undefined => reader.number(...at(name), 0, Number.MAX_SAFE_INTEGER);
  const limits = {
    memory: reader.quantity(...at("memory"), parseBytes),
    processes: count("processes"),
    threads: count("threads"),
    handles: count("handles"),
    output: reader.quantity(...at("output"), parseBytes),
    storage: reader.quantity(...at("storage"), parseBytes),
    cpuMs: reader.quantity(...at("cpu"), parseDuration),
    cpuShare: reader.number(...at("cpuShare"), Number.MIN_VALUE, 1, false),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
