/** Modules of hostile size are accepted or refused with an error of ours, in bounded time and memory. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { HostileOutcome } from "../../fuzz/hostile-child.ts";
import { HOSTILE_MODULES } from "../../fuzz/hostile-modules.ts";

const CHILD = fileURLToPath(new URL("../../fuzz/hostile-child.ts", import.meta.url));
/** Processor time, so that a busy machine makes no difference. */
const MAX_CPU_MS = 10_000;
const MAX_RSS_BYTES = 1 << 30;

HOSTILE_MODULES.forEach(({ name, accepted }, index) => {
  // Fuel adds most to the code; only without it loops are turned inside out.
  for (const mode of /loop|call/.test(name) ? ["plain", "fuel"] : ["fuel"]) {
    test(`${name}, ${mode}`, () => {
      const { stdout, stderr } = spawnSync(process.execPath, [CHILD, String(index), mode], { encoding: "utf8", timeout: 60_000 });
      assert.notEqual(stdout, "", stderr);
      const { cpuMs, peakRssBytes, refused } = JSON.parse(stdout) as HostileOutcome;
      assert.ok(cpuMs < MAX_CPU_MS, `${Math.round(cpuMs)} ms of processor time`);
      assert.ok(peakRssBytes < MAX_RSS_BYTES, `${Math.round(peakRssBytes / 2 ** 20)} MiB at most in memory`);
      if (!accepted) assert.ok(refused !== undefined, "it was accepted");
      // What the host takes may be too large once it is translated, which is said so.
      else if (refused !== undefined) assert.match(refused, /too large for the host once translated/);
    });
  }
});
