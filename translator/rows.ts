/**
 * The instructions of a body that the translator cares about, one row each.
 *
 * Everything else in a body is copied without being looked at again. Rows `first` to `length` are
 * those of the body at hand. Rows of earlier bodies can be kept before them, so that a body is scanned once
 * although it is looked at twice.
 */
import { take } from "./memory";

/** What an instruction is: the opcode where that is one byte. `arg` is a label for branches, `delegate` and `rethrow`. */
export const enum Kind {
  unreachable = 0x00,
  /** Openers: `arg` is the place of the block type. */
  block = 0x02, loop = 0x03, if_ = 0x04, else_ = 0x05, try_ = 0x06, catch_ = 0x07,
  throw_ = 0x08, rethrow = 0x09, throwRef = 0x0a, end = 0x0b, br = 0x0c, brIf = 0x0d, brTable = 0x0e, return_ = 0x0f,
  /** Calls: `arg` is a function index or a type index. */
  call = 0x10, callIndirect = 0x11, returnCall = 0x12, returnCallIndirect = 0x13, callRef = 0x14, returnCallRef = 0x15,
  delegate = 0x18, catchAll = 0x19, tryTable = 0x1f,
  /** `arg` is the memory or table. */
  memoryGrow = 0x40,
  refFunc = 0xd2, brOnNull = 0xd5, brOnNonNull = 0xd6,
  /** `arg` is the segment, `arg2` the memory. */
  memoryInit = 0xf0,
  /** `arg` is the destination, `arg2` the source. */
  memoryCopy = 0xf1,
  memoryFill = 0xf2,
  tableGrow = 0xf3,
  /** `table.init`, `table.copy`, `table.fill`: `arg`, `arg2` are the immediates. */
  tableBulk = 0xf4,
  /** `array.fill`, `array.copy`, `array.init_data`, `array.init_elem`: `arg`, `arg2` are the immediates. */
  arrayBulk = 0xf5,
  /** On a shared memory: `arg` is the memory, `arg2` the place of the memarg. */
  atomicNotify = 0xf6, atomicWait32 = 0xf7, atomicWait64 = 0xf8,
  /** Makes an array whose length is on the stack: `arg` is the bytes of an element. */
  arrayNew = 0xf9,
  /** Makes an object of `arg` bytes. */
  objectNew = 0xfa,
  /** `br_on_cast` and `br_on_cast_fail`. */
  brOnCast = 0xfb,
}

export const enum Flag {
  /** Opener: some branch targets this label. */
  targeted = 1,
  /** Loop: another loop lies inside. */
  outer = 2,
  /** Loop: something that may run for long lies inside: a call, a growth or a large bulk operation. */
  calls = 4,
  /** Opener: the block takes parameters. */
  params = 8,
  /** Bulk operation: its length may exceed `SMALL_BULK`, `UNCHECKED_TABLE` or `UNCHECKED_ARRAY`. */
  large = 32,
  /** Loop: a branch table lies inside, in no inner loop. */
  dispatch = 64,
}

/** What a body has at all, so that passes over its rows can be left out. */
export const enum Seen {
  loop = 1, growth = 2, largeBulk = 4, importCall = 8, parking = 16, allocation = 32,
  /** The body can be entered at a handler, from anywhere inside what that stands for. */
  handlers = 64,
}

/** What is to be done at a row. Set by the placement, read by the emitter. */
export const enum Action {
  /** A check before the instruction. */
  checkBefore = 1,
  /** Loop: a check at its head. */
  checkHead = 2,
  /** Loop: a check at its head whose slow path lies outside of the loop. */
  outline = 4,
  /** A call of a helper instead of the instruction. */
  replace = 8,
  /** `count` instructions are paid for after the instruction. */
  charge = 16,
  /** Loop: fuel below zero is noticed at its head. */
  refuel = 32,
  /** The object that the instruction makes is paid for before it. */
  allocate = 64,
  /** Loop with `outline`: a counter in a local looks at the flag every so many rounds only. */
  counter = 128,
}

@unmanaged
export class Row {
  /** The instruction with its immediates. */
  start: usize;
  end: usize;
  arg: i32;
  arg2: i32;
  /**
   * For an opener the row of its `end` or `delegate`; for the marks in between and for `end` and `delegate`
   * the row of the opener; otherwise -1.
   */
  match: i32;
  /** Instructions since the row before, this one included (structure marks count 0); what `charge` pays for, once that is set. */
  count: i32;
  /** Rounds of a counted loop that stays without a check, else 0. */
  rounds: i32;
  private kindByte: u8;
  private flagBits: u8;
  private actionBits: u8;
  private copyCount: u8;

  /** Begins the row. */
  @inline
  open(kind: i32, flags: i32): void {
    this.match = -1;
    this.rounds = 0;
    this.kindByte = <u8>kind;
    this.flagBits = <u8>flags;
    this.actionBits = 0;
    this.copyCount = 0;
  }

  /** See `Kind`. */
  @inline
  get kind(): i32 {
    return this.kindByte;
  }

  /** `Action` bits. */
  @inline
  get action(): i32 {
    return this.actionBits;
  }

  /** Loop with `outline`: how often its body is written, one behind the other, for one check. */
  @inline
  get copies(): i32 {
    return this.copyCount;
  }
  @inline
  set copies(count: i32) {
    this.copyCount = <u8>count;
  }

  /** Sets `Flag` bits. */
  @inline
  mark(flags: i32): void {
    this.flagBits |= <u8>flags;
  }

  /** Sets `Action` bits. */
  @inline
  act(actions: i32): void {
    this.actionBits |= <u8>actions;
  }

  @inline
  is(action: i32): bool {
    return (this.action & action) != 0;
  }

  @inline
  has(flag: i32): bool {
    return (<i32>this.flagBits & flag) != 0;
  }
}

const ROW_SHIFT = 5;
/** Rows that are kept at most, 64 MiB: bodies beyond are scanned twice. */
const KEPT_ROWS = 1 << 21;
/** Real programs have a row for some 13 bytes of code. */
const BYTES_PER_ROW = 10;

let table: usize = 0;
let capacity = 0;
let kept = 0;
let keptBodies = 0;
/** By body that is kept: the row behind its last one, and what it has. */
let ends: usize = 0;
let has: usize = 0;

export let first = 0;
export let length = 0;
/** `Seen` bits of the body. */
export let seen = 0;
/** Blocks that are open at once at most, in any body so far. */
export let nesting = 0;

/** Begins with room for the rows of `codeBytes` bytes in `bodies` bodies. */
export function openRows(codeBytes: usize, bodies: i32): void {
  capacity = min(KEPT_ROWS, <i32>(codeBytes / BYTES_PER_ROW)) + 1024;
  table = take(<usize>capacity << ROW_SHIFT);
  ends = take(<usize>bodies << 2);
  has = take(bodies);
  kept = keptBodies = nesting = 0;
}

@inline
export function rowAt(index: i32): Row {
  return changetype<Row>(table + (<usize>index << ROW_SHIFT));
}

@inline
export function rowAfter(row: Row): Row {
  return changetype<Row>(changetype<usize>(row) + (1 << ROW_SHIFT));
}

/** Whether the rows of one more body may be kept. */
export function mayKeep(): bool {
  return kept < KEPT_ROWS;
}

/** Begins a body after the rows that are kept. */
export function openBody(): void {
  first = length = kept;
  seen = 0;
}

/** The next row of the body at hand. */
@inline
export function addRow(): Row {
  if (length == capacity) growRows();
  return rowAt(length++);
}

@inline
export function sawIn(bits: i32): void {
  seen |= bits;
}

@inline
export function nest(depth: i32): void {
  if (depth > nesting) nesting = depth;
}

/** Keeps the rows of the body at hand, the next one in order. */
export function keepBody(): void {
  store<i32>(ends + (<usize>keptBodies << 2), length);
  store<u8>(has + keptBodies, seen);
  keptBodies++;
  kept = length;
}

/** Turns to the rows of body `index`; false when they were not kept. */
export function recallBody(index: i32): bool {
  if (index >= keptBodies) return false;
  first = index == 0 ? 0 : load<i32>(ends + (<usize>(index - 1) << 2));
  length = load<i32>(ends + (<usize>index << 2));
  seen = load<u8>(has + index);
  return true;
}

function growRows(): void {
  const wider = take(<usize>capacity << (ROW_SHIFT + 1));
  memory.copy(wider, table, <usize>capacity << ROW_SHIFT);
  table = wider;
  capacity *= 2;
}
