/**
 * Public documentation: every export of the engine's face has a comment of its own, or is the item
 * that its file's head is about, and so has every public method and accessor of an exported class.
 * And what a `Spec:` line names is in docs/specs.md.
 *
 * It reads text, not types: declarations begin a line, members are indented by two.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export interface DocsReport {
  /** Exports and members looked at. */
  readonly looked: number;
  readonly problems: readonly string[];
}

interface Export {
  readonly name: string;
  readonly file: string;
}

/** The exports of a face, which only re-exports, by name and by `*`. */
export function exportsOf(face: string): Export[] {
  const text = readFileSync(face, "utf8");
  const found: Export[] = [];
  for (const [, list, all, from] of text.matchAll(/^export (?:type )?(?:\{([^}]*)\}|(\*)) from "(\.[^"]+)";/gm)) {
    const file = join(dirname(face), from!);
    const names = all === undefined ? list!.split(",").map((name) => name.trim()).filter((name) => name !== "") : declaredIn(file);
    for (const name of names) found.push({ name, file });
  }
  return found;
}

const DECLARATION = /^export (?:async )?(?:abstract )?(?:class|interface|type|const|function\*?) (\w+)/gm;

function declaredIn(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(DECLARATION)].map(([, name]) => name!);
}

/** Whether the line before `index` closes a doc comment. */
function isDocumented(lines: readonly string[], index: number): boolean {
  return (lines[index - 1] ?? "").trimEnd().endsWith("*/");
}

/** Public methods and accessors of the class that begins at `start`. */
function* membersOf(lines: readonly string[], start: number): IterableIterator<readonly [name: string, index: number]> {
  for (let i = start + 1; i < lines.length && !lines[i]!.startsWith("}"); i++) {
    const member = /^  (?:static )?(?:async )?(?:get |set )?\*?(\w+)(?:<[^(]*>)?\(.*\{/.exec(lines[i]!);
    if (member !== null && member[1] !== "constructor") yield [member[1]!, i];
  }
}

export function checkFaceDocs(root: string, face: string): DocsReport {
  const problems: string[] = [];
  let looked = 0;
  for (const { name, file } of exportsOf(join(root, face))) {
    const text = readFileSync(file, "utf8");
    const lines = text.split("\n");
    const at = lines.findIndex((line) => new RegExp(`^export (?:async )?(?:abstract )?(?:class|interface|type|const|function\\*?) ${name}\\b`).test(line));
    const place = `${relative(root, file)}:${at + 1}`;
    if (at === -1) {
      problems.push(`${relative(root, file)}: no declaration of ${name} begins a line`);
      continue;
    }
    looked++;
    const single = declaredIn(file).length === 1 && text.startsWith("/**");
    if (!isDocumented(lines, at) && !single && !new RegExp(`^/\\*\\*\\s+(?:\\* )?${name}:`).test(text)) problems.push(`${place}: ${name} has no comment`);
    if (!/^export (?:abstract )?(?:class) /.test(lines[at]!)) continue;
    let previous = "";
    for (const [member, index] of membersOf(lines, at)) {
      looked++;
      // A setter after its getter is the same property.
      if (!isDocumented(lines, index) && member !== previous) problems.push(`${relative(root, file)}:${index + 1}: ${name}.${member} has no comment`);
      previous = member;
    }
  }
  return { looked, problems };
}

/** Every `Spec:` line begins with a name of docs/specs.md, such as "core" in "Spec: core exec/modules". */
export function checkSpecNames(root: string, folder: string): DocsReport {
  const list = join(root, "docs/specs.md");
  if (!existsSync(list)) return { looked: 0, problems: ["docs/specs.md is missing"] };
  const known = [...readFileSync(list, "utf8").matchAll(/^\| ([^|]+?) +\| https:\/\//gm)].map(([, name]) => name!.toLowerCase());
  const problems: string[] = [];
  let looked = 0;
  for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
    readFileSync(join(root, folder, entry), "utf8").split("\n").forEach((line, index) => {
      const spec = /\* .*?\bSpec: (.+)$/.exec(line)?.[1];
      if (spec === undefined) return;
      looked++;
      if (!known.some((name) => spec.toLowerCase().startsWith(name))) problems.push(`${folder}/${entry}:${index + 1}: "${spec}" begins with no name of docs/specs.md`);
    });
  }
  return { looked, problems };
}
