/** A supervisor that is itself a service, written in AssemblyScript, and what is below it. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { compile } from "watr";
import { RESOURCES } from "#kernel";
import { boot } from "../../src/node.ts";
import type { System } from "../../src/node.ts";
import { checkInvariants } from "../invariants.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { until } from "./guests.ts";

const SLEEP = `(module
  (import "isola" "event_create" (func $event (param i32) (result i32)))
  (import "isola" "wait_one" (func $wait (param i32 i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $event (i32.const 0))) (drop (call $wait (i32.load (i32.const 0)) (i32.const 8) (i64.const -1) (i32.const 4)))))`;
const TRAP = `(module (func (export "_start") unreachable))`;
const WORKERS = 4;

describe("a supervisor below the supervisor", { timeout: 60_000 }, () => {
  let supervisor: Uint8Array;
  before(async () => {
    supervisor = await compileAssemblyScript("services/supervisor.ts");
  });
  const launch = async (worker: string, budget: number, bugs: unknown[] = []): Promise<System> => boot({
    cacheFolder: false, onBug: (error: unknown) => bugs.push(error),
    manifest: { services: { inner: {
      image: "supervisor", args: [String(WORKERS)], job: { processes: WORKERS + 1 }, restart: { mode: "always", backoff: 1, max: 2, budget },
      handles: { worker: { image: "worker" }, job: { job: "own", rights: ["create"] } },
    } } },
    source: { image: async (name) => ({ name, bytes: name === "supervisor" ? supervisor : compile(worker) as Uint8Array }), folder: () => assert.fail("there are no folders"), volume: () => assert.fail("there are no volumes") },
  });
  const workers = (os: System): number[] => os.processes().filter(({ name }) => name === "worker").map(({ id }) => id);

  test("it keeps its workers alive, and they end with it, however it ends", async () => {
    const bugs: unknown[] = [];
    await using os = await launch(SLEEP, 1000, bugs);
    await os.services.settled();
    await until(() => workers(os).length === WORKERS, "the workers are there");
    for (let kill = 0; kill < 20; kill++) {
      const [victim] = workers(os);
      await os.kill(victim!, "the test says so");
      await until(() => workers(os).length === WORKERS && !workers(os).includes(victim!), "another takes its place");
      checkInvariants(os);
    }
    assert.equal(os.services.status("inner").generation, 1);
    for (let kill = 0; kill < 20; kill++) {
      const before = workers(os);
      const { pid, generation } = os.services.status("inner");
      await os.kill(pid!, "the test says so");
      await until(() => os.services.status("inner").generation > generation && workers(os).length === WORKERS, "all of them anew");
      assert.ok(workers(os).every((id) => !before.includes(id)), "none has outlived its supervisor");
      checkInvariants(os);
    }
    await os.services.stop("inner");
    assert.deepEqual(os.processes(), []);
    const job = [...[...os.root.children].find(({ name }) => name === "root/services")!.children][0]!;
    for (const resource of RESOURCES) assert.equal(job.account.used(resource), 0, resource);
    assert.deepEqual(bugs, []);
  });

  test("what it cannot help it hands to the one above, which gives up in the end", async () => {
    await using os = await launch(TRAP, 1);
    await until(() => os.services.status("inner").state === "failed", "given up", 40_000);
    assert.deepEqual(os.services.lastExit("inner"), { status: 1 });
    assert.match(os.services.status("inner").reason!, /exited with status 1; it was restarted 1 times/);
    assert.deepEqual(os.processes(), []);
    checkInvariants(os);
  });
});
