/**
 * Checks that the layers under `src/` depend on each other in one direction only.
 *
 * - A layer imports another only if `ALLOWED` says so, and only by its face (`#kernel`), never a
 *   file inside it; inside a layer paths are relative and the own face is not used.
 * - `node:` modules only under `NODE_FOLDERS`; packages only where `PACKAGES` lists them.
 * - No cycle of value imports between files. A cycle of type-only imports is allowed, since
 *   nothing of it is left at run time; so is one through a dynamic import, which runs later.
 * - Test files (`x.test.ts`, and `x.test-support.ts` that only those import) may import every face,
 *   every package and `node:`, but no file inside another layer.
 *
 * A file right under `src/` is an entry: it joins layers for one kind of host.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { findImports } from "./imports.ts";

/** Layer -> layers whose face it may import. Types and values alike. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wasm: ["base"],
  wast: ["base", "wasm"],
  kernel: ["base", "wasm"],
  fs: ["base", "wasm", "kernel"],
  net: ["base", "wasm", "kernel"],
  abi: ["base", "wasm", "kernel", "fs", "net"],
  os: ["base", "wasm", "kernel", "abi", "fs", "net"],
  machine: ["base", "kernel", "fs", "net"],
  entry: ["base", "wasm", "wast", "kernel", "abi", "fs", "net", "os", "machine"],
  cli: ["base", "wasm", "wast", "kernel", "abi", "fs", "net", "os", "machine", "entry"],
};
/** Folders whose files may import `node:` modules. */
const NODE_FOLDERS = ["src/machine/node/", "src/cli/"];
/** Tests, and what only tests import. */
const TEST_FILE = /\.test(?:-support)?\.ts$/;
/** Packages that a layer may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { cli: ["watr"], machine: ["prom-client"], wast: ["watr"] };

export interface LayerReport {
  readonly files: number;
  readonly imports: number;
  /** One line each: `path:line: what is wrong`. */
  readonly breaches: readonly string[];
}

function layerOf(path: string): string {
  const parts = path.split("/");
  return parts.length === 2 ? "entry" : (parts[1] ?? "");
}

/**
 * Checks `src/` under `root`, whose package.json gives the faces.
 * Scanning no file at all is a breach too, so that a moved folder cannot pass.
 */
export function checkLayers(root: string): LayerReport {
  const faces = readFaces(root);
  const files = globSync("src/**/*.ts", { cwd: root }).map((path) => path.split(sep).join("/")).sort();
  const breaches: string[] = [];
  const values = new Map<string, string[]>();
  let imports = 0;

  if (files.length === 0) breaches.push("src: no file was scanned");
  for (const file of files) {
    const layer = layerOf(file);
    const allowed = ALLOWED[layer];
    const isTest = TEST_FILE.test(file);
    if (allowed === undefined) {
      breaches.push(`${file}:1: layer "${layer}" is not in the table of tools/check-layers.ts`);
      continue;
    }
    const targets: string[] = [];
    values.set(file, targets);
    for (const { kind, specifier, line } of findImports(readFileSync(join(root, file), "utf8"))) {
      imports++;
      const report = (what: string): void => void breaches.push(`${file}:${line}: ${what}`);
      if (specifier === undefined) {
        if (!isTest && !NODE_FOLDERS.some((folder) => file.startsWith(folder))) report("dynamic import of a computed name cannot be checked");
      } else if (specifier.startsWith(".")) {
        const target = normalize(join(dirname(file), specifier)).split(sep).join("/");
        if (!target.startsWith("src/")) {
          if (!isTest) report(`${specifier} leaves src/`);
        } else if (layerOf(target) !== layer) report(`${specifier} reaches into layer ${layerOf(target)}; import its face`);
        else if (TEST_FILE.test(target) && !isTest) report(`${specifier} is for tests only`);
        else if (kind === "value" && existsSync(join(root, target))) targets.push(target);
      } else if (specifier.startsWith("#")) {
        const face = faces.get(specifier);
        if (face === undefined) report(`${specifier} is no face listed in package.json "imports"`);
        else if (layerOf(face) === layer) {
          if (!isTest) report(`${specifier} is the own face; use a relative path`);
        } else if (!isTest && !allowed.includes(layerOf(face))) report(`${layer} must not import ${specifier}${kind === "value" ? "" : ` (${kind})`}`);
      } else if (isTest) continue;
      else if (specifier.startsWith("node:")) {
        if (!NODE_FOLDERS.some((folder) => file.startsWith(folder))) report(`${specifier} is not allowed outside ${NODE_FOLDERS.join(" and ")}`);
      } else if (!PACKAGES[layer]?.includes(packageName(specifier))) report(`package ${specifier} is not allowed in ${layer}`);
    }
  }
  for (const cycle of findCycles(values)) breaches.push(`${cycle[0]}:1: import cycle: ${[...cycle, cycle[0]].join(" -> ")}`);
  return { files: files.length, imports, breaches };
}

function packageName(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Face -> path of its index file, without the leading "./". */
function readFaces(root: string): Map<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const faces = new Map<string, string>();
  if (typeof manifest !== "object" || manifest === null || !("imports" in manifest)) return faces;
  for (const [name, target] of Object.entries(manifest.imports ?? {})) if (typeof target === "string") faces.set(name, target.replace("./", ""));
  return faces;
}

/** One cycle for each strongly connected component that has one (Tarjan). */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): number => {
    const mine = order.size;
    let lowest = mine;
    order.set(node, mine);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, order.get(next) ?? mine);
    }
    low.set(node, lowest);
    if (lowest === mine) {
      const members = new Set(stack.splice(stack.indexOf(node)));
      const path = pathBack(node, members, edges);
      if (path !== undefined) cycles.push(path);
    }
    return lowest;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return cycles;
}

/** A shortest way from `start` back to itself inside `members`, without the repeated end. */
function pathBack(start: string, members: ReadonlySet<string>, edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const queue: string[][] = [[start]];
  const seen = new Set<string>();
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const next of edges.get(path.at(-1) ?? "") ?? []) {
      if (next === start) return path;
      if (!members.has(next) || seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, imports, breaches } = checkLayers(fileURLToPath(new URL("..", import.meta.url)));
  for (const breach of breaches) console.error(breach);
  console.log(`layers: ${files} files, ${imports} imports, ${breaches.length} breaches`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}
