/** The rows of a run, as JSON and as a table. */
import { meetsTarget, printTarget } from "./row.ts";
import type { Measured, Part, Row } from "./row.ts";

/** A row as it is written to a file. `value` and `baseline` share `unit`; `ratio` is the one over the other. */
export interface ReportRow {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  /** What it is compared to. */
  readonly against: string | null;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly runs: number;
  readonly spread: number | null;
  readonly target: string | null;
  /** Null without a target. */
  readonly met: boolean | null;
  readonly seconds: number;
  readonly parts: readonly Omit<ReportRow, "runs" | "spread" | "target" | "met" | "seconds" | "parts" | "notes">[];
  readonly notes: readonly string[];
}

export function reportRow(row: Row, measured: Measured, seconds: number): ReportRow {
  return {
    ...figure({ ...measured, name: row.name, unit: row.unit }),
    runs: measured.runs,
    spread: measured.spread ?? null,
    target: row.target === undefined ? null : printTarget(row),
    met: meetsTarget(row, measured) ?? null,
    seconds,
    parts: (measured.parts ?? []).map((part) => figure({ ...part, name: `${row.name}/${part.name}` })),
    notes: measured.notes ?? [],
  };
}

/** A row that could not be measured. */
export function failedRow(row: Row, error: unknown, seconds: number): ReportRow {
  return {
    name: row.name, value: null, unit: row.unit, against: null, baseline: null, ratio: null, runs: 0, spread: null,
    target: row.target === undefined ? null : printTarget(row), met: row.target === undefined ? null : false, seconds,
    parts: [], notes: [`failed: ${error instanceof Error ? error.message : String(error)}`],
  };
}

function figure({ name, value, unit, against }: Part): ReportRow["parts"][number] {
  return {
    name, value, unit,
    against: against?.name ?? null,
    baseline: against?.value ?? null,
    ratio: against === undefined ? null : value / against.value,
  };
}

const HEADER = ["row", "value", "unit", "against", "baseline", "ratio", "runs", "spread", "target", ""];
const NUMERIC = new Set([1, 4, 5, 6, 7]);

/** The lines of a table; parts stand indented below their row. */
export function printTable(rows: readonly ReportRow[]): string[] {
  const cells = [HEADER];
  const notesAfter = new Map<number, readonly string[]>();
  for (const row of rows) {
    const verdict = row.met === null ? "" : row.met ? "met" : "MISSED";
    cells.push([
      row.name, number(row.value), row.unit, row.against ?? "", number(row.baseline), ratio(row.ratio), String(row.runs),
      row.spread === null ? "" : `${(row.spread * 100).toFixed(0)} %`, row.target ?? "", verdict,
    ]);
    for (const part of row.parts) {
      cells.push([`  ${part.name.slice(row.name.length + 1)}`, number(part.value), part.unit, part.against ?? "", number(part.baseline), ratio(part.ratio), "", "", "", ""]);
    }
    notesAfter.set(cells.length - 1, row.notes);
  }
  const widths = HEADER.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells.flatMap((line, index) => [
    line.map((cell, column) => (NUMERIC.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join("  ").trimEnd(),
    ...(notesAfter.get(index) ?? []).map((note) => `    ${note}`),
  ]);
}

function number(value: number | null): string {
  if (value === null) return "";
  if (!Number.isFinite(value)) return String(value);
  return value.toLocaleString("en-US", Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
}

function ratio(value: number | null): string {
  return value === null ? "" : value >= 0.01 ? value.toFixed(3) : value.toExponential(1);
}
