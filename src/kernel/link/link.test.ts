import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FaceWord } from "./face.ts";
import { FIRST_KIND, Link } from "./link.ts";
import type { Endpoint } from "./link.ts";
import { face, linkEnds } from "./link.test-support.ts";

class Recorder implements Endpoint {
  readonly heard: string[] = [];
  lostWhy: string | undefined = undefined;
  received(kind: number, arg: number, bytes: Uint8Array): void {
    this.heard.push(`${kind - FIRST_KIND} ${arg} ${bytes.length} ${bytes.reduce((sum, byte) => (sum * 31 + byte) & 0xffff, 0)}`);
  }
  posted(value: unknown): void {
    this.heard.push(`posted ${JSON.stringify(value)}`);
  }
  lost(reason: string): void {
    this.lostWhy = reason;
  }
}

function two(capacity?: number): { readonly a: Link; readonly b: Link; readonly faceB: Int32Array } {
  const [faceA, faceB] = [face(), face()];
  const [endA, endB] = linkEnds(0, faceA, 1, faceB, capacity);
  return { a: new Link(endA), b: new Link(endB), faceB: new Int32Array(faceB) };
}

type Step = { readonly kind: "bytes"; readonly length: number } | { readonly kind: "posted"; readonly value: number } | { readonly kind: "poll" } | { readonly kind: "quick" };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("bytes" as const), length: fc.oneof(fc.nat(100), fc.nat(20_000)) }),
  fc.record({ kind: fc.constant("posted" as const), value: fc.nat() }),
  fc.constant({ kind: "poll" as const }),
  fc.constant({ kind: "quick" as const }),
);

test("bytes of any length and cloned values come in the order in which they were sent", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
    const { a, b } = two(4096);
    const [here, there] = [new Recorder(), new Recorder()];
    const line = a.open(here);
    b.accept(line.id, there);
    const sent = new Recorder();
    for (const [index, what] of steps.entries()) {
      if (what.kind === "bytes") {
        const bytes = Uint8Array.from({ length: what.length }, (_, at) => (at * 7 + index) & 0xff);
        line.send(FIRST_KIND + (index % 5), index, bytes);
        sent.received(FIRST_KIND + (index % 5), index, bytes);
      } else if (what.kind === "posted") {
        line.post({ value: what.value });
        sent.posted({ value: what.value });
      } else {
        b.poll(what.kind === "quick");
        a.poll(false);
      }
      assert.deepEqual(there.heard, sent.heard.slice(0, there.heard.length));
    }
    for (let round = 0; there.heard.length < sent.heard.length && round < 2000; round++) {
      b.poll(false);
      a.poll(false);
    }
    assert.deepEqual(there.heard, sent.heard);
    assert.deepEqual(here.heard, []);
  }), { numRuns: 200 });
});

test("a look that must be quick stops before a cloned value, and says that something is left", () => {
  const { a, b } = two();
  const there = new Recorder();
  const line = a.open(new Recorder());
  b.accept(line.id, there);
  line.send(FIRST_KIND);
  line.post("later");
  line.send(FIRST_KIND + 1);
  assert.equal(b.poll(true), true);
  assert.deepEqual(there.heard, ["0 0 0 0"]);
  assert.equal(b.poll(false), false);
  assert.deepEqual(there.heard, ["0 0 0 0", 'posted "later"', "1 0 0 0"]);
});

test("lines of both sides with the same number are apart, and a closed one hears nothing", () => {
  const { a, b } = two();
  const [atA, atB, fromA, fromB] = [new Recorder(), new Recorder(), new Recorder(), new Recorder()];
  const lineA = a.open(atA);
  const lineB = b.open(atB);
  assert.equal(lineA.id, lineB.id);
  const backA = b.accept(lineA.id, fromA);
  const backB = a.accept(lineB.id, fromB);
  lineA.send(FIRST_KIND, 1);
  lineB.send(FIRST_KIND, 2);
  backA.send(FIRST_KIND, 3);
  backB.send(FIRST_KIND, 4);
  a.poll(false);
  b.poll(false);
  assert.deepEqual([atA, atB, fromA, fromB].map(({ heard }) => heard), [["0 3 0 0"], ["0 4 0 0"], ["0 1 0 0"], ["0 2 0 0"]]);
  backA.close();
  lineA.send(FIRST_KIND, 5);
  b.poll(false);
  assert.equal(fromA.heard.length, 1);
});

test("who sends raises the other's flag; a lost link ends its lines and says nothing more", () => {
  const { a, b, faceB } = two();
  const end = new Recorder();
  const line = a.open(end);
  line.send(FIRST_KIND);
  assert.equal(faceB[FaceWord.pending], 1);
  assert.equal(faceB[FaceWord.flag], 2);
  a.lost("of no use");
  assert.equal(end.lostWhy, "of no use");
  line.send(FIRST_KIND);
  assert.equal(a.poll(false), false);
  b.poll(false);
  assert.equal(b.poll(false), false);
});
