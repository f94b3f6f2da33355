/** A hart that dies takes its own processes with it and nothing else, and a fresh one takes its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "../../src/node.ts";
import type { HostChannel } from "../../src/node.ts";
import { guest } from "../objects/guests.ts";
import { COPY, COPY_FILE, SPIN, WAIT, bootBreakable, until } from "./support.ts";

test("a thread that is terminated, again and again", async () => {
  const { os, host } = await bootBreakable(3);
  try {
    const spin = await os.compile(SPIN);
    const wait = await os.compile(WAIT);
    const copy = await os.compile(COPY);
    const neighbours = [await os.spawn(wait, { hart: 0, stdin: "pipe" }), await os.spawn(wait, { hart: 2, stdin: "pipe" })];
    const job = os.createJob({ name: "both", limits: { processes: 10 } });
    for (let round = 0; round < 6; round++) {
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
    for (let round = 0; round < 4; round++) {
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

test("what other harts had to do with a dead one ends: channels, events, handles, and what waits for them", async () => {
  const { os, host } = await bootBreakable(3);
  try {
    const echo = await guest(os, `
      (data (i32.const 0) "end")
      (func (export "_start") (local $end i32) (local $status i32)
        (local.set $end (call $startup (i32.const 0) (i32.const 3)))
        (loop $again
          (local.set $status (call $channel_receive (local.get $end) (i32.const 1024) (i32.const 60000) (i32.const 64) (i32.const 8) (i32.const 16) (i64.const -1)))
          (if (i32.eq (local.get $status) (i32.const 8)) (then return))
          (call $check (local.get $status))
          (call $check (call $channel_send (local.get $end) (i32.const 1024) (i32.load $own (i32.const 16)) (i32.const 64) (i32.load $own (i32.const 20)) (i64.const -1)))
          (br $again)))`);
    // Makes a channel, sends one end to whoever is at "end", and waits at the other.
    const maker = await guest(os, `
      (data (i32.const 0) "end")
      (func (export "_start")
        (call $check (call $channel_create (i32.const 4) (i32.const 1000) (i32.const 64) (i32.const 68)))
        (call $check (call $channel_send (call $startup (i32.const 0) (i32.const 3)) (i32.const 1024) (i32.const 0) (i32.const 68) (i32.const 1) (i64.const -1)))
        (drop (call $channel_receive (i32.load $own (i32.const 64)) (i32.const 1024) (i32.const 1000) (i32.const 0) (i32.const 0) (i32.const 16) (i64.const -1)))))`);
    const before = { handles: os.root.account.used("handles"), memory: os.root.account.used("memory") };
    for (let round = 0; round < 3; round++) {
      const [mine, theirs] = os.channel();
      const [left, right] = os.channel();
      const [otherMine, otherTheirs] = os.channel();
      await os.spawn(echo, { hart: 1, handles: { end: theirs.give() } });
      const survivor = await os.spawn(echo, { hart: 2, handles: { end: right.give() } });
      const making = await os.spawn(maker, { hart: 1, handles: { end: otherTheirs.give() } });
      await mine.send("x");
      assert.equal((await mine.receive())!.bytes.length, 1);
      // Its home is the hart that dies; the program on hart 2 waits at it.
      const made = (await otherMine.receive())!.handles[0] as HostChannel;
      const waiting = await os.spawn(echo, { hart: 2, handles: { end: made.give() } });
      const watched = making.handle();
      const started = host.started;
      host.threads.get(1)!.terminate();
      assert.equal(await mine.receive(), undefined, "the other end is gone");
      await assert.rejects(mine.send("more"), { code: "os/channel-closed" });
      assert.deepEqual(await waiting.exited, { status: 0 }, "a channel of the dead hart ends on others");
      assert.equal((await making.exited as { killed: string }).killed, "hart");
      watched.discard();
      await left.send("y");
      assert.equal((await left.receive())!.bytes.length, 1, "others do not notice");
      for (const channel of [mine, left, otherMine]) channel.close();
      assert.deepEqual(await survivor.exited, { status: 0 });
      await until(() => host.started > started);
    }
    await until(() => os.root.account.used("handles") === before.handles && os.root.account.used("memory") === before.memory);
  } finally {
    await os.close();
  }
});

test("closing the system ends programs on all harts with the same reason", async () => {
  const { os } = await bootBreakable(3);
  const spin = await os.compile(SPIN);
  const started = await Promise.all([0, 1, 2].map((hart) => os.spawn(spin, { hart })));
  await os.close();
  for (const { exited } of started) assert.deepEqual(await exited, { killed: "shutdown", message: "the system is shutting down" });
  await assert.rejects(os.spawn(spin), { code: "kernel/shutdown" });
});
