import { test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { BROKEN, Waiter, WOULD_BLOCK } from "#kernel";
import type { WaitQueue } from "#kernel";
import type { Connection } from "#net";
import { listenTcp } from "./socket.ts";

const HOST = "127.0.0.1";
const woken = (queue: WaitQueue): Promise<void> => new Promise((resolve) => queue.add(new Waiter(resolve)));

/** Tries `attempt` until it does not block. */
async function until(queue: WaitQueue, attempt: () => number): Promise<number> {
  for (;;) {
    const wake = woken(queue);
    const answer = attempt();
    if (answer !== WOULD_BLOCK) return answer;
    await wake;
  }
}
async function readAll(connection: Connection): Promise<string> {
  const into = new Uint8Array(16 * 1024);
  let text = "";
  for (;;) {
    const count = await until(connection.readable, () => connection.read(into));
    if (count === 0) return text;
    text += new TextDecoder().decode(into.subarray(0, count));
  }
}

test("a host client and a granted connection exchange more than the buffers hold", { timeout: 10_000 }, async (t) => {
  const listener = await listenTcp(HOST, 0);
  t.after(() => listener.close());
  assert.equal(listener.address, `${HOST}:${listener.port}`);
  assert.equal(listener.accept(), WOULD_BLOCK);
  const arrived = woken(listener.readable);
  const client = connect(listener.port, HOST);
  t.after(() => client.destroy());
  await arrived;
  assert.equal(listener.pending, 1);
  const connection = listener.accept();
  assert.ok(connection !== WOULD_BLOCK);
  t.after(() => connection.close());

  const request = "request ".repeat(40_000);
  client.write(request);
  client.end();
  const peeked = new Uint8Array(7);
  assert.equal(await until(connection.readable, () => connection.peek(peeked)), 7);
  assert.equal(new TextDecoder().decode(peeked), "request");
  assert.equal(await readAll(connection), request);
  assert.equal(connection.ended, true);

  const received = new Promise<string>((resolve) => {
    let text = "";
    client.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("end", () => resolve(text));
  });
  const text = "response".repeat(1_000_000);
  const response = new TextEncoder().encode(text);
  let blocked = 0;
  for (let sent = 0; sent < response.length; ) {
    if (connection.room === 0) blocked++;
    sent += await until(connection.writable, () => connection.write(response.subarray(sent)));
  }
  assert.ok(blocked > 0, "the bound was met");
  connection.shutdown("write");
  assert.equal(connection.write(new Uint8Array(1)), BROKEN);
  assert.equal((await received) === text, true);
});

test("a client that resets breaks the connection, and closing a listener drops who waits", { timeout: 10_000 }, async (t) => {
  const listener = await listenTcp(HOST, 0);
  t.after(() => listener.close());
  const first = connect(listener.port, HOST);
  first.on("error", () => undefined);
  await woken(listener.readable);
  const connection = listener.accept();
  assert.ok(connection !== WOULD_BLOCK);
  const gone = woken(connection.readable);
  first.resetAndDestroy();
  await gone;
  while (!connection.broken) await woken(connection.writable);
  assert.equal(connection.read(new Uint8Array(1)), 0);
  assert.equal(connection.write(new Uint8Array(1)), BROKEN);

  const second = connect(listener.port, HOST);
  second.on("error", () => undefined);
  await woken(listener.readable);
  second.resume();
  listener.close();
  await once(second, "close");
  connection.close();
});

test("the end of a stream is seen by those who only watch", { timeout: 10_000 }, async (t) => {
  const listener = await listenTcp(HOST, 0);
  t.after(() => listener.close());
  const client = connect(listener.port, HOST);
  t.after(() => client.destroy());
  await woken(listener.readable);
  const connection = listener.accept();
  assert.ok(connection !== WOULD_BLOCK);
  t.after(() => connection.close());
  client.write("x");
  while (connection.available === 0) await woken(connection.readable);
  assert.equal(connection.ended, false);
  assert.equal(connection.read(new Uint8Array(4)), 1);
  client.end();
  while (!connection.ended) await woken(connection.readable);
  assert.equal(connection.broken, false, "the other direction goes on");
});

test("addresses are checked, and a taken port is refused", async (t) => {
  await assert.rejects(listenTcp("localhost", 0), { code: "net/address" });
  await assert.rejects(listenTcp(HOST, 65536), { code: "net/address" });
  const listener = await listenTcp(HOST, 0);
  t.after(() => listener.close());
  await assert.rejects(listenTcp(HOST, listener.port), { code: "net/listen", message: `${HOST}:${listener.port}: the host refuses to listen: the address is in use already` });
  // Of the range for documentation: no machine has it.
  await assert.rejects(listenTcp("2001:db8::1", 0), { code: "net/listen", address: "[2001:db8::1]:0" });
});
