/**
 * Killing processes that work on a volume, and looking at what they leave: all that was synced is there,
 * the rest is as after one of the operations since, and the file is whole.
 */
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory, readTar, writeTar } from "#fs";
import type { MemoryFileSystem } from "#fs";
import { Random } from "../../../../fuzz/random.ts";
import { randomOperation } from "../../../../test/fs/random-operation.ts";
import { scratchFolder } from "../../../../test/fs/scratch.ts";
import { Side } from "../../../../test/fs/side.ts";
import { checkVolume } from "./check.ts";
import { volume } from "./volume.ts";
import type { VolumeFileSystem } from "./volume.ts";

const CHILD = fileURLToPath(new URL("crash-child.test-support.ts", import.meta.url));
/** Kills after which a fresh volume is begun. */
const KILLS_PER_VOLUME = 10;
/** Of the work before a kill, from its beginning with the opening. */
const KILL_MS_MAX = 60;

export interface CrashCounts {
  kills: number;
  /** Operations that were begun. */
  operations: number;
  syncs: number;
  /** Kills before the volume was open. */
  early: number;
  /** Operations that were done after the last sync and found there, in all. */
  kept: number;
  /** And not found there. */
  lost: number;
}

interface Child {
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  readonly told: () => string;
}

function startChild(): Child {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CHILD], { stdio: ["pipe", "pipe", "inherit"] });
  let told = "";
  const ready = Promise.withResolvers<void>();
  child.stdout.on("data", (data: Buffer) => {
    told += data.toString("latin1");
    ready.resolve();
  });
  child.on("exit", () => ready.reject(new Error("it ended before it was ready")));
  ready.promise.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  return { process: child, ready: ready.promise, told: () => told };
}

/** The state of a volume as a file system in memory, hard links and all. */
async function copyOf(fs: VolumeFileSystem): Promise<MemoryFileSystem> {
  const pieces: Uint8Array[] = [];
  await writeTar(fs.root(), (bytes) => void pieces.push(bytes.slice()));
  const copy = memory({ limit: 2 ** 30 });
  await readTar((async function* () { yield* pieces; })(), copy.root());
  return copy;
}

function dumpOf(fs: MemoryFileSystem | VolumeFileSystem): string {
  const side = new Side(fs.root());
  try {
    return side.dump().join("\n");
  } finally {
    side.close();
  }
}

/** Kills `kills` processes, or as many as `until` allows. The seed decides what they do, chance when they are killed. */
export async function killRounds(seed: number, kills: number, until: () => boolean = () => true): Promise<CrashCounts> {
  const counts: CrashCounts = { kills: 0, operations: 0, syncs: 0, early: 0, kept: 0, lost: 0 };
  const random = new Random(seed);
  let next = startChild();
  let folder = scratchFolder();
  let state = memory();
  try {
    while (counts.kills < kills && until()) {
      if (counts.kills % KILLS_PER_VOLUME === 0) {
        rmSync(folder, { recursive: true });
        folder = scratchFolder();
        state = memory();
      }
      const path = join(folder, "v");
      const child = next;
      await child.ready;
      const ended = new Promise((done) => child.process.once("close", done));
      // The next one starts meanwhile.
      next = startChild();
      const work = random.next() >>> 1;
      child.process.stdin!.write(`${path} ${work}\n`);
      await new Promise((done) => setTimeout(done, Math.random() * KILL_MS_MAX));
      child.process.kill("SIGKILL");
      await ended;
      state = await examine(path, state, work, child.told(), counts);
      counts.kills++;
    }
  } finally {
    next.process.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
  return counts;
}

/** Compares what is there with the model; answers it as the next round's beginning. */
async function examine(path: string, before: MemoryFileSystem, work: number, told: string, counts: CrashCounts): Promise<MemoryFileSystem> {
  const lines = told.split("\n");
  // The last line may be cut.
  const begun = lines.filter((line) => line === "o").length + 1;
  const syncs = lines.filter((line) => /^s \d+$/.test(line));
  const synced = Number(/\d+/.exec(syncs[syncs.length - 1] ?? "0")?.[0]);
  counts.operations += begun - 1;
  counts.syncs += syncs.length;
  if (!lines.includes("b")) counts.early++;

  const fs = volume(path);
  try {
    const found = dumpOf(fs);
    const side = new Side(before.root());
    const random = new Random(work);
    // As the child draws them.
    let left = 0;
    let first = true;
    let agreed = -1;
    for (let done = 0; ; done++) {
      if (done >= synced && side.dump().join("\n") === found) {
        agreed = done;
        break;
      }
      if (done >= begun) break;
      if (left === 0) left = 1 + random.below(random.below(8) === 0 ? 200 : 12);
      side.apply(randomOperation(random));
      left--;
      first = false;
    }
    side.close();
    assert.notEqual(agreed, -1, `seed ${work}: what is there is the state after none of the operations ${synced} to ${begun}${first ? ", nothing was done" : ""}:\n${found}`);
    counts.kept += agreed - synced;
    counts.lost += Math.max(0, begun - 1 - agreed);
    const copy = await copyOf(fs);
    assert.equal(dumpOf(copy), found);
    fs.close();
    assert.deepEqual(checkVolume(path).problems, []);
    return copy;
  } finally {
    fs.close();
  }
}
