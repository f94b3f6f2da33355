import assert from "node:assert/strict";
import { test } from "node:test";
import type { KillReason } from "../fault/exit.ts";
import type { Machine } from "../machine.ts";
import type { Process } from "../process.ts";
import { Account } from "./account.ts";
import type { Limits } from "./account.ts";
import { GcHeap } from "./gc-heap.ts";

const MB = 1024 ** 2;

/** A heap of which the test says what is garbage. */
class FakeHeap {
  live = 0;
  garbage = 0;
  collections = 0;
  readonly limitBytes: number;
  readonly #canCollect: boolean;
  constructor(limitBytes: number, canCollect = true) {
    this.limitBytes = limitBytes;
    this.#canCollect = canCollect;
  }
  heap(): { usedBytes: number; limitBytes: number } {
    return { usedBytes: this.live + this.garbage, limitBytes: this.limitBytes };
  }
  collectNow(): boolean {
    if (!this.#canCollect) return false;
    this.collections++;
    this.garbage = 0;
    return true;
  }
}

class FakeProcess {
  readonly account: Account;
  killed: KillReason | undefined = undefined;
  #finish: (() => void) | undefined = undefined;
  constructor(limits: Limits, parent?: Account) {
    this.account = new Account("guest", parent, limits);
  }
  get dying(): boolean {
    return this.killed !== undefined;
  }
  kill(reason: KillReason): void {
    this.killed ??= reason;
  }
  onReap(finish: () => void): void {
    this.#finish = finish;
  }
  reap(): void {
    this.#finish?.();
  }
}

class Guest extends FakeProcess {
  readonly #heap: FakeHeap;
  readonly #gc: GcHeap;
  #budget = 0;
  constructor(heap: FakeHeap, gc: GcHeap, limits: Limits, parent?: Account) {
    super(limits, parent);
    this.#heap = heap;
    this.#gc = gc;
  }
  /** Makes objects as translated code does; `live` is the share that is kept. False when it was refused. */
  allocate(bytes: number, live: number): boolean {
    this.#budget -= bytes;
    if (this.#budget < 0) {
      const budget = this.#gc.ask(this as unknown as Process, -this.#budget);
      if (budget < 0) return false;
      this.#budget = budget;
    }
    this.#heap.live += bytes * live;
    this.#heap.garbage += bytes * (1 - live);
    return true;
  }
  get held(): number {
    return this.#gc.heldBy(this as unknown as Process);
  }
}

function setUp(heapMiB: number, canCollect = true): { heap: FakeHeap; guest: (limitMiB: number, parent?: Account) => Guest } {
  const heap = new FakeHeap(heapMiB * MB, canCollect);
  const gc = new GcHeap(heap as unknown as Machine);
  heap.live = 10 * MB;
  heap.garbage = 20 * MB;
  return { heap, guest: (limitMiB, parent) => new Guest(heap, gc, { memory: limitMiB * MB }, parent) };
}

test("a list without end is stopped at the limit of the process", () => {
  const { heap, guest } = setUp(4096);
  const hog = guest(64);
  let bytes = 0;
  while (hog.allocate(MB / 16, 1)) bytes += MB / 16;
  assert.ok(bytes > 60 * MB && bytes <= 64 * MB, `${bytes / MB} MiB`);
  assert.equal(hog.killed?.cause, "memory limit");
  assert.match(hog.killed?.message ?? "", /^memory limit of 67108864 bytes reached by objects of the program \(guest\)$/);
  assert.ok(heap.collections < 20, `${heap.collections} collections`);
  hog.reap();
  assert.equal(hog.account.used("memory"), 0);
});

test("garbage without end stops nobody", () => {
  const { heap, guest } = setUp(4096);
  const churn = guest(64);
  for (let i = 0; i < 100_000; i++) {
    assert.ok(churn.allocate(MB / 16, 0));
    // The host collects by itself, too.
    if (heap.garbage > 200 * MB) heap.garbage = 0;
  }
  assert.ok(churn.held <= 64 * MB);
});

test("garbage beside a neighbour that keeps much is not mistaken for what is kept", () => {
  const { guest } = setUp(4096);
  const keeps = guest(1024);
  const churn = guest(32);
  for (let i = 0; i < 500; i++) assert.ok(keeps.allocate(MB, 1));
  for (let i = 0; i < 2000; i++) assert.ok(churn.allocate(MB, 0), `${i}: ${churn.killed?.message}`);
  assert.ok(keeps.held >= 450 * MB, `${keeps.held / MB}`);
  assert.ok(churn.held <= 32 * MB);
});

test("one giant object is refused at once", () => {
  const { guest } = setUp(4096);
  assert.equal(guest(64).allocate(1024 * MB, 1), false);
  // Only the host's heap is too small for it.
  const small = setUp(1000).guest(4096);
  assert.equal(small.allocate(900 * MB, 1), false);
  assert.match(small.killed?.message ?? "", /^memory limit of the host's heap reached by objects of programs \(1 % of 1048576000 bytes are in use, and 943718400 more were asked for\)$/);
});

test("when the host's heap is nearly full, the process that holds most of it ends", () => {
  const { heap, guest } = setUp(1000);
  const hog = guest(4096);
  const small = guest(4096);
  for (let i = 0; i < 600; i++) assert.ok(hog.allocate(MB, 1));
  for (let i = 0; i < 200 && !hog.dying; i++) assert.ok(small.allocate(MB, 1), "the small one goes on");
  assert.equal(hog.killed?.cause, "memory limit");
  hog.reap();
  heap.live -= 600 * MB;
  for (let i = 0; i < 300; i++) assert.ok(small.allocate(MB, 1), `${i}`);
  assert.ok(small.held >= 300 * MB);
});

test("a job's limit binds all its processes together", () => {
  const { guest } = setUp(4096);
  const job = new Account("job", undefined, { memory: 100 * MB });
  const first = guest(4096, job);
  const second = guest(4096, job);
  for (let i = 0; i < 70; i++) assert.ok(first.allocate(MB, 1));
  let more = 0;
  while (second.allocate(MB, 1)) more++;
  assert.ok(more >= 20 && more <= 32, `${more} MiB`);
  assert.match(second.killed?.message ?? "", /\(job\)$/);
});

test("a host that tells nothing of its heap limits nothing", () => {
  const gc = new GcHeap({ heap: () => undefined } as unknown as Machine);
  const process = new FakeProcess({ memory: MB });
  assert.ok(gc.ask(process as unknown as Process, 1024 * MB) > 0);
});

test("a host that cannot collect counts what was made", () => {
  const { guest } = setUp(4096, false);
  const process = guest(64);
  let bytes = 0;
  while (process.allocate(MB, 0)) bytes += MB;
  assert.ok(bytes >= 50 * MB && bytes <= 64 * MB, `${bytes / MB}`);
});
