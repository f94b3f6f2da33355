/** How a program ended and why it could not be started, as a person reads it on standard error. */
import type { FsError } from "#fs";
import { printCall } from "#kernel";
import type { CallRecord } from "#kernel";
import type { Exit, Killed, SpawnLimits, Usage } from "#os";
import { LimitError, ProgramError, exitReport } from "#os";
import { DecodeError, ImportKindError, ImportTypeError, UnknownImportError, ValidateError } from "#wasm";
import { counted, printBytes, printMs, quoted } from "./text.ts";

/** The end of program `name`; empty for an ordinary one. */
export function endReport(name: string, exit: Exit, limits: SpawnLimits, usage: Usage): string {
  if (exit.fault?.trap?.trap === "fuel-exhausted") return `${name}: killed: ${fuelReport(limits, usage)}`;
  if (exit.fault !== undefined) return [exitReport(exit, name), ...lastCalls(exit.fault.calls)].join("\n");
  if (exit.killed === undefined) return exitReport(exit, name);
  return `${name}: killed: ${killReason(exit, limits, usage)}`;
}

/** Calls that a report shows, the latest last. */
const CALLS_SHOWN = 5;
const CALL_CHARS = 160;

function lastCalls(calls: readonly CallRecord[]): string[] {
  if (calls.length === 0) return [];
  const severalThreads = new Set(calls.map(({ thread }) => thread)).size > 1;
  const lines = calls.slice(-CALLS_SHOWN).map((call) => {
    const text = `${severalThreads ? `[thread ${call.thread}] ` : ""}${printCall(call)}`;
    return `  ${text.length > CALL_CHARS ? `${text.slice(0, CALL_CHARS)}…` : text}`;
  });
  return ["last calls:", ...lines];
}

/** Whether a limit ended it, by whichever way. */
export function wasKilled(exit: Exit): boolean {
  return exit.killed !== undefined || exit.fault?.trap?.trap === "fuel-exhausted";
}

/** The limit, its value, and what was used. */
function killReason({ killed, message }: Killed, limits: SpawnLimits, usage: Usage): string {
  const used = `used ${printMs(usage.cpuMs)} of processor time in ${printMs(usage.wallMs)}`;
  switch (killed) {
    case "cpu limit":
      return `processor time limit of ${printMs(Number(limits.cpu))} reached; ${used}`;
    case "wall limit":
      return `time limit of ${printMs(Number(limits.wall))} reached; ${used}`;
    case "output limit":
      return `output limit of ${printBytes(Number(limits.output))} reached; wrote ${printBytes(usage.output)}`;
    case "fuel limit":
      return fuelReport(limits, usage);
    default:
      return message;
  }
}

function fuelReport(limits: SpawnLimits, usage: Usage): string {
  return `fuel limit of ${counted(Number(limits.fuel), "instruction")} reached; used all of them in ${printMs(usage.cpuMs)} of processor time`;
}

/** Words for a host directory that cannot be granted. */
const FS_REASONS: Partial<Record<FsError["code"], string>> = {
  acces: "permission denied",
  loop: "too many symbolic links",
  mfile: "too many open files",
  noent: "no such folder",
  notdir: "not a folder",
  perm: "operation not permitted",
};

export function fsReason(error: FsError): string {
  return FS_REASONS[error.code] ?? error.message;
}

/** A module can lack as many imports as it likes. */
const IMPORTS_SHOWN = 50;

/** Why `name` could not be started. */
export function startReport(name: string, error: unknown, trapsUnknown: boolean): string {
  if (error instanceof UnknownImportError) {
    const { length } = error.imports;
    const lines = error.imports.slice(0, IMPORTS_SHOWN).map(({ module, name: field, expected }) => `\n  ${quoted(module)} ${quoted(field)}: ${expected}`);
    if (length > lines.length) lines.push(`\n  and ${length - lines.length} more`);
    const hint = trapsUnknown ? "Only functions can be missing."
      : "With --trap-unknown-imports it starts, and ends when it calls a missing function.";
    return `${name}: needs ${counted(length, "import")} that ${length === 1 ? "is" : "are"} not on offer:${lines.join("")}\n` +
      `On offer are the functions of "wasi_snapshot_preview1" and "wasi_unstable". ${hint}`;
  }
  if (error instanceof ImportTypeError || error instanceof ImportKindError) {
    return `${name}: needs an import of another type than it has here:\n  ${quoted(error.module)} ${quoted(error.field)}\n  expected: ${error.expected}\n  found:    ${error.found}`;
  }
  if (error instanceof LimitError && error.resource === "memory") {
    return `${name}: needs ${printBytes(error.used + error.requested)} of memory to start, and may have ${printBytes(error.limit)}; see --memory`;
  }
  if (error instanceof LimitError) {
    return `${name}: needs more ${error.resource} to start than it may have (${error.limit})`;
  }
  if (error instanceof DecodeError || error instanceof ValidateError) return moduleReport(name, error);
  // A ProgramError names the program itself.
  return error instanceof ProgramError ? error.message : `${name}: ${error instanceof Error ? error.message : String(error)}`;
}

/** A module that cannot be used: its name, what is wrong with the bytes, and where. */
export function moduleReport(name: string, error: DecodeError | ValidateError, place?: string): string {
  return `${name}: no valid module: ${whatIsWrong(error, place)}`;
}

/** Such as "unknown function 9 (at 0x2a, export[0])". `place` is where `error.offset` lies. */
export function whatIsWrong(error: DecodeError | ValidateError, place: string | undefined): string {
  if (error instanceof DecodeError) {
    const where = error.at.path === "" ? place : error.at.path;
    const at = [`at 0x${error.at.offset.toString(16)}`, ...(where === undefined ? [] : [where])].join(", ");
    const end = error.message.lastIndexOf(" (");
    return `${end === -1 ? error.message : error.message.slice(0, end)} (${at})`;
  }
  if (error.offset === undefined) return error.reason;
  // V8 names the function; so does `place`.
  const reason = place === undefined ? error.reason : error.reason.replace(/^Compiling function #\d+(?::".*?")? failed: /, "");
  return `${reason} (at 0x${error.offset.toString(16)}${place === undefined ? "" : `, ${place}`})`;
}
