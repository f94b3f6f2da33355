import { test } from "node:test";
import assert from "node:assert/strict";
import { BROKEN, Waiter, WOULD_BLOCK } from "#kernel";
import { connectionPair, Loopback } from "./loopback.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a pair moves bytes both ways, each direction with its own bound", () => {
  const [a, b] = connectionPair("test", 4);
  const into = new Uint8Array(8);
  assert.equal(a.write(bytes("hello")), 4);
  assert.equal(a.write(bytes("o")), WOULD_BLOCK);
  assert.equal(b.write(bytes("yes")), 3);
  assert.equal(b.peek(into), 4);
  assert.equal(b.read(into), 4);
  assert.equal(new TextDecoder().decode(into.subarray(0, 4)), "hell");
  assert.equal(a.read(into), 3);
  assert.equal(a.read(into), WOULD_BLOCK);
});

test("shutting down one direction leaves the other", () => {
  const [a, b] = connectionPair();
  const into = new Uint8Array(8);
  a.write(bytes("last"));
  a.shutdown("write");
  assert.equal(a.write(bytes("x")), BROKEN);
  assert.equal(b.read(into), 4);
  assert.equal(b.read(into), 0);
  assert.equal(b.write(bytes("back")), 4);
  assert.equal(a.read(into), 4);
  a.shutdown("read");
  assert.equal(a.read(into), 0);
  assert.equal(b.write(bytes("x")), BROKEN);
});

test("closing wakes whoever waits on the other side", () => {
  const [a, b] = connectionPair();
  let woken = 0;
  b.readable.add(new Waiter(() => woken++));
  b.writable.add(new Waiter(() => woken++));
  a.close();
  a.close();
  assert.equal(woken, 2);
  assert.equal(b.ended && b.broken, true);
});

test("a listener hands out connections in the order of their calls", () => {
  const listener = new Loopback("local", 2);
  assert.equal(listener.accept(), WOULD_BLOCK);
  let woken = 0;
  listener.readable.add(new Waiter(() => woken++));
  const first = listener.connect();
  const second = listener.connect();
  assert.equal(listener.connect(), undefined, "the backlog is full");
  assert.equal(woken, 1);
  assert.equal(listener.pending, 2);
  first?.write(bytes("1"));
  const accepted = listener.accept();
  assert.ok(accepted !== WOULD_BLOCK);
  assert.equal(accepted.available, 1);
  listener.close();
  assert.equal(second?.ended, true, "who waited is dropped");
  assert.equal(listener.connect(), undefined);
  assert.equal(first?.broken, false, "who was accepted is not");
});
