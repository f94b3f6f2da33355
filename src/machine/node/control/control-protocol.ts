/**
 * What is said over a control socket: one line of JSON for each request and for each answer.
 *
 *     {"isola":1,"ask":"snapshot"}
 *     {"isola":1,"ok":{…}}
 *     {"isola":1,"ask":"kill","process":3,"message":"told to"}
 *     {"isola":1,"ok":{"killed":3}}
 *     {"isola":1,"error":{"code":"no-process","message":"no process 4"}}
 *
 * `isola` is the version of the protocol. Lines are bounded; both sides treat what comes as hostile.
 */
import { IsolaError } from "#base";
import type { JobSnapshot, ProcessSnapshot, SystemSnapshot } from "#kernel";

export const PROTOCOL_VERSION = 1;
/** Longest request, and longest answer, in bytes without the line end. */
export const REQUEST_BYTES_MAX = 4096;
export const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Longest reason that can be given for a kill, in UTF-16 units. */
export const MESSAGE_CHARS_MAX = 500;

export type ControlRequest =
  | { readonly ask: "snapshot" }
  | { readonly ask: "kill"; readonly process: number; readonly message: string };

export type ControlErrorCode = "bad-request" | "too-long" | "version" | "no-process" | "gone" | "timeout" | "bad-answer" | "busy";

export class ControlError extends IsolaError {
  readonly code: `control/${ControlErrorCode}`;
  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = `control/${code}`;
  }
}

export function printRequest(request: ControlRequest): string {
  return `${JSON.stringify({ isola: PROTOCOL_VERSION, ...request })}\n`;
}
export function printAnswer(ok: object): string {
  return `${JSON.stringify({ isola: PROTOCOL_VERSION, ok })}\n`;
}
export function printError(error: ControlError): string {
  return `${JSON.stringify({ isola: PROTOCOL_VERSION, error: { code: error.code.slice("control/".length), message: error.message } })}\n`;
}

function parseLine(line: string, wrong: "bad-request" | "bad-answer"): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ControlError(wrong, "not a line of JSON");
  }
  if (!isRecord(value) || !("isola" in value)) throw new ControlError(wrong, "no line of this protocol");
  if (value["isola"] !== PROTOCOL_VERSION) throw new ControlError("version", `this side speaks version ${PROTOCOL_VERSION} of the protocol only`);
  return value;
}

/** @throws ControlError */
export function parseRequest(line: string): ControlRequest {
  const value = parseLine(line, "bad-request");
  const { ask, process, message } = value as { ask?: unknown; process?: unknown; message?: unknown };
  if (ask === "snapshot") return { ask };
  if (ask !== "kill") throw new ControlError("bad-request", "an unknown question");
  if (!Number.isSafeInteger(process) || typeof message !== "string" || message.length > MESSAGE_CHARS_MAX) {
    throw new ControlError("bad-request", `a kill needs the number of a process and a message of at most ${MESSAGE_CHARS_MAX} characters`);
  }
  return { ask, process: process as number, message };
}

/** What an answer holds under `ok`. @throws ControlError with the error that it holds, or control/bad-answer. */
export function parseAnswer(line: string): Readonly<Record<string, unknown>> {
  const { ok, error } = parseLine(line, "bad-answer");
  if (isRecord(ok)) return ok;
  if (!isRecord(error) || typeof error["code"] !== "string" || typeof error["message"] !== "string") throw new ControlError("bad-answer", "neither an answer nor an error");
  throw new ControlError(error["code"] as ControlErrorCode, error["message"].slice(0, MESSAGE_CHARS_MAX));
}

const PROCESS: Readonly<Record<keyof ProcessSnapshot, string>> = {
  id: "number", hart: "number", name: "string", job: "string", state: "string", waitsFor: "string?", cpuMs: "number", wallMs: "number", memory: "number",
  peakMemory: "number", output: "number", handles: "number", switches: "number", threadCount: "number", threads: "array",
};
const JOB: Readonly<Record<keyof JobSnapshot, string>> = {
  name: "string", depth: "number", processes: "number", threads: "number", handles: "number", memory: "number",
  peakMemory: "number", cpuMs: "number", ownCpuMs: "number", killed: "boolean",
};
const SYSTEM: Readonly<Record<keyof SystemSnapshot, string>> = {
  nowMs: "number", machine: "string", switches: "number", started: "number", ends: "object", jobs: "array", processes: "array", unlisted: "number",
};

/** @throws ControlError control/bad-answer */
export function checkSnapshot(value: Readonly<Record<string, unknown>>): SystemSnapshot {
  check(value, SYSTEM);
  for (const process of value["processes"] as readonly unknown[]) check(process, PROCESS);
  for (const job of value["jobs"] as readonly unknown[]) check(job, JOB);
  return value as unknown as SystemSnapshot;
}

function check(value: unknown, shape: Readonly<Record<string, string>>): void {
  if (!isRecord(value)) throw new ControlError("bad-answer", "an answer of another shape");
  for (const [name, type] of Object.entries(shape)) {
    const field = value[name];
    const isRight = type === "array" ? Array.isArray(field) : type === "string?" ? field === null || typeof field === "string" : type === "object" ? isRecord(field) : typeof field === type;
    if (!isRight) throw new ControlError("bad-answer", `an answer whose "${name}" is not as it should be`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
