/** A manifest in words: for each service what it is, when it runs, and what it can reach. */
import { rightsGiven } from "#os";
import type { FilesSpec, HandlePlan, OfferPlan, ServicePlan, SystemPlan } from "#os";
import { columns, printBytes, printMs } from "./text.ts";

export function explainPlan(plan: SystemPlan): string {
  const head = plan.description === undefined ? [] : [plan.description, ""];
  const services = [...plan.services.values()];
  const shared = [
    ...[...plan.memories].map(([name, bytes]) => [`  memory ${name}`, printBytes(bytes)]),
    ...plan.events.map((name) => [`  event ${name}`, ""]),
    ...[...plan.files].map(([name, files]) => [`  files ${name}`, filesWords(files)]),
  ];
  return [
    ...head,
    `Services, in the order of their start: ${services.map(({ name }) => name).join(", ")}`,
    ...services.map((service) => `\n${explainService(plan, service)}`),
    ...(shared.length === 0 ? [] : ["\nShared:", ...columns(shared)]),
  ].join("\n");
}

function explainService(plan: SystemPlan, service: ServicePlan): string {
  const rows: [string, string][] = [["image", [service.image, ...service.args].join(" ")]];
  const several = (label: string, texts: readonly string[]): void => texts.forEach((text, index) => rows.push([index === 0 ? label : "", text]));
  rows.push(["starts", starts(service)], ["restarts", restarts(service)]);
  if (service.life.heartbeat !== undefined) {
    const { periodMs, timeoutMs } = service.life.heartbeat;
    rows.push(["heartbeat", `asked ${service.heartbeatFunction === undefined ? "on its control channel" : `by its function ${service.heartbeatFunction}`} every ${printMs(periodMs)}; restarted when it has not answered after ${printMs(timeoutMs)}`]);
  }
  rows.push(["limits", limits(plan, service)]);
  several("handles", [...service.handles].map(([name, handle]) => `${name}: ${thing(handle)}: ${rightsGiven(handle).join(", ")}`));
  if (service.control) rows.push(["", "control: a channel to the supervisor"]);
  several("mounts", [...service.mounts].map(([path, { files, readOnly }]) => `${path}: files ${files}${readOnly || !writable(plan, files) ? ", read-only" : ", writable"}`));
  several("calls", [...service.uses].map(([name, use]) => `${use.service}/${use.offer} as ${name}: ${offerWords(plan.services.get(use.service)!.offers.get(use.offer)!)}`)); // names were checked
  several("offers", [...service.offers].map(([name, offer]) => `${name} to ${offer.to.includes("*") ? "every service" : offer.to.length === 0 ? "nobody" : offer.to.join(", ")}: ${offerWords(offer)}`));
  rows.push(["streams", `output to ${service.output === "inherit" ? "the terminal" : service.output === "log" ? "the log" : "nowhere"}, input from ${service.input === "inherit" ? "the terminal" : "nowhere"}`]);
  if (service.hart !== 0) rows.push(["hart", String(service.hart)]);
  rows.push(["host", [service.clocks ? "clocks" : "no clocks", service.entropy ? "random bytes" : "no random bytes"].join(", ")]);
  const environment = Object.entries(service.env).map(([name, value]) => `${name}=${value}`);
  several("environment", environment);
  return [`${service.name}${service.main ? " (main: the system ends with it)" : ""}${service.description === undefined ? "" : `: ${service.description}`}`, ...columns(rows.map(([label, text]) => [`  ${label}`, text]))].join("\n");
}

function starts({ needs, life, manual }: ServicePlan): string {
  const when = manual ? "only when it is asked for" : needs.length === 0 ? "at once" : `after ${needs.join(", ")}`;
  const ready = { start: "ready when it runs", message: "ready when it says so", exit: "ready when it has ended with 0" }[life.readiness];
  return `${when}; ${ready}${life.readiness === "start" || life.startMs === Infinity ? "" : `, within ${printMs(life.startMs)}`}`;
}

function restarts({ restart, life }: ServicePlan): string {
  const stop = life.graceMs === 0 ? "" : `; told to stop, it has ${printMs(life.graceMs)}`;
  if (restart.mode === "never") return `never${stop}`;
  const when = restart.mode === "always" ? "always" : "when it failed";
  return `${when}, after ${printMs(restart.firstMs)}, then ${restart.factor} times longer each time up to ${printMs(restart.maxMs)}; given up after ${restart.restarts} within ${printMs(restart.windowMs)}${stop}`;
}

function limits(plan: SystemPlan, service: ServicePlan): string {
  const entries = (limits: object): string[] => Object.entries(limits).map(([name, value]) => `${LIMIT_WORDS[name] ?? name} ${limitWords(name, Number(value))}`);
  const own = entries(service.limits);
  const job = entries(service.job);
  const all = entries(plan.limits);
  return [own.length === 0 ? "the usual" : own.join(", "), ...(job.length === 0 ? [] : [`with all it starts: ${job.join(", ")}`]), ...(all.length === 0 ? [] : [`all services together: ${all.join(", ")}`])].join("; ");
}

const LIMIT_WORDS: Readonly<Record<string, string>> = { cpuMs: "processor time", cpu: "processor time", cpuShare: "share of a processor", openFiles: "open files", wall: "time" };

function limitWords(name: string, value: number): string {
  if (["memory", "output", "storage"].includes(name)) return printBytes(value);
  return ["cpu", "cpuMs", "wall"].includes(name) ? printMs(value) : String(value);
}

function thing({ kind, of }: HandlePlan): string {
  if (kind !== "job") return `${kind} ${of}`;
  return of === "own" ? "its own job" : of === "all" ? "the job of all services" : `the job of ${of}`;
}

function offerWords(offer: OfferPlan): string {
  if (offer.kind === "channel") return `a channel of ${offer.messages} messages and ${printBytes(offer.bytes)}`;
  return Object.entries(offer.options.functions ?? {}).map(([name, { params, results = [] }]) => `${name}(${params.join(", ")})${results.length === 0 ? "" : ` -> ${results.join(", ")}`}`).join(", ");
}

function filesWords(files: FilesSpec): string {
  if (files.kind === "memory") return `in memory, ${printBytes(Number(files.limit))} at most`;
  const what = files.kind === "host" ? `the host's folder ${files.path}` : `the volume in the host's file ${files.path}${files.quota === undefined ? "" : `, ${printBytes(Number(files.quota))} at most`}`;
  return `${what}, ${files.write === true ? "writable" : "read-only"}`;
}

function writable(plan: SystemPlan, name: string): boolean {
  const files = plan.files.get(name);
  return files?.kind === "memory" || files?.write === true;
}
