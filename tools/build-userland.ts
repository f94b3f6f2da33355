/**
 * `npm run build:userland`: the programs of `userland/bin`, and the shell, as modules in
 * `userland/build/bin`, and services in `userland/build/services`. Modules have the names that they are called by. A
 * program is compiled when its sources, what they import, or the way of compiling have changed since;
 * nothing is compiled twice. Several threads share the work.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Runtime } from "./assembly-script.ts";
import type { Done, Order } from "./userland-worker.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FLAGS = ["-O3", "--enable", "simd"];
/** Programs whose garbage grows with what they are given. The others free by hand the little that is large. */
const COLLECTED = ["bin/sh", "bin/find", "bin/ls", "bin/du", "bin/rm", "bin/cp", "bin/mv", "bin/xargs", "bin/top", "services/memory-fs"];
/** Programs that recurse, the shell as its scripts do and others as deep as a path can lead; the stack of references has 32 KiB unless told. */
const RECURSING = ["sh", "cp", "du", "find", "ls", "mv", "rm"];
/** What is added for a program. */
const MORE_FLAGS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(RECURSING.map((name) => [`bin/${name}`, ["--stackSize", "262144"]]));
/** Programs that have a second name. */
const ALIASES: Readonly<Record<string, string>> = { "[": "test" };
const THREADS_MAX = 4;
const FOLDERS = ["bin", "services"];

export interface Built {
  /** By name, such as "bin/ls", the path of the module. */
  readonly programs: ReadonlyMap<string, string>;
  /** Names of what was compiled now. */
  readonly compiled: readonly string[];
}

interface Program {
  /** Folder and name. */
  readonly name: string;
  /** Relative to `userland`. */
  readonly source: string;
  readonly runtime: Runtime;
  readonly flags: readonly string[];
}

export class UserlandError extends Error {}

/** Brings all programs up to date. @throws UserlandError with the compiler's words when one does not compile. */
export async function buildUserland(root: string = ROOT): Promise<Built> {
  const userland = join(root, "userland");
  const target = join(userland, "build");
  const hashes = join(target, "hashes.json");
  for (const folder of FOLDERS) mkdirSync(join(target, folder), { recursive: true });
  const programs = findPrograms(userland);
  const known = readHashes(hashes);
  const sources = new Map<string, string>();
  const compiler = readFileSync(join(root, "node_modules/assemblyscript/package.json"), "utf8");
  const wanted = new Map(programs.map((program) => [program.name, hashOf(userland, program, compiler, sources)]));
  const stale = programs.filter(({ name }) => known.get(name) !== wanted.get(name) || !existsSync(join(target, name)));
  for (const folder of FOLDERS) {
    // What another build is writing has its own end.
    for (const file of readdirSync(join(target, folder))) if (!file.endsWith(".tmp") && !wanted.has(`${folder}/${file}`)) rmSync(join(target, folder, file));
  }
  if (stale.length > 0) {
    const problems = await compileAll(userland, target, stale);
    const failed = new Set(problems.map(({ source }) => source));
    const good = programs.filter(({ source }) => !failed.has(source)).map(({ name }) => [name, wanted.get(name)]);
    const fresh = `${hashes}.${process.pid}.tmp`;
    writeFileSync(fresh, `${JSON.stringify(Object.fromEntries(good), null, 2)}\n`);
    renameSync(fresh, hashes);
    if (problems.length > 0) throw new UserlandError(problems.map(({ problem }) => problem).join("\n"));
  }
  return { programs: new Map(programs.map(({ name }) => [name, join(target, name)])), compiled: stale.map(({ name }) => name) };
}

function findPrograms(userland: string): Program[] {
  const tools = readdirSync(join(userland, "bin")).filter((file) => file.endsWith(".ts")).sort().map((file) => ({ name: `bin/${basename(file, ".ts")}`, source: `bin/${file}` }));
  const shell = existsSync(join(userland, "sh/main.ts")) ? [{ name: "bin/sh", source: "sh/main.ts" }] : [];
  const services = readdirSync(join(userland, "services")).sort().flatMap((entry) => {
    const source = entry.endsWith(".ts") ? `services/${entry}` : `services/${entry}/main.ts`;
    return existsSync(join(userland, source)) ? [{ name: `services/${basename(entry, ".ts")}`, source }] : [];
  });
  const aliases = Object.entries(ALIASES).map(([name, other]) => ({ name: `bin/${name}`, source: `bin/${other}.ts` }));
  return [...tools, ...aliases, ...shell, ...services].map(({ name, source }) => ({
    name, source, runtime: COLLECTED.includes(name) ? "incremental" : "minimal", flags: [...FLAGS, ...(MORE_FLAGS[name] ?? [])],
  }));
}

function readHashes(path: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map(); // there is none yet, or it is broken: all is built anew
  }
}

/** What a module depends on, in one number. */
function hashOf(userland: string, { source, runtime, flags }: Program, compiler: string, sources: Map<string, string>): string {
  const hash = createHash("sha256").update(`${runtime} ${flags.join(" ")}\0${compiler}\0`);
  const seen = new Set<string>([source]);
  for (const path of seen) {
    let text = sources.get(path);
    if (text === undefined) sources.set(path, (text = readFileSync(join(userland, path), "utf8")));
    hash.update(`${path}\0${text}\0`);
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^;"]*"(\.[^"]*)";/gm)) seen.add(posix.normalize(`${posix.join(dirname(path), from!)}.ts`)); // the group is no option
  }
  return hash.digest("hex");
}

/** Compiles on several threads; the problems. */
async function compileAll(folder: string, target: string, programs: readonly Program[]): Promise<Done[]> {
  const problems: Done[] = [];
  let next = 0;
  const run = (): Promise<void> => new Promise((resolve, reject) => {
    const worker = new Worker(new URL("userland-worker.ts", import.meta.url));
    const order = (): void => {
      const program = programs[next++];
      if (program === undefined) {
        void worker.terminate().then(() => resolve());
        return;
      }
      const { name, source, runtime, flags } = program;
      worker.postMessage({ folder, source, runtime, flags, target: join(target, name) } satisfies Order);
    };
    worker.on("message", (done: Done) => {
      if (done.problem !== undefined) problems.push(done);
      order();
    });
    worker.on("error", reject);
    order();
  });
  await Promise.all(Array.from({ length: Math.min(programs.length, availableParallelism(), THREADS_MAX) }, run));
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  try {
    const { programs, compiled } = await buildUserland();
    console.log(`userland: ${programs.size} programs, ${compiled.length} compiled, ${Math.round(performance.now() - started)} ms`);
  } catch (error) {
    if (!(error instanceof UserlandError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
