/** Services from a manifest: order, restarts, heartbeats, clients over gates and channels, and what is left at the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError, boot } from "../../src/node.ts";
import type { LaunchOptions, Manifest, System } from "../../src/node.ts";
import { guestText, textSource, until, watch } from "./guests.ts";

const FAST = { backoff: 1, max: 5, jitter: 0 };

/** Sleeps until it is told to stop, answering pings; exits with 0. */
const WELL = guestText(`
  (func (export "_start") (local $c i32)
    (local.set $c (call $control))
    (i32.store $own (i32.const 512) (i32.const 1))
    (call $check (call $send (local.get $c) (i32.const 512) (i32.const 4)))
    (loop $l
      (if (call $receive (local.get $c)) (then (return)))
      (if (i32.eq (i32.load $own (i32.const 1024)) (i32.const 1)) (then (call $pong (local.get $c)) (br $l)))
      (if (i32.eq (i32.load $own (i32.const 1024)) (i32.const 2)) (then (return)))
      (br $l)))`);
const SLEEP = guestText(`(func (export "_start") (drop (call $channel_create (i32.const 1) (i32.const 8) (i32.const 0) (i32.const 4)))
  (drop (call $wait_one (i32.load $own (i32.const 0)) (i32.const 1) (i64.const -1) (i32.const 8))))`);
const TRAP = `(module (func (export "_start") unreachable))`;
const SPIN = `(module (func (export "_start") (loop $l (br $l))))`;
const DONE = `(module (func (export "_start")))`;
const ADDER = `(module (global $well (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "well") (result i32) (global.get $well))
  (func (export "sicken") (global.set $well (i32.const 7)))
  (func (export "hang") (result i32) (loop $l (br $l)) (i32.const 0)))`;

const IMAGES = { well: WELL, sleep: SLEEP, trap: TRAP, spin: SPIN, done: DONE, adder: ADDER };

async function launched(manifest: Manifest, options: LaunchOptions = {}, images: Readonly<Record<string, string>> = {}): Promise<System> {
  const bugs: unknown[] = [];
  const os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  os.onClose(() => assert.deepEqual(bugs, []));
  await os.services.launch(manifest, textSource({ ...IMAGES, ...images }), { random: () => 0, ...options });
  return os;
}

test("services start in the order of their needs, and one that is not needed does not wait", async () => {
  await using os = await launched({ services: {
    last: { image: "sleep", after: ["middle"] },
    middle: { image: "well", after: ["first"], ready: "message" },
    first: { image: "done", ready: "exit", restart: "never" },
    alone: { image: "sleep" },
  } });
  await os.services.settled();
  const states = Object.fromEntries(os.services.list().map(({ name, state }) => [name, state]));
  assert.deepEqual(states, { first: "done", middle: "ready", last: "ready", alone: "ready" });
  const started = os.processes().map(({ name }) => name);
  assert.ok(started.indexOf("middle") < started.indexOf("last"));
});

test("what dies is restarted with a new generation; what dies too often is given up, and what needs it never starts", async () => {
  const lines: string[] = [];
  await using os = await launched({ services: {
    bad: { image: "trap", restart: { ...FAST, mode: "always", budget: 3, window: "1m" }, ready: "message" },
    user: { image: "sleep", after: ["bad"] },
    good: { image: "sleep", restart: { ...FAST, mode: "on-failure" } },
  } }, { log: ({ service, text, alarm }) => lines.push(`${alarm ? "!" : " "} ${service} ${text}`) });
  await os.services.settled();
  assert.equal(os.services.status("bad").state, "failed");
  assert.equal(os.services.status("bad").generation, 4);
  assert.match(os.services.status("bad").reason!, /^wasm trap: .*; it was restarted 3 times within 60 s$/);
  assert.ok(lines.some((line) => line.startsWith("! bad failed: ")), lines.join("\n"));
  assert.equal(os.services.status("user").state, "failed");
  assert.equal(os.services.status("user").reason, "it needs bad, which is failed");
  assert.equal(os.services.status("user").generation, 0);

  const before = os.services.status("good");
  assert.equal(await os.kill(before.pid!, "the test says so"), true);
  await until(() => os.services.status("good").generation === 2, "a second generation");
  await os.services.ready("good", 10_000);
  assert.notEqual(os.services.status("good").pid, before.pid);
  assert.equal(os.services.status("good").restarts, 1);
  await assert.rejects(os.services.ready("user"), (error) => error instanceof ServiceError && error.code === "os/service-failed");
  await assert.rejects(os.services.start("nobody"), (error) => error instanceof ServiceError && error.code === "os/no-service");
});

test("a service that hangs is found out by its heartbeat and restarted; one that answers is not", async () => {
  await using os = await launched({ services: {
    hangs: { image: "spin", restart: { ...FAST, mode: "always", budget: 2, window: "1m" }, heartbeat: { period: 10, timeout: 40 } },
    answers: { image: "well", heartbeat: { period: 5, timeout: "10s" } },
  } });
  const { seen, events } = watch(os);
  await until(() => os.services.status("hangs").state === "failed", "given up");
  assert.ok(events.some(({ service, state, reason }) => service === "hangs" && state === "backoff" && /did not answer within 0.04 s/.test(reason ?? "")), seen().join());
  assert.equal(os.services.status("answers").generation, 1);
  assert.equal(os.services.status("answers").state, "ready");
});

test("the heartbeat by a function: well, not well, and hung in the call", async () => {
  const offers = { math: { to: ["*"], functions: { add: { params: ["i32", "i32"], results: ["i32"] }, sicken: { params: [] } } } } as const;
  const restart = { ...FAST, mode: "on-failure", budget: 1, window: "1m" } as const;
  const caller = `(module (import "math" "sicken" (func $sicken)) (func (export "_start") (call $sicken)))`;
  await using os = await launched({ services: {
    fine: { image: "adder", offers, restart, heartbeat: { period: 5, timeout: "10s", function: "well" } },
    hung: { image: "adder", restart, heartbeat: { period: 5, timeout: 50, function: "hang" } },
    sickener: { image: "caller", uses: { math: "fine/math" }, manual: true, ready: "exit", restart: "never" },
  } }, {}, { caller });
  const { events } = watch(os);
  await until(() => os.services.status("hung").state === "failed", "given up");
  assert.ok(events.some(({ service, reason }) => service === "hung" && /did not answer/.test(reason ?? "")));
  assert.equal(os.services.status("fine").generation, 1);
  await os.services.start("sickener");
  await until(() => os.services.status("fine").generation === 2, "the sick one is replaced");
  assert.ok(events.some(({ service, reason }) => service === "fine" && /not well/.test(reason ?? "")));
  await os.services.ready("fine");
});

test("clients over gates call the new generation; without one they learn that there is none", async () => {
  // Calls until it has seen ok, then ended, then ok again; exits with 7. GateStatus: 0 ok, 1 ended.
  const client = guestText(`
    (func (export "_start")
      (loop $a (drop (call $add (i32.const 1) (i32.const 2))) (drop (call $thread_yield)) (br_if $a (call $status)))
      (loop $b (drop (call $add (i32.const 1) (i32.const 2))) (drop (call $thread_yield)) (br_if $b (i32.eqz (call $status))))
      (loop $c (drop (call $add (i32.const 1) (i32.const 2))) (drop (call $thread_yield)) (br_if $c (call $status)))
      (drop (call $process_exit (i32.const 7))))`, `(import "math" "add" (func $add (param i32 i32) (result i32))) (import "math" "gate_status" (func $status (result i32)))`);
  await using os = await launched({ services: {
    math: { image: "adder", restart: { ...FAST, backoff: 30, max: 30 }, offers: { math: { to: ["user"], functions: { add: { params: ["i32", "i32"], results: ["i32"] } } } } },
    user: { image: "client", uses: { math: "math/math" }, main: true, restart: "never" },
  } }, {}, { client });
  await os.services.ready("user");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await os.kill(os.services.status("math").pid!, "the test says so");
  assert.deepEqual(await os.services.main(), { status: 7 });
  assert.equal(os.services.status("math").generation, 2);
});

/** Gives each client what it sends, once; then the client asks for a new connection. Clients are told of the generation. */
const ECHO = guestText(`
  (func (export "_start") (local $c i32) (local $client i32)
    (local.set $c (call $control))
    (loop $next
      (if (call $receive (local.get $c)) (then (return)))
      (if (i32.ne (i32.load $own (i32.const 1024)) (i32.const 3)) (then (br $next)))
      (local.set $client (i32.load $own (i32.const 1016)))
      (if (i32.eqz (call $receive (local.get $client)))
        (then (drop (call $send (local.get $client) (i32.const 1024) (i32.load $own (i32.const 1000))))))
      (drop (call $handle_close (local.get $client)))
      (br $next)))`);

test("clients over channels: the peer closes with the service, and asking again leads to the new one; a service that is gone is told", async () => {
  // Asks for a connection, uses it, until the status of the connection is not ok: exits with 100 + status. Counts at 2000.
  const client = guestText(`
    (data (i32.const 16) "echo")
    (func (export "_start") (local $ask i32) (local $end i32)
      (local.set $ask (call $startup (i32.const 16) (i32.const 4)))
      (loop $again
        (call $check (call $send (local.get $ask) (i32.const 16) (i32.const 0)))
        (i32.store $own (i32.const 1016) (i32.const 0))
        (call $check (call $receive (local.get $ask)))
        (if (i32.load $own (i32.const 1024)) (then (drop (call $process_exit (i32.add (i32.const 100) (i32.load $own (i32.const 1024)))))))
        (local.set $end (i32.load $own (i32.const 1016)))
        ;; Whatever becomes of it: an answer, or the peer is closed.
        (if (i32.eqz (call $send (local.get $end) (i32.const 16) (i32.const 4))) (then (drop (call $receive (local.get $end)))))
        (drop (call $handle_close (local.get $end)))
        (br $again)))`);
  await using os = await launched({ services: {
    echo: { image: "echo", restart: { ...FAST, budget: 1000 }, offers: { echo: { to: ["*"], channel: { messages: 2, bytes: 64 } } } },
    ...Object.fromEntries(["a", "b", "c"].map((name) => [name, { image: "client", uses: { echo: "echo/echo" }, restart: "never" } as const])),
  } }, {}, { echo: ECHO, client });
  await os.services.settled();
  for (let kill = 0; kill < 30; kill++) {
    await os.services.ready("echo", 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { pid, generation } = os.services.status("echo");
    if (pid !== undefined) await os.kill(pid, "the test says so");
    await until(() => os.services.status("echo").generation > generation, "the next generation");
  }
  for (const name of ["a", "b", "c"]) assert.equal(os.services.status(name).generation, 1, "no client fell");
  await os.services.stop("echo");
  await until(() => ["a", "b", "c"].every((name) => os.services.status(name).pid === undefined), "the clients end");
  for (const name of ["a", "b", "c"]) assert.deepEqual(os.services.lastExit(name), { status: 102 }, "stopped");
});

test("stop gives its grace, restart makes a new generation, and the arguments of boot go to the main service", async () => {
  await using os = await launched({ services: {
    polite: { image: "well", grace: "10s", ready: "message" },
    stubborn: { image: "spin", grace: 20 },
  } });
  await os.services.settled();
  await os.services.stop("polite");
  assert.deepEqual(os.services.lastExit("polite"), { status: 0 });
  assert.equal(os.services.status("polite").state, "stopped");
  await os.services.stop("stubborn");
  assert.equal(os.services.lastExit("stubborn")!.killed, "request");
  await os.services.start("polite");
  await os.services.restart("polite");
  assert.equal(os.services.status("polite").generation, 3);
  assert.equal(os.services.status("polite").restarts, 0, "nobody counts what was asked for");
});

test("when the job of the services is killed all of them end and are given up; nothing is left, nothing comes back", async () => {
  const restart = { ...FAST, mode: "always" } as const;
  await using os = await launched({ services: { a: { image: "sleep", restart }, b: { image: "spin", restart }, c: { image: "trap", restart: { ...restart, budget: 100_000 } } } });
  await until(() => os.services.status("c").generation > 2, "it comes and goes");
  const { name, parent } = os.processes().find((process) => process.name === "a")!.job;
  assert.equal(name, "root/services/a/1");
  parent!.parent!.kill({ cause: "job", message: "the test says so" });
  await until(() => os.services.list().every(({ state }) => state === "failed"), "all given up");
  for (const status of os.services.list()) assert.match(status.reason!, /its job was killed: the test says so/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(os.processes(), []);
});

test("the end of a system with services leaves nothing, in whatever state they are", async () => {
  const os = await launched({ memories: { m: { size: "1 MiB" } }, services: {
    a: { image: "sleep", handles: { m: { memory: "m" } } }, b: { image: "trap", restart: { mode: "always", backoff: "1h", max: "1h" } },
    c: { image: "spin", ready: "message" }, d: { image: "sleep", after: ["c"] },
  } });
  await until(() => os.services.status("b").state === "backoff", "in back-off");
  assert.equal(os.services.status("d").state, "waiting");
  const events = os.services.events();
  await os.close();
  assert.deepEqual(os.processes(), []);
  for (const resource of ["processes", "threads", "handles"] as const) assert.equal(os.root.account.used(resource), 0, resource);
  for (let next = await events.next(); next.done !== true; next = await events.next()) assert.ok(next.value.service.length === 1);
});

test("what a service writes goes to the log by lines, and what it exports otherwise than it offers is said", async () => {
  const lines: string[] = [];
  const hello = `(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\0b\\00\\00\\00") (data (i32.const 16) "one\\ntwo\\nthr")
    (func (export "_start") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`;
  await using os = await launched({ services: {
    hello: { image: "hello", ready: "exit", restart: "never" },
    wrong: { image: "adder", restart: "never", offers: { math: { to: [], functions: { add: { params: ["i64"], results: ["i32"] } } } } },
  } }, { log: ({ service, text, kind }) => kind === "output" && lines.push(`${service}: ${text}`) }, { hello });
  await os.services.settled();
  await until(() => lines.length === 3, "three lines");
  assert.deepEqual(lines, ["hello: one", "hello: two", "hello: thr"]);
  assert.match(os.services.status("wrong").reason!, /does not export what the interface "wrong\/math" offers.*not to be restarted/s);
});

test("a launch that fails leaves nothing and can be tried again; a second one is refused", async () => {
  await using os = await boot({ cacheFolder: false });
  const before = os.root.account.used("memory");
  const manifest = { memories: { m: { size: "1 MiB" } }, services: { a: { image: "sleep" } } } as const;
  const source = { ...textSource(IMAGES), image: () => Promise.reject(new ServiceError("os/no-service", "a", "no such image")) };
  await assert.rejects(os.services.launch(manifest, source), /no such image/);
  assert.equal(os.root.account.used("memory"), before);
  assert.deepEqual(os.services.list(), []);
  await os.services.launch(manifest, textSource(IMAGES));
  await os.services.ready("a", 10_000);
  await assert.rejects(os.services.launch(manifest, textSource(IMAGES)), (error) => error instanceof ServiceError && error.code === "os/services-launched");
});

test("listeners and logs that throw are told as mistakes, and the services live on", async () => {
  const bugs: unknown[] = [];
  await using os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  const fail = (): never => {
    throw new Error("the listener's own");
  };
  os.services.onEvent(fail);
  await os.services.launch({ services: { a: { image: "sleep" }, b: { image: "done", ready: "exit", restart: "never", after: ["a"] } } }, textSource(IMAGES), { log: fail });
  await os.services.settled();
  assert.deepEqual(os.services.list().map(({ state }) => state), ["ready", "done"]);
  assert.ok(bugs.length > 0 && bugs.every((error) => error instanceof Error && error.message === "the listener's own"));
});
