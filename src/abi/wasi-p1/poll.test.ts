import { test } from "node:test";
import assert from "node:assert/strict";
import { memory } from "#fs";
import { BLOCK, createPipe } from "#kernel";
import { Loopback } from "#net";
import { Errno } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";
import { FILE_RIGHTS } from "./rights.ts";

const MS = 1_000_000n;
interface ClockSubscription {
  readonly clock: number;
  readonly timeout: bigint;
  readonly absolute?: boolean;
}
type Sub = ClockSubscription | { readonly read: number } | { readonly write: number };
interface Seen {
  readonly userdata: bigint;
  readonly errno: number;
  readonly type: number;
  readonly bytes: bigint;
  readonly flags: number;
}

/** Lays out subscriptions (userdata 100, 101, …) and calls; the answer and a way to read the events. */
function poll(guest: Guest, subs: readonly Sub[], preview0 = false): { answer: number; events: () => Seen[] } {
  const size = preview0 ? 56 : 48;
  const input = guest.alloc(subs.length * size);
  const output = guest.alloc(subs.length * 32);
  const count = guest.alloc(4);
  subs.forEach((sub, index) => {
    const at = input + index * size;
    guest.view.setBigUint64(at, BigInt(100 + index), true);
    if ("clock" in sub) {
      const clockAt = at + (preview0 ? 24 : 16);
      guest.view.setUint32(clockAt, sub.clock, true);
      guest.view.setBigUint64(clockAt + 8, sub.timeout, true);
      guest.view.setUint16(clockAt + 24, sub.absolute === true ? 1 : 0, true);
    } else {
      guest.bytes[at + 8] = "read" in sub ? 1 : 2;
      guest.view.setUint32(at + 16, "read" in sub ? sub.read : sub.write, true);
    }
  });
  const answer = (preview0 ? guest.call0.bind(guest) : guest.call.bind(guest))("poll_oneoff", input, output, subs.length, count);
  const events = (): Seen[] =>
    Array.from({ length: guest.u32(count) }, (_, index) => {
      const at = output + index * 32;
      return { userdata: guest.u64(at), errno: guest.view.getUint16(at + 8, true), type: guest.bytes[at + 10]!, bytes: guest.u64(at + 16), flags: guest.view.getUint16(at + 24, true) };
    });
  return { answer, events };
}
const ids = (events: readonly Seen[]): bigint[] => events.map((event) => event.userdata);

for (const preview0 of [false, true]) {
  test(`a relative timeout sleeps as long as it says, preview ${preview0 ? 0 : 1}`, () => {
    const guest = new Guest();
    const before = guest.process.nowMs;
    const { answer, events } = poll(guest, [{ clock: 1, timeout: 250n * MS }, { clock: 1, timeout: 500n * MS }], preview0);
    assert.equal(answer, BLOCK);
    assert.equal(guest.process.resume(), 0);
    assert.equal(guest.process.nowMs - before, 250);
    assert.deepEqual(events(), [{ userdata: 100n, errno: 0, type: 0, bytes: 0n, flags: 0 }]);
  });
}

test("deadlines that are over, or in their own clock", () => {
  const guest = new Guest();
  const now = BigInt(guest.process.nowMs) * MS;
  const real = now + guest.process.realtimeOffsetNs;
  const past = poll(guest, [{ clock: 1, timeout: now - 1n, absolute: true }, { clock: 0, timeout: real - 1n, absolute: true }, { clock: 1, timeout: 0n }, { clock: 1, timeout: 1n << 62n }]);
  assert.equal(past.answer, 0);
  assert.deepEqual(ids(past.events()), [100n, 101n, 102n]);
  const future = poll(guest, [{ clock: 0, timeout: real + 40n * MS, absolute: true }]);
  assert.equal(future.answer, BLOCK);
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.process.nowMs, 1040);
});

test("a step of the real-time clock is noticed", () => {
  const guest = new Guest();
  const real = BigInt(guest.process.nowMs) * MS + guest.process.realtimeOffsetNs;
  assert.equal(poll(guest, [{ clock: 0, timeout: real + 100n * MS, absolute: true }]).answer, BLOCK);
  guest.process.realtimeOffsetNs -= 1000n * MS;
  assert.equal(guest.process.resume(), BLOCK, "set back: it waits on");
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.process.nowMs, 2100);
});

test("a timeout beyond all timers is waited for in parts", () => {
  const guest = new Guest();
  const { answer } = poll(guest, [{ clock: 1, timeout: (1n << 64n) - 1n }]);
  assert.equal(answer, BLOCK);
  assert.equal(guest.process.resume(), BLOCK);
  assert.ok(guest.process.nowMs > 900_000_000);
});

test("what can never succeed is an event with its error", () => {
  const guest = new Guest();
  const { answer, events } = poll(guest, [{ read: 77 }, { write: 0 }, { clock: 9, timeout: 0n }, { clock: 2, timeout: 0n }, { clock: 1, timeout: 1n << 40n }]);
  assert.equal(answer, 0);
  assert.deepEqual(
    events().map(({ userdata, errno, type }) => [userdata, errno, type]),
    [
      [100n, Errno.badf, 1],
      [101n, Errno.notcapable, 2],
      [102n, Errno.inval, 0],
      [103n, Errno.notsup, 0],
    ],
  );
});

test("streams: ready bytes, hangup, and waking", () => {
  const stdin = createPipe();
  const stdout = createPipe(4);
  const guest = new Guest({ stdin: stdin.source, stdout: stdout.sink });
  const waiting = poll(guest, [{ read: 0 }, { clock: 1, timeout: 1000n * MS }]);
  assert.equal(waiting.answer, BLOCK);
  stdin.sink.write(new Uint8Array(7));
  assert.equal(guest.process.resume(), 0);
  assert.deepEqual(waiting.events(), [{ userdata: 100n, errno: 0, type: 1, bytes: 7n, flags: 0 }]);
  assert.equal(guest.process.nowMs, 1000, "no time passed");
  stdin.sink.close();
  const both = poll(guest, [{ read: 0 }, { write: 1 }, { read: 0 }]);
  assert.equal(both.answer, 0);
  assert.deepEqual(
    both.events().map(({ userdata, bytes, flags }) => [userdata, bytes, flags]),
    [
      [100n, 7n, 1],
      [101n, 4n, 0],
      [102n, 7n, 1],
    ],
  );
  guest.write(1, "full");
  const full = poll(guest, [{ write: 1 }]);
  assert.equal(full.answer, BLOCK);
  stdout.source.close();
  assert.equal(guest.process.resume(), 0);
  assert.equal(full.events()[0]!.flags, 1);
});

test("files are always ready, with what is left of them", () => {
  const fs = memory({ files: { f: "0123456789" } });
  const guest = new Guest({ preopens: [{ guestPath: "/", directory: fs.root(), rights: "rw" }] });
  const fd = guest.open(3, "f", { rights: FILE_RIGHTS });
  guest.read(fd, 4);
  const { answer, events } = poll(guest, [{ read: fd }, { write: fd }]);
  assert.equal(answer, 0);
  assert.deepEqual(events().map((event) => event.bytes), [6n, 0n]);
});

test("a listener is readable when somebody waits, a closed input at once", () => {
  const listener = new Loopback("local");
  const guest = new Guest({ sockets: [listener] });
  const { answer, events } = poll(guest, [{ read: 3 }]);
  assert.equal(answer, BLOCK);
  listener.connect();
  assert.equal(guest.process.resume(), 0);
  assert.equal(events()[0]!.bytes, 1n);
  const ended = poll(guest, [{ read: 0 }]);
  assert.equal(ended.answer, 0);
  assert.equal(ended.events()[0]!.flags, 1);
});

test("subscriptions are read once: changing them while the thread waits changes nothing", () => {
  const stdin = createPipe();
  const guest = new Guest({ stdin: stdin.source });
  const { answer, events } = poll(guest, [{ read: 0 }]);
  assert.equal(answer, BLOCK);
  guest.bytes.fill(0xff, 1024, 1024 + 48);
  stdin.sink.write(new Uint8Array(1));
  assert.equal(guest.process.resume(), 0);
  assert.equal(events()[0]!.userdata, 100n);
});

test("so many subscriptions that one look at them would delay others are refused", () => {
  const guest = new Guest({}, { initial: 16 });
  const list = guest.alloc(48 * 4097);
  const out = guest.alloc(32 * 4097);
  const countOut = guest.alloc(4);
  assert.equal(guest.call("poll_oneoff", list, out, 4096, countOut), 0);
  assert.equal(guest.u32(countOut), 4096);
  assert.equal(guest.call("poll_oneoff", list, out, 4097, countOut), Errno.inval);
});
