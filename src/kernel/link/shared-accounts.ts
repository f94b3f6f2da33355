/**
 * Accounts of jobs that several harts charge: a table in shared memory.
 *
 * A job has a slot from the moment at which another hart knows of it. In the slot each hart has a column
 * that it alone writes; a sum over the columns is what all of them use. A charge that has a limit is made
 * under the lock of the slot, so that the limit holds however many harts charge at once (INV-10). What
 * a hart that died had charged goes when its columns are cleared.
 *
 *     words     of each slot: lock (0, or 1 + the hart that has it), generation, killed, 0 or 1 + the hart that took it
 *     figures   of each slot: start and use of the period of the CPU share; then the columns
 *
 * Slots are given out by the hart that made the job and come back when the job is over; a generation tells
 * an old one from a new one.
 */
import { RESOURCES } from "../object/resource.ts";

export const JOB_SLOTS = 1024;
const LOCK = 0;
const GENERATION = 1;
const KILLED = 2;
const TAKEN = 3;
const SLOT_WORDS = 4;
const PROCESSES = RESOURCES.indexOf("processes");
/** CPU time follows the resources in a column. */
const CPU = RESOURCES.length;
const COLUMN = RESOURCES.length + 1;
const PERIOD_START = 0;
const PERIOD_USED = 1;
const COLUMNS = 2;

/** Where another hart finds the account of a job. */
export interface SlotName {
  readonly slot: number;
  readonly generation: number;
}

export class SharedAccounts {
  readonly buffer: SharedArrayBuffer;
  readonly hart: number;
  /** Columns. */
  readonly harts: number;
  readonly #words: Int32Array;
  readonly #figures: Float64Array;
  #next = 0;

  constructor(buffer: SharedArrayBuffer, hart: number, harts: number) {
    this.buffer = buffer;
    this.hart = hart;
    this.harts = harts;
    this.#words = new Int32Array(buffer, 0, JOB_SLOTS * SLOT_WORDS);
    this.#figures = new Float64Array(buffer, JOB_SLOTS * SLOT_WORDS * 4);
  }

  static buffer(harts: number): SharedArrayBuffer {
    return new SharedArrayBuffer(JOB_SLOTS * (SLOT_WORDS * 4 + (COLUMNS + harts * COLUMN) * 8));
  }

  /** A free slot, which is the caller's now; undefined when all are taken. */
  take(): SharedAccount | undefined {
    for (let tried = 0; tried < JOB_SLOTS; tried++) {
      const slot = this.#next;
      this.#next = (slot + 1) % JOB_SLOTS;
      if (Atomics.compareExchange(this.#words, slot * SLOT_WORDS + TAKEN, 0, this.hart + 1) !== 0) continue;
      const generation = Atomics.add(this.#words, slot * SLOT_WORDS + GENERATION, 1) + 1;
      const size = COLUMNS + this.harts * COLUMN;
      this.#figures.fill(0, slot * size, (slot + 1) * size);
      Atomics.store(this.#words, slot * SLOT_WORDS + KILLED, 0);
      return this.#at(slot, generation);
    }
    return undefined;
  }

  /** The slot that another hart has taken; undefined when it was given back meanwhile. */
  find({ slot, generation }: SlotName): SharedAccount | undefined {
    if (Atomics.load(this.#words, slot * SLOT_WORDS + GENERATION) !== generation || Atomics.load(this.#words, slot * SLOT_WORDS + TAKEN) === 0) return undefined;
    return this.#at(slot, generation);
  }

  /** `hart` is dead: what it had charged is gone, and its locks are open. CPU time stays, as that of processes that ended. */
  clear(hart: number): void {
    for (let slot = 0; slot < JOB_SLOTS; slot++) {
      const account = this.#at(slot, 0);
      account.clearColumn(hart);
      Atomics.compareExchange(this.#words, slot * SLOT_WORDS + LOCK, hart + 1, 0);
      // Of its jobs those go in which nothing is left.
      if (account.used(PROCESSES) === 0) Atomics.compareExchange(this.#words, slot * SLOT_WORDS + TAKEN, hart + 1, 0);
    }
  }

  #at(slot: number, generation: number): SharedAccount {
    return new SharedAccount(this.#words, this.#figures, slot, generation, this.hart, this.harts);
  }
}

/** One slot, as one hart uses it. */
export class SharedAccount implements SlotName {
  readonly slot: number;
  readonly generation: number;
  readonly #words: Int32Array;
  readonly #figures: Float64Array;
  readonly #hart: number;
  readonly #harts: number;
  readonly #base: number;
  readonly #at: number;
  readonly #own: number;

  constructor(words: Int32Array, figures: Float64Array, slot: number, generation: number, hart: number, harts: number) {
    this.#words = words;
    this.#figures = figures;
    this.slot = slot;
    this.generation = generation;
    this.#hart = hart;
    this.#harts = harts;
    this.#base = slot * SLOT_WORDS;
    this.#at = slot * (COLUMNS + harts * COLUMN);
    this.#own = this.#at + COLUMNS + hart * COLUMN;
  }

  /** What all harts use of a resource, by its place in `RESOURCES`. */
  used(resource: number): number {
    const figures = this.#figures;
    let sum = 0;
    for (let hart = 0, at = this.#at + COLUMNS + resource; hart < this.#harts; hart++, at += COLUMN) sum += figures[at]!;
    return sum;
  }
  get cpuMs(): number {
    return this.used(CPU);
  }

  /** Charges, also below zero, without a limit. */
  add(resource: number, amount: number): void {
    this.#figures[this.#own + resource]! += amount;
  }
  addCpu(ms: number): void {
    this.#figures[this.#own + CPU]! += ms;
  }

  /** Charges unless that would exceed `limit`. */
  charge(resource: number, amount: number, limit: number): boolean {
    this.#lock();
    const fits = this.used(resource) + amount <= limit;
    if (fits) this.add(resource, amount);
    this.#unlock();
    return fits;
  }

  /** Charges the CPU share's period; with 0 only looks. Gives the start of the period and what is used of it. */
  usePeriod(ms: number, nowMs: number, periodMs: number, share: number): readonly [startMs: number, usedMs: number] {
    const figures = this.#figures;
    const at = this.#at;
    this.#lock();
    let start = figures[at + PERIOD_START]!;
    let used = figures[at + PERIOD_USED]!;
    const periods = Math.floor((nowMs - start) / periodMs);
    if (periods > 0) {
      start += periods * periodMs;
      used = Math.max(0, used - periods * share * periodMs);
    }
    used += ms;
    figures[at + PERIOD_START] = start;
    figures[at + PERIOD_USED] = used;
    this.#unlock();
    return [start, used];
  }

  /** The job was killed, wherever that was asked for. */
  get killed(): boolean {
    return Atomics.load(this.#words, this.#base + KILLED) !== 0;
  }
  markKilled(): void {
    Atomics.store(this.#words, this.#base + KILLED, 1);
  }

  /** Gives the slot back. */
  free(): void {
    Atomics.store(this.#words, this.#base + TAKEN, 0);
  }
  /** Still of the job that it was made for. */
  get isCurrent(): boolean {
    return Atomics.load(this.#words, this.#base + GENERATION) === this.generation && Atomics.load(this.#words, this.#base + TAKEN) !== 0;
  }

  clearColumn(hart: number): void {
    const at = this.#at + COLUMNS + hart * COLUMN;
    this.#figures.fill(0, at, at + CPU);
  }

  #lock(): void {
    while (Atomics.compareExchange(this.#words, this.#base + LOCK, 0, this.#hart + 1) !== 0);
  }
  #unlock(): void {
    Atomics.store(this.#words, this.#base + LOCK, 0);
  }
}
