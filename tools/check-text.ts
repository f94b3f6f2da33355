/**
 * Rules about the text of source files and of the dependency list, which no linter knows:
 *
 * - every suppression of the linter or the compiler says why, after ` -- ` or after the directive;
 * - an open end (the two usual words for one) names an issue, as in `(#12)`;
 * - every dependency in package.json has a row in docs/dependencies.md, and the other way round.
 */
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

export interface TextReport {
  readonly looked: number;
  readonly breaches: readonly string[];
}

const SOURCES = ["src/**/*.ts", "types/**/*.ts", "test/**/*.ts", "tools/**/*.ts", "bench/**/*.ts", "conformance/**/*.ts"];
// Written in two halves, so that this file does not report itself.
const LINT_DIRECTIVE = new RegExp("(?:ox|es)lint-" + "disable(?!.* -- \\S)");
const COMPILER_DIRECTIVE = new RegExp("@ts-" + "(?:expect-error|ignore|nocheck)(?!:? +\\S)");
const OPEN_END = new RegExp("\\b(?:TO" + "DO|FIX" + "ME)\\b(?!\\(#\\d+\\))");

/** Checks the lines of every source file under `root`. */
export function checkText(root: string): TextReport {
  const files = globSync(SOURCES, { cwd: root }).map((path) => path.split(sep).join("/")).sort();
  const breaches: string[] = [];
  for (const file of files) {
    for (const [index, line] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
      const report = (what: string): void => void breaches.push(`${file}:${index + 1}: ${what}`);
      if (LINT_DIRECTIVE.test(line)) report("a suppression of the linter needs its reason after ` -- `");
      if (COMPILER_DIRECTIVE.test(line)) report("a suppression of the compiler needs its reason on the same line");
      if (OPEN_END.test(line)) report("an open end needs the number of an issue, as in (#12)");
    }
  }
  return { looked: files.length, breaches };
}

/** Compares package.json with the first column of the tables in docs/dependencies.md. */
export function checkDependencies(root: string): TextReport {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const used = new Set([...keysOf(manifest, "dependencies"), ...keysOf(manifest, "devDependencies"), ...keysOf(manifest, "optionalDependencies")]);
  const listed = new Set([...readFileSync(join(root, "docs/dependencies.md"), "utf8").matchAll(/^\| `([^`]+)` \| *[^\s|]/gm)].map((match) => match[1] ?? ""));
  const breaches = [
    ...[...used].filter((name) => !listed.has(name)).map((name) => `package.json: ${name} has no reason in docs/dependencies.md`),
    ...[...listed].filter((name) => !used.has(name)).map((name) => `docs/dependencies.md: ${name} is not in package.json`),
  ];
  return { looked: used.size, breaches };
}

function keysOf(manifest: unknown, field: string): string[] {
  if (typeof manifest !== "object" || manifest === null) return [];
  const value: unknown = Reflect.get(manifest, field);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
