/** A hart that dies takes its own processes with it and nothing else, and a fresh one takes its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "../../src/node.ts";
import { COPY, COPY_FILE, SPIN, WAIT, bootBreakable, until } from "./support.ts";

test("a thread that is terminated, again and again", async () => {
  const { os, host } = await bootBreakable(3);
  try {
    const spin = await os.compile(SPIN);
    const wait = await os.compile(WAIT);
    const copy = await os.compile(COPY);
    const neighbours = [await os.spawn(wait, { hart: 0, stdin: "pipe" }), await os.spawn(wait, { hart: 2, stdin: "pipe" })];
    const job = os.createJob({ name: "both", limits: { processes: 10 } });
    for (let round = 0; round < 8; round++) {
      const victims = [await os.spawn(spin, { hart: 1, job }), await os.spawn(wait, { hart: 1, job, stdin: "pipe" }), await os.spawn(copy, { hart: 1, stdin: "pipe", stdout: "pipe" })];
      const survivor = await os.spawn(wait, { hart: 2, job, stdin: "pipe" });
      assert.equal(job.account.used("processes"), 3);
      const started = host.started;
      host.threads.get(1)!.terminate();
      for (const victim of victims) {
        const end = await victim.exited;
        assert.equal(end.killed, "hart");
        assert.match(end.message!, /its hart has ended/);
      }
      assert.equal(await victims[2]!.stdout!.text(), "", "its output ends");
      assert.ok(victims.every(({ running }) => !running));
      // Its charges are gone, those of others are not.
      assert.equal(job.account.used("processes"), 1);
      survivor.kill();
      await survivor.exited;
      assert.equal(job.account.used("processes"), 0);
      await until(() => host.started > started);
      await until(async () => (await os.spawn(copy, { hart: 1 }).then(({ exited }) => exited, () => undefined))?.status === 0);
    }
    assert.ok(neighbours.every(({ running }) => running), "those on other harts go on");
    for (const neighbour of neighbours) neighbour.kill("the end of the test");
    assert.deepEqual(await Promise.all(neighbours.map(({ exited }) => exited)), neighbours.map(() => ({ killed: "request", message: "the end of the test" })));
  } finally {
    await os.close();
  }
});

test("a hart that dies while something is started on it, or asks for files", async () => {
  const { os, host } = await bootBreakable(2);
  try {
    const copy = await os.compile(COPY_FILE);
    for (let round = 0; round < 6; round++) {
      const files = memory({ files: { in: "text" } });
      const starting = Array.from({ length: 8 }, () => os.spawn(copy, { hart: 1, fs: { "/": files } }));
      if (round % 2 === 0) await starting[0];
      const started = host.started;
      host.threads.get(1)!.terminate();
      for (const start of await Promise.allSettled(starting)) {
        if (start.status === "rejected") assert.match((start.reason as { code: string }).code, /^os\/hart-(ended|none)$/);
        else {
          const end = await start.value.exited;
          assert.ok(end.killed === "hart" || end.status === 0, JSON.stringify(end));
        }
      }
      await until(() => host.started > started);
    }
    await until(async () => (await os.spawn(copy, { hart: 1, fs: { "/": memory({ files: { in: "x" } }) } }).then(({ exited }) => exited, () => undefined))?.status === 0);
  } finally {
    await os.close();
  }
});
