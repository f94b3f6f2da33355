/**
 * File systems of all kinds, given the same operations, must give the same answers and end up the
 * same. A directory of the host is the judge of what POSIX means; the file system in memory agrees
 * with it, and the others with that in memory.
 */
import { strict as assert } from "node:assert";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { memory, overlay } from "#fs";
import type { Directory, MaybeAsync } from "#fs";
import { checkVolume, hostDirectory, volume } from "#machine/node";
import { operation } from "./operations.ts";
import { scratchFolder } from "./scratch.ts";
import { BEGINNING, Side } from "./side.ts";
import type { Operation } from "./side.ts";

interface Subject {
  root(): Directory;
  /** After all is closed: checks what must hold, and removes everything. */
  end(): void;
}

function sync(root: MaybeAsync<Directory>): Directory {
  assert.ok(!(root instanceof Promise));
  return root;
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
  const path = scratchFolder();
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
  const folder = scratchFolder();
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

/** An overlay over nothing. */
function onEmptyOverlay(): Subject {
  const upper = memory();
  const fs = overlay(memory(), upper);
  return {
    root: () => sync(fs.root()),
    end: () => {
      assert.equal(fs.lowerFiles.size, 0);
      for (const name of upper.list("/")) upper.remove(name);
      assert.equal(upper.usage().nodes, 1, "all handles are closed");
    },
  };
}

/** An overlay whose lower layers have the beginning. */
function onFullOverlay(): Subject {
  const lower = memory();
  const beginning = new Side(lower.root());
  for (const operation of BEGINNING) beginning.apply(operation);
  const before = beginning.dump();
  beginning.close();
  const upper = memory();
  const fs = overlay(lower, memory(), upper);
  return {
    root: () => sync(fs.root()),
    end: () => {
      const after = new Side(lower.root());
      assert.deepEqual(after.dump(), before, "the lower layer is as it was");
      after.close();
      assert.equal(fs.lowerFiles.size, 0);
      for (const name of upper.list("/")) upper.remove(name);
      assert.equal(upper.usage().nodes, 1, "all handles are closed");
    },
  };
}

/** What all of them met. */
const met = new Map<string, number>();
/** What random operations must have met among all, besides errors of the first step. */
const MET = ["rename done", "rename notempty", "rmdir done", "unlink done", "open file", "open loop", "open notcapable", "read value", "list value"];

/** `given`: the one that is judged has the beginning already. `differs` tells of an answer that it may give instead, of something that then did not happen. */
interface Difference {
  readonly given: boolean;
  readonly differs: (operation: Operation, answer: string) => boolean;
}
const NONE: Difference = { given: false, differs: () => false };

function agree(t: TestContext, judge: () => Subject, judged: () => Subject, runs: number, { given, differs }: Difference = NONE): void {
  const answers = new Map<string, number>();
  let different = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 100, size: "max" }), (operations) => {
      const one = judge();
      const two = judged();
      const expecting = new Side(one.root());
      const tested = new Side(two.root());
      try {
        for (const next of BEGINNING) {
          expecting.apply(next);
          // Files that it opens are open on both sides.
          if (!given || next.do === "open") tested.apply(next);
        }
        for (const [index, next] of operations.entries()) {
          const answer = tested.apply(next);
          if (differs(next, answer)) {
            different++;
            continue;
          }
          const expected = expecting.apply(next);
          assert.equal(answer, expected, `operation ${index}: ${JSON.stringify(next)}`);
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
  for (const [kind, count] of answers) met.set(kind, (met.get(kind) ?? 0) + count);
  t.diagnostic(`${[...answers.values()].reduce((sum, count) => sum + count)} operations; ${answers.size} kinds of answers; ${different} answers that may differ`);
}

test("memory and host agree on random operations", { timeout: 60_000, skip: existsSync("/proc/self/fd") ? false : "needs handles that follow moves" }, (t) => agree(t, onHost, inMemory, 60));
test("volume and memory agree on random operations", { timeout: 60_000 }, (t) => agree(t, inMemory, onVolume, 30));
test("overlay over nothing and memory agree on random operations", { timeout: 60_000 }, (t) => agree(t, inMemory, onEmptyOverlay, 30));
test("overlay over files and memory agree on random operations, but for renames of directories from below", { timeout: 60_000 }, (t) =>
  agree(t, inMemory, onFullOverlay, 60, { given: true, differs: ({ do: what }, answer) => what === "rename" && answer === "xdev" }));
test("the operations met what matters", () => {
  for (const wanted of MET) assert.ok((met.get(wanted) ?? 0) > 0, `never met: ${wanted}; ${JSON.stringify([...met])}`);
});
