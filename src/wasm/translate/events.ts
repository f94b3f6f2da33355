/**
 * The instructions of one body that the translator cares about, as columns.
 *
 * Everything else in a body is copied without being looked at again. One `BodyEvents` serves
 * all bodies of a module in turn: rows `first` to `length` are those of the body at hand. Rows of
 * earlier bodies can be kept before them, so that a body is scanned once although it is looked at
 * twice. Columns grow and are never freed between bodies: a walk allocates nothing per instruction.
 *
 * Columns of row `i` (offsets are byte offsets in the original module):
 * - `kind`: what it is; the opcode where that is one byte.
 * - `start`, `end`: the instruction with its immediates.
 * - `arg`, `arg2`: immediates, as `EventKind` says.
 * - `match`: for an opener the row of its `end` or `delegate`; for the marks in between and
 *   for `end` and `delegate` the row of the opener; otherwise -1.
 * - `flags`: `EventFlag` bits.
 * - `count`: instructions since the row before, this one included (structure marks count 0).
 */

/** `arg` is a label depth for the branches, `delegate` and `rethrow`. */
export const EventKind = {
  unreachable: 0x00,
  /** Openers: `arg` is the offset of the block type. */
  block: 0x02, loop: 0x03, if: 0x04, else: 0x05, try: 0x06, catch: 0x07,
  throw: 0x08, rethrow: 0x09, throwRef: 0x0a, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f,
  /** Calls: `arg` is a function index or a type index, `arg2` the table. */
  call: 0x10, callIndirect: 0x11, returnCall: 0x12, returnCallIndirect: 0x13, callRef: 0x14, returnCallRef: 0x15,
  delegate: 0x18, catchAll: 0x19, tryTable: 0x1f,
  /** `arg` is the memory or table. */
  memoryGrow: 0x40,
  refFunc: 0xd2, brOnNull: 0xd5, brOnNonNull: 0xd6,
  /** `br_on_cast` and `br_on_cast_fail`. */
  brOnCast: 0xfb,
  /** `arg` is the segment, `arg2` the memory. */
  memoryInit: 0xf0,
  /** `arg` is the destination, `arg2` the source. */
  memoryCopy: 0xf1,
  memoryFill: 0xf2,
  tableGrow: 0xf3,
  /** `table.init`, `table.copy`, `table.fill`: `arg`, `arg2` are the immediates. */
  tableBulk: 0xf4,
  /** `array.fill`, `array.copy`, `array.init_data`, `array.init_elem`: `arg`, `arg2` are the immediates. */
  arrayBulk: 0xf5,
  /** Makes an array whose length is on the stack: `arg` is the bytes of an element. */
  arrayNew: 0xf9,
  /** Makes an object of `arg` bytes. */
  objectNew: 0xfa,
  /** On a shared memory: `arg` is the memory, `arg2` the offset of the memarg. */
  atomicNotify: 0xf6, atomicWait32: 0xf7, atomicWait64: 0xf8,
} as const;

export const EventFlag = {
  /** Opener: some branch targets this label. */
  targeted: 1,
  /** Loop: another loop lies inside. */
  outer: 2,
  /** Loop: something that may run for long lies inside: a call, a growth or a large bulk operation. */
  calls: 4,
  /** Opener: the block takes parameters. */
  params: 8,
  /** Opener: the block has results, or its type is an index. */
  results: 16,
  /** Loop: a branch table lies inside, in no inner loop. */
  dispatch: 64,
  /** Bulk operation: its length may exceed `SMALL_BULK`, `UNCHECKED_TABLE` or `UNCHECKED_ARRAY`. */
  large: 32,
} as const;

/** Constant lengths of bulk memory operations up to here (bytes) are left as they are. */
export const SMALL_BULK = 4096;
/** Lengths (bytes) that are known at run time only and run at once up to here: some 4 µs without a check. */
export const UNCHECKED_BULK = 1 << 16;
/** Elements that a bulk operation on a table handles at once: up to 60 µs without a check. */
export const UNCHECKED_TABLE = 1024;
/** Elements that a bulk operation on an array handles at once: some 2 µs without a check. */
export const UNCHECKED_ARRAY = 512;

/** What a body has at all, so that passes over its events can be left out. */
export const Seen = { loop: 1, growth: 2, largeBulk: 4, importCall: 8, parking: 16, allocation: 32 } as const;

/** Rows that are kept at most, some 50 MiB: bodies beyond are scanned twice. */
const KEPT_ROWS = 1 << 21;
/** Real programs have a row for some 13 bytes of code. */
const BYTES_PER_ROW = 10;

export class BodyEvents {
  first = 0;
  length = 0;
  /** `Seen` bits of the body. */
  seen = 0;
  kind: Uint8Array<ArrayBuffer>;
  flags: Uint8Array<ArrayBuffer>;
  start: Int32Array<ArrayBuffer>;
  end: Int32Array<ArrayBuffer>;
  arg: Int32Array<ArrayBuffer>;
  arg2: Int32Array<ArrayBuffer>;
  match: Int32Array<ArrayBuffer>;
  count: Int32Array<ArrayBuffer>;
  // Of the bodies whose rows are kept, by their order.
  readonly #ends: number[] = [];
  readonly #seen: number[] = [];
  #kept = 0;

  /** `codeBytes`: length of all bodies, to begin with enough room. */
  constructor(codeBytes: number) {
    const capacity = Math.min(KEPT_ROWS, Math.ceil(codeBytes / BYTES_PER_ROW)) + 1024;
    this.kind = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.arg = new Int32Array(capacity);
    this.arg2 = new Int32Array(capacity);
    this.match = new Int32Array(capacity);
    this.count = new Int32Array(capacity);
  }

  /** Whether the rows of one more body may be kept. */
  get mayKeep(): boolean {
    return this.#kept < KEPT_ROWS;
  }

  /** Begins a body after the rows that are kept. */
  open(): void {
    this.first = this.#kept;
    this.length = this.#kept;
    this.seen = 0;
  }

  /** Keeps the rows of the body at hand, the next one in order. */
  keep(): void {
    this.#ends.push(this.length);
    this.#seen.push(this.seen);
    this.#kept = this.length;
  }

  /** Turns to the rows of body `index`; false when they were not kept. */
  recall(index: number): boolean {
    if (index >= this.#ends.length) return false;
    this.first = index === 0 ? 0 : this.#ends[index - 1]!;
    this.length = this.#ends[index]!;
    this.seen = this.#seen[index]!;
    return true;
  }

  /** Makes room for more rows. */
  grow(): void {
    const capacity = this.kind.length * 2;
    this.kind = grownBytes(this.kind, capacity);
    this.flags = grownBytes(this.flags, capacity);
    this.start = grown(this.start, capacity);
    this.end = grown(this.end, capacity);
    this.arg = grown(this.arg, capacity);
    this.arg2 = grown(this.arg2, capacity);
    this.match = grown(this.match, capacity);
    this.count = grown(this.count, capacity);
  }
}

export function grownBytes(column: Uint8Array<ArrayBuffer>, capacity: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(capacity);
  wider.set(column);
  return wider;
}

export function grown(column: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(column);
  return wider;
}
