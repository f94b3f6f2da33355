/** Checks one service of a manifest, see `read-manifest.ts`. Names are checked against the others there. */
import { CHANNEL_BYTES_MAX, FULL_RIGHTS, MESSAGES_MAX, PARAM_KINDS, RIGHT_TABLE, rightsOf } from "#kernel";
import type { Limits, ParamKind, ResultKind, RightName } from "#kernel";
import type { FunctionSpec } from "../interface.ts";
import type { SpawnLimits } from "../limits.ts";
import { parseBytes, parseDuration } from "../quantity.ts";
import { join } from "./field-reader.ts";
import type { FieldReader, Fields } from "./field-reader.ts";
import type { FunctionOffer, HeartbeatSpec, MountSpec, OfferSpec, RestartSpec, ServiceSpec } from "./manifest.ts";
import { CONTROL_HANDLE } from "./plan.ts";
import type { HandlePlan, MountPlan, OfferPlan, ServicePlan, UsePlan } from "./plan.ts";
import { readJobLimits } from "./job-limits.ts";
import { NAME } from "./name.ts";
import { RESTART_DEFAULTS } from "./restart-policy.ts";
import type { RestartMode, RestartRules } from "./restart-policy.ts";
import type { LifeRules } from "./service-machine.ts";

const FIELDS: Readonly<Record<keyof ServiceSpec, true>> = {
  description: true, image: true, args: true, env: true, output: true, input: true, mounts: true, handles: true, offers: true, uses: true, after: true,
  limits: true, job: true, weight: true, hart: true, clocks: true, entropy: true, restart: true, ready: true, startTimeout: true, heartbeat: true, grace: true, main: true, manual: true,
};
const MOUNT_FIELDS: Readonly<Record<keyof MountSpec, true>> = { files: true, readOnly: true };
const OFFER_FIELDS: Readonly<Record<keyof OfferSpec, true>> = { to: true, functions: true, budget: true, concurrent: true, queue: true, allocator: true, channel: true };
const FUNCTION_FIELDS: Readonly<Record<keyof FunctionOffer, true>> = { params: true, results: true, blocking: true };
const RESTART_FIELDS: Readonly<Record<keyof RestartSpec, true>> = { mode: true, backoff: true, factor: true, max: true, jitter: true, budget: true, window: true };
const HEARTBEAT_FIELDS: Readonly<Record<keyof HeartbeatSpec, true>> = { period: true, timeout: true, function: true };
const LIMIT_FIELDS: Readonly<Record<keyof SpawnLimits, true>> = { memory: true, cpu: true, cpuShare: true, wall: true, fuel: true, output: true, openFiles: true, threads: true };
const RESTART_MODES: readonly RestartMode[] = ["never", "on-failure", "always"];
const RESULT_KINDS: readonly ResultKind[] = ["i32", "i64", "f32", "f64"];
const HANDLE_KINDS = ["memory", "event", "image", "job"] as const;
const START_MS = 30_000;
const CALLS_MAX = 65_536;

export function readService(reader: FieldReader, value: unknown, path: string, name: string): ServicePlan | undefined {
  const fields = reader.object(value, path, Object.keys(FIELDS));
  if (fields === undefined) return undefined;
  if (fields["image"] === undefined) reader.report(path, "needs an image");
  const at = (field: keyof ServiceSpec): [unknown, string] => [fields[field], join(path, field)];
  const ready = reader.choice(...at("ready"), ["start", "message", "exit"]) ?? "start";
  const heartbeat = readHeartbeat(reader, ...at("heartbeat"));
  const uses = new Map(Object.entries(reader.record(...at("uses"), (each, where) => readUse(reader, each, where))));
  const after = reader.list(...at("after"), (each, where) => reader.text(each, where));
  let channels = 0;
  const offers = new Map(Object.entries(reader.record(...at("offers"), (each, where, offer) => {
    if (!NAME.test(offer)) return reader.report(where, "is no name");
    const made = readOffer(reader, each, where, offer, channels);
    if (made?.kind === "channel") channels++;
    return made;
  })));
  const graceMs = reader.quantity(...at("grace"), parseDuration) ?? 0;
  const control = channels > 0 || graceMs > 0 || ready === "message" || (heartbeat !== undefined && heartbeat.function === undefined);
  const restart = readRestart(reader, ...at("restart"));
  if (ready === "exit" && restart.mode === "always") reader.report(join(path, "restart"), "must not be \"always\" when it is ready by ending");
  if (ready === "exit" && heartbeat !== undefined) reader.report(join(path, "heartbeat"), "makes no sense for what is ready by ending");
  const handles = new Map(Object.entries(reader.record(...at("handles"), (each, where) => readHandle(reader, each, where))));
  for (const taken of handles.keys()) {
    if (taken === CONTROL_HANDLE && control) reader.report(join(join(path, "handles"), taken), "is the name of the control channel");
    if (uses.has(taken)) reader.report(join(join(path, "handles"), taken), "is the name of something that it uses, too");
  }
  if (uses.has(CONTROL_HANDLE) && control) reader.report(join(join(path, "uses"), CONTROL_HANDLE), "is the name of the control channel");
  const life: LifeRules = {
    readiness: ready,
    startMs: reader.quantity(...at("startTimeout"), parseDuration) ?? (ready === "exit" ? Infinity : START_MS),
    graceMs,
    heartbeat: heartbeat && { periodMs: heartbeat.periodMs, timeoutMs: heartbeat.timeoutMs },
  };
  return {
    name,
    description: reader.text(...at("description")),
    image: reader.text(...at("image")) ?? "",
    args: reader.list(...at("args"), (each, where) => reader.text(each, where)),
    env: reader.record(...at("env"), (each, where) => reader.text(each, where)),
    output: reader.choice(...at("output"), ["log", "inherit", "null"]) ?? "log",
    input: reader.choice(...at("input"), ["null", "inherit"]) ?? "null",
    mounts: new Map(Object.entries(reader.record(...at("mounts"), (each, where, mount) => readMount(reader, each, where, mount)))),
    handles, offers, uses,
    needs: [...new Set([...[...uses.values()].map(({ service }) => service), ...after])],
    limits: readLimits(reader, ...at("limits")),
    job: readJobLimits(reader, ...at("job")) satisfies Limits,
    weight: reader.number(...at("weight"), 1, 10_000),
    hart: reader.number(...at("hart"), 0, 1023) ?? 0,
    clocks: reader.flag(...at("clocks")) ?? true,
    entropy: reader.flag(...at("entropy")) ?? true,
    restart, life,
    heartbeatFunction: heartbeat?.function,
    control,
    main: reader.flag(...at("main")) ?? false,
    manual: reader.flag(...at("manual")) ?? false,
  };
}

function readUse(reader: FieldReader, value: unknown, path: string): UsePlan | undefined {
  const text = reader.text(value, path);
  if (text === undefined) return undefined;
  const [service = "", offer, ...more] = text.split("/");
  if (service === "" || offer === undefined || offer === "" || more.length > 0) return reader.report(path, "must be \"SERVICE/OFFER\"");
  return { service, offer };
}

function readMount(reader: FieldReader, value: unknown, path: string, at: string): MountPlan | undefined {
  if (!at.startsWith("/") || at.split("/").includes("..")) reader.report(path, "must be an absolute path without \"..\"");
  if (typeof value === "string") return { files: value, readOnly: false };
  const given = reader.object(value, path, Object.keys(MOUNT_FIELDS));
  if (given === undefined) return undefined;
  if (given["files"] === undefined) return reader.report(path, "needs files");
  const files = reader.text(given["files"], join(path, "files"));
  return files === undefined ? undefined : { files, readOnly: reader.flag(given["readOnly"], join(path, "readOnly")) ?? false };
}

function readHandle(reader: FieldReader, value: unknown, path: string): HandlePlan | undefined {
  const given = reader.object(value, path, [...HANDLE_KINDS, "rights"]);
  if (given === undefined) return undefined;
  const kinds = HANDLE_KINDS.filter((kind) => given[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) return reader.report(path, `must name one of ${HANDLE_KINDS.join(", ")}`);
  const of = reader.text(given[kind], join(path, kind));
  const where = join(path, "rights");
  const names = RIGHT_TABLE.map(({ name }) => name);
  const rights = given["rights"] === undefined ? undefined : reader.list(given["rights"], where, (each, at) => reader.choice(each, at, names));
  const lacking = rights?.filter((right) => (rightsOf([right]) & FULL_RIGHTS[kind]) === 0) ?? [];
  if (lacking.length > 0) reader.report(where, `name what a ${kind} does not know: ${lacking.join(", ")}`);
  return of === undefined ? undefined : { kind, of, rights: rights ?? (kind === "job" ? JOB_RIGHTS : undefined) };
}
const JOB_RIGHTS: readonly RightName[] = ["wait", "inspect"];

function readOffer(reader: FieldReader, value: unknown, path: string, name: string, index: number): OfferPlan | undefined {
  const given = reader.object(value, path, Object.keys(OFFER_FIELDS));
  if (given === undefined) return undefined;
  if (given["to"] === undefined) reader.report(path, "must say to whom: \"to\"");
  const to = reader.list(given["to"], join(path, "to"), (each, where) => reader.text(each, where));
  const isChannel = given["channel"] !== undefined;
  if (isChannel === (given["functions"] !== undefined)) return reader.report(path, "must have either functions or a channel");
  if (isChannel) {
    for (const field of ["budget", "concurrent", "queue", "allocator"]) if (given[field] !== undefined) reader.report(join(path, field), "is for functions, not for channels");
    const where = join(path, "channel");
    const channel = reader.object(given["channel"], where, ["messages", "bytes", "perUser"]) ?? {};
    const bytes = reader.quantity(channel["bytes"], join(where, "bytes"), parseBytes) ?? 65_536;
    if (bytes > CHANNEL_BYTES_MAX) reader.report(join(where, "bytes"), `must be at most ${CHANNEL_BYTES_MAX}`);
    return { kind: "channel", to, index, bytes, messages: reader.number(channel["messages"], join(where, "messages"), 1, MESSAGES_MAX) ?? 16, perUser: reader.number(channel["perUser"], join(where, "perUser"), 1, CALLS_MAX) ?? 4 };
  }
  const budgetMs = reader.quantity(given["budget"], join(path, "budget"), parseDuration);
  if (budgetMs === 0) reader.report(join(path, "budget"), "must be above 0");
  const concurrent = reader.number(given["concurrent"], join(path, "concurrent"), 1, CALLS_MAX);
  const queue = reader.number(given["queue"], join(path, "queue"), 0, CALLS_MAX);
  const allocator = reader.text(given["allocator"], join(path, "allocator"));
  return {
    kind: "functions", to,
    options: {
      name,
      functions: reader.record(given["functions"], join(path, "functions"), (each, where) => readFunction(reader, each, where)),
      ...(budgetMs === undefined ? {} : { budgetMs }),
      ...(concurrent === undefined ? {} : { concurrent }),
      ...(queue === undefined ? {} : { queue }),
      ...(allocator === undefined ? {} : { allocator }),
    },
  };
}

function readFunction(reader: FieldReader, value: unknown, path: string): FunctionSpec | undefined {
  const given = reader.object(value, path, Object.keys(FUNCTION_FIELDS));
  if (given === undefined) return undefined;
  if (given["params"] === undefined) reader.report(path, "needs params");
  return {
    params: reader.list(given["params"], join(path, "params"), (each, where) => reader.choice<ParamKind>(each, where, PARAM_KINDS)),
    results: reader.list(given["results"], join(path, "results"), (each, where) => reader.choice(each, where, RESULT_KINDS)),
    blocking: reader.flag(given["blocking"], join(path, "blocking")) ?? false,
  };
}

function readRestart(reader: FieldReader, value: unknown, path: string): RestartRules {
  const defaults = RESTART_DEFAULTS;
  if (typeof value === "string") return { ...defaults, mode: reader.choice(value, path, RESTART_MODES) ?? defaults.mode };
  const given = reader.object(value, path, Object.keys(RESTART_FIELDS)) ?? {};
  const at = (field: keyof RestartSpec): [unknown, string] => [given[field], join(path, field)];
  const firstMs = reader.quantity(...at("backoff"), parseDuration) ?? defaults.firstMs;
  const maxMs = reader.quantity(...at("max"), parseDuration) ?? Math.max(firstMs, defaults.maxMs);
  if (maxMs < firstMs) reader.report(join(path, "max"), "must not be below the first wait, \"backoff\"");
  const windowMs = reader.quantity(...at("window"), parseDuration) ?? defaults.windowMs;
  if (windowMs === 0) reader.report(join(path, "window"), "must be above 0");
  return {
    mode: reader.choice(...at("mode"), RESTART_MODES) ?? defaults.mode,
    firstMs, maxMs, windowMs,
    factor: reader.number(...at("factor"), 1, 1000, false) ?? defaults.factor,
    jitter: reader.number(...at("jitter"), 0, 1, false) ?? defaults.jitter,
    restarts: reader.number(...at("budget"), 0, Number.MAX_SAFE_INTEGER) ?? defaults.restarts,
  };
}

function readHeartbeat(reader: FieldReader, value: unknown, path: string): { periodMs: number; timeoutMs: number; function: string | undefined } | undefined {
  const given = reader.object(value, path, Object.keys(HEARTBEAT_FIELDS));
  if (given === undefined) return undefined;
  for (const field of ["period", "timeout"] as const) if (given[field] === undefined) reader.report(path, `needs a ${field}`);
  const periodMs = reader.quantity(given["period"], join(path, "period"), parseDuration) ?? 1;
  const timeoutMs = reader.quantity(given["timeout"], join(path, "timeout"), parseDuration) ?? 1;
  if (periodMs === 0) reader.report(join(path, "period"), "must be above 0");
  if (timeoutMs === 0) reader.report(join(path, "timeout"), "must be above 0");
  return { periodMs, timeoutMs, function: reader.text(given["function"], join(path, "function")) };
}

function readLimits(reader: FieldReader, value: unknown, path: string): SpawnLimits {
  const given: Fields = reader.object(value, path, Object.keys(LIMIT_FIELDS)) ?? {};
  const at = (field: keyof SpawnLimits): [unknown, string] => [given[field], join(path, field)];
  const most = Number.MAX_SAFE_INTEGER;
  const limits: Record<keyof SpawnLimits, number | undefined> = {
    memory: reader.quantity(...at("memory"), parseBytes),
    cpu: reader.quantity(...at("cpu"), parseDuration),
    cpuShare: reader.number(...at("cpuShare"), Number.MIN_VALUE, 1, false),
    wall: reader.quantity(...at("wall"), parseDuration),
    fuel: reader.number(...at("fuel"), 0, most),
    output: reader.quantity(...at("output"), parseBytes),
    openFiles: reader.number(...at("openFiles"), 1, most),
    threads: reader.number(...at("threads"), 1, most),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
