/** A service that answers whatever it likes: the other side fails with an `FsError` or gives values that keep the interface. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkName } from "../name.ts";
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import { ServedFileSystem } from "./served.ts";
import type { Transport } from "./connection.ts";
import { ANSWER_HEAD } from "./protocol.ts";

type Reply = (id: number, op: number) => Uint8Array | undefined;

/** A service that answers each request with `reply`, at once. */
function service(reply: Reply): Transport {
  const queue: Uint8Array[] = [];
  let wake: (() => void) | undefined = undefined;
  let open = true;
  return {
    send: async (message) => {
      const view = new DataView(message.buffer, message.byteOffset);
      const answer = reply(view.getUint32(0, true), view.getUint32(4, true));
      if (answer !== undefined) queue.push(answer);
      wake?.();
    },
    receive: async () => {
      while (queue.length === 0 && open) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift();
    },
    close: () => {
      open = false;
      wake?.();
    },
  };
}

function answer(id: number, errno: number, a: bigint, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ANSWER_HEAD + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, errno, true);
  view.setBigUint64(8, a, true);
  bytes.set(data, ANSWER_HEAD);
  return bytes;
}

function filesOver(reply: Reply, timeoutMs = 10_000): ServedFileSystem {
  return new ServedFileSystem({
    name: "odd", timeoutMs, connect: () => service(reply),
    timer: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
  });
}

const OPEN = 28;

test("nonsense fails with an FsError, or is sense after all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 80 }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.uint8Array({ maxLength: 200 }), async (errno, a, data) => {
      const files = filesOver((id, op) => (op === OPEN ? answer(id, 0, 1n, new Uint8Array(0)) : answer(id, errno % 3 === 0 ? 0 : errno, a, data)));
      const root = await files.root();
      const buffer = new Uint8Array(64);
      const attempts: readonly [string, () => unknown][] = [
        ["stat", async () => assert.ok(Number.isSafeInteger(Number((await root.stat()).size)))],
        ["entries", async () => {
          const entries = await root.entries(0n, 5);
          assert.ok(entries.length <= 5);
          for (const { name, kind, next } of entries) {
            checkName(name);
            assert.ok(kind === FileKind.directory || kind === FileKind.regular || kind === FileKind.symlink);
            assert.notEqual(next, 0n);
          }
        }],
        ["readlink", async () => assert.equal(typeof (await root.readlink("l")), "string")],
        ["openFile", async () => {
          const file = await root.openFile("f", { read: true, write: true, create: false, exclusive: false, truncate: false });
          assert.ok((await file.read(0, buffer)) <= buffer.length);
          assert.ok((await file.write(0, buffer)) <= buffer.length);
          assert.ok((await file.append(buffer)) <= buffer.length);
        }],
      ];
      for (const [what, attempt] of attempts) {
        try {
          await attempt();
        } catch (error) {
          assert.ok(error instanceof FsError, `${what}: ${String(error)}`);
        }
      }
      files.close();
    }),
    { numRuns: 500 },
  );
});

test("a service that does not answer, or answers other requests, is given up on", async () => {
  for (const reply of [(): undefined => undefined, (id: number) => answer(id + 1, 0, 1n, new Uint8Array(0)), (): Uint8Array => new Uint8Array(3)]) {
    const files = filesOver(reply, 20);
    await assert.rejects(async () => files.root(), (error) => error instanceof FsError && error.message.includes("did not answer within 20 ms"));
    files.close();
  }
});

test("what waits fails when the service goes", async () => {
  const files = filesOver((id, op) => (op === OPEN ? answer(id, 0, 1n, new Uint8Array(0)) : undefined));
  const root = await files.root();
  const waiting = Promise.resolve(root.stat());
  files.close();
  await assert.rejects(waiting, (error) => error instanceof FsError && error.code === "io");
});
