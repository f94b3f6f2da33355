/**
 * Services that mean harm to the system that they live in. Beside each of them a key-value store serves two clients that check
 * every answer, and a caller uses a gate; they must come forward meanwhile, none may fall, and afterwards the
 * invariants hold and nothing of the hostile one is left.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { compile } from "watr";
import { RESOURCES } from "#kernel";
import { boot } from "../../src/node.ts";
import type { Job, Manifest, ServiceSpec, System } from "../../src/node.ts";
import { checkInvariants } from "../invariants.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { guestText, until } from "../services/guests.ts";

const GATE = `(import "math" "add" (func $add (param i32 i32) (result i32))) (import "math" "gate_status" (func $status (result i32)))`;
const STATUS = { missingRights: 3, limit: 10 } as const;

const ADDER = `(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "hang") (param i32 i32) (result i32) (loop $l (br $l)) (i32.const 0)))`;
/** Calls for ever; a wrong answer, or none, ends it with 60. Writes how often it has called to its region of the ledger. */
const CALLER = guestText(`
  (data (i32.const 16) "ledger")
  (func (export "_start") (local $n i32) (local $ledger i32)
    (local.set $ledger (call $startup (i32.const 16) (i32.const 6)))
    (loop $l
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (if (i32.ne (call $add (local.get $n) (i32.const 7)) (i32.add (local.get $n) (i32.const 7))) (then (drop (call $process_exit (i32.const 60)))))
      (if (call $status) (then (drop (call $process_exit (i32.const 60)))))
      (i32.store $own (i32.const 32) (local.get $n))
      (call $check (call $memory_write (local.get $ledger) (i64.const 8192) (i32.const 32) (i32.const 4)))
      (drop (call $thread_yield))
      (br $l)))`, GATE);

/** Starts its own image in its own job without end. */
const BOMB = guestText(`
  (data (i32.const 0) "image\\00job\\00")
  (func (export "_start")
    (loop $l
      (call $check (call $handle_duplicate (call $startup (i32.const 0) (i32.const 5)) (i32.const -1) (i32.const 100)))
      (call $check (call $handle_duplicate (call $startup (i32.const 6) (i32.const 3)) (i32.const -1) (i32.const 104)))
      (drop (call $process_create (call $startup (i32.const 0) (i32.const 5)) (call $startup (i32.const 6) (i32.const 3)) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 100) (i32.const 2) (i32.const 112)))
      (br $l)))`);
/** Asks for connections to the store and floods each of them with requests whose answers it does not read. */
const FLOOD = guestText(`
  (data (i32.const 0) "kv") (data (i32.const 64) "\\01\\00\\00\\00\\04\\00\\00\\00\\00\\00\\00\\00")
  (func (export "_start") (local $ask i32)
    (local.set $ask (call $startup (i32.const 0) (i32.const 2)))
    (loop $again
      (call $check (call $send (local.get $ask) (i32.const 0) (i32.const 0)))
      (i32.store $own (i32.const 1016) (i32.const 0))
      (call $check (call $receive (local.get $ask)))
      (loop $flood (br_if $flood (i32.eqz (call $send (i32.load $own (i32.const 1016)) (i32.const 64) (i32.const 12)))))
      (drop (call $handle_close (i32.load $own (i32.const 1016))))
      (br $again)))`);
/** Asks for connections and keeps them; goes on asking when it is refused. */
const CONNECTIONS = guestText(`
  (data (i32.const 0) "kv")
  (func (export "_start") (local $ask i32)
    (local.set $ask (call $startup (i32.const 0) (i32.const 2)))
    (loop $again
      (call $check (call $send (local.get $ask) (i32.const 0) (i32.const 0)))
      (drop (call $receive (local.get $ask)))
      (br $again)))`);
/** Sends requests and never takes an answer. */
const UNREAD = guestText(`
  (data (i32.const 0) "kv")
  (func (export "_start") (local $ask i32)
    (local.set $ask (call $startup (i32.const 0) (i32.const 2)))
    (loop $again (drop (call $send (local.get $ask) (i32.const 0) (i32.const 0))) (br $again)))`);
/** Makes handles of all kinds until it is refused, sends some along a channel of its own, and begins anew. */
const HANDLES = guestText(`
  (func (export "_start")
    (loop $again
      (drop (call $event_create (i32.const 0)))
      (drop (call $channel_create (i32.const 64) (i32.const 4096) (i32.const 4) (i32.const 8)))
      (drop (call $timer_create (i32.const 12)))
      (drop (call $wait_set_create (i32.const 16)))
      (drop (call $memory_create (i32.const 1) (i32.const 20)))
      (drop (call $handle_duplicate (i32.load $own (i32.const 0)) (i32.const -1) (i32.const 24)))
      (drop (call $wait_set_add (i32.load $own (i32.const 16)) (i32.load $own (i32.const 0)) (i32.const 8) (i64.const 1)))
      (drop (call $channel_send (i32.load $own (i32.const 4)) (i32.const 0) (i32.const 64) (i32.const 24) (i32.const 1) (i64.const 0)))
      ;; Once full, one in eight is let go.
      (if (i32.eqz (i32.and (i32.load $own (i32.const 28)) (i32.const 7))) (then (drop (call $handle_close (i32.load $own (i32.const 0))))))
      (i32.store $own (i32.const 28) (i32.add (i32.load $own (i32.const 28)) (i32.const 1)))
      (br $again)))`);
/** Floods its supervisor: it is ready, it is well, and much that is no message, each with a handle. */
const BABBLE = guestText(`
  (data (i32.const 64) "\\01\\00\\00\\00\\02\\00\\00\\00\\01\\00\\00\\00\\ff\\ff\\ff\\ff\\00\\00")
  (func (export "_start") (local $c i32) (local $n i32)
    (local.set $c (call $control))
    (loop $l
      (drop (call $event_create (i32.const 0)))
      (drop (call $channel_send (local.get $c) (i32.add (i32.const 64) (i32.and (local.get $n) (i32.const 15))) (i32.rem_u (local.get $n) (i32.const 13)) (i32.const 0) (i32.const 1) (i64.const -1)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $l)))`);
/** Writes to its log without a pause, lines and what is none. */
const LOG = guestText(`
  (data (i32.const 0) "\\10\\00\\00\\00\\00\\40\\00\\00") (data (i32.const 16) "line\\nline\\n\\ff")
  (func (export "_start") (loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l)))`,
`(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`);
/** Calls the gate without a pause. */
const GATE_FLOOD = guestText(`(func (export "_start") (loop $l (drop (call $add (i32.const 1) (i32.const 2))) (br $l)))`, GATE);
/** Calls what never returns; ends with 0 once it was told three times that the budget was used up. GateStatus 3 is budget, 1 ended. */
const HANGER = guestText(`
  (func (export "_start") (local $told i32)
    (loop $l
      (drop (call $hang (i32.const 1) (i32.const 2)))
      (if (i32.eq (call $status) (i32.const 3)) (then (local.set $told (i32.add (local.get $told) (i32.const 1)))))
      (drop (call $thread_yield))
      (br_if $l (i32.lt_u (local.get $told) (i32.const 3)))))`, `(import "slow" "hang" (func $hang (param i32 i32) (result i32))) (import "slow" "gate_status" (func $status (result i32)))`);
/** Tries to end the job of all services, by a handle that may only look, by others made from it, and by numbers near it. Ends with 0 when all of it was refused. */
const USURPER = guestText(`
  (data (i32.const 0) "all") (data (i32.const 8) "store")
  (func $try (param $name i32) (param $length i32) (local $job i32) (local $n i32)
    (local.set $job (call $startup (local.get $name) (local.get $length)))
    (if (i32.ne (call $job_kill (local.get $job)) (i32.const ${STATUS.missingRights})) (then (drop (call $process_exit (i32.const 70)))))
    (if (i32.ne (call $handle_duplicate (local.get $job) (i32.const 0x40) (i32.const 64)) (i32.const ${STATUS.missingRights})) (then (drop (call $process_exit (i32.const 71)))))
    (drop (call $handle_restrict (local.get $job) (i32.const -1)))
    (if (i32.ne (call $job_kill (local.get $job)) (i32.const ${STATUS.missingRights})) (then (drop (call $process_exit (i32.const 72)))))
    (if (i32.eqz (call $job_create (local.get $job) (i32.const 128) (i32.const 64))) (then (drop (call $process_exit (i32.const 73)))))
    (local.set $n (i32.const -200))
    (loop $l
      (if (i32.eqz (call $job_kill (i32.add (local.get $job) (local.get $n)))) (then (drop (call $process_exit (i32.const 74)))))
      (if (i32.eqz (call $process_kill (i32.add (local.get $job) (local.get $n)))) (then (drop (call $process_exit (i32.const 75)))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.lt_s (local.get $n) (i32.const 200)))))
  (func (export "_start") (call $try (i32.const 0) (i32.const 3)) (call $try (i32.const 8) (i32.const 5)))`);
/** May end all, and does. */
const REGICIDE = guestText(`
  (data (i32.const 0) "all")
  (func (export "_start") (drop (call $job_kill (call $startup (i32.const 0) (i32.const 3)))) (unreachable))`);

const HARM: Readonly<Record<string, string>> = { bomb: BOMB, flood: FLOOD, connections: CONNECTIONS, unread: UNREAD, handles: HANDLES, babble: BABBLE, log: LOG, gateFlood: GATE_FLOOD, hanger: HANGER, usurper: USURPER, regicide: REGICIDE };
const ONCE = { restart: "never", manual: true } as const;
const AGAIN = { manual: true, restart: { mode: "always", backoff: 1, max: 20, budget: 100_000 } } as const;
const SMALL = { job: { processes: 20, handles: 400, memory: "8 MiB" }, limits: { openFiles: 200, memory: "4 MiB" } } as const;

/** What shows that they do what they are for, by the account of their job. */
const WITNESS: Readonly<Record<string, (account: Job["account"]) => boolean>> = {
  bomb: (account) => account.peak("processes") === 20,
  flood: ({ cpuMs }) => cpuMs > 30,
  connections: ({ cpuMs }) => cpuMs > 10,
  unread: (account) => account.peak("processes") === 1,
  handles: (account) => account.peak("handles") > 190,
  babble: ({ cpuMs }) => cpuMs > 50,
  log: (account) => account.used("output") > 1 << 20,
  gateFlood: ({ cpuMs }) => cpuMs > 50,
};
const VILLAINS: Readonly<Record<string, ServiceSpec>> = {
  bomb: { image: "bomb", ...AGAIN, job: { processes: 20, memory: "16 MiB" }, handles: { image: { image: "bomb" }, job: { job: "own", rights: ["create", "duplicate", "transfer"] } } },
  flood: { image: "flood", ...AGAIN, ...SMALL, uses: { kv: "kv/kv" } },
  connections: { image: "connections", ...AGAIN, ...SMALL, uses: { kv: "kv/kv" } },
  unread: { image: "unread", ...AGAIN, ...SMALL, uses: { kv: "kv/kv" } },
  handles: { image: "handles", ...AGAIN, ...SMALL },
  babble: { image: "babble", ...AGAIN, ...SMALL, ready: "message" },
  log: { image: "log", ...AGAIN, ...SMALL },
  gateFlood: { image: "gateFlood", ...AGAIN, ...SMALL, uses: { math: "math/math" } },
};

const LEDGER = { ledger: { memory: "ledger", rights: ["read", "write"] } } as const;
const MANIFEST: Manifest = {
  memories: { log: { size: "256 KiB" }, ledger: { size: "64 KiB" } },
  services: {
    kv: { image: "kv", ready: "message", restart: { backoff: 1 }, heartbeat: { period: 50, timeout: "10s" }, handles: { log: { memory: "log" } }, offers: { kv: { to: ["*"], channel: { messages: 4, bytes: "16 KiB" } } } },
    math: { image: "adder", restart: { backoff: 1 }, offers: { math: { to: ["*"], functions: { add: { params: ["i32", "i32"], results: ["i32"] } } } } },
    client0: { image: "client", args: ["0"], restart: "never", uses: { kv: "kv/kv" }, handles: LEDGER },
    client1: { image: "client", args: ["1"], restart: "never", uses: { kv: "kv/kv" }, handles: LEDGER },
    caller: { image: "caller", restart: "never", uses: { math: "math/math" }, handles: LEDGER },
    slow: { image: "adder", ...AGAIN, offers: { slow: { to: ["hanger"], budget: 5, functions: { hang: { params: ["i32", "i32"], results: ["i32"] } } } } },
    slowBlocking: { image: "adder", ...AGAIN, offers: { slow: { to: ["hangerBlocking"], budget: 20, functions: { hang: { params: ["i32", "i32"], results: ["i32"], blocking: true } } } } },
    hanger: { image: "hanger", ...ONCE, uses: { slow: "slow/slow" } },
    hangerBlocking: { image: "hanger", ...ONCE, uses: { slow: "slowBlocking/slow" } },
    usurper: { image: "usurper", ...ONCE, handles: { all: { job: "all" }, store: { job: "kv", rights: ["wait", "inspect", "duplicate"] } } },
    ...VILLAINS,
    regicide: { image: "regicide", ...ONCE, handles: { all: { job: "all", rights: ["kill"] } } },
  },
};
const GOOD = ["kv", "math", "client0", "client1", "caller"];

describe("services that mean harm", { timeout: 120_000 }, () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    const images: Record<string, Uint8Array> = { kv: await compileAssemblyScript("services/kv/main.ts"), client: await compileAssemblyScript("programs/kv-client.ts") };
    for (const [name, text] of Object.entries({ adder: ADDER, caller: CALLER, ...HARM })) images[name] = compile(text) as Uint8Array;
    os = await boot({
      cacheFolder: false, onBug: (error: unknown) => bugs.push(error), manifest: MANIFEST,
      source: { image: async (name) => ({ name, bytes: images[name]! }), folder: () => assert.fail("there are no folders"), volume: () => assert.fail("there are no volumes") },
    });
    await os.services.settled();
    await until(() => progress().every((count) => count > 20), "everybody has begun");
  });
  after(() => os.close());

  /** What the clients of the store and the caller of the gate have done so far. */
  const progress = (): number[] => {
    const ledger = new DataView(os.services.memory("ledger").bytes.buffer);
    return [0, 1024, 8192].map((at) => ledger.getUint32(at, true));
  };
  const goOn = async (what: string): Promise<void> => {
    const from = progress();
    await until(() => {
      checkInvariants(os);
      return progress().every((count, index) => count > from[index]! + 20);
    }, `everybody goes on ${what}`);
  };
  const unharmed = (): void => {
    for (const name of GOOD) {
      const { state, generation } = os.services.status(name);
      assert.deepEqual([state, generation], ["ready", 1], `${name}: ${JSON.stringify(os.services.lastExit(name))}`);
    }
    assert.deepEqual(bugs, []);
  };
  const jobOf = (name: string): Job => [...[...os.root.children].find((job) => job.name === "root/services")!.children].find((job) => job.name === `root/services/${name}`)!;
  /** Nothing of the service is left in any account of its own. */
  const gone = async (name: string): Promise<void> => {
    const job = jobOf(name);
    await until(() => RESOURCES.every((resource) => resource === "output" || job.account.used(resource) === 0), `${name} leaves nothing: ${RESOURCES.map((resource) => `${resource} ${job.account.used(resource)}`).join(", ")}`);
    assert.equal(job.children.size, 0);
  };

  for (const name of Object.keys(VILLAINS)) {
    test(`${name}: the others go on, and nothing of it stays`, async () => {
      await os.services.start(name);
      await until(() => WITNESS[name]!(jobOf(name).account), "it does what it is for");
      await goOn("beside it");
      unharmed();
      // Somebody who comes only now is served, too.
      const kv = await os.services.connect("kv/kv");
      await kv.send(new Uint8Array(Uint32Array.of(1, 4, 0).buffer));
      assert.equal((await kv.receive())?.bytes.length, 12);
      kv.close();
      await os.services.stop(name);
      await gone(name);
      await goOn("after it");
      unharmed();
    });
  }

  for (const [name, service] of [["hanger", "slow"], ["hangerBlocking", "slowBlocking"]] as const) {
    test(`a callee that never returns is ended by its budget and comes back, and its caller is told (${service})`, async () => {
      await os.services.start(name);
      await goOn("beside it");
      await until(() => os.services.status(name).pid === undefined, "the caller has been told three times");
      assert.deepEqual(os.services.lastExit(name), { status: 0 });
      assert.ok(os.services.status(service).generation >= 3);
      await os.services.stop(service);
      await gone(service);
      checkInvariants(os);
      unharmed();
    });
  }

  test("a handle on the job of all services without the right to kill it kills nothing", async () => {
    await os.services.start("usurper");
    await until(() => os.services.status("usurper").pid === undefined, "it has tried");
    assert.deepEqual(os.services.lastExit("usurper"), { status: 0 });
    await goOn("after it");
    unharmed();
  });

  test("killing one's own supervisor's job with the right to: all of it ends, nothing comes back, the host goes on", async () => {
    await os.services.start("regicide").catch(() => undefined);
    await until(() => [...GOOD, "regicide"].every((name) => os.services.status(name).state === "failed"), "all are given up");
    await until(() => os.processes().length === 0, "nothing runs");
    checkInvariants(os);
    for (const name of GOOD) assert.match(os.services.status(name).reason!, /its job was killed/);
    assert.equal(os.root.account.used("processes"), 0);
    assert.equal(os.root.account.used("threads"), 0);
    const done = await os.spawn(await os.compile(compile(`(module (func (export "_start")))`) as Uint8Array));
    assert.deepEqual(await done.exited, { status: 0 }, "the system itself still works");
    await os.close();
    // What was written stays counted.
    for (const resource of RESOURCES) if (resource !== "output") assert.equal(os.root.account.used(resource), 0, resource);
    assert.deepEqual(bugs, []);
  });
});
