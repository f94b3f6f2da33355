/**
 * A volume whose database fails at each statement in turn: what was synced is there, everything else is
 * as after one of the operations since, and the file is whole.
 */
import { strict as assert } from "node:assert";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FsError, memory } from "#fs";
import { Random } from "../../../../fuzz/random.ts";
import { scratchFolder } from "../../../../test/fs/scratch.ts";
import { randomOperation } from "../../../../test/fs/random-operation.ts";
import { BEGINNING, Side } from "../../../../test/fs/side.ts";
import type { Operation } from "../../../../test/fs/side.ts";
import { checkVolume } from "./check.ts";
import { Fault } from "./faulty-database.test-support.ts";
import { VolumeError } from "./volume-error.ts";
import { openVolume, volume } from "./volume.ts";
import type { VolumeFileSystem } from "./volume.ts";

/** Every statement takes half a minute on a busy host; a test takes some. `ISOLA_FUZZ_RUNS` takes all. */
const STRIDE = process.env["ISOLA_FUZZ_RUNS"] === undefined ? 5 : 1;

interface Workload {
  readonly operations: readonly (Operation | "sync")[];
  /** What memory answers, and shows before the first and after each. */
  readonly answers: readonly string[];
  readonly dumps: readonly string[];
}

function workload(seed: number, length: number): Workload {
  const random = new Random(seed);
  const operations: (Operation | "sync")[] = [...BEGINNING];
  while (operations.length < length) operations.push(random.below(7) === 0 ? "sync" : randomOperation(random));
  const side = new Side(memory().root());
  const dumps = [side.dump().join("\n")];
  const answers = operations.map((operation) => {
    const answer = operation === "sync" ? "synced" : side.apply(operation);
    dumps.push(operation === "sync" ? dumps[dumps.length - 1]! : side.dump().join("\n"));
    return answer;
  });
  side.close();
  return { operations, answers, dumps };
}

/** What a crash now would leave of the volume: the files as the host has them. */
function crashImage(path: string, into: string): string {
  mkdirSync(into);
  const image = join(into, "v");
  for (const end of ["", "-wal"]) if (existsSync(path + end)) copyFileSync(path + end, image + end);
  return image;
}

function dumpOf(path: string): string {
  const fs = volume(path);
  try {
    const side = new Side(fs.root());
    const dump = side.dump().join("\n");
    side.close();
    return dump;
  } finally {
    fs.close();
  }
}

/** Does the workload until the fault; looks at what a crash there leaves. Answers false when the fault was never reached. */
async function crashAt(work: Workload, at: number, random: Random): Promise<boolean> {
  const where = scratchFolder();
  const path = join(where, "v");
  const fault = new Fault("stop", at);
  let durableLog = 0;
  fault.onSync = () => (durableLog = statSync(`${path}-wal`).size);
  let fs: VolumeFileSystem | undefined;
  let synced = 0;
  let begun = 0;
  try {
    try {
      fs = openVolume(path, {}, fault.connect);
      const side = new Side(fs.root());
      for (const [index, operation] of work.operations.entries()) {
        begun = index + 1;
        if (operation === "sync") {
          await fs.sync();
          synced = index + 1;
        } else {
          const answer = side.apply(operation);
          if (!fault.fired) assert.equal(answer, work.answers[index], `operation ${index}`);
        }
        if (fault.fired) break;
      }
    } catch (error) {
      // Opening and syncing say so.
      if (!fault.fired || !(error instanceof VolumeError || error instanceof FsError)) throw error;
    }
    const crashed = crashImage(path, join(where, "image"));
    if (random.below(2) === 0) tear(`${crashed}-wal`, durableLog, random);
    const found = dumpOf(crashed);
    const possible = work.dumps.slice(synced, begun + 1);
    assert.ok(possible.includes(found), `statement ${at}, operation ${begun}, synced ${synced}:\n${found}\nis none of\n${possible.join("\n\n")}`);
    assert.deepEqual(checkVolume(crashed).problems, []);
    return fault.fired;
  } finally {
    try {
      fs?.close();
    } catch (error) {
      assert.ok(fault.fired, String(error));
    }
    rmSync(where, { recursive: true });
  }
}

/** What a loss of power may do to what was not synced: some of it is missing, some never written. */
function tear(log: string, durable: number, random: Random): void {
  if (!existsSync(log)) return;
  const bytes = readFileSync(log);
  if (bytes.length <= durable) return;
  const cut = durable + random.below(bytes.length - durable);
  const hole = durable + random.below(bytes.length - durable);
  bytes.fill(0, hole, Math.min(bytes.length, hole + 4096));
  writeFileSync(log, bytes.subarray(0, random.below(2) === 0 ? cut : bytes.length));
}

test("a disk that is gone from any statement on: what was synced is there", { timeout: 120_000 }, async (t) => {
  const random = new Random(1);
  let faults = 0;
  const work = workload(1, 30);
  for (let at = 0; await crashAt(work, at, random); at += STRIDE) faults++;
  assert.ok(faults > 60 / STRIDE, `${faults} statements failed`);
  t.diagnostic(`${faults} statements failed`);
});

test("a statement that fails changes nothing, and the volume goes on", { timeout: 120_000 }, async (t) => {
  let faults = 0;
  for (const seed of [11]) {
    const work = workload(seed, 40).operations;
    for (let at = 0; ; at += STRIDE) {
      const where = scratchFolder();
      const path = join(where, "v");
      const fault = new Fault("once", Infinity);
      const fs = openVolume(path, {}, fault.connect);
      const tested = new Side(fs.root());
      fault.at = fault.count + at;
      const model = new Side(memory().root());
      for (const [index, operation] of work.entries()) {
        const before = fault.fired;
        if (operation === "sync") {
          await fs.sync()?.catch((error: unknown) => assert.ok(fault.fired && !before, String(error)));
          continue;
        }
        const answer = tested.apply(operation);
        // The one that met the fault has not happened, or, a write, only its beginning.
        if (fault.fired && !before && (answer === "nospc" || answer === "io")) continue;
        const part = operation.do === "write" && fault.fired && !before ? { ...operation, data: operation.data.subarray(0, Number(answer)) } : operation;
        assert.equal(answer, model.apply(part), `statement ${at}, operation ${index}: ${JSON.stringify(operation)}`);
      }
      const met = fault.fired;
      // What follows is to work.
      fault.at = Infinity;
      assert.deepEqual(tested.dump(), model.dump(), `statement ${at}`);
      tested.close();
      model.close();
      fs.close();
      assert.deepEqual(checkVolume(path).problems, [], `statement ${at}`);
      rmSync(where, { recursive: true });
      if (!met) break;
      faults++;
    }
  }
  assert.ok(faults > 60 / STRIDE, `${faults} statements failed`);
  t.diagnostic(`${faults} statements failed`);
});

test("a transaction that is rolled back under it stops the volume, which opens again as it was committed", { timeout: 120_000 }, async () => {
  const work = workload(21, 30);
  for (let at = 0; ; at += STRIDE) {
    const where = scratchFolder();
    const path = join(where, "v");
    const fault = new Fault("rollback", Infinity);
    const fs = openVolume(path, {}, fault.connect);
    const side = new Side(fs.root());
    fault.at = fault.count + at;
    let synced = 0;
    let begun = 0;
    for (const [index, operation] of work.operations.entries()) {
      if (fault.fired) break;
      begun = index + 1;
      if (operation !== "sync") side.apply(operation);
      else {
        try {
          await fs.sync();
          synced = begun;
        } catch {
          assert.ok(fault.fired);
        }
      }
    }
    if (fault.fired) {
      // Unless nothing had been changed when it failed.
      const answers = [side.apply({ do: "stat", path: "a", follow: "never" }), side.apply({ do: "mkdir", path: "fresh", follow: "never" })];
      if (answers[0] === "io") assert.equal(answers[1], "io");
    }
    side.close();
    try {
      fs.close();
    } catch {
      assert.ok(fault.fired);
    }
    const found = dumpOf(path).replace(/^fresh\/\n?/m, "");
    assert.ok(work.dumps.slice(synced, begun + 1).includes(found.replace(/\n$/, "")), `statement ${at}:\n${found}`);
    assert.deepEqual(checkVolume(path).problems, []);
    rmSync(where, { recursive: true });
    if (!fault.fired) break;
  }
});
