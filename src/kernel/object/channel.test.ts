import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChannelEnd } from "./channel.ts";
import { Event } from "./event.ts";
import type { Grant } from "./grant.ts";
import { testAccount } from "./objects.test-support.ts";
import { FULL_RIGHTS, Signal } from "./rights.ts";
import { Status } from "./status.ts";
import { Undertaker } from "./undertaker.ts";

const MESSAGES = 3;
const BYTES = 10;

const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant("send" as const), end: fc.nat({ max: 1 }), length: fc.nat({ max: BYTES + 2 }), handles: fc.nat({ max: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("receive" as const), end: fc.nat({ max: 1 }), limit: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("revoke" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("close" as const), end: fc.nat({ max: 1 }), rarely: fc.nat({ max: 4 }) }) },
);

interface ModelMessage {
  readonly bytes: Uint8Array;
  readonly grants: readonly Grant[];
}

function pair(charges = testAccount().charges, undertaker = new Undertaker(), limits = { messages: MESSAGES, bytes: BYTES }): readonly [ChannelEnd, ChannelEnd] {
  return ChannelEnd.pair(limits, charges, undertaker)!;
}

describe("channel", () => {
  test("agrees with two bounded lists of messages; accounts are what is in them", () => {
    fc.assert(fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const maker = testAccount();
      const roots = testAccount();
      const undertaker = new Undertaker();
      const ends = pair(maker.charges, undertaker);
      const handles = ends.map((end) => maker.table.insert(end, FULL_RIGHTS.channel)!);
      const queues: ModelMessage[][] = [[], []];
      const open = [true, true];
      const events: { root: number; grant: Grant | undefined }[] = [];
      let next = 0;
      const inFlight = (): number => queues.flat().flatMap(({ grants }) => grants).filter((grant) => !grant.isRevoked).length;
      for (const operation of operations) {
        if (operation.op === "revoke") {
          const event = events[operation.at % Math.max(1, events.length)];
          if (event !== undefined) roots.table.grantOf(event.root)!.revoke(undertaker);
        } else if (operation.op === "close") {
          if (operation.rarely > 0 || !open[operation.end]) continue;
          maker.table.close(handles[operation.end]!);
          open[operation.end] = false;
          queues[operation.end] = [];
        } else if (operation.op === "send") {
          const { end, length } = operation;
          if (!open[end]) continue;
          const other = queues[1 - end]!;
          const queued = other.reduce((sum, { bytes }) => sum + bytes.length, 0);
          const wanted = !open[1 - end] ? Status.peer_closed : length > BYTES ? Status.too_large : other.length >= MESSAGES || queued + length > BYTES ? Status.would_block : Status.ok;
          assert.equal(ends[end]!.canSend(length), wanted);
          if (wanted === Status.would_block) assert.equal(ends[end]!.signals & Signal.writable, 0);
          if (wanted !== Status.ok) continue;
          const grants = Array.from({ length: operation.handles }, () => {
            const event = Event.create(roots.charges)!;
            const root = roots.table.insert(event, FULL_RIGHTS.event)!;
            const grant = roots.table.take(roots.table.duplicate(root, -1)!)!;
            events.push({ root, grant });
            return grant;
          });
          assert.equal(ends[end]!.holdHandles(grants.map(({ object }) => object)), Status.ok);
          const bytes = new Uint8Array(length).fill(next++);
          ends[end]!.send(bytes, grants);
          other.push({ bytes, grants });
        } else {
          const { end } = operation;
          if (!open[end]) continue;
          const first = queues[end]![0];
          const receiver = testAccount(operation.limit ? { handles: 1 } : {});
          const live = first?.grants.filter((grant) => !grant.isRevoked).length ?? 0;
          assert.equal(ends[end]!.peek()?.bytes, first?.bytes);
          const got = ends[end]!.receiveInto(receiver.table);
          if (first === undefined || (operation.limit && live > 1)) {
            assert.equal(got, undefined);
            assert.equal(receiver.table.size, 0);
            continue;
          }
          assert.deepEqual(got!.map((handle) => handle !== 0), first.grants.map((grant) => !grant.isRevoked));
          queues[end]!.shift();
          receiver.table.closeAll();
        }
        assert.equal(maker.charges.handles, inFlight());
        assert.equal(maker.charges.objects, open.filter(Boolean).length);
        assert.equal(maker.account.used("memory"), open.filter(Boolean).length * ChannelEnd.cost({ messages: MESSAGES, bytes: BYTES }));
        ends.forEach((end, index) => {
          if (!open[index]) return;
          assert.equal(end.queued, queues[index]!.length);
          assert.equal((end.signals & Signal.readable) !== 0, queues[index]!.length > 0);
          assert.equal((end.signals & Signal.peer_closed) !== 0, !open[1 - index]);
        });
      }
      maker.table.closeAll();
      roots.table.closeAll();
      for (const { account, charges } of [maker, roots]) {
        assert.equal(charges.objects, 0);
        assert.equal(charges.bytes, 0);
        assert.equal(account.used("handles"), 0);
      }
    }), { numRuns: 500 });
  });

  test("a refused message makes writable mean room for it", () => {
    const [a, b] = pair();
    a.retain();
    b.retain();
    for (const length of [4, 4]) {
      assert.equal(a.canSend(length), Status.ok);
      a.send(new Uint8Array(length));
    }
    assert.notEqual(a.signals & Signal.writable, 0);
    assert.equal(a.canSend(7), Status.would_block);
    assert.equal(a.signals & Signal.writable, 0);
    b.receive();
    assert.equal(a.signals & Signal.writable, 0, "room for 6 only");
    b.receive();
    assert.notEqual(a.signals & Signal.writable, 0);
  });

  test("ends never wait for each other in a circle", () => {
    const undertaker = new Undertaker();
    const { charges, table } = testAccount();
    const [a1, a2] = pair(charges, undertaker);
    const [b1, b2] = pair(charges, undertaker);
    const handles = new Map([a1, a2, b1, b2].map((end) => [end, table.insert(end, FULL_RIGHTS.channel)!]));
    const send = (through: ChannelEnd, end: ChannelEnd): number => {
      const held = through.holdHandles([end]);
      if (held === Status.ok) through.send(new Uint8Array(0), [table.take(handles.get(end)!)!]);
      return held;
    };
    assert.equal(send(a1, a2), Status.cycle, "an end in its own queue");
    assert.equal(send(a1, b2), Status.ok, "b2 waits in a2");
    assert.equal(send(b1, a2), Status.cycle, "a2 in b2 in a2");
    assert.equal(send(b1, a1), Status.ok, "a1 waits in b2, which waits in a2");
    table.closeAll();
    assert.equal(charges.objects, 0);
  });

  test("twenty thousand channels, each in the queue of the next, close without a deep stack", () => {
    const undertaker = new Undertaker();
    const { charges, table } = testAccount();
    let inner: number | undefined = undefined;
    for (let index = 0; index < 20_000; index++) {
      const [a, b] = pair(charges, undertaker, { messages: 1, bytes: 0 });
      const [sender, receiver] = [table.insert(a, FULL_RIGHTS.channel)!, table.insert(b, FULL_RIGHTS.channel)!];
      if (inner !== undefined) {
        // A search as deep as this gives up, so the chain is built from the outside.
        b.send(new Uint8Array(0), [table.take(inner)!]);
        assert.equal(charges.holdHandles(1), true);
      }
      table.close(receiver);
      inner = sender;
    }
    table.closeAll();
    assert.equal(charges.objects, 0);
    assert.equal(charges.handles, 0);
  });
});
