/** A core file as a page of text. Whatever a file claims, each line is only shown if it has the shape that it should. */
import type { CoreFacts } from "./core-facts.ts";
import { columns, counted, harmless, printBytes, printMs } from "./text.ts";

const SHOWN_MAX = 50;

export function printCore(file: string, size: number, core: CoreFacts): string {
  const { isola } = core;
  const parts = [
    `${file}: ${printBytes(size)}, core file of ${core.executable === "" ? "a program without a name" : core.executable}`,
    isola === null ? "" : [
      `${str(isola["message"]) ?? "a fault"}, process ${num(isola["process"]) ?? "?"}, thread ${num(isola["thread"]) ?? "?"}`,
      ...usageLine(isola["usage"]),
    ].join("\n"),
    ...core.threads.map(({ name, frames }) => table(`Backtrace of ${name}`, frames.slice(0, SHOWN_MAX).map((frame, index) => {
      const own = rec(arr(isola?.["frames"])[index]);
      const module = str(own["module"]) ?? core.modules[core.instances[frame.instance]?.module ?? -1] ?? `instance ${frame.instance}`;
      const offset = num(own["offset"]);
      return [String(index), offset === undefined ? "?" : `0x${offset.toString(16)}`, `${module}!${str(own["name"]) ?? `<wasm function ${frame.function}>`}`, str(own["source"]) ?? ""];
    }), [0, 1])),
    table("Last calls", arr(isola?.["calls"]).slice(-SHOWN_MAX).map((call) => [`thread ${num(rec(call)["thread"]) ?? "?"}`, str(rec(call)["call"]) ?? "?"])),
    table("Memories", arr(isola?.["memories"]).slice(0, SHOWN_MAX).map((memory, index) => {
      const cut = num(rec(memory)["cut"]) ?? 0;
      return [String(index), printBytes(num(rec(memory)["bytes"]) ?? 0), `${printBytes(num(rec(memory)["captured"]) ?? 0)} of it here${cut > 0 ? `, ${printBytes(cut)} left out` : ""}`];
    }), [0, 1]),
    table(counted(core.instances.length, "instance"), core.instances.slice(0, SHOWN_MAX).map(({ module, memories, globals }, index) => [
      String(index), core.modules[module] ?? "?", counted(globals.length, "global"), `memories ${memories.join(", ") || "none"}`,
      arr(rec(arr(isola?.["instances"])[index])["tables"]).slice(0, SHOWN_MAX).map((entry) => `table of ${num(rec(entry)["length"]) ?? "?"}`).join(", "),
    ]), [0]),
  ];
  return harmless(parts.filter((part) => part !== "").join("\n\n"));
}

function usageLine(usage: unknown): string[] {
  const [cpu, wall, memory] = ["cpuMs", "wallMs", "peakMemory"].map((name) => num(rec(usage)[name]));
  if (cpu === undefined || wall === undefined || memory === undefined) return [];
  return [`after ${printMs(wall)}, ${printMs(cpu)} of it on the processor; memory ${printBytes(memory)} at most`];
}

function table(title: string, rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  return rows.length === 0 ? "" : [title, ...columns(rows, right).map((line) => `  ${line}`)].join("\n");
}

function arr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
function rec(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}
function str(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
function num(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
