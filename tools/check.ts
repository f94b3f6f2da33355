/**
 * `npm run check`: every check that needs no running system, cheapest first. All of them run,
 * each prints how much it looked at, and one that looked at nothing fails: a moved folder or a
 * broken tool must not pass as clean.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkFaceDocs, checkSpecNames } from "./check-docs.ts";
import { checkInvariants } from "./check-invariants.ts";
import { checkLayers } from "./check-layers.ts";
import { checkDependencies, checkText } from "./check-text.ts";
import { checkGenerated } from "./generate.ts";

interface Step {
  readonly name: string;
  /** What `looked` counts. */
  readonly unit: string;
  run(): Found | Promise<Found>;
}

interface Found {
  readonly looked: number;
  readonly problems: readonly string[];
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "types", "test", "tools", "bench", "conformance", "fuzz"];

/** Runs a tool that npm installed, on the Node that runs this. */
function runTool(name: string, args: readonly string[]): { readonly status: number; readonly output: string; readonly errors: string } {
  const bin: unknown = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8"));
  const script = binOf(bin);
  const result = spawnSync(process.execPath, [join(ROOT, "node_modules", name, script), ...args], { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 });
  return { status: result.status ?? 1, output: result.stdout, errors: result.stderr };
}

function binOf(manifest: unknown): string {
  const bin: unknown = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, "bin") : undefined;
  const first: unknown = typeof bin === "object" && bin !== null ? Object.values(bin)[0] : bin;
  if (typeof first !== "string") throw new Error("a tool's package.json names no bin");
  return first;
}

/** Type-checks one project. Counts the project's own files; those of libraries say nothing about us. */
function typeCheck(project: string): Step {
  return {
    name: `types (${project})`,
    unit: "files",
    run() {
      const { status, output, errors } = runTool("typescript", ["-p", `tsconfig.${project}.json`, "--pretty", "false", "--listFiles"]);
      const isOwnFile = (line: string): boolean => line.startsWith(ROOT) && line.endsWith(".ts") && !line.includes("/node_modules/");
      const lines = output.split("\n").filter((line) => line !== "");
      const problems = lines.filter((line) => /error TS\d+/.test(line) || line.startsWith(" "));
      if (status !== 0 && problems.length === 0) problems.push(`tsc failed with status ${status}: ${errors}`);
      return { looked: lines.filter((line) => isOwnFile(line)).length, problems };
    },
  };
}

interface LintProblem {
  readonly message: string;
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

function lint(): { looked: number; problems: string[] } {
  const present = new Set(readdirSync(ROOT));
  const { status, output, errors } = runTool("oxlint", ["--format", "json", "--max-warnings", "0", ...FOLDERS.filter((folder) => present.has(folder))]);
  let report: { readonly number_of_files: number; readonly diagnostics: readonly LintProblem[] };
  try {
    report = JSON.parse(output);
  } catch {
    return { looked: 0, problems: [`oxlint failed with status ${status}: ${output}${errors}`] };
  }
  const problems = report.diagnostics.map(({ filename, labels, code, message }) => `${relative(ROOT, join(ROOT, filename))}:${labels[0]?.span.line ?? 1}: ${code}: ${message}`);
  if (status !== 0 && problems.length === 0) problems.push(`oxlint failed with status ${status}: ${errors}`);
  return { looked: report.number_of_files, problems };
}

const STEPS: readonly Step[] = [
  {
    name: "layers",
    unit: "imports",
    run() {
      const { imports, breaches } = checkLayers(ROOT);
      return { looked: imports, problems: breaches };
    },
  },
  {
    name: "text",
    unit: "files",
    run() {
      const { looked, breaches } = checkText(ROOT);
      return { looked, problems: breaches };
    },
  },
  {
    name: "dependencies",
    unit: "packages",
    run() {
      const { looked, breaches } = checkDependencies(ROOT);
      return { looked, problems: breaches };
    },
  },
  { name: "docs", unit: "public items", run: () => checkFaceDocs(ROOT, "src/wasm/index.ts") },
  { name: "specs", unit: "lines", run: () => checkSpecNames(ROOT, "src") },
  {
    name: "invariants",
    unit: "invariants",
    run() {
      const { looked, breaches } = checkInvariants(ROOT);
      return { looked, problems: breaches };
    },
  },
  {
    name: "generated",
    unit: "files",
    async run() {
      const { looked, breaches } = await checkGenerated(ROOT);
      return { looked, problems: breaches };
    },
  },
  { name: "lint", unit: "files", run: lint },
  typeCheck("portable"),
  typeCheck("node"),
];

let failed = 0;
for (const { name, unit, run } of STEPS) {
  const started = performance.now();
  const { looked, problems } = await run();
  const bad = looked === 0 ? [...problems, `${name} looked at nothing`] : problems;
  for (const problem of bad) console.error(problem);
  const verdict = bad.length === 0 ? "ok" : `FAILED, ${bad.length} ${bad.length === 1 ? "problem" : "problems"}`;
  console.log(`check ${name}: ${looked} ${unit}, ${Math.round(performance.now() - started)} ms, ${verdict}`);
  if (bad.length > 0) failed++;
}
console.log(failed === 0 ? `check: all ${STEPS.length} steps passed on Node ${process.version}` : `check: ${failed} of ${STEPS.length} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
