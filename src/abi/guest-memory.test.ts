import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { GuestMemory, IOVECS_MAX, TRANSFER_MAX } from "./guest-memory.ts";

function attached(descriptor: WebAssembly.MemoryDescriptor = { initial: 1, maximum: 10 }): { memory: WebAssembly.Memory; guest: GuestMemory } {
  const memory = new WebAssembly.Memory(descriptor);
  const guest = new GuestMemory();
  guest.attach(memory);
  return { memory, guest };
}

test("ranges are checked as unsigned numbers that cannot overflow", () => {
  const { guest } = attached();
  const rows: readonly (readonly [addr: number, byteLength: number, inside: boolean])[] = [
    [0, 0, true],
    [0, 65536, true],
    [0, 65537, false],
    [65536, 0, true],
    [65536, 1, false],
    [65537, 0, false],
    [-1, 0, false],
    [-1, 1, false],
    [-1, -1, false],
    [1, -1, false],
    [0x7fffffff, 0x7fffffff, false],
    [-0x80000000, -0x80000000, false],
  ];
  for (const [addr, byteLength, inside] of rows) assert.equal(guest.has(addr, byteLength), inside, `${addr} + ${byteLength}`);
  assert.equal(guest.hasItems(0, 8192, 8), true);
  assert.equal(guest.hasItems(0, 8193, 8), false);
  assert.equal(guest.hasItems(0, -1, 48), false);
  assert.equal(guest.hasItems(0, 0x20000000, 8), false, "a product that is 0 modulo 2^32");
});

test("views follow a memory that grows", () => {
  const { memory, guest } = attached();
  memory.grow(1);
  guest.begin();
  assert.equal(guest.byteLength, 131072);
  guest.setU32(131068, 7);
  assert.equal(guest.u32(131068), 7);
});

test("a shared memory that grew is noticed when a range seems outside", () => {
  const { memory, guest } = attached({ initial: 1, maximum: 4, shared: true });
  memory.grow(2);
  guest.begin();
  assert.equal(guest.has(0, 65536 * 3), true);
  assert.equal(guest.has(0, 65536 * 3 + 1), false);
  new Uint8Array(memory.buffer).set(new TextEncoder().encode("päth"), 70000);
  assert.equal(guest.string(70000, 5), "päth");
});

test("strings are strict UTF-8 and keep a byte order mark", () => {
  const { memory, guest } = attached();
  const bytes = new Uint8Array(memory.buffer);
  for (const bad of [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    bytes.set(bad, 100);
    assert.equal(guest.string(100, bad.length), undefined, bad.join());
  }
  bytes.set([0xef, 0xbb, 0xbf, 0x61], 100);
  assert.equal(guest.string(100, 4), "\ufeffa");
});

test("gather and scatter are inverse over any buffers", () => {
  const { memory, guest } = attached();
  const lengths = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 20 });
  fc.assert(
    fc.property(lengths, (list) => {
      const bytes = new Uint8Array(memory.buffer);
      bytes.fill(0);
      const view = new DataView(memory.buffer);
      let at = 1000;
      list.forEach((length, index) => {
        view.setUint32(8 * index, at, true);
        view.setUint32(8 * index + 4, length, true);
        at += length + 3;
      });
      const total = list.reduce((sum, length) => sum + length, 0);
      guest.begin();
      assert.equal(guest.readIovecs(0, list.length), true);
      assert.equal(guest.iovTotal, total);
      const data = Uint8Array.from({ length: total }, (_, index) => (index * 7 + 1) & 0xff);
      guest.scatter(data, total);
      assert.deepEqual(guest.gather(), data);
      assert.equal(bytes[at - 1], 0, "nothing is written behind the buffers");
    }),
    { numRuns: 100 },
  );
});

test("lists outside the memory, or with a buffer outside it, are refused", () => {
  const { memory, guest } = attached();
  assert.equal(guest.readIovecs(65532, 1), false);
  assert.equal(guest.readIovecs(-8, IOVECS_MAX), false);
  const view = new DataView(memory.buffer);
  view.setUint32(0, 65530, true);
  view.setUint32(4, 7, true);
  assert.equal(guest.readIovecs(0, 1), false);
  view.setUint32(4, 6, true);
  assert.equal(guest.readIovecs(0, 1), true);
  view.setUint32(0, 0xffffffff, true);
  view.setUint32(4, 0xffffffff, true);
  assert.equal(guest.readIovecs(0, 1), false);
  view.setUint32(4, 0, true);
  assert.equal(guest.readIovecs(0, 1), true, "an empty buffer may be anywhere");
});

test("overlapping buffers cannot make one call move without end", () => {
  const { memory, guest } = attached({ initial: 16, maximum: 1600 });
  const view = new DataView(memory.buffer);
  for (let index = 0; index < IOVECS_MAX; index++) {
    view.setUint32(index * 8, 0, true);
    view.setUint32(index * 8 + 4, 16 * 65536, true);
  }
  assert.equal(guest.readIovecs(0, IOVECS_MAX), true);
  assert.equal(guest.iovTotal, TRANSFER_MAX);
  assert.equal(guest.gather().length, TRANSFER_MAX);
  assert.equal(guest.gather(7).length, 7, "no more than somebody has room for");
});

test("a scratch that was kept is not handed out again", () => {
  const { guest } = attached();
  const first = guest.scratch(10);
  assert.equal(guest.scratch(10), first);
  guest.keepScratch();
  assert.notEqual(guest.scratch(10).buffer, first.buffer);
});
