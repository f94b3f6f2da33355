/**
 * File systems of all kinds, given the same operations, must give the same answers and end up the
 * same. A directory of the host is the judge of what POSIX means; the file system in memory agrees
 * with it, and the others with that in memory.
 */
import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { memory } from "#fs";
import type { Directory } from "#fs";
import { checkVolume, hostDirectory, volume } from "#machine/node";
import { BEGINNING, Side, operation } from "./operations.ts";

interface Subject {
  root(): Directory;
  /** After all is closed: checks what must hold, and removes everything. */
  end(): void;
}

function inMemory(): Subject {
  const fs = memory();
  const empty = fs.usage();
  return {
    root: () => fs.root(),
    end: () => {
      for (const name of fs.list("/")) fs.remove(name);
      assert.deepEqual(fs.usage(), empty, "all storage is given back");
    },
  };
}

function onHost(): Subject {
  const path = mkdtempSync(join(tmpdir(), "isola-agreement-"));
  const fs = hostDirectory(path, { read: true, write: true });
  return {
    root: () => fs.root(),
    end: () => {
      assert.equal(fs.descriptors.count, 1);
      fs.close();
      rmSync(path, { recursive: true });
    },
  };
}

function onVolume(): Subject {
  const folder = mkdtempSync(join(tmpdir(), "isola-agreement-"));
  const path = join(folder, "v");
  const fs = volume(path, { quota: 2 ** 30 });
  return {
    root: () => fs.root(),
    end: () => {
      const { inodes, bytes } = fs.usage();
      fs.close();
      const report = checkVolume(path);
      assert.deepEqual(report, { problems: [], inodes, bytes, orphans: 0, quota: { bytes: 2 ** 30, inodes: 2 ** 22 } });
      rmSync(folder, { recursive: true });
    },
  };
}

/** What random operations must have met, besides errors of the first step. */
const MET = ["rename done", "rename notempty", "link done", "rmdir done", "unlink done", "open file", "open loop", "open notcapable", "read value", "list value"];

function agree(t: TestContext, judge: () => Subject, judged: () => Subject, runs: number): void {
  const answers = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 100, size: "max" }), (operations) => {
      const one = judge();
      const two = judged();
      const expecting = new Side(one.root());
      const tested = new Side(two.root());
      try {
        for (const [index, next] of [...BEGINNING, ...operations].entries()) {
          const expected = expecting.apply(next);
          assert.equal(tested.apply(next), expected, `operation ${index}: ${JSON.stringify(next)}`);
          const kind = `${next.do} ${/^[a-z]+$/.test(expected) ? expected : "value"}`;
          answers.set(kind, (answers.get(kind) ?? 0) + 1);
        }
        assert.deepEqual(tested.dump(), expecting.dump());
      } finally {
        expecting.close();
        tested.close();
        one.end();
        two.end();
      }
    }),
    { numRuns: Number(process.env["ISOLA_FUZZ_RUNS"] ?? runs) },
  );
  for (const wanted of MET) assert.ok((answers.get(wanted) ?? 0) > 0, `never met: ${wanted}; ${JSON.stringify([...answers])}`);
  t.diagnostic(`${[...answers.values()].reduce((sum, count) => sum + count)} operations; ${answers.size} kinds of answers`);
}

test("memory and host agree on random operations", { timeout: 60_000, skip: existsSync("/proc/self/fd") ? false : "needs handles that follow moves" }, (t) => agree(t, onHost, inMemory, 100));
test("volume and memory agree on random operations", { timeout: 60_000 }, (t) => agree(t, inMemory, onVolume, 100));
