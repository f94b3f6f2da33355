/** A process as a row of `isola ps` and `isola top`. */
import type { ProcessSnapshot } from "#os";
import { printBytes, quoted } from "./text.ts";

const NAME_CHARS = 40;

/** The column that `top` adds after the state. */
export type ExtraColumn = readonly [title: string, cell: string];

export function processHeadings(extra?: string): { readonly titles: readonly string[]; readonly right: readonly number[] } {
  const titles = ["HOST", "ID", "JOB", "NAME", "STATE", ...(extra === undefined ? [] : [extra]), "CPU", "MEMORY", "HANDLES", "THREADS", "SWITCHES", "HART", "WAITS FOR"];
  const left = ["JOB", "NAME", "STATE", "WAITS FOR"];
  return { titles, right: titles.flatMap((title, index) => (left.includes(title) ? [] : [index])) };
}

export function processRow(host: string, process: ProcessSnapshot, extra?: string): string[] {
  const { id, hart, job, name, state, cpuMs, memory, handles, threadCount, switches, waitsFor } = process;
  return [
    host, String(id), clip(job), clip(name), state, ...(extra === undefined ? [] : [extra]),
    printCpu(cpuMs), printBytes(memory).replace(/ bytes?$/, " B"), String(handles), String(threadCount), String(switches), String(hart), waitsFor ?? "",
  ];
}

/** Minutes, seconds, and hundredths, as `ps` and `top` write processor time. */
export function printCpu(ms: number): string {
  const hundredths = Math.floor(ms / 10);
  const minutes = Math.floor(hundredths / 6000);
  return `${minutes}:${((hundredths % 6000) / 100).toFixed(2).padStart(5, "0")}`;
}

/** Names are a program's own: no spaces that would shift columns, no control characters, and not endless. */
function clip(name: string): string {
  const shown = name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS)}…` : name;
  return /^[^\s"]+$/u.test(shown) ? shown : quoted(shown);
}
