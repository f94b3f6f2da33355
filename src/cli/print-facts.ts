/** The facts about a module as a page of text. */
import type { ModuleFacts } from "./module-facts.ts";
import { columns, counted, harmless, printBytes, quoted } from "./text.ts";

const NOUNS = { func: "function", table: "table", memory: "memory", global: "global", tag: "tag" } as const;

/** A page has no room for all; `--json` gives them. */
const SEGMENTS_SHOWN = 20;

export function printFacts(facts: ModuleFacts): string {
  const title = facts.name === null || facts.name === "" ? "" : `, module name ${quoted(facts.name)}`;
  const parts = [
    `${facts.file}: ${printBytes(facts.size)}, ${facts.valid ? "valid" : "INVALID"}${title}${facts.error === null ? "" : `\n  ${facts.error}`}`,
    table("Sections", [
      ["offset", "size", "id", "name"],
      ...facts.sections.map(({ id, name, offset, size }) => [hex(offset), String(size), String(id), id === 0 ? `custom ${quoted(name)}` : name]),
    ], [0, 1, 2]),
    table("Definitions", [
      ["", "imported", "defined"],
      ...Object.entries(facts.counts).map(([kind, { imported, defined }]) => [NOUNS[kind as keyof typeof NOUNS], String(imported), String(defined)]),
    ], [1, 2]),
    list(counted(facts.types.length, "type"), facts.types.map((type, index) => [String(index), type]), [0]),
    list(counted(facts.imports.length, "import"), facts.imports.map(({ module, name, type }) => [quoted(module), quoted(name), type])),
    list(counted(facts.exports.length, "export"), facts.exports.map(({ name, kind, index, type }) => [quoted(name), `${NOUNS[kind]} ${index}`, type])),
    list("Memories and tables", [...facts.memories.map((type, index) => [String(index), type]), ...facts.tables.map((type, index) => [String(index), type])]),
    [
      "Contents",
      `  start function: ${facts.start === null ? "none" : `${facts.start.index}${facts.start.name === null ? "" : ` ${quoted(facts.start.name)}`}`}`,
      `  ${counted(facts.dataSegments, "data segment")}, ${printBytes(facts.dataBytes)} in all; ${counted(facts.elementSegments, "element segment")}`,
      `  features seen: ${facts.features.length === 0 ? "none beyond the first version" : facts.features.join(", ")}`,
      ...(facts.targetFeatures.length === 0 ? [] : [`  built with: ${facts.targetFeatures.join(" ")}`]),
    ].join("\n"),
    ...(facts.activeSegments.length === 0 ? [] : [table("Active segments", [
      ["offset", "size", "segment", "into"],
      ...facts.activeSegments.slice(0, SEGMENTS_SHOWN).map(({ kind, index, target, offset, size }) =>
        [offset === null ? "from imports" : hex(BigInt(offset)), String(size), `${kind} ${index}`, `${kind === "data" ? "memory" : "table"} ${target}`]),
      ...(facts.activeSegments.length > SEGMENTS_SHOWN ? [["", "", `and ${facts.activeSegments.length - SEGMENTS_SHOWN} more`, ""]] : []),
    ], [0, 1])]),
    ...(facts.largestFunctions.length === 0 ? [] : [table("Largest functions", [
      ["offset", "size", "index", "name"],
      ...facts.largestFunctions.map(({ index, name, offset, size }) => [hex(offset), String(size), String(index), name === null ? "" : quoted(name)]),
    ], [0, 1, 2])]),
  ];
  return harmless(parts.filter((part) => part !== "").join("\n\n"));
}

function hex(offset: number | bigint): string {
  return `0x${offset.toString(16)}`;
}

function table(title: string, rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  return [title, ...columns(rows, right).map((line) => `  ${line}`)].join("\n");
}

/** Empty when there is nothing to list. */
function list(title: string, rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  return rows.length === 0 ? "" : table(title, rows, right);
}
