/** The part of docs/userland.md that lists the tools: the usage text of each. */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

const BEGIN = "<!-- tools: written by tools/generate.ts from userland/bin -->\n";
const END = "<!-- end of tools -->";

/** docs/userland.md under `root` with its list of tools as it has to be. */
export function userlandReference(root: string): string {
  const text = readFileSync(join(root, "docs/userland.md"), "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("docs/userland.md has no place for the list of tools");
  const sections = toolNames(root).map((name) => section(name, readFileSync(join(root, `userland/bin/${name}.ts`), "utf8")));
  return `${text.slice(0, begin)}${BEGIN}\n${sections.join("\n")}\n${text.slice(end)}`;
}

/** Programs that have a source of their own. */
export function toolNames(root: string): string[] {
  return readdirSync(join(root, "userland/bin")).filter((file) => file.endsWith(".ts")).map((file) => basename(file, ".ts")).sort();
}

/** The usage text in a source; undefined when it has none, as the simplest. */
export function usageIn(source: string): string | undefined {
  const literal = /^const USAGE = `((?:[^`\\]|\\.)*)`;$/ms.exec(source)?.[1];
  return literal?.replaceAll(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
}

function section(name: string, source: string): string {
  const summary = /^\/\*\*(.*?)\*\//s.exec(source)?.[1]?.replaceAll(/\n \*/g, "\n").split("\n").map((line) => line.trim()).join(" ").trim();
  if (summary === undefined || summary === "") throw new Error(`userland/bin/${name}.ts does not say what it is`);
  const usage = usageIn(source);
  return `### ${name}\n\n${summary}\n${usage === undefined ? "" : `\n\`\`\`text\n${usage}\`\`\`\n`}`;
}
