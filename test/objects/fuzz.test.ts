/**
 * Random kernel calls by programs that share objects, and the invariants of docs/invariants.md
 * after each round. `ISOLA_FUZZ_SEED` repeats a run, `ISOLA_FUZZ_RUNS` sets how many rounds; without it
 * the test goes on for 20 seconds.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RESOURCES } from "#kernel";
import type { HandleGift, HostHandle, Job, Process, Program, System } from "#os";
import { boot } from "../../src/node.ts";
import { randomFrom, randomScript, scriptRunner } from "./random-guest.ts";
import type { Random, StartupName } from "./random-guest.ts";

const SECONDS = 20;
const GUESTS = 3;
const ROUND_MS = 15;

type KernelProcess = ReturnType<System["processes"]>[number];

function isWithin(job: Job | undefined, ancestor: Job): boolean {
  return job !== undefined && (job === ancestor || isWithin(job.parent, ancestor));
}

describe("random kernel calls", () => {
  let os: System;
  let program: Program;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error: unknown) => bugs.push(error) });
    program = await os.compile(scriptRunner(), { name: "random" });
  });
  after(() => os.close());

  /** What each account says is in use is the sum of what is below it and its own. */
  const checkSums = (job: Job, members: readonly KernelProcess[]): void => {
    for (const process of members) {
      assert.equal(process.account.used("handles"), process.handles.size + process.charges.handles, "handles of a process");
      assert.ok(process.account.used("memory") >= process.charges.bytes, "bytes of a process");
    }
    for (const resource of RESOURCES) {
      const below = members.reduce((sum, { account }) => sum + account.used(resource), 0);
      const counted = resource === "processes" ? members.filter(({ status }) => status === undefined).length : below;
      assert.equal(job.account.used(resource), counted, `${resource} of the job`);
    }
  };

  const round = async (number: number, random: Random): Promise<void> => {
    const before = Object.fromEntries(RESOURCES.map((resource) => [resource, os.root.account.used(resource)]));
    const job = os.createJob({ name: `fuzz-${number}`, limits: { processes: GUESTS + 4 } });
    const held: HostHandle[] = [];
    const hold = <T extends HostHandle>(handle: T): T => {
      held.push(handle);
      return handle;
    };
    const scripts = Array.from({ length: GUESTS }, () => os.channel({ messages: 1, bytes: 16384 }).map(hold));
    const ring = Array.from({ length: GUESTS }, () => os.channel({ messages: 1 + random(4), bytes: random(400) }).map(hold));
    const event = hold(os.event());
    const image = hold(os.image(program));
    const memory = hold(os.memoryObject("64 KiB"));
    const guests: Process[] = [];
    for (let index = 0; index < GUESTS; index++) {
      const handles: Partial<Record<StartupName, HandleGift>> = {
        script: scripts[index]![0]!.give(),
        left: ring[index]![0]!.give(),
        right: ring[(index + 1) % GUESTS]![1]!.give(),
        event: event.handle(),
        image: image.handle(),
        memory: memory.handle(),
        job: os.jobHandle(job),
        shared: event.handle(index === 0 ? ["wait", "duplicate"] : ["wait", "transfer"]),
        ...(guests.length === 0 ? {} : { peer: guests.at(-1)!.handle() }),
      };
      guests.push(await os.spawn(program, { job, handles, limits: { openFiles: 12 + random(40), memory: "2 MiB", wall: "2 s" } }));
    }
    // Those that programs start make nothing of their own, so one that ends between two looks is not missed.
    const members = new Set<KernelProcess>();
    const check = (): void => {
      for (const process of os.processes()) if (isWithin(process.job, job)) members.add(process);
      checkSums(job, [...members]);
    };
    check();
    for (const [, host] of scripts) void host!.send(randomScript(random)).catch(() => undefined);
    const deadline = performance.now() + ROUND_MS;
    while (guests.some(({ running }) => running) && performance.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve));
      check();
      if (random(40) === 0) event.revoke();
      if (random(40) === 0) memory.revoke();
      if (random(200) === 0) guests[random(GUESTS)]!.kill();
    }
    job.kill({ cause: "job", message: "the round is over" });
    for (const guest of guests) {
      const exit = await guest.exited;
      assert.ok(exit.fault === undefined, `a fault: ${exit.fault?.message}`);
      assert.notEqual(exit.killed, "bug");
    }
    // A program that was being started when the job was killed is yet to be made, and to end.
    for (let turns = 0; job.account.used("handles") + job.account.used("processes") > 0 && turns < 1000; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      check();
    }
    check();
    for (const handle of held) handle.close();
    assert.deepEqual(bugs, []);
    for (const resource of RESOURCES) {
      assert.equal(job.account.used(resource), 0, `${resource} of the job at the end`);
      assert.equal(os.root.account.used(resource), before[resource], `${resource} of all`);
    }
    assert.equal(job.children.size, 0, "jobs that programs made are gone");
  };

  test("keep every invariant", { timeout: 3_600_000 }, async () => {
    const seed = Number(process.env["ISOLA_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
    const runs = process.env["ISOLA_FUZZ_RUNS"] === undefined ? Infinity : Number(process.env["ISOLA_FUZZ_RUNS"]);
    const end = runs === Infinity ? performance.now() + SECONDS * 1000 : Infinity;
    let rounds = 0;
    for (; rounds < runs && performance.now() < end; rounds++) {
      try {
        await round(rounds, randomFrom(seed + rounds));
      } catch (error) {
        throw new Error(`round ${rounds}, repeat it alone with ISOLA_FUZZ_SEED=${seed + rounds} ISOLA_FUZZ_RUNS=1`, { cause: error });
      }
    }
    console.log(`random kernel calls: seed ${seed}, ${rounds} rounds of ${GUESTS} programs`);
    assert.ok(rounds > 0);
  });
});
