import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { FolderCache } from "./blob-cache.ts";
import { NodeMachine } from "./machine.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("node machine", () => {
  const machine = new NodeMachine({ cacheFolder: false });

  test("its clocks agree with each other and with the system's time", () => {
    assert.ok(Math.abs(Number(machine.monotonicNs()) / 1e6 - machine.now()) < 5);
    assert.ok(Math.abs(Number(machine.realtimeNs() / 1_000_000n) - Date.now()) < 10);
  });

  test("the thread's processor time grows with work, not with waiting", async () => {
    const start = machine.threadCpuMs();
    const until = performance.now() + 60;
    while (performance.now() < until);
    const worked = machine.threadCpuMs() - start;
    assert.ok(worked > 1 && worked < 100, `${worked} ms`);
    const idle = machine.threadCpuMs();
    await later(100);
    assert.ok(machine.threadCpuMs() - idle < 80);
  });

  test("a timer beyond 31 bits does not run at once, and can be cancelled", async () => {
    let ran = 0;
    const cancels = [machine.timer(2 ** 40, () => ran++, false), machine.timer(1e15, () => ran++, true)];
    machine.timer(1, () => (ran += 10), true);
    await later(30);
    assert.equal(ran, 10);
    for (const cancel of cancels) cancel();
  });

  test("entropy fills what it is given, and differs", () => {
    const [a, b] = [new Uint8Array(64), new Uint8Array(64)];
    machine.entropy(a);
    machine.entropy(b);
    assert.notDeepEqual(a, b);
    machine.entropy(new Uint8Array(0));
  });

  test("the preemption clock raises the flag each quantum once armed, and sleeps when nobody lowers it", { timeout: 20_000 }, async () => {
    const flag = new Int32Array(new SharedArrayBuffer(64));
    const clock = await machine.preemption(flag.buffer as SharedArrayBuffer, 1);
    await later(20);
    assert.equal(flag[0], 0, "raised before it was armed");
    for (let round = 0; round < 3; round++) {
      let raised = 0;
      clock.arm();
      // About a thousand times a second; a busy host may give the clock's thread few turns.
      const until = performance.now() + 5000;
      while (raised < 20 && performance.now() < until) {
        if (Atomics.exchange(flag, 0, 0) === 1) raised++;
      }
      assert.equal(raised, 20);
      // It goes to sleep with the flag up, and can be armed again.
      for (let quiet = 0; quiet < 5; ) {
        Atomics.store(flag, 0, 1);
        await later(100);
        Atomics.store(flag, 0, 0);
        await later(20);
        quiet = flag[0] === 0 ? 5 : quiet + 1;
      }
      assert.equal(flag[0], 0, "still raising after its sleep");
    }
    clock.close();
  });

  test("works in a worker of the embedder, whatever that was given", { timeout: 20_000 }, async () => {
    const source = `
      import(${JSON.stringify(new URL("./machine.ts", import.meta.url).href)}).then(async ({ NodeMachine }) => {
        const flag = new SharedArrayBuffer(8);
        const clock = await new NodeMachine({ cacheFolder: false }).preemption(flag, 1);
        clock.arm();
        while (Atomics.load(new Int32Array(flag), 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        clock.close();
        require("node:worker_threads").parentPort.postMessage("raised");
      });`;
    for (const workerData of [undefined, { flag: new SharedArrayBuffer(8), control: new SharedArrayBuffer(8), quantumMs: 1 }]) {
      const worker = new Worker(source, { eval: true, workerData });
      const [message] = await once(worker, "message");
      await worker.terminate();
      assert.equal(message, "raised");
    }
  });

  test("collect gives back memories that were dropped", { timeout: 20_000 }, async () => {
    let gone = 0;
    const registry = new FinalizationRegistry(() => gone++);
    (() => { for (let i = 0; i < 20; i++) registry.register(new WebAssembly.Memory({ initial: 1 }), undefined); })();
    for (let round = 0; round < 5 && gone < 20; round++) await machine.collect();
    assert.ok(gone >= 19, `${gone} of 20`);
  });

  test("the cache keeps bytes under any key, forgets on request, and never fails", async () => {
    const folder = mkdtempSync(join(tmpdir(), "isola-cache-"));
    try {
      const cache = new FolderCache(join(folder, "deep", "er"));
      assert.equal(await cache.read("a"), undefined);
      await cache.write("../a/b", Uint8Array.of(1, 2, 3));
      assert.deepEqual([...(await cache.read("../a/b"))!], [1, 2, 3]);
      await cache.remove("../a/b");
      assert.equal(await cache.read("../a/b"), undefined);
      writeFileSync(join(folder, "file"), "");
      const broken = new FolderCache(join(folder, "file"));
      await broken.write("a", Uint8Array.of(1));
      assert.equal(await broken.read("a"), undefined);
      await broken.remove("a");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
