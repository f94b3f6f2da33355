/**
 * The one list of cases that are expected to fail, each with its reason (`expectations.json`),
 * and the judgement of a run by it. A listed case that passes is as wrong as an unlisted one
 * that fails.
 */
import { readFileSync } from "node:fs";
import type { CaseResult } from "#wast";

/** Whose limitation it is. */
export const PARTS = ["text library", "host engine", "superseded"] as const;
export type Part = (typeof PARTS)[number];

export const MODES = ["raw", "on", "off"] as const;
/** `raw`: the bare host. `on`, `off`: Isola with every translation feature on, or off. */
export type Mode = (typeof MODES)[number];

export interface Expectation {
  readonly file: string;
  readonly lines: readonly number[];
  /** All modes when absent. */
  readonly modes: readonly Mode[] | undefined;
  readonly part: Part;
  readonly reason: string;
}

/** What one script did in one mode: counts of all verdicts, and the cases that did not pass. */
export interface FileResult {
  readonly file: string;
  readonly mode: Mode;
  readonly passed: number;
  /** Checks of the preemption flag that took the slow path. */
  readonly ticks: number;
  /** How many of them came to the yield. */
  readonly yields: number;
  readonly others: readonly CaseResult[];
}

export interface Judged {
  readonly result: FileResult;
  readonly expected: readonly { readonly line: number; readonly part: Part }[];
  /** In words, one for each failure that is not expected and each expected one that is none. */
  readonly problems: readonly string[];
}

/** @throws Error when a row lacks something. */
export function readExpectations(): Expectation[] {
  const rows: unknown = JSON.parse(readFileSync(new URL("expectations.json", import.meta.url), "utf8"));
  if (!Array.isArray(rows)) throw new Error("expectations.json is no list");
  return rows.map(checkRow);
}

function checkRow(row: unknown, index: number): Expectation {
  const { file, lines, modes, part, reason } = row as Record<string, unknown>;
  const fine = typeof file === "string" && typeof reason === "string" && reason.length > 10
    && Array.isArray(lines) && lines.length > 0 && lines.every((line) => Number.isInteger(line))
    && (PARTS as readonly unknown[]).includes(part)
    && (modes === undefined || (Array.isArray(modes) && modes.every((mode) => (MODES as readonly unknown[]).includes(mode))));
  if (!fine) throw new Error(`expectations.json, row ${index}: needs file, lines, part, reason and perhaps modes`);
  return { file, lines: lines as number[], modes: modes as Mode[] | undefined, part: part as Part, reason };
}

export function judge(result: FileResult, expectations: readonly Expectation[]): Judged {
  const rows = expectations.filter((row) => row.file === result.file && (row.modes?.includes(result.mode) ?? true));
  const failed = result.others.filter((one) => one.verdict === "failed");
  const expected: { line: number; part: Part }[] = [], problems: string[] = [];
  for (const one of failed) {
    const row = rows.find((candidate) => candidate.lines.includes(one.line));
    if (row !== undefined) expected.push({ line: one.line, part: row.part });
    else problems.push(`${result.file}:${one.line} [${result.mode}] ${one.directive}: ${one.detail ?? ""}`);
  }
  for (const line of rows.flatMap((row) => row.lines)) {
    if (!failed.some((one) => one.line === line)) problems.push(`${result.file}:${line} [${result.mode}] is expected to fail and passes`);
  }
  return { result, expected, problems };
}
