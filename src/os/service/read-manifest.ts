/**
 * Checks a manifest and fills in what it leaves open. Strict: a field that is not known is a mistake, since
 * what is misspelt here would be an authority that nobody meant, or a limit that holds nothing.
 */
import { MEMORY_OBJECT_PAGES_MAX, PAGE_BYTES } from "#kernel";
import { parseBytes } from "../quantity.ts";
import { FieldReader, join } from "./field-reader.ts";
import type { Fields } from "./field-reader.ts";
import { readJobLimits } from "./job-limits.ts";
import type { FilesSpec, Manifest } from "./manifest.ts";
import { NAME } from "./name.ts";
import { mayUse } from "./plan.ts";
import type { ServicePlan, SystemPlan } from "./plan.ts";
import { readService } from "./read-service.ts";
import { startOrder } from "./start-order.ts";

const FIELDS: Readonly<Record<keyof Manifest, true>> = { description: true, memories: true, events: true, files: true, limits: true, services: true };
const FILES_FIELDS = { memory: ["kind", "limit"], host: ["kind", "path", "write"], volume: ["kind", "path", "write", "quota"] } as const;
/** Services of one manifest. */
const SERVICES_MAX = 1000;
const FILES_MEMORY_DEFAULT = 64 * 1024 ** 2;

/**
 * `document` is what `JSON.parse` gave, or a `Manifest` as it stands in a program.
 *
 * @throws ManifestError with all mistakes.
 */
export function readManifest(document: unknown): SystemPlan {
  const reader = new FieldReader();
  const fields = reader.object(document, "", Object.keys(FIELDS));
  if (document === undefined) reader.report("", "is missing");
  const plan = fields === undefined ? undefined : readSystem(reader, fields);
  reader.finish();
  return plan!; // else something was reported
}

function readSystem(reader: FieldReader, fields: Fields): SystemPlan {
  const named = <T>(field: string, read: (value: unknown, path: string, name: string) => T | undefined): Map<string, T> =>
    new Map(Object.entries(reader.record(fields[field], field, (value, path, name) => (checkName(reader, name, path) ? read(value, path, name) : undefined))));
  const memories = named("memories", (value, path) => {
    const given = reader.object(value, path, ["size"]);
    if (given === undefined) return undefined;
    if (given["size"] === undefined) return reader.report(path, "needs a size");
    const bytes = reader.quantity(given["size"], join(path, "size"), parseBytes);
    if (bytes === undefined || (bytes >= 1 && bytes <= MEMORY_OBJECT_PAGES_MAX * PAGE_BYTES)) return bytes;
    return reader.report(join(path, "size"), `must be from 1 to ${MEMORY_OBJECT_PAGES_MAX * PAGE_BYTES} bytes`);
  });
  const events = reader.list(fields["events"], "events", (value, path) => {
    const name = reader.text(value, path);
    return name !== undefined && checkName(reader, name, path) ? name : undefined;
  });
  if (new Set(events).size < events.length) reader.report("events", "has a name twice");
  const files = named("files", (value, path) => readFiles(reader, value, path));
  if (fields["services"] === undefined) reader.report("services", "is missing");
  const services = named("services", (value, path, name) => readService(reader, value, path, name));
  if (fields["services"] !== undefined && Object.keys(fields["services"] ?? {}).length === 0) reader.report("services", "is empty");
  if (services.size > SERVICES_MAX) reader.report("services", `are more than ${SERVICES_MAX}`);
  const plan: SystemPlan = {
    description: reader.text(fields["description"], "description"),
    limits: readJobLimits(reader, fields["limits"], "limits"),
    memories, events, files, services,
  };
  checkNames(reader, plan);
  const { order, ring } = startOrder([...services.keys()], (name) => services.get(name)!.needs);
  if (ring !== undefined) reader.report("services", `need each other in a ring, so none of them can be the first: ${ring.join(" -> ")}`);
  const mains = [...services.values()].filter(({ main }) => main).map(({ name }) => name);
  if (mains.length > 1) reader.report("services", `has ${mains.length} services that are main: ${mains.join(", ")}`);
  return { ...plan, services: new Map(order.map((name) => [name, services.get(name)!])) };
}

function checkName(reader: FieldReader, name: string, path: string): boolean {
  if (NAME.test(name)) return true;
  reader.report(path, "is no name: up to 64 letters, digits, \"-\" and \"_\", not beginning with \"-\" or \"_\"");
  return false;
}

function readFiles(reader: FieldReader, value: unknown, path: string): FilesSpec | undefined {
  const given = reader.object(value, path);
  if (given === undefined) return undefined;
  if (given["kind"] === undefined) return reader.report(path, "needs a kind");
  const kind = reader.choice(given["kind"], join(path, "kind"), ["memory", "host", "volume"] as const);
  if (kind === undefined) return undefined;
  reader.object(value, path, FILES_FIELDS[kind]);
  if (kind === "memory") return { kind, limit: reader.quantity(given["limit"], join(path, "limit"), parseBytes) ?? FILES_MEMORY_DEFAULT };
  if (given["path"] === undefined) return reader.report(path, "needs a path");
  const folder = reader.text(given["path"], join(path, "path"));
  if (folder === undefined) return undefined;
  const write = reader.flag(given["write"], join(path, "write")) ?? false;
  if (kind === "host") return { kind, path: folder, write };
  const quota = reader.quantity(given["quota"], join(path, "quota"), parseBytes);
  return { kind, path: folder, write, ...(quota === undefined ? {} : { quota }) };
}

/** Every name that a service uses leads somewhere. */
function checkNames(reader: FieldReader, plan: SystemPlan): void {
  for (const service of plan.services.values()) {
    const path = join("services", service.name);
    for (const [at, mount] of service.mounts) {
      if (!plan.files.has(mount.files)) reader.report(join(join(path, "mounts"), at), `names no file system: there is no files.${mount.files}`);
    }
    for (const [name, handle] of service.handles) {
      const there = handle.kind === "memory" ? plan.memories.has(handle.of)
        : handle.kind === "event" ? plan.events.includes(handle.of)
        : handle.kind === "job" ? handle.of === "own" || handle.of === "all" || plan.services.has(handle.of)
        : true;
      if (!there) reader.report(join(join(path, "handles"), name), `names no ${handle.kind}: "${handle.of}"`);
    }
    for (const [name, offer] of service.offers) {
      for (const user of offer.to) {
        if (user !== "*" && !plan.services.has(user)) reader.report(join(join(join(path, "offers"), name), "to"), `names no service: "${user}"`);
      }
    }
    for (const need of service.needs) if (!plan.services.has(need)) reader.report(path, `needs "${need}", which is no service`);
    for (const [name, use] of service.uses) checkUse(reader, plan, service, join(join(path, "uses"), name), use.service, use.offer);
  }
}

function checkUse(reader: FieldReader, plan: SystemPlan, user: ServicePlan, path: string, service: string, offer: string): void {
  const offers = plan.services.get(service)?.offers;
  const found = offers?.get(offer);
  if (offers === undefined) return; // reported as a need
  if (found === undefined) {
    const known = [...offers.keys()];
    reader.report(path, `names what ${service} does not offer: "${offer}"; ${known.length === 0 ? "it offers nothing" : `it offers ${known.join(", ")}`}`);
  } else if (!mayUse(found, user.name)) {
    reader.report(path, `names what is not for it: ${service} offers "${offer}" to ${found.to.length === 0 ? "nobody" : found.to.join(", ")}`);
  }
}
