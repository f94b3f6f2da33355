/**
 * The key-value store of `userland/services/kv` under kills: a thousand at random moments while clients write and read,
 * and after each of them the log is read by other means and compared with what was acknowledged.
 *
 * `ISOLA_KV_SEED` repeats the order of waits and torn tails (not the moments of the processor), `ISOLA_KV_KILLS` sets
 * how many kills.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { boot } from "../../src/node.ts";
import type { HostChannel, Manifest, System } from "../../src/node.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { until } from "./guests.ts";
import { readKvLog } from "./kv-log.ts";

const CLIENTS = 4;
const KEYS = 64;
const REGION = 1024;
const NUMBERS = 64;
const STOP = 16;

function manifest(restartMs = 0): Manifest {
  const restart = { mode: "always", backoff: restartMs, max: restartMs, budget: 1_000_000 } as const;
  return {
    memories: { log: { size: "384 KiB" }, ledger: { size: "64 KiB" } },
    services: {
      kv: {
        image: "kv", handles: { log: { memory: "log", rights: ["read", "write"] } }, limits: { memory: "4 MiB" }, restart, ready: "message",
        heartbeat: { period: 500, timeout: "20s" }, offers: { kv: { to: ["*"], channel: { messages: 4, bytes: "16 KiB" } } },
      },
      ...Object.fromEntries(Array.from({ length: CLIENTS }, (_, index) => [`client${index}`, {
        image: "client", args: [String(index)], handles: { ledger: { memory: "ledger", rights: ["read", "write"] } }, uses: { kv: "kv/kv" }, restart: "never",
      } as const])),
    },
  };
}

/** A small generator of our own, so that a seed repeats a run on every engine. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function clientKey(client: number, key: number): string {
  return String.fromCharCode(0x30, 0x63 + client, key, 0);
}

class Kv {
  readonly #channel: HostChannel;
  #id = 0;
  constructor(channel: HostChannel) {
    this.#channel = channel;
  }
  async call(op: number, key: string, value: Uint8Array = new Uint8Array()): Promise<{ status: number; value: Uint8Array }> {
    const id = ++this.#id;
    await this.#channel.send(Buffer.concat([new Uint8Array(Uint32Array.of(id, op, key.length).buffer), Buffer.from(key, "latin1"), value]));
    const answer = await this.#channel.receive();
    assert.ok(answer !== undefined, "the store ended");
    const view = new DataView(answer.bytes.buffer, answer.bytes.byteOffset);
    assert.equal(view.getUint32(0, true), id);
    return { status: view.getUint32(4, true), value: answer.bytes.subarray(8) };
  }
}

describe("the key-value store", () => {
  let images: Record<string, Uint8Array>;
  before(async () => {
    images = { kv: await compileAssemblyScript("services/kv/main.ts"), client: await compileAssemblyScript("programs/kv-client.ts") };
  });
  const launch = (document: Manifest, harts?: number): Promise<System> => boot({
    cacheFolder: false, manifest: document, ...(harts === undefined ? {} : { harts }),
    source: { image: async (name) => ({ name, bytes: images[name]! }), folder: () => assert.fail("there are no folders"), volume: () => assert.fail("there are no volumes") },
  });
  const only = ({ services, ...rest }: Manifest): Manifest => ({ ...rest, services: { kv: services["kv"]! } });

  test("puts, gets, deletes, counts; refuses nonsense; drops what is no request", { timeout: 60_000 }, async () => {
    await using os = await launch(only(manifest()));
    const kv = new Kv(await os.services.connect("kv/kv"));
    assert.equal((await kv.call(1, "a")).status, 1);
    assert.equal((await kv.call(2, "a", Uint8Array.of(1, 2, 3))).status, 0);
    assert.deepEqual([...(await kv.call(1, "a")).value], [1, 2, 3]);
    assert.equal((await kv.call(2, "a", new Uint8Array(4096).fill(9))).status, 0);
    assert.equal((await kv.call(1, "a")).value.length, 4096);
    assert.equal((await kv.call(2, "b")).status, 0);
    assert.equal(new DataView((await kv.call(4, "")).value.slice().buffer).getUint32(0, true), 2);
    assert.equal((await kv.call(3, "a")).status, 0);
    assert.equal((await kv.call(3, "a")).status, 1);
    assert.equal((await kv.call(1, "a")).status, 1);
    for (const [op, key, length] of [[2, "", 1], [1, "", 0], [9, "a", 0], [2, "k".repeat(256), 0], [2, "a", 4097]] as const) {
      assert.equal((await kv.call(op, key, new Uint8Array(length))).status, 3, `${op} ${key.length} ${length}`);
    }
    for (const bytes of [new Uint8Array(), new Uint8Array(11), new Uint8Array(8000)]) {
      const channel = await os.services.connect("kv/kv");
      await channel.send(bytes);
      assert.equal(await channel.receive(), undefined, "the connection ends");
      channel.close();
    }
    const liar = await os.services.connect("kv/kv");
    await liar.send(new Uint8Array(Uint32Array.of(7, 2, 0xffff_ffff, 1).buffer));
    assert.equal(new DataView((await liar.receive())!.bytes.slice().buffer).getUint32(4, true), 3);
    const silent = await os.services.connect("kv/kv");
    for (let index = 0; index < 20; index++) await silent.send(new Uint8Array(Uint32Array.of(index, 4, 0).buffer)).catch(() => undefined);
    await until(() => silent.signals.includes("peer_closed"), "who does not read is let go");
    assert.equal((await kv.call(1, "b")).status, 0);
    assert.equal(os.services.status("kv").generation, 1);
  });

  test("a full log is compacted, one that is full of use says so, and both outlive a death", { timeout: 60_000 }, async () => {
    await using os = await launch(only(manifest()));
    let kv = new Kv(await os.services.connect("kv/kv"));
    const value = (index: number): Uint8Array => new Uint8Array(4000).fill(index);
    let stored = 0;
    while ((await kv.call(2, `key${stored}`, value(stored))).status === 0) stored++;
    assert.equal(stored, Math.floor((384 * 1024 - 128) / 2 / 4032), "as many as fit into a half");
    assert.equal((await kv.call(2, `key${stored}`, value(stored))).status, 2);
    for (let round = 1; round < 250; round++) assert.equal((await kv.call(2, "key1", value(round).subarray(0, 3900))).status, 0);
    assert.ok(readKvLog(os.services.memory("log").bytes)!.epoch > 50);
    assert.equal((await kv.call(3, "key2")).status, 0);
    await os.services.restart("kv");
    kv = new Kv(await os.services.connect("kv/kv"));
    assert.deepEqual((await kv.call(1, "key1")).value, value(249).subarray(0, 3900));
    assert.equal((await kv.call(1, "key2")).status, 1);
    for (let index = 3; index < stored; index++) assert.deepEqual((await kv.call(1, `key${index}`)).value, value(index));
  });

  test("on a hart of its own it is killed and comes back all the same", { timeout: 60_000 }, async () => {
    const document = manifest();
    await using os = await launch({ ...document, services: { ...document.services, kv: { ...document.services["kv"]!, hart: 1 } } }, 2);
    await os.services.settled();
    const log = os.services.memory("log").bytes;
    const ledger = new DataView(os.services.memory("ledger").bytes.buffer);
    for (let kill = 0; kill < 30; kill++) {
      await until(() => os.services.status("kv").pid !== undefined && readKvLog(log) !== undefined, "the store is there");
      const puts = ledger.getUint32(0, true);
      await until(() => ledger.getUint32(0, true) > puts, "a client goes on");
      const { pid, generation } = os.services.status("kv");
      await os.kill(pid!, "the test says so");
      // The clients go on meanwhile: what they have noted by now is in the log, as it is afterwards.
      const noted = Array.from({ length: CLIENTS * KEYS }, (_, index) => ledger.getUint32(Math.floor(index / KEYS) * REGION + NUMBERS + (index % KEYS) * 4, true));
      // More than one look, since the next process may be moving the log while it is read.
      await until(() => {
        const found = readKvLog(log);
        return noted.every((number, index) => {
          const value = found?.values.get(clientKey(Math.floor(index / KEYS), index % KEYS));
          return (value === undefined ? 0 : Buffer.from(value).readUInt32LE()) >= number;
        });
      }, "all that was noted is stored", 5000);
      await until(() => os.services.status("kv").generation > generation, "the next one");
    }
    for (let client = 0; client < CLIENTS; client++) ledger.setUint32(client * REGION + STOP, 1, true);
    const clients = Array.from({ length: CLIENTS }, (_, index) => `client${index}`);
    await until(() => clients.every((name) => os.services.status(name).pid === undefined), "the clients end");
    for (const name of clients) assert.deepEqual(os.services.lastExit(name), { status: 0 }, name);
  });

  test("killed at random while clients write, it loses nothing that it acknowledged, and no client hangs", { timeout: 300_000 }, async (context) => {
    const kills = Number(process.env["ISOLA_KV_KILLS"] ?? 1000);
    const seed = Number(process.env["ISOLA_KV_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
    const random = randomFrom(seed);
    await using os = await launch(manifest());
    await os.services.settled();
    const log = os.services.memory("log").bytes;
    const ledger = new DataView(os.services.memory("ledger").bytes.buffer);
    const numbers = (client: number): number[] => Array.from({ length: KEYS }, (_, key) => ledger.getUint32(client * REGION + NUMBERS + key * 4, true));
    const sum = (at: number): number => Array.from({ length: CLIENTS }, (_, client) => ledger.getUint32(client * REGION + at, true)).reduce((a, b) => a + b, 0);
    const clients = Array.from({ length: CLIENTS }, (_, index) => `client${index}`);
    let torn = 0;
    let during = 0;
    const epochs = new Set<number>();

    /** What was acknowledged stands in the log, whatever else does. */
    const check = (): void => {
      const found = readKvLog(log);
      assert.ok(found !== undefined);
      epochs.add(found.epoch);
      for (let client = 0; client < CLIENTS; client++) {
        for (const [key, number] of numbers(client).entries()) {
          const value: Uint8Array | undefined = found.values.get(clientKey(client, key));
          const stored: number = value === undefined ? 0 : Buffer.from(value).readUInt32LE();
          // One more may be written and not acknowledged, or not yet noted.
          assert.ok(stored === number || stored === number + 1, `client ${client}, key ${key}: ${number} acknowledged, ${stored} stored`);
        }
      }
      if (random(3) !== 0) return;
      // The tail as a death in the middle of a write leaves it: here any bytes that are no whole record.
      torn++;
      const length = Math.min(found.room, 1 + random(4000));
      for (let at = 0; at < length; at++) log[found.tail + at] = random(256);
    };

    const started = performance.now();
    try {
      for (let kill = 0; kill < kills; kill++) {
        // Often while it works, sometimes while it starts or recovers.
        const turns = random(3) === 0 ? random(3) : 1 + random(6);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        await until(() => os.services.status("kv").pid !== undefined && readKvLog(log) !== undefined, "the store is there");
        const { pid, state, generation } = os.services.status("kv");
        if (state === "starting") during++;
        // It is dead at once, since nothing else runs now; nothing comes between that and the look at its log.
        const killed = os.kill(pid!, "the test says so");
        check();
        assert.equal(await killed, true);
        await until(() => os.services.status("kv").generation > generation, "the next one");
      }
      const before = sum(0);
      await until(() => sum(0) > before + 100, "clients go on");
    } catch (error) {
      const ends = clients.map((name) => JSON.stringify(os.services.lastExit(name)));
      throw new Error(`repeat with ISOLA_KV_SEED=${seed}; clients ended with ${ends.join(", ")}`, { cause: error });
    }
    const killedMs = performance.now() - started;
    for (let client = 0; client < CLIENTS; client++) ledger.setUint32(client * REGION + STOP, 1, true);
    await until(() => clients.every((name) => os.services.status(name).pid === undefined), "the clients end");
    for (const name of clients) assert.deepEqual(os.services.lastExit(name), { status: 0 }, `${name}, seed ${seed}`);
    const kv = new Kv(await os.services.connect("kv/kv"));
    for (let client = 0; client < CLIENTS; client++) {
      for (const [key, number] of numbers(client).entries()) {
        const { status, value } = await kv.call(1, clientKey(client, key));
        assert.equal(status === 0 ? Buffer.from(value).readUInt32LE() : 0, number, `seed ${seed}`);
      }
    }
    const [puts, gets, lost, made] = [sum(0), sum(4), sum(8), sum(12)];
    assert.equal(os.services.status("kv").state, "ready");
    assert.ok(os.services.status("kv").restarts >= kills);
    assert.ok(puts > kills / 2 && made > CLIENTS, "they got on with it");
    context.diagnostic(`seed ${seed}: ${kills} kills in ${(killedMs / 1000).toFixed(1)} s, ${during} of them while it started, ${torn} torn tails, ${epochs.size} generations of the log`);
    context.diagnostic(`${CLIENTS} clients: ${puts} puts acknowledged, ${gets} gets, ${lost} calls lost and made again, ${made} connections; nothing acknowledged was lost`);
  });
});
