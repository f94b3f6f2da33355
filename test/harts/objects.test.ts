/** Kernel objects and their handles across harts: what holds within one holds between two. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { boot } from "../../src/node.ts";
import type { HostChannel, Killed, Program } from "../../src/node.ts";
import { guest } from "../objects/guests.ts";
import { SPIN, until } from "./support.ts";

const os = await boot({ harts: 3, cacheFolder: false });
after(() => os.close());

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Answers every message with itself, until the other end goes. */
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

test("a channel between two harts: order, sizes, back-pressure, and its end", async () => {
  const [mine, theirs] = os.channel({ messages: 4, bytes: "60 KB" });
  const process = await os.spawn(echo, { hart: 1, handles: { end: theirs.give() } });
  for (let round = 0; round < 200; round++) {
    const bytes = new Uint8Array((round * 997) % 60_000).fill(round);
    await mine.send(bytes);
    assert.deepEqual(Buffer.from((await mine.receive())!.bytes), Buffer.from(bytes));
  }
  // Nobody receives here: four answers wait, one that the guest cannot send, and four more in its own queue.
  let sent = 0;
  const sending = (async () => {
    for (; sent < 20; sent++) await mine.send(`message ${sent}`);
  })();
  await settle();
  assert.ok(sent >= 4 && sent <= 9, `${sent} messages were taken`);
  for (let index = 0; index < 20; index++) assert.equal(text((await mine.receive())!.bytes), `message ${index}`);
  await sending;
  await assert.rejects(mine.send(new Uint8Array(60_001)), { code: "os/channel-message" });
  mine.close();
  assert.deepEqual(await process.exited, { status: 0 });

  const [left, right] = os.channel();
  const dying = await os.spawn(echo, { hart: 2, handles: { end: right.give() } });
  dying.kill();
  assert.equal(await left.receive(), undefined, "the end of the other side is seen");
  await assert.rejects(left.send("x"), { code: "os/channel-closed" });
});

test("two programs on two harts, and a program that sends before it ends", async () => {
  const [a, b] = os.channel({ messages: 64 });
  const [mine, other] = os.channel();
  const relay = await guest(os, `
    (data (i32.const 0) "fromto")
    (func (export "_start") (local $from i32) (local $to i32) (local $n i32)
      (local.set $from (call $startup (i32.const 0) (i32.const 4)))
      (local.set $to (call $startup (i32.const 4) (i32.const 2)))
      (local.set $n (i32.const 50))
      (loop $again
        (call $check (call $channel_receive (local.get $from) (i32.const 1024) (i32.const 1000) (i32.const 0) (i32.const 0) (i32.const 16) (i64.const -1)))
        (call $check (call $channel_send (local.get $to) (i32.const 1024) (i32.load $own (i32.const 16)) (i32.const 0) (i32.const 0) (i64.const -1)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`);
  const echoing = await os.spawn(echo, { hart: 2, handles: { end: b.give() } });
  const [source, drain] = os.channel();
  const relaying = await os.spawn(relay, { hart: 1, handles: { from: other.give(), to: a.give() } });
  void source;
  drain.close();
  for (let index = 0; index < 50; index++) await mine.send(`n${index}`);
  assert.deepEqual(await relaying.exited, { status: 0 });
  // Its other end went with the program that had it, which it meets when it receives or in the middle of an answer.
  assert.ok([0, 8].includes((await echoing.exited).status!));
});

test("handles go there and back: the object is the same", async () => {
  const [mine, theirs] = os.channel();
  await os.spawn(echo, { hart: 1, handles: { end: theirs.give() } });
  for (let round = 0; round < 20; round++) {
    const event = os.event();
    const [left, right] = os.channel();
    await left.send(`before ${round}`);
    await mine.send("these", [event.handle(), right.give()]);
    const { handles } = (await mine.receive())!;
    assert.deepEqual(handles.map((handle) => handle?.kind), ["event", "channel"]);
    const back = handles[1] as HostChannel;
    await left.send("after");
    // What was sent before, and while it was away, is there once and in order.
    assert.equal(text((await back.receive())!.bytes), `before ${round}`);
    assert.equal(text((await back.receive())!.bytes), "after");
    await back.send("answer");
    assert.equal(text((await left.receive())!.bytes), "answer");
    event.signal();
    assert.deepEqual(handles[0]!.signals, ["signalled"]);
    back.close();
    assert.equal(await left.receive(), undefined);
    for (const handle of [...handles, event, left]) handle?.close();
  }
  mine.close();
});

test("an end that travels with messages in its queue, some with handles, over two harts", async () => {
  const [one, oneEnd] = os.channel({ messages: 64 });
  const [two, twoEnd] = os.channel({ messages: 64 });
  await os.spawn(echo, { hart: 1, handles: { end: oneEnd.give() } });
  await os.spawn(echo, { hart: 2, handles: { end: twoEnd.give() } });
  const [left, right] = os.channel({ messages: 64 });
  const events = Array.from({ length: 5 }, () => os.event());
  for (let index = 0; index < 5; index++) {
    await left.send(`plain ${index}`);
    await left.send(`with ${index}`, [events[index]!.handle()]);
  }
  let travelling: HostChannel = right;
  for (const via of [one, two, one, two]) {
    await via.send("go", [travelling.give()]);
    travelling = (await via.receive())!.handles[0] as HostChannel;
  }
  await left.send("last");
  for (let index = 0; index < 5; index++) {
    assert.equal(text((await travelling.receive())!.bytes), `plain ${index}`);
    const { bytes, handles } = (await travelling.receive())!;
    assert.equal(text(bytes), `with ${index}`);
    events[index]!.signal();
    assert.deepEqual(await handles[0]!.wait("signalled"), ["signalled"]);
  }
  assert.equal(text((await travelling.receive())!.bytes), "last");
  one.close();
  two.close();
});

test("events, and waiting for them, in both directions", async () => {
  const ping = await guest(os, `
    (data (i32.const 0) "gogone")
    (func (export "_start") (local $go i32) (local $gone i32)
      (local.set $go (call $startup (i32.const 0) (i32.const 2)))
      (local.set $gone (call $startup (i32.const 2) (i32.const 4)))
      (call $check (call $wait_one (local.get $go) (i32.const 8) (i64.const -1) (i32.const 16)))
      (call $check (call $event_clear (local.get $go)))
      (call $check (call $event_signal (local.get $gone)))
      (drop (call $wait_one (local.get $gone) (i32.const 8) (i64.const -1) (i32.const 16)))))`);
  for (const hart of [0, 1, 2]) {
    const [go, gone] = [os.event(), os.event()];
    const process = await os.spawn(ping, { hart, handles: { go: go.handle(), gone: gone.handle() } });
    go.signal();
    await gone.wait("signalled");
    assert.deepEqual(await process.exited, { status: 0 });
    await until(() => go.signals.length === 0);
  }
});

test("a handle that is revoked is gone on the other hart as well, wherever it went", async () => {
  const wait = await guest(os, `
    (data (i32.const 0) "event")
    (func (export "_start") (local $event i32)
      (local.set $event (call $startup (i32.const 0) (i32.const 5)))
      (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 32)))
      (call $expect (i32.const 1) (call $wait_one (i32.load $own (i32.const 32)) (i32.const 8) (i64.const -1) (i32.const 16)) (i32.const 1))
      (call $expect (i32.const 2) (call $handle_close (local.get $event)) (i32.const 1))))`);
  for (const hart of [0, 1, 2]) {
    const event = os.event();
    const process = await os.spawn(wait, { hart, handles: { event: event.handle() } });
    await until(() => process.usage().switches > 0);
    event.revoke();
    assert.deepEqual(await process.exited, { status: 0 });
    event.close();
  }
});

test("a process and a job as handles: waited for, looked at, killed from another hart", async () => {
  const spin = await os.compile(SPIN);
  const watch = await guest(os, `
    (data (i32.const 0) "process") (data (i32.const 8) "job")
    (func (export "_start") (local $process i32) (local $job i32)
      (local.set $process (call $startup (i32.const 0) (i32.const 7)))
      (local.set $job (call $startup (i32.const 8) (i32.const 3)))
      (call $check (call $process_state (local.get $process) (i32.const 16)))
      (call $expect (i32.const 1) (i32.load $own (i32.const 16)) (i32.const 0))
      (loop $again
        (call $check (call $process_usage (local.get $process) (i32.const 128)))
        (call $check (call $thread_yield))
        (br_if $again (i64.eqz (i64.load $own (i32.const 128)))))
      (call $check (call $process_kill (local.get $process)))
      (call $check (call $wait_one (local.get $process) (i32.const 16) (i64.const -1) (i32.const 16)))
      (call $check (call $process_state (local.get $process) (i32.const 16)))
      (call $expect (i32.const 2) (i32.load $own (i32.const 16)) (i32.const 3))
      (call $check (call $job_kill (local.get $job)))
      (call $check (call $wait_one (local.get $job) (i32.const 16) (i64.const -1) (i32.const 16)))))`);
  for (const [watcher, watched] of [[1, 0], [0, 1], [1, 2], [1, 1]] as const) {
    const job = os.createJob({ name: `watched ${watcher} ${watched}` });
    const victim = await os.spawn(spin, { hart: watched });
    const members = [await os.spawn(spin, { hart: 0, job }), await os.spawn(spin, { hart: 2, job })];
    const process = await os.spawn(watch, { hart: watcher, handles: { process: victim.handle(), job: os.jobHandle(job) } });
    assert.deepEqual(await process.exited, { status: 0 }, `${watcher} watches ${watched}`);
    assert.match((await victim.exited as Killed).message, /killed by process/);
    for (const member of members) assert.equal((await member.exited).killed, "job");
  }
});

test("a memory object is the same bytes on every hart", async () => {
  const add = await guest(os, `
    (func (export "_start") (local $n i32)
      (local.set $n (i32.const 1000))
      (loop $again
        (drop (i32.atomic.rmw.add $shared (i32.const 0) (i32.const 1)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`, `(import "isola:memory" "numbers" (memory $shared 1 1 shared))`);
  const memory = os.memoryObject(65_536);
  const processes = await Promise.all([0, 1, 2].map((hart) => os.spawn(add, { hart, handles: { numbers: memory.handle() } })));
  for (const { exited } of processes) assert.deepEqual(await exited, { status: 0 });
  assert.equal(new Int32Array(memory.bytes.buffer)[0], 3000);
});

test("a program starts programs from an image, on whichever hart it is", async () => {
  const child: Program = await guest(os, `(func (export "_start") (drop (call $process_exit (i32.const 42))))`);
  const parent = await guest(os, `
    (data (i32.const 0) "imagejob")
    (func (export "_start") (local $n i32)
      (local.set $n (i32.const 10))
      (loop $again
        (call $check (call $process_create (call $startup (i32.const 0) (i32.const 5)) (call $startup (i32.const 5) (i32.const 3)) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
        (call $check (call $wait_one (i32.load $own (i32.const 64)) (i32.const 16) (i64.const -1) (i32.const 16)))
        (call $check (call $process_state (i32.load $own (i32.const 64)) (i32.const 16)))
        (call $expect (i32.const 1) (i32.load $own (i32.const 16)) (i32.const 1))
        (call $expect (i32.const 2) (i32.load $own (i32.const 20)) (i32.const 42))
        (call $check (call $handle_close (i32.load $own (i32.const 64))))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`);
  const image = os.image(child);
  for (const hart of [0, 1, 2]) {
    const process = await os.spawn(parent, { hart, handles: { image: image.handle(), job: os.jobHandle(os.createJob({ name: `family ${hart}` })) } });
    assert.deepEqual(await process.exited, { status: 0 });
  }
});

test("what cannot leave its hart keeps its program there, or is refused", async () => {
  const [mine, theirs] = os.channel();
  // The host keeps a handle on this end, too.
  const shared = theirs.handle();
  await assert.rejects(os.spawn(echo, { hart: 1, handles: { end: shared } }), { code: "os/hart-elsewhere" });
  const process = await os.spawn(echo, { handles: { end: theirs.handle() } });
  await mine.send("here");
  assert.equal(text((await mine.receive())!.bytes), "here");
  assert.equal((await os.snapshot()).processes.find(({ id }) => id === process.id)?.hart, 0);
  process.kill();
  await process.exited;
});

test("nothing is left behind", async () => {
  const job = os.createJob({ name: "tidy" });
  const before = { handles: os.root.account.used("handles"), memory: os.root.account.used("memory") };
  for (let round = 0; round < 30; round++) {
    const [mine, theirs] = os.channel();
    const process = await os.spawn(echo, { hart: 1 + (round % 2), job, handles: { end: theirs.give() } });
    const event = os.event();
    await mine.send("x", [event.handle()]);
    const { handles } = (await mine.receive())!;
    if (round % 3 === 0) process.kill();
    for (const handle of [...handles, event, mine]) handle?.close();
    await process.exited;
  }
  await until(() => os.root.account.used("handles") === before.handles && os.root.account.used("memory") === before.memory);
  assert.equal(job.account.used("processes"), 0);
});
