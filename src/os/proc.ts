/**
 * `/proc`: what a session can see of itself, as files that people and programs read.
 *
 *     /proc/PID/status   lines "Key:\tvalue"; memory in bytes, times in milliseconds
 *     /proc/PID/cmdline  arguments, each with a NUL at its end
 *     /proc/PID/cwd      a link
 *     /proc/jobs /proc/services /proc/mounts /proc/uptime
 *
 * A file's text is made when it is opened. What is seen is what the source shows: a session shows its own
 * processes, since knowing of others is an authority too.
 */
import { fixedDirectory, generated } from "#fs";
import type { FileSystem, GeneratedDirectory, GeneratedNode } from "#fs";
import type { JobSnapshot } from "#kernel";

export interface ProcProcess {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** "running", "blocked", "stopped", "zombie". */
  readonly state: string;
  readonly waitsFor: string | null;
  readonly job: string;
  readonly threads: number;
  readonly handles: number;
  readonly switches: number;
  /** Bytes. */
  readonly memory: number;
  readonly peakMemory: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}
export interface ProcService {
  readonly name: string;
  readonly state: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  readonly generation: number;
  readonly restarts: number;
}
export interface ProcMount {
  readonly kind: string;
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** Bytes, where the file system counts them. */
  readonly used: number | undefined;
  readonly total: number | undefined;
}

/** Where `/proc` looks things up, each time anew. */
export interface ProcSource {
  pids(): readonly number[];
  process(pid: number): ProcProcess | undefined;
  jobs(): readonly JobSnapshot[];
  services(): readonly ProcService[];
  mounts(): readonly ProcMount[];
  uptimeMs(): number;
  /** Nanoseconds since the epoch. */
  timeNs(): bigint;
}

/** Inodes: the root and its files, then sixteen numbers for each process; `/dev` has those below. */
const ROOT_INO = 32n;
const PROCESS_INO = 1024n;
const INOS_PER_PROCESS = 16n;

export function procFs(source: ProcSource): FileSystem {
  const fixed: Record<string, GeneratedNode> = {
    jobs: text(ROOT_INO + 1n, () => table(["job", "processes", "threads", "handles", "memory", "cpu"], source.jobs().map(jobRow))),
    mounts: text(ROOT_INO + 2n, () => source.mounts().map(mountLine).join("")),
    services: text(ROOT_INO + 3n, () => table(["service", "state", "pid", "generation", "restarts"], source.services().map(serviceRow))),
    uptime: text(ROOT_INO + 4n, () => `${(source.uptimeMs() / 1000).toFixed(2)}\n`),
  };
  const fixedNames = Object.keys(fixed);
  const root: GeneratedDirectory = {
    kind: "directory",
    ino: ROOT_INO,
    names: () => [...source.pids().map(String), ...fixedNames],
    find: (name) => (Object.hasOwn(fixed, name) ? fixed[name] : processDirectory(source, name)),
  };
  return generated(root, { name: "proc", readOnly: true, timeNs: () => source.timeNs() });
}

function processDirectory(source: ProcSource, name: string): GeneratedDirectory | undefined {
  if (!/^[1-9][0-9]{0,9}$/.test(name)) return undefined;
  const pid = Number(name);
  if (source.process(pid) === undefined) return undefined;
  const ino = PROCESS_INO + BigInt(pid) * INOS_PER_PROCESS;
  // It may end between the finding of its directory and the reading of a file: that reads as empty.
  const look = (words: (process: ProcProcess) => string) => (): string => {
    const process = source.process(pid);
    return process === undefined ? "" : words(process);
  };
  return fixedDirectory(ino, {
    cmdline: text(ino + 1n, look(({ args }) => args.map((arg) => `${arg}\0`).join(""))),
    cwd: { kind: "link", ino: ino + 2n, target: look(({ cwd }) => cwd) },
    status: text(ino + 3n, look((process) => statusText(pid, process))),
  });
}

function text(ino: bigint, make: () => string): GeneratedNode {
  return { kind: "text", ino, text: make };
}

function statusText(pid: number, process: ProcProcess): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ["Name", word(process.name)], ["Pid", pid], ["PPid", process.parent], ["PGid", process.group], ["Sid", process.session],
    ["State", process.state], ["WaitsFor", process.waitsFor ?? "-"], ["Job", word(process.job)], ["Threads", process.threads], ["Handles", process.handles],
    ["Switches", process.switches], ["Memory", process.memory], ["PeakMemory", process.peakMemory],
    ["Cpu", process.cpuMs.toFixed(1)], ["Wall", process.wallMs.toFixed(1)],
  ];
  return rows.map(([key, value]) => `${key}:\t${value}\n`).join("");
}

function jobRow(job: JobSnapshot): readonly (string | number)[] {
  return [word(job.name), job.processes, job.threads, job.handles, job.memory, job.cpuMs.toFixed(1)];
}
function serviceRow(service: ProcService): readonly (string | number)[] {
  return [word(service.name), service.state, service.pid ?? "-", service.generation, service.restarts];
}
function mountLine({ kind, source, path, readOnly, used, total }: ProcMount): string {
  return `${word(kind)} ${word(source)} ${word(path)} ${readOnly ? "ro" : "rw"} ${used ?? "-"} ${total ?? "-"}\n`;
}

/** Columns by width, so that a person can read it, and by spaces, so that a program can. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) => `${line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column]!))).join(" ")}\n`).join("");
}

/** One word of a line, as Linux writes it in /proc/mounts: blanks, control characters and backslashes in octal. Empty is "-". */
function word(given: string): string {
  if (given === "") return "-";
  return given.replace(/[\0-\x20\\\x7f]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
