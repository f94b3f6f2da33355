import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { compile } from "watr";
import { Status } from "#kernel";
import { ImportTypeError, OptionError, SharedMemoryError } from "#os";
import type { HandleError, SpawnOptions, System } from "#os";
import { boot } from "../../src/node.ts";
import { guest } from "./guests.ts";

/** Sends the numbers 0 to 9,999, waits for each plus one. */
const PING = `
  (data (i32.const 0) "end")
  (func (export "_start") (local $end i32) (local $n i32)
    (local.set $end (call $startup (i32.const 0) (i32.const 3)))
    (loop $l
      (i32.store (i32.const 16) (local.get $n))
      (call $check (call $channel_send (local.get $end) (i32.const 16) (i32.const 64) (i32.const 0) (i32.const 0) (i64.const -1)))
      (call $check (call $channel_receive (local.get $end) (i32.const 100) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 200) (i64.const -1)))
      (call $expect (i32.const 1) (i32.load (i32.const 100)) (i32.add (local.get $n) (i32.const 1)))
      (call $expect (i32.const 2) (i32.load (i32.const 200)) (i32.const 64))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $n) (i32.const 10000))))))`;
/** Answers numbers until the other end is gone. */
const PONG = `
  (data (i32.const 0) "end")
  (func (export "_start") (local $end i32) (local $status i32)
    (local.set $end (call $startup (i32.const 0) (i32.const 3)))
    (loop $l
      (local.set $status (call $channel_receive (local.get $end) (i32.const 100) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 200) (i64.const -1)))
      (if (i32.eq (local.get $status) (i32.const ${Status.peer_closed})) (then (return)))
      (call $check (local.get $status))
      (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))
      (call $check (call $channel_send (local.get $end) (i32.const 100) (i32.const 64) (i32.const 0) (i32.const 0) (i64.const -1)))
      (br $l))))`;
const SPIN = `(func (export "_start") (loop $l (br $l)))`;

describe("kernel objects", () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error: unknown) => bugs.push(error) });
  });
  after(async () => {
    await os.close();
    assert.deepEqual(bugs, []);
    assert.equal(os.root.account.used("memory"), 0, "everything was refunded");
    assert.equal(os.root.account.used("handles"), 0);
    assert.equal(os.root.account.used("processes"), 0);
  });
  /** Starts a guest and gives how it ended. */
  const run = async (fields: string, options: SpawnOptions = {}, imports = ""): Promise<unknown> => {
    const process = await os.spawn(await guest(os, fields, imports), { limits: { wall: "20 s" }, ...options });
    return process.exited;
  };
  const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const ok = { status: 0 };


  test("two programs play ping-pong over a channel, and one sees that the other has gone", async () => {
    const [a, b] = os.channel();
    const pong = run(PONG, { handles: { end: b.give() } });
    assert.deepEqual(await run(PING, { handles: { end: a.give() } }), ok);
    assert.deepEqual(await pong, ok);
  });

  test("handles move with messages and work at the other side only", async () => {
    const [a, b] = os.channel();
    const receiver = run(`
      (data (i32.const 0) "end")
      (func (export "_start")
        (call $check (call $channel_receive (call $startup (i32.const 0) (i32.const 3)) (i32.const 100) (i32.const 8) (i32.const 120) (i32.const 2) (i32.const 200) (i64.const -1)))
        (call $expect (i32.const 1) (i32.load (i32.const 204)) (i32.const 1))
        (call $check (call $event_signal (i32.load (i32.const 120))))))`, { handles: { end: b.give() } });
    assert.deepEqual(await run(`
      (data (i32.const 0) "end")
      (func (export "_start") (local $event i32)
        (call $check (call $event_create (i32.const 100)))
        (local.set $event (i32.load (i32.const 100)))
        (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 104)))
        ;; The same handle cannot go twice.
        (i32.store (i32.const 108) (i32.load (i32.const 104)))
        (call $expect (i32.const 1) (call $channel_send (call $startup (i32.const 0) (i32.const 3)) (i32.const 0) (i32.const 3) (i32.const 104) (i32.const 2) (i64.const 0)) (i32.const ${Status.invalid_argument}))
        (call $check (call $channel_send (call $startup (i32.const 0) (i32.const 3)) (i32.const 0) (i32.const 3) (i32.const 104) (i32.const 1) (i64.const 0)))
        (call $expect (i32.const 2) (call $event_signal (i32.load (i32.const 104))) (i32.const ${Status.bad_handle}))
        (call $check (call $wait_one (local.get $event) (i32.const 8) (i64.const -1) (i32.const 112)))
        (call $expect (i32.const 3) (i32.load (i32.const 112)) (i32.const 8))))`, { handles: { end: a.give() } }), ok);
    assert.deepEqual(await receiver, ok);
  });

  test("a flood to a slow reader blocks the flooder, and nobody else", async () => {
    const [a, b] = os.channel({ messages: 4, bytes: 1000 });
    const sender = run(`
      (data (i32.const 0) "end")
      (func (export "_start") (local $end i32) (local $n i32)
        (local.set $end (call $startup (i32.const 0) (i32.const 3)))
        (loop $l
          (i32.store (i32.const 16) (local.get $n))
          (call $check (call $channel_send (local.get $end) (i32.const 16) (i32.const 400) (i32.const 0) (i32.const 0) (i64.const -1)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $n) (i32.const 50))))))`, { handles: { end: a.give() } });
    await turn(20);
    for (let n = 0; n < 50; n++) {
      if (n % 10 === 0) await turn(2);
      const message = await b.receive();
      assert.equal(new DataView(message!.bytes.buffer).getUint32(0, true), n);
      assert.equal(message!.bytes.length, 400);
    }
    assert.equal(await b.receive(), undefined, "and then the end");
    assert.deepEqual(await sender, ok);
    b.close();
  });

  test("what does not fit into the buffers stays, with its sizes told; deadlines pass", async () => {
    const [a, b] = os.channel();
    const event = os.event();
    await b.send("hello", [event.handle()]);
    assert.deepEqual(await run(`
      (data (i32.const 0) "end")
      (func (export "_start") (local $end i32)
        (local.set $end (call $startup (i32.const 0) (i32.const 3)))
        (call $expect (i32.const 1) (call $channel_receive (local.get $end) (i32.const 100) (i32.const 4) (i32.const 120) (i32.const 1) (i32.const 200) (i64.const -1)) (i32.const ${Status.buffer_too_small}))
        (call $expect (i32.const 2) (i32.load (i32.const 200)) (i32.const 5))
        (call $expect (i32.const 3) (call $channel_receive (local.get $end) (i32.const 100) (i32.const 5) (i32.const 120) (i32.const 0) (i32.const 200) (i64.const -1)) (i32.const ${Status.buffer_too_small}))
        (call $check (call $channel_receive (local.get $end) (i32.const 100) (i32.const 5) (i32.const 120) (i32.const 1) (i32.const 200) (i64.const -1)))
        (call $expect (i32.const 4) (i32.load8_u (i32.const 104)) (i32.const 111))
        (call $expect (i32.const 5) (call $channel_receive (local.get $end) (i32.const 100) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 200) (i64.const 0)) (i32.const ${Status.would_block}))
        (call $check (call $clock_read (i32.const 0) (i32.const 208)))
        (call $expect (i32.const 6) (call $channel_receive (local.get $end) (i32.const 100) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 200) (i64.add (i64.load (i32.const 208)) (i64.const 3000000))) (i32.const ${Status.timed_out}))
        (call $check (call $clock_read (i32.const 0) (i32.const 216)))
        (call $expect (i32.const 7) (i64.ge_u (i64.sub (i64.load (i32.const 216)) (i64.load (i32.const 208))) (i64.const 3000000)) (i32.const 1))
        (call $expect (i32.const 8) (call $channel_send (local.get $end) (i32.const 0) (i32.const 65537) (i32.const 0) (i32.const 0) (i64.const -1)) (i32.const ${Status.too_large}))))`, { handles: { end: a.give() } }), ok);
    assert.equal(b.signals.includes("peer_closed"), true);
    await assert.rejects(b.send("x"), (error: HandleError) => error.code === "os/channel-closed");
    for (const handle of [b, event]) handle.close();
  });

  test("a wait set reports what is ready: timer, event, channel, and the end of a program", async () => {
    const [a, b] = os.channel();
    const event = os.event();
    const spinner = await os.spawn(await guest(os, SPIN));
    const waiter = run(`
      (data (i32.const 0) "end") (data (i32.const 8) "event") (data (i32.const 16) "program")
      (global $set (mut i32) (i32.const 0))
      (func $add (param $handle i32) (param $signals i32) (param $key i64)
        (call $check (call $wait_set_add (global.get $set) (local.get $handle) (local.get $signals) (local.get $key))))
      (func $next (param $line i32) (param $key i64) (param $signals i32)
        (call $check (call $wait_set_wait (global.get $set) (i32.const 300) (i32.const 4) (i32.const 200) (i64.const -1)))
        (call $expect (local.get $line) (i32.load (i32.const 200)) (i32.const 1))
        (call $expect (local.get $line) (i32.wrap_i64 (i64.load (i32.const 300))) (i32.wrap_i64 (local.get $key)))
        (call $expect (local.get $line) (i32.load (i32.const 308)) (local.get $signals))
        (call $check (call $wait_set_remove (global.get $set) (local.get $key))))
      (func (export "_start") (local $timer i32)
        (call $check (call $wait_set_create (i32.const 100)))
        (global.set $set (i32.load (i32.const 100)))
        (call $check (call $timer_create (i32.const 100)))
        (local.set $timer (i32.load (i32.const 100)))
        (call $add (call $startup (i32.const 0) (i32.const 3)) (i32.const 1) (i64.const 10))
        (call $add (call $startup (i32.const 8) (i32.const 5)) (i32.const 8) (i64.const 11))
        (call $add (call $startup (i32.const 16) (i32.const 7)) (i32.const 16) (i64.const 12))
        (call $add (local.get $timer) (i32.const 8) (i64.const 13))
        (call $expect (i32.const 1) (call $wait_set_add (global.get $set) (local.get $timer) (i32.const 8) (i64.const 13)) (i32.const ${Status.exists}))
        (call $expect (i32.const 2) (call $wait_set_wait (global.get $set) (i32.const 300) (i32.const 4) (i32.const 200) (i64.const 0)) (i32.const ${Status.would_block}))
        (call $check (call $clock_read (i32.const 0) (i32.const 208)))
        (call $check (call $timer_set (local.get $timer) (i64.add (i64.load (i32.const 208)) (i64.const 2000000)) (i64.const 0)))
        (call $next (i32.const 3) (i64.const 13) (i32.const 8))
        (call $check (call $channel_send (call $startup (i32.const 0) (i32.const 3)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const -1)))
        (call $next (i32.const 4) (i64.const 11) (i32.const 8))
        (call $check (call $process_kill (call $startup (i32.const 16) (i32.const 7))))
        (call $next (i32.const 5) (i64.const 12) (i32.const 16))
        (call $check (call $channel_send (call $startup (i32.const 0) (i32.const 3)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const -1)))
        (call $next (i32.const 6) (i64.const 10) (i32.const 1))
        (call $check (call $process_state (call $startup (i32.const 16) (i32.const 7)) (i32.const 100)))
        (call $expect (i32.const 7) (i32.load (i32.const 100)) (i32.const 3))))`,
    { handles: { end: a.give(), event: event.handle(), program: spinner.handle() } });
    await b.receive();
    event.signal();
    await b.receive();
    await b.send("x");
    assert.deepEqual(await waiter, ok);
    assert.equal((await spinner.exited).killed, "request");
    for (const handle of [b, event]) handle.close();
  });

  test("a memory object is shared; who can write it needs the right to", async () => {
    const shared = os.memoryObject("64 KiB");
    const event = os.event();
    const importing = `(import "isola:memory" "shared" (memory $shared 1 1 shared))`;
    const writer = `
      (data (memory $own) (i32.const 0) "event")
      (func (export "_start")
        (i32.store $shared (i32.const 8) (i32.const 4711))
        (call $check (call $event_signal (call $startup (i32.const 0) (i32.const 5))))))`;
    const reader = run(`
      (data (memory $own) (i32.const 0) "event")
      (func (export "_start")
        (call $check (call $wait_one (call $startup (i32.const 0) (i32.const 5)) (i32.const 8) (i64.const -1) (i32.const 100)))
        (call $expect (i32.const 1) (i32.load $shared (i32.const 8)) (i32.const 4711))))`,
    { handles: { shared: shared.handle(["read"]), event: event.handle() } }, importing);
    assert.deepEqual(await run(writer, { handles: { shared: shared.handle(), event: event.handle() } }, importing), ok);
    assert.deepEqual(await reader, ok);
    assert.equal(new DataView(shared.bytes.buffer).getUint32(8, true), 4711);
    const denied = (error: unknown): boolean => error instanceof SharedMemoryError && error.code === "os/memory-rights";
    await assert.rejects(run(writer, { handles: { shared: shared.handle(["read"]), event: event.handle() } }, importing), denied);
    await assert.rejects(run(writer, { handles: { event: event.handle() } }, importing), (error: SharedMemoryError) => error.code === "os/memory-missing");
    // Kernel calls would write there for it.
    const results = compile(`(module (import "isola:memory" "shared" (memory 1 1 shared)) (func (export "_start")))`) as Uint8Array;
    await assert.rejects(os.spawn(await os.compile(results), { handles: { shared: shared.handle(["read"]) } }), denied);
    const tooLarge = compile(`(module (import "isola:memory" "shared" (memory 2 2 shared)) (func (export "_start")))`) as Uint8Array;
    await assert.rejects(os.spawn(await os.compile(tooLarge), { handles: { shared: shared.handle() } }), ImportTypeError);
    for (const handle of [shared, event]) handle.close();
  });

  test("revoking reaches duplicates, moved handles and calls that wait", async () => {
    const [a, b] = os.channel();
    const event = os.event();
    const waiter = run(`
      (data (i32.const 0) "event") (data (i32.const 8) "end")
      (func (export "_start") (local $event i32)
        (local.set $event (call $startup (i32.const 0) (i32.const 5)))
        (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 100)))
        (call $check (call $handle_duplicate (i32.load (i32.const 100)) (i32.const -1) (i32.const 104)))
        (call $check (call $channel_send (call $startup (i32.const 8) (i32.const 3)) (i32.const 0) (i32.const 0) (i32.const 104) (i32.const 1) (i64.const -1)))
        (call $expect (i32.const 1) (call $wait_one (local.get $event) (i32.const 8) (i64.const -1) (i32.const 112)) (i32.const ${Status.bad_handle}))
        (call $expect (i32.const 2) (call $event_signal (i32.load (i32.const 100))) (i32.const ${Status.bad_handle}))))`, { handles: { event: event.handle(), end: a.give() } });
    await b.wait("readable");
    event.revoke();
    assert.deepEqual(await waiter, ok);
    assert.deepEqual((await b.receive())?.handles, [undefined], "the one on its way arrives as none");
    event.signal();
    for (const handle of [b, event]) handle.close();
  });

  test("forged, stale and foreign handles and addresses are errors, each of them", async () => {
    const event = os.event();
    assert.deepEqual(await run(`
      (data (i32.const 0) "event")
      (func (export "_start") (local $event i32) (local $n i32)
        (local.set $event (call $startup (i32.const 0) (i32.const 5)))
        ;; Numbers around and far from it, and those of standard input and output.
        (local.set $n (i32.const -40))
        (loop $l
          (if (local.get $n) (then
            (call $expect (i32.const 1) (call $event_signal (i32.add (local.get $event) (local.get $n))) (i32.const ${Status.bad_handle}))
            (call $expect (i32.const 2) (call $handle_close (i32.add (local.get $event) (i32.shl (local.get $n) (i32.const 20)))) (i32.const ${Status.bad_handle}))
            (call $expect (i32.const 3) (call $handle_info (local.get $n) (i32.const 100)) (i32.const ${Status.bad_handle}))))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_s (local.get $n) (i32.const 40))))
        (call $expect (i32.const 4) (call $timer_cancel (local.get $event)) (i32.const ${Status.wrong_kind}))
        (call $expect (i32.const 5) (call $event_clear (local.get $event)) (i32.const ${Status.missing_rights}))
        (call $expect (i32.const 6) (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 100)) (i32.const ${Status.missing_rights}))
        (call $expect (i32.const 7) (call $handle_info (local.get $event) (i32.const -4)) (i32.const ${Status.bad_address}))
        (call $expect (i32.const 8) (call $wait_one (local.get $event) (i32.const 8) (i64.const -1) (i32.const 131069)) (i32.const ${Status.bad_address}))
        (call $expect (i32.const 9) (call $wait_one (local.get $event) (i32.const 0x4000) (i64.const -1) (i32.const 0)) (i32.const ${Status.invalid_argument}))
        (call $check (call $handle_close (local.get $event)))
        (call $expect (i32.const 10) (call $handle_close (local.get $event)) (i32.const ${Status.bad_handle}))
        (call $check (call $event_create (i32.const 100)))
        (call $expect (i32.const 11) (call $event_signal (local.get $event)) (i32.const ${Status.bad_handle}))))`, { handles: { event: event.handle(["wait"]) } }), ok);
    event.close();
  });

  test("overlapping buffers are copied as if they were apart", async () => {
    assert.deepEqual(await run(`
      (data (i32.const 64) "abcdefgh")
      (func (export "_start")
        (call $check (call $channel_create (i32.const 4) (i32.const 64) (i32.const 0) (i32.const 4)))
        (call $check (call $channel_send (i32.load (i32.const 0)) (i32.const 64) (i32.const 8) (i32.const 0) (i32.const 0) (i64.const 0)))
        (i64.store (i32.const 64) (i64.const 0))
        ;; The sizes lie inside of the buffer: the bytes come last.
        (call $check (call $channel_receive (i32.load (i32.const 4)) (i32.const 64) (i32.const 8) (i32.const 64) (i32.const 2) (i32.const 64) (i64.const 0)))
        (call $expect (i32.const 1) (i32.load8_u (i32.const 71)) (i32.const 104))))`), ok);
  });

  test("limits: handles, memory for objects, and messages with handles", async () => {
    const exhaust = (call: string): string => `
      (func (export "_start") (local $n i32) (local $status i32)
        (loop $l
          (local.set $status (${call}))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.eqz (local.get $status))))
        (call $expect (i32.const 0) (local.get $status) (i32.const ${Status.limit}))
        (drop (call $process_exit (local.get $n)))))`;
    // Three are standard streams.
    assert.deepEqual(await run(exhaust("call $event_create (i32.const 0)"), { limits: { openFiles: 13 } }), { status: 11 });
    const memory = await run(exhaust("call $memory_create (i32.const 16) (i32.const 0)"), { limits: { memory: "10 MiB" } });
    assert.deepEqual(memory, { status: 10 });
    assert.deepEqual(await run(exhaust("call $memory_create (i32.const 1) (i32.const 0)")), { status: 65 }, "the 65th of any size");
    const channels = await run(exhaust("call $channel_create (i32.const 1) (i32.const 0x100000) (i32.const 0) (i32.const 4)"), { limits: { memory: "10 MiB" } });
    assert.deepEqual(channels, { status: 5 });
  });

  test("jobs made by a program: limits hold, usage is told, killing one kills what is below", async () => {
    const job = os.createJob({ name: "given" });
    const made = run(`
      (data (i32.const 0) "job")
      (func (export "_start") (local $n i32) (local $job i32)
        (local.set $job (call $startup (i32.const 0) (i32.const 3)))
        (memory.fill (i32.const 300) (i32.const 255) (i32.const 56))
        (call $check (call $job_usage (local.get $job) (i32.const 400)))
        (call $expect (i32.const 1) (i32.load (i32.const 436)) (i32.const 0))
        ;; Below each other, until the tree is as deep as it may be.
        (loop $l
          (call $expect (i32.const 2) (call $job_create (local.get $job) (i32.const 300) (i32.const 100)) (i32.const 0))
          (local.set $job (i32.load (i32.const 100)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $n) (i32.const 31))))
        (call $expect (i32.const 3) (call $job_create (local.get $job) (i32.const 300) (i32.const 100)) (i32.const ${Status.limit}))
        (call $check (call $job_kill (call $startup (i32.const 0) (i32.const 3))))
        (call $expect (i32.const 4) (call $job_create (local.get $job) (i32.const 300) (i32.const 100)) (i32.const ${Status.killed}))
        (call $check (call $wait_one (local.get $job) (i32.const 16) (i64.const -1) (i32.const 100)))))`, { handles: { job: os.jobHandle(job) } });
    assert.deepEqual(await made, ok);
    assert.equal(job.children.size, 0, "the jobs went with the program's handles");
    const late = await os.spawn(await guest(os, SPIN), { job });
    assert.equal((await late.exited).killed, "job");
    assert.equal(await late.stdout!.text(), "");
  });

  test("a program that is being created when its job is killed never runs", async () => {
    for (let round = 0; round < 20; round++) {
      const job = os.createJob({ name: `doomed-${round}` });
      const program = await guest(os, SPIN);
      const spawning = [os.spawn(program, { job }), os.spawn(program, { job })];
      if (round % 2 === 0) await Promise.resolve();
      job.kill({ cause: "job", message: "test" });
      for (const process of await Promise.all(spawning)) assert.equal((await process.exited).killed, "job");
      assert.equal(job.account.used("processes"), 0);
      assert.equal(job.account.used("memory"), 0);
    }
  });

  test("a program starts another, gives it a handle and its arguments, and waits for its end", async () => {
    const job = os.createJob({ name: "children", limits: { processes: 2 } });
    const child = await guest(os, `
      (data (i32.const 0) "event")
      (func (export "_start")
        (drop (call $sizes (i32.const 100) (i32.const 104)))
        (call $check (call $event_signal (call $startup (i32.const 0) (i32.const 5))))
        (drop (call $process_exit (i32.add (i32.const 40) (i32.load (i32.const 100))))))`, `(import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))`);
    const image = os.image(child);
    const broken = os.image(await os.compile(compile(`(module (import "nowhere" "f" (func)) (func (export "_start")))`) as Uint8Array));
    const start = (image: number): string => `(call $process_create (local.get ${image}) (local.get $job) (i32.const 20) (i32.const 8) (i32.const 0) (i32.const 6) (i32.const 104) (i32.const 1) (i32.const 112))`;
    assert.deepEqual(await run(`
      (data (i32.const 0) "event\\00") (data (i32.const 8) "image") (data (i32.const 16) "job") (data (i32.const 20) "one\\00two\\00") (data (i32.const 40) "broken")
      (func (export "_start") (local $image i32) (local $job i32) (local $event i32) (local $broken i32)
        (local.set $image (call $startup (i32.const 8) (i32.const 5)))
        (local.set $broken (call $startup (i32.const 40) (i32.const 6)))
        (local.set $job (call $startup (i32.const 16) (i32.const 3)))
        (call $check (call $event_create (i32.const 100)))
        (local.set $event (i32.load (i32.const 100)))
        (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 104)))
        (call $check ${start(0)})
        (call $expect (i32.const 1) (call $event_signal (i32.load (i32.const 104))) (i32.const ${Status.bad_handle}))
        (call $check (call $wait_one (local.get $event) (i32.const 8) (i64.const -1) (i32.const 116)))
        (call $check (call $wait_one (i32.load (i32.const 112)) (i32.const 16) (i64.const -1) (i32.const 116)))
        (call $check (call $process_state (i32.load (i32.const 112)) (i32.const 120)))
        (call $expect (i32.const 2) (i32.load (i32.const 120)) (i32.const 1))
        (call $expect (i32.const 3) (i32.load (i32.const 124)) (i32.const 43))
        (call $expect (i32.const 4) ${start(0)} (i32.const ${Status.bad_handle}))
        (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 104)))
        (call $expect (i32.const 5) ${start(3)} (i32.const ${Status.bad_image}))
        (call $check (call $job_kill (local.get $job)))
        (call $check (call $handle_duplicate (local.get $event) (i32.const -1) (i32.const 104)))
        (call $expect (i32.const 6) ${start(0)} (i32.const ${Status.killed}))))`,
    { handles: { image: image.handle(), broken: broken.handle(), job: os.jobHandle(job) } }), ok);
    for (const handle of [image, broken]) handle.close();
  });

  test("a fork bomb meets the limit of its job, and ends with it", async () => {
    const job = os.createJob({ name: "bomb", limits: { processes: 20 } });
    const bomb = await guest(os, `
      (data (i32.const 0) "image\\00job\\00")
      (func (export "_start") (local $n i32) (local $status i32)
        (loop $l
          (call $check (call $handle_duplicate (call $startup (i32.const 0) (i32.const 5)) (i32.const -1) (i32.const 100)))
          (call $check (call $handle_duplicate (call $startup (i32.const 6) (i32.const 3)) (i32.const -1) (i32.const 104)))
          (local.set $status (call $process_create (call $startup (i32.const 0) (i32.const 5)) (call $startup (i32.const 6) (i32.const 3)) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 100) (i32.const 2) (i32.const 112)))
          (br $l))))`);
    const image = os.image(bomb);
    const first = await os.spawn(bomb, { job, handles: { image: image.handle(), job: os.jobHandle(job) } });
    // Another program goes on meanwhile.
    const [a, b] = os.channel();
    const pong = run(PONG, { handles: { end: b.give() } });
    assert.deepEqual(await run(PING, { handles: { end: a.give() } }), ok);
    assert.deepEqual(await pong, ok);
    assert.equal(job.account.used("processes"), 20);
    job.kill({ cause: "job", message: "enough" });
    assert.equal((await first.exited).killed, "job");
    image.close();
    while (job.account.used("processes") > 0) await turn(1);
    for (let waited = 0; job.account.used("memory") > 0 && waited < 100; waited++) await turn(1);
    assert.equal(job.account.used("memory"), 0);
    assert.equal(job.account.used("handles"), 0);
  });

  test("a gift that was revoked before it was used is none, and keeps nothing alive", async () => {
    const [event, memory] = [os.event(), os.memoryObject(1)];
    const [a, b] = os.channel({ messages: 1 });
    const gifts = [event.handle(), memory.handle(), event.handle()] as const;
    await a.send("full");
    const sending = a.send("late", [gifts[2]]);
    for (const handle of [event, memory]) handle.revoke();
    assert.deepEqual(await run(`
      (data (i32.const 0) "event")
      (func (export "_start")
        (call $expect (i32.const 1) (call $startup_handle (i32.const 0) (i32.const 5) (i32.const 100)) (i32.const ${Status.not_found}))))`, { handles: { event: gifts[0] } }), ok);
    const reader = compile(`(module (import "isola:memory" "shared" (memory 1 1 shared)) (memory (export "memory") 1) (func (export "_start")))`) as Uint8Array;
    await assert.rejects(os.spawn(await os.compile(reader), { handles: { shared: gifts[1] } }), { code: "os/memory-missing" });
    await b.receive();
    await sending;
    assert.deepEqual((await b.receive())?.handles, [undefined]);
    for (const handle of [event, memory, a, b]) handle.close();
  });

  test("a gift is used once, and a spawn that fails lets go of it", async () => {
    const event = os.event();
    const gift = event.handle();
    const program = await guest(os, `(func (export "_start"))`);
    await (await os.spawn(program, { handles: { a: gift } })).exited;
    await assert.rejects(os.spawn(program, { handles: { a: gift } }), (error: HandleError) => error.code === "os/handle-spent");
    await assert.rejects(os.spawn(program, { handles: { a: event.handle(), b: event.handle() }, limits: { openFiles: 4 } }), { code: "abi/isola-handles" });
    assert.throws(() => event.handle(["kill"]), (error: HandleError) => error.code === "os/handle-rights");
    event.close();
    assert.throws(() => event.handle(), (error: HandleError) => error.code === "os/handle-closed");
  });

  test("rights, signals and messages that there are not are named, and a refused message spends its handles", async () => {
    const [a, b] = os.channel();
    const event = os.event();
    const wrong = (option: string) => (error: unknown): boolean => error instanceof OptionError && error.option === option;
    for (const rights of [["frob"], "wait", ["wait", "toString"]]) assert.throws(() => event.handle(rights as ["wait"]), wrong("rights"));
    assert.throws(() => os.jobHandle(os.root, ["frob" as "wait"]), wrong("rights"));
    await assert.rejects(event.wait("frob" as "signalled"), wrong("names"));
    const gift = event.handle();
    await assert.rejects(a.send(5 as unknown as string, [gift]), wrong("bytes"));
    assert.throws(() => gift.take(), { code: "os/handle-spent" });
    await assert.rejects(a.send("x", [5 as unknown as typeof gift]), wrong("gifts"));
    a.close();
    assert.equal(await b.receive(), undefined);
    for (const handle of [event, b]) handle.close();
  });
});
