/** Compares the images of a manifest with what it says about them: what they import, and what they export. */
import { resolve } from "node:path";
import { existsSync, statSync } from "node:fs";
import { coreType } from "#kernel";
import type { AuthorityRemark, FunctionsPlan, ServicePlan, SystemPlan } from "#os";
import { ManifestFileError, VolumeError, imageFile, volume } from "#machine/node";
import { DecodeError, printFuncType } from "#wasm";
import { CliError } from "./cli-error.ts";
import { loadModule } from "./load-module.ts";
import { moduleFacts } from "./module-facts.ts";
import type { ModuleFacts } from "./module-facts.ts";

export interface ImageReport {
  /** The system could not start with these. */
  readonly mistakes: readonly AuthorityRemark[];
  readonly remarks: readonly AuthorityRemark[];
}

const MEMORY_MODULE = "isola:memory";
const GATE_STATUS = "gate_status";

export async function lookAtImages(plan: SystemPlan, folder: string): Promise<ImageReport> {
  const report = { mistakes: [] as AuthorityRemark[], remarks: [] as AuthorityRemark[] };
  const facts = new Map<string, ModuleFacts | string>();
  const look = async (image: string): Promise<ModuleFacts | string> => {
    let found = facts.get(image);
    if (found === undefined) facts.set(image, (found = await loadFacts(folder, image)));
    return found;
  };
  for (const service of plan.services.values()) {
    const about = `service ${service.name}`;
    const found = await look(service.image);
    if (typeof found === "string") report.mistakes.push({ about, remark: found });
    else compare(plan, service, found, (remark) => report.mistakes.push({ about, remark }), (remark) => report.remarks.push({ about, remark }));
    for (const { kind, of } of service.handles.values()) {
      const image = kind === "image" ? await look(of) : undefined;
      if (typeof image === "string") report.mistakes.push({ about, remark: image });
    }
  }
  for (const [name, files] of plan.files) {
    if (files.kind === "memory") continue;
    const path = resolve(folder, files.path);
    if (files.kind === "volume") {
      const problem = volumeProblem(path, files.path, files.write === true);
      if (problem !== undefined) report.mistakes.push({ about: `files ${name}`, remark: problem });
      continue;
    }
    if (!existsSync(path)) report.mistakes.push({ about: `files ${name}`, remark: `there is no folder ${files.path}` });
    else if (!statSync(path).isDirectory()) report.mistakes.push({ about: `files ${name}`, remark: `${files.path} is no folder` });
  }
  return report;
}

/** Why the volume at `path`, as the manifest has it in `written`, could not be opened. */
function volumeProblem(path: string, written: string, write: boolean): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return write ? undefined : `there is no volume ${written}, and it may not be made`;
  // An empty file becomes one.
  if (write && stats.isFile() && stats.size === 0) return undefined;
  try {
    volume(path, { readOnly: true }).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    return error.message;
  }
}

/** What is in the module, or why that cannot be said. */
async function loadFacts(folder: string, image: string): Promise<ModuleFacts | string> {
  try {
    const facts = moduleFacts(await loadModule(imageFile(folder, image)));
    return facts.valid ? facts : `its image ${image} is no valid module: ${facts.error}`;
  } catch (error) {
    if (!(error instanceof CliError || error instanceof DecodeError || error instanceof ManifestFileError)) throw error;
    return `its image: ${error.message}`;
  }
}

function compare(plan: SystemPlan, service: ServicePlan, facts: ModuleFacts, wrong: (text: string) => void, remark: (text: string) => void): void {
  for (const [name, use] of service.uses) {
    const offer = plan.services.get(use.service)!.offers.get(use.offer)!; // names were checked
    if (offer.kind === "channel") continue;
    const types = functionTypes(offer);
    const imports = facts.imports.filter(({ module }) => module === name);
    if (imports.length === 0) remark(`it may call ${use.service}/${use.offer} as "${name}", and its image imports nothing from there`);
    for (const { name: field, type } of imports) {
      const offered = types.get(field);
      if (offered === undefined) wrong(`its image imports "${field}" from "${name}", which ${use.service}/${use.offer} does not have`);
      else if (offered !== type) wrong(`its image imports "${field}" from "${name}" as ${type}, and ${use.service}/${use.offer} has ${offered}`);
    }
  }
  for (const [name, offer] of service.offers) {
    if (offer.kind === "channel") continue;
    for (const [field, type] of functionTypes(offer)) {
      if (field === GATE_STATUS) continue;
      const exported = facts.exports.find((each) => each.name === field);
      if (exported === undefined) wrong(`it offers "${field}" of "${name}", and its image exports no such function`);
      else if (exported.type !== type) wrong(`it offers "${field}" of "${name}" as ${type}, and its image exports ${exported.type}`);
    }
  }
  if (service.heartbeatFunction !== undefined && !facts.exports.some(({ name, type }) => name === service.heartbeatFunction && type === "(func (result i32))")) {
    wrong(`its heartbeat calls "${service.heartbeatFunction}", and its image exports no such function without parameters and with an i32 for a result`);
  }
  for (const { name } of facts.imports.filter(({ module }) => module === MEMORY_MODULE)) {
    if (service.handles.get(name)?.kind !== "memory") wrong(`its image imports the memory object "${name}", and it has no handle on one by this name`);
  }
  const startable = facts.start !== null || facts.exports.some(({ name }) => name === "_start" || name === "_initialize");
  if (!startable && ![...service.offers.values()].some(({ kind }) => kind === "functions")) wrong("its image is no program: it exports neither \"_start\" nor \"_initialize\", and it offers no function");
}

/** The functions of an offer by name, with their types as the linker compares them. */
function functionTypes({ options }: FunctionsPlan): Map<string, string> {
  const types = Object.entries(options.functions ?? {}).map(([name, { params, results = [] }]) => [name, printFuncType(coreType(params, results))] as const);
  return new Map([...types, [GATE_STATUS, "(func (result i32))"]]);
}
