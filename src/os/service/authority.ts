/**
 * Who can reach what in a system: the authority graph of a manifest, and what a careful reader would remark about
 * it. The graph holds all that services are given; a service reaches nothing that no edge leads to.
 */
import type { RightName } from "#kernel";
import { FULL_RIGHTS, RIGHT_TABLE } from "#kernel";
import { mayUse } from "./plan.ts";
import type { HandlePlan, OfferPlan, ServicePlan, SystemPlan } from "./plan.ts";

export type AuthorityNodeKind = "service" | "memory" | "event" | "files" | "image" | "job";

export interface AuthorityNode {
  /** Such as "service kv", "files src": unique. */
  readonly id: string;
  readonly kind: AuthorityNodeKind;
  readonly name: string;
  /** Such as "1 MiB", "host folder ./src". */
  readonly detail: string;
}

export type AuthorityEdgeKind = "uses" | "handle" | "mount";

export interface AuthorityEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: AuthorityEdgeKind;
  /** What the holder calls it. */
  readonly name: string;
  /** What it can do with it: rights, "read" and "write" of a mount, functions of an interface. */
  readonly powers: readonly string[];
  /** Whether it can change what it leads to. */
  readonly writes: boolean;
}

export interface AuthorityGraph {
  readonly nodes: readonly AuthorityNode[];
  readonly edges: readonly AuthorityEdge[];
}

/** Something to think about; nothing that keeps the system from starting. */
export interface AuthorityRemark {
  /** A node. */
  readonly about: string;
  readonly remark: string;
}

const CHANGING: readonly RightName[] = ["write", "signal", "kill", "create", "revoke"];

export function authorityGraph(plan: SystemPlan): AuthorityGraph {
  const nodes: AuthorityNode[] = [
    ...[...plan.services.values()].map(({ name, description }) => node("service", name, description ?? "")),
    ...[...plan.memories].map(([name, bytes]) => node("memory", name, bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${Math.ceil(bytes / 1024)} KiB`)),
    ...plan.events.map((name) => node("event", name, "")),
    ...[...plan.files].map(([name, files]) => node("files", name, files.kind === "memory" ? "in memory" : `${files.kind === "host" ? "host folder" : "volume"} ${files.path}${files.write === true ? ", writable" : ", read-only"}`)),
  ];
  const edges: AuthorityEdge[] = [];
  for (const service of plan.services.values()) {
    const from = `service ${service.name}`;
    for (const [name, use] of service.uses) {
      const offer = plan.services.get(use.service)!.offers.get(use.offer)!; // names were checked
      edges.push({ from, to: `service ${use.service}`, kind: "uses", name, powers: offerPowers(use.offer, offer), writes: true });
    }
    for (const [name, handle] of service.handles) {
      const target = handleTarget(service, handle);
      if (!nodes.some(({ id }) => id === target.id)) nodes.push(target);
      const rights = rightsGiven(handle);
      edges.push({ from, to: target.id, kind: "handle", name, powers: rights, writes: rights.some((right) => CHANGING.includes(right)) });
    }
    for (const [path, mount] of service.mounts) {
      const writes = !mount.readOnly && isWritable(plan, mount.files);
      edges.push({ from, to: `files ${mount.files}`, kind: "mount", name: path, powers: writes ? ["read", "write"] : ["read"], writes });
    }
  }
  return { nodes, edges };
}

export function authorityRemarks(plan: SystemPlan, graph: AuthorityGraph): AuthorityRemark[] {
  const remarks: AuthorityRemark[] = [];
  const remark = (about: string, text: string): void => void remarks.push({ about, remark: text });
  for (const { id, kind } of graph.nodes) {
    const holders = graph.edges.filter(({ to }) => to === id);
    if (kind !== "service" && holders.length === 0) remark(id, "nobody has it");
    const writers = [...new Set(holders.filter(({ writes }) => writes).map(({ from }) => from.replace("service ", "")))];
    if (kind === "files" && writers.length > 1) remark(id, `${words(writers)} can all write to it: one can change what another reads`);
    if (kind === "memory" && writers.length > 1) remark(id, `${words(writers)} can all write to it: each must bear what the others leave there`);
  }
  for (const [name, files] of plan.files) {
    if (files.kind === "memory" || files.write !== true) continue;
    const writing = graph.edges.some(({ to, writes }) => to === `files ${name}` && writes);
    if (!writing) remark(`files ${name}`, "it is writable, and every mount of it is read-only");
    else if (files.kind === "host") remark(`files ${name}`, `what is written to it changes the host's folder ${files.path}`);
  }
  for (const service of plan.services.values()) for (const text of serviceRemarks(plan, service)) remark(`service ${service.name}`, text);
  return remarks;
}

function serviceRemarks(plan: SystemPlan, service: ServicePlan): string[] {
  const found: string[] = [];
  const users = [...plan.services.values()].filter(({ needs }) => needs.includes(service.name)).map(({ name }) => name);
  for (const [name, offer] of service.offers) {
    const using = [...plan.services.values()].filter(({ uses }) => [...uses.values()].some((use) => use.service === service.name && use.offer === name));
    if (using.length === 0) found.push(`nobody uses "${name}", which it offers`);
    const idle = offer.to.includes("*") ? [] : [...plan.services.keys()].filter((other) => mayUse(offer, other) && !using.some((user) => user.name === other));
    if (using.length > 0 && idle.length > 0) found.push(`${words(idle)} may use "${name}" and ${idle.length === 1 ? "does" : "do"} not`);
    if (using.length > 0 && offer.to.includes("*")) found.push(`every service may use "${name}"; ${words(using.map((user) => user.name))} ${using.length === 1 ? "does" : "do"}`);
  }
  if (users.length > 0 && service.restart.mode === "never" && service.life.readiness !== "exit") found.push(`it is never restarted, and ${words(users)} need${users.length === 1 ? "s" : ""} it`);
  if (users.length > 0 && service.life.heartbeat === undefined && service.life.readiness !== "exit") found.push("it has no heartbeat, so nobody notices when it hangs");
  if (service.limits.memory === undefined && service.job["memory"] === undefined && plan.limits.memory === undefined) found.push("it has no memory limit of its own: 1 GiB is what it may take");
  for (const [name, handle] of service.handles) {
    if (handle.kind !== "job" || handle.of === "own") continue;
    const rights = rightsGiven(handle);
    const whose = handle.of === "all" ? "all services, itself among them" : handle.of === service.name ? "itself, so that it is given up" : handle.of;
    if (rights.includes("kill")) found.push(`by "${name}" it can end ${whose}`);
    if (rights.includes("create")) found.push(`by "${name}" it can start programs in the account of ${handle.of === "all" ? "all services" : handle.of}`);
  }
  return found;
}

function node(kind: AuthorityNodeKind, name: string, detail: string): AuthorityNode {
  return { id: `${kind} ${name}`, kind, name, detail };
}

function handleTarget(service: ServicePlan, { kind, of }: HandlePlan): AuthorityNode {
  if (kind === "image") return node("image", of, "");
  if (kind !== "job") return { id: `${kind} ${of}`, kind, name: of, detail: "" };
  if (of === "all") return node("job", "all", "of all services");
  return of === "own" ? node("job", `${service.name}/own`, `of one life of ${service.name}`) : node("job", of, `of ${of}`);
}

/** All that the maker of such an object has, unless told. */
export function rightsGiven({ kind, rights }: HandlePlan): readonly RightName[] {
  return rights ?? RIGHT_TABLE.filter(({ bit }) => (FULL_RIGHTS[kind] & bit) !== 0).map(({ name }) => name);
}

function isWritable(plan: SystemPlan, name: string): boolean {
  const files = plan.files.get(name);
  return files?.kind === "memory" || files?.write === true;
}

function offerPowers(name: string, offer: OfferPlan): string[] {
  return offer.kind === "channel" ? [`channel ${name}`] : Object.keys(offer.options.functions ?? {});
}

/** "a", "a and b", "a, b and c". */
export function words(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
