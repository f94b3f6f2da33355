/**
 * Matching by states: sets of instructions that are made when they are first met, with a table of
 * where each byte leads. It only says whether there is a match, in one step for each byte.
 *
 * Assertions about words are taken to hold, so for programs that have such the answer "yes" is a
 * maybe. The states are few or they are forgotten: their number is bounded.
 */
import { Assertion } from "./node";
import { INSTRUCTION, Op, Program } from "./program";

const STATES_MAX: i32 = 512;
/** In the table: a state that is not known yet, and one from which no match can be reached. */
const UNKNOWN: u32 = 0;
const ACCEPTS: u32 = 1;
const FIRST: u32 = 2;
const BUCKETS: i32 = 512;

export class Dfa {
  /** The bytes that no instruction tells apart are one class. */
  private readonly classes: usize = heap.alloc(256);
  private classCount: i32 = 1;
  /** By state and class where it leads. */
  private table: usize = 0;
  /** By state its instructions, as bits; whether it accepts at the end; the next state in its bucket. */
  private sets: usize = 0;
  private ends: usize = 0;
  private links: usize = 0;
  private readonly buckets: usize = heap.alloc(BUCKETS * 4);
  private states: u32 = FIRST;
  private readonly setSize: i32;
  private readonly made: usize;
  private readonly stack: usize;
  /** The states in which a text begins: a line, and what continues one. */
  private starting: u32 = UNKNOWN;
  private continuing: u32 = UNKNOWN;

  constructor(private readonly program: Program) {
    this.setSize = (program.count + 63) >> 6 << 3;
    this.made = heap.alloc(this.setSize);
    this.stack = heap.alloc((program.count + 1) * 8);
    this.makeClasses();
    this.table = heap.alloc((STATES_MAX + 1) * this.classCount * 4);
    this.sets = heap.alloc((STATES_MAX + 1) * this.setSize);
    this.ends = heap.alloc(STATES_MAX + 1);
    this.links = heap.alloc((STATES_MAX + 1) * 4);
    this.forget();
  }

  /** Whether [from, end) has a match; `continues` when ^ does not hold at `from`. */
  test(from: usize, end: usize, continues: bool): bool {
    let state = continues ? this.continuing : this.starting;
    if (state == UNKNOWN) state = this.begin(continues);
    const classes = this.classes;
    const width = <u32>this.classCount;
    const table = this.table;
    for (let at = from; at < end; at++) {
      if (state == ACCEPTS) return true;
      const place = table + (state * width + load<u8>(classes + load<u8>(at)) << 2);
      const next = load<u32>(place);
      state = next != UNKNOWN ? next : this.step(state, load<u8>(at));
    }
    return state == ACCEPTS || load<u8>(this.ends + state) != 0;
  }

  private begin(continues: bool): u32 {
    memory.fill(this.made, 0, this.setSize);
    const state = this.add(0, !continues) ? ACCEPTS : this.intern();
    if (continues) this.continuing = state;
    else this.starting = state;
    return state;
  }

  /** Makes the state that a byte leads to. */
  private step(state: u32, byte: u8): u32 {
    const from = this.sets + state * this.setSize;
    memory.fill(this.made, 0, this.setSize);
    let accepts = this.add(0, false);
    for (let word = 0; word < this.setSize && !accepts; word += 8) {
      for (let bits = load<u64>(from + word); bits != 0 && !accepts; bits &= bits - 1) {
        const instruction = (word << 3) + <i32>ctz(bits);
        const step = this.program.code + instruction * INSTRUCTION;
        if (load<u32>(step) != Op.bytes) continue;
        const set = load<u32>(step, 4);
        if ((load<u8>(set + (byte >> 3)) >> (byte & 7) & 1) != 0) accepts = this.add(instruction + 1, false);
      }
    }
    const before = this.states;
    const next = accepts ? ACCEPTS : this.intern();
    // When all was forgotten to make room, `state` is no more.
    if (this.states >= before) store<u32>(this.table + (state * this.classCount + load<u8>(this.classes + byte) << 2), next);
    return next;
  }

  /** Adds to `made` all that an instruction leads to without a byte, at the start or the end of the text or neither; true when that is a match. */
  private add(first: i32, atStart: bool, atEnd: bool = false): bool {
    let height = 1;
    store<i32>(this.stack, first);
    while (height > 0) {
      const instruction = load<i32>(this.stack + (--height << 2));
      const word = this.made + (instruction >> 6 << 3);
      const bit = <u64>1 << (instruction & 63);
      if ((load<u64>(word) & bit) != 0) continue;
      store<u64>(word, load<u64>(word) | bit);
      const step = this.program.code + instruction * INSTRUCTION;
      const op = load<u32>(step);
      const x = load<i32>(step, 4);
      if (op == Op.match) return true;
      if (op == Op.bytes || (op == Op.assertion && ((x == Assertion.end && !atEnd) || (x == Assertion.start && !atStart)))) continue;
      if (op == Op.split) store<i32>(this.stack + (height++ << 2), load<i32>(step, 8));
      store<i32>(this.stack + (height++ << 2), op == Op.split || op == Op.jump ? x : instruction + 1);
    }
    return false;
  }

  /** The number of the state whose set `made` is. */
  private intern(): u32 {
    let hash: u64 = 0;
    for (let word = 0; word < this.setSize; word += 8) hash = (hash ^ load<u64>(this.made + word)) * 0x9e3779b97f4a7c15;
    const bucket = this.buckets + (<usize>(hash >> 32) & (BUCKETS - 1)) * 4;
    for (let state = load<u32>(bucket); state != 0; state = load<u32>(this.links + (state << 2))) {
      if (memory.compare(this.sets + state * this.setSize, this.made, this.setSize) == 0) return state;
    }
    if (this.states > <u32>STATES_MAX) {
      this.forget();
      return this.intern();
    }
    const state = this.states++;
    memory.copy(this.sets + state * this.setSize, this.made, this.setSize);
    memory.fill(this.table + state * this.classCount * 4, 0, this.classCount * 4);
    store<u8>(this.ends + state, <u8>this.acceptsAtEnd());
    store<u32>(this.links + (state << 2), load<u32>(bucket));
    store<u32>(bucket, state);
    return state;
  }

  /** Whether the end of the text makes the set `made` a match. */
  private acceptsAtEnd(): bool {
    const kept = heap.alloc(this.setSize);
    memory.copy(kept, this.made, this.setSize);
    memory.fill(this.made, 0, this.setSize);
    let accepts = false;
    for (let instruction = 0; instruction < this.program.count && !accepts; instruction++) {
      if ((load<u64>(kept + (instruction >> 6 << 3)) >> (instruction & 63) & 1) == 0) continue;
      const step = this.program.code + instruction * INSTRUCTION;
      if (load<u32>(step) == Op.assertion && load<i32>(step, 4) == Assertion.end) accepts = this.add(instruction + 1, false, true);
    }
    memory.copy(this.made, kept, this.setSize);
    heap.free(kept);
    return accepts;
  }

  private forget(): void {
    this.states = FIRST;
    this.starting = this.continuing = UNKNOWN;
    memory.fill(this.buckets, 0, BUCKETS * 4);
  }

  private makeClasses(): void {
    memory.fill(this.classes, 0, 256);
    for (let instruction = 0; instruction < this.program.count; instruction++) {
      const step = this.program.code + instruction * INSTRUCTION;
      if (load<u32>(step) == Op.bytes) this.refine(load<u32>(step, 4));
      if (this.classCount >= 200) break;
    }
    if (this.classCount < 200) return;
    // Nearly all are told apart: each is its own.
    for (let byte = 0; byte < 256; byte++) store<u8>(this.classes + byte, <u8>byte);
    this.classCount = 256;
  }

  /** Splits the classes that have bytes both in and outside of a set. */
  private refine(set: usize): void {
    const renamed = new StaticArray<i32>(256);
    const outside = new StaticArray<bool>(256);
    for (let byte = 0; byte < 256; byte++) if ((load<u8>(set + (byte >> 3)) >> <u8>(byte & 7) & 1) == 0) outside[load<u8>(this.classes + byte)] = true;
    for (let byte = 0; byte < 256; byte++) {
      const old = <i32>load<u8>(this.classes + byte);
      if (!outside[old] || (load<u8>(set + (byte >> 3)) >> <u8>(byte & 7) & 1) == 0) continue;
      if (renamed[old] == 0) renamed[old] = this.classCount++;
      store<u8>(this.classes + byte, <u8>renamed[old]);
    }
  }
}
