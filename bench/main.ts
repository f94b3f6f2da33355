/**
 * `npm run bench`: measures what the project promises and prints a table.
 *
 *     npm run bench                                 every row
 *     npm run bench -- --list                       rows, meanings, targets
 *     npm run bench -- --only NAME… --json FILE     some rows, written to a file too
 *
 * Exit status: 0 when every row was measured, met or missed; 1 when one could not be; 2 for
 * arguments that make no sense.
 */
import { writeFileSync } from "node:fs";
import { BenchUsageError, parseOptions } from "./options.ts";
import type { BenchOptions } from "./options.ts";
import { environment, printEnvironment } from "./environment.ts";
import { measureRow } from "./measure-row.ts";
import { failedRow, printTable, reportRow } from "./report.ts";
import type { ReportRow } from "./report.ts";
import { printTarget } from "./row.ts";
import { ROWS } from "./rows/index.ts";

const USAGE = "usage: npm run bench -- [--list] [--only NAME…] [--json FILE]";

async function run({ rows, json }: BenchOptions): Promise<number> {
  const where = environment();
  console.log(printEnvironment(where));
  const report: ReportRow[] = [];
  for (const row of rows) {
    process.stderr.write(`${row.name} … `);
    const started = performance.now();
    const seconds = (): number => Math.round(performance.now() - started) / 1000;
    try {
      report.push(reportRow(row, await measureRow(row), seconds()));
    } catch (error) {
      report.push(failedRow(row, error, seconds()));
    }
    process.stderr.write(`${seconds().toFixed(1)} s\n`);
  }
  console.log(`\n${printTable(report).join("\n")}\n`);
  const missed = report.filter(({ met, value }) => met === false && value !== null).length;
  const failed = report.filter(({ value }) => value === null).length;
  console.log(`${report.length} rows: ${report.filter(({ met }) => met === true).length} targets met, ${missed} missed${failed > 0 ? `, ${failed} could not be measured` : ""}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...where, date: new Date().toISOString(), rows: report }, undefined, 2)}\n`);
  return failed > 0 ? 1 : 0;
}

function list(): void {
  const width = Math.max(...ROWS.map(({ name }) => name.length));
  for (const row of ROWS) console.log(`${row.name.padEnd(width)}  ${row.meaning} [target: ${printTarget(row)}]`);
}

try {
  const options = parseOptions(process.argv.slice(2), ROWS);
  if (options.list) list();
  else process.exitCode = await run(options);
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  console.error(`bench: ${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
