/** docs/syscalls.md: every kernel call, with all that its arguments and answers mean. */
import { ISOLA_CALLS, ISOLA_MODULE, ISOLA_PARAM_KINDS, ISOLA_STRUCTS, coreOf } from "#abi";
import type { IsolaCall, IsolaParam } from "#abi";
import { KIND_TABLE, RIGHT_TABLE, SIGNAL_TABLE, STATUS_TABLE } from "#kernel";

const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function paramText(param: IsolaParam): string {
  if (param.kind !== "handle") return `${param.name}: ${param.kind}`;
  const kind = param.handle === "any" ? "handle" : param.handle;
  return `${param.name}: ${kind}${param.rightNames.length === 0 ? "" : ` with ${param.rightNames.join(", ")}`}`;
}

function signature({ params }: IsolaCall): string {
  return `(${params.flatMap(coreOf).join(", ")})`;
}

/** Fields with their offsets. */
export function layout(fields: string): string {
  let offset = 0;
  return fields.split(" ").map((field) => {
    const [name = "", type = ""] = field.split(":");
    const text = `${name} ${type} at ${offset}`;
    offset += type === "u64" ? 8 : 4;
    return text;
  }).join(", ");
}

export function kernelCallReference(): string {
  const calls = ISOLA_CALLS.map((call) => [
    hex(call.number), `\`${call.name}\``, call.params.map(paramText).join("; "), `\`${signature(call)}\``, call.mayBlock ? "yes" : "", call.meaning,
  ]);
  return `# Kernel calls

<!-- Written by tools/generate.ts from src/abi/isola/calls-table.ts and the tables of src/kernel/object. -->

A program imports kernel calls from the module \`${ISOLA_MODULE}\`. Each answers a status as an i32; results are written to addresses in the program's memory (its export \`memory\`, else its memory 0). All numbers are little-endian, all addresses and lengths u32. No argument, whatever it is, does more than get an error as its answer.

A handle is a number above 0 that means something to one program only. It names an object and has rights. A program has the handles that it was started with, those that it makes, and those that it receives. Memory objects that it was started with can also be imported as memories, from \`isola:memory\` by the name of the handle: with the right to read, if the program has no instruction and no data that writes to the memory and does not export it, else with the rights to read and to write.

"May block" says that other threads may run before the answer. Calls that block start over when they go on: a handle that was closed meanwhile is a bad handle.

## Calls

${table(["number", "name", "parameters", "core types", "may block", "meaning"], calls)}

## Kinds of parameters

${table(["kind", "core types", "meaning"], Object.entries(ISOLA_PARAM_KINDS).map(([kind, { core, meaning }]) => [kind, core.join(", "), meaning]))}

## Structs

${table(["struct", "bytes", "fields", "meaning"], Object.entries(ISOLA_STRUCTS).map(([name, { size, fields, meaning }]) => [name, String(size), layout(fields), meaning]))}

## Answers

${table(["number", "name", "meaning"], STATUS_TABLE.map(({ number, name, meaning }) => [String(number), name, meaning]))}

## Rights

${table(["bit", "name", "allows to"], RIGHT_TABLE.map(({ bit, name, meaning }) => [`0x${bit.toString(16)}`, name, meaning]))}

## Signals

${table(["bit", "name", "is up while"], SIGNAL_TABLE.map(({ bit, name, meaning }) => [`0x${bit.toString(16)}`, name, meaning]))}

## Kinds of objects

${table(["number", "kind", "rights of its maker"], KIND_TABLE.map(({ number, name, rights }) => [String(number), name, RIGHT_TABLE.filter(({ bit }) => (rights & bit) !== 0).map((right) => right.name).join(", ")]))}
`;
}
