/**
 * Rows of a table of scripts: what is run by `sh -c` in an empty directory, and what has to come out. Debian's
 * `dash`, where the machine has it, has to say the same of every row that does not tell why it differs: output and
 * status, since each has its own words for what is wrong.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Shell } from "./shell.ts";

export interface Row {
  /** Standard output; empty unless told. */
  readonly out?: string;
  /** Standard error as our shell writes it; empty unless told. */
  readonly err?: string;
  /** 0 unless told. */
  readonly status?: number;
  /** Why `dash` says something else. */
  readonly differs?: string;
}

const DASH = "/bin/dash";
const HOME = "/h";
/** A row that takes longer hangs. */
const LIMIT_MS = 60_000;

/** Tests each row of the tables. */
export function rows(...tables: readonly Readonly<Record<string, Row>>[]): void {
  let shell: Shell;
  before(async () => {
    shell = await Shell.create();
  });
  after(() => shell[Symbol.asyncDispose]());
  for (const [line, row] of tables.flatMap((table) => Object.entries(table))) {
    test(line, { timeout: LIMIT_MS }, async () => {
      const faults: string[] = [];
      await shell.renew({ env: { PATH: "/bin", HOME }, onFault: ({ name }, exit) => faults.push(`${name}: ${exit.fault?.message ?? "killed"}`) });
      const said = await shell.sh(["-c", line]);
      const expected = { out: row.out ?? "", err: row.err ?? "", status: row.status ?? 0 };
      assert.deepEqual({ ...said, err: said.err }, expected);
      // A kill by a signal that the script sent is no fault of ours.
      assert.deepEqual(faults.filter((fault) => !line.includes("kill") || !fault.endsWith("killed")), []);
      if (row.differs === undefined && existsSync(DASH)) assert.deepEqual(dash(line), { out: expected.out, status: expected.status });
    });
  }
}

function dash(line: string): { readonly out: string; readonly status: number } {
  const folder = mkdtempSync(join(tmpdir(), "isola-dash-"));
  try {
    const { stdout, status, signal } = spawnSync(DASH, ["-c", line], { cwd: folder, encoding: "utf8", env: { PATH: "/bin:/usr/bin", HOME }, input: "" });
    return { out: stdout, status: status ?? 128 + constants.signals[signal!] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
