/**
 * The oldest line of Node that we support: the tests of traps, of the engine's runtime and of the
 * kernel pass there too. Skipped where the package of that Node's binary is not installed, which is
 * everywhere but on Linux on x64.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NODE = fileURLToPath(new URL("../../node_modules/node-24/bin/node", import.meta.url));
const FILES = globSync(["test/traps/*.test.ts", "src/wasm/dwarf/*.test.ts", "src/wasm/runtime/*.test.ts", "src/kernel/kernel.test.ts"], { cwd: ROOT })
  .filter((file) => !file.endsWith("node-24.test.ts"))
  .sort();
const LIMIT_MS = 120_000;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function run(args: readonly string[]): Promise<Ended> {
  // Without the variable that makes a test runner below another report to it.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(NODE, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

describe("Node 24", { skip: existsSync(NODE) ? false : "node-24 is not installed on this platform" }, () => {
  test("is what runs", async () => {
    assert.match((await run(["--version"])).output, /^v24\./);
  });

  test("there are files to run", () => {
    for (const folder of ["test/traps/", "src/wasm/dwarf/", "src/wasm/runtime/", "src/kernel/"]) assert.ok(FILES.some((file) => file.startsWith(folder)), folder);
  });

  for (const file of FILES) {
    test(file, async () => {
      // The file alone, not under `--test`: that would start one more process for it.
      const { status, output } = await run(["--test-reporter=tap", file]);
      assert.equal(status, 0, output);
      const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
      const skipped = Number(/^# skipped (\d+)$/m.exec(output)?.[1]);
      assert.ok(passed + skipped > 0, `no test ran: ${output}`);
    });
  }
});
