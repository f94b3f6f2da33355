/**
 * Walks one body and writes down its control flow and calls.
 *
 * The body was accepted by the host's validator, so structure is not checked again; on bytes
 * that were not, the walk still moves forward with each step and stays inside its columns.
 * Nesting is kept in arrays, never on our own stack.
 *
 * Spec: core binary/instructions.
 */
import type { DecodedModule } from "../binary/module.ts";
import { Immediate, immediateOf, immediateOfPrefixed } from "../binary/instructions.ts";
import { skipImmediates } from "../binary/skip.ts";
import { EventFlag, EventKind, SMALL_BULK, Seen, UNCHECKED_ARRAY, UNCHECKED_TABLE, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { arrayBytes, carriesReference, elementBytes, structBytes } from "./gc-size.ts";

/** What the scanner does after reading an opcode. */
const Step = { plain: 0, one: 1, memarg: 2, skip4: 3, skip8: 4, other: 5, blockType: 6, event: 7 } as const;

const STEPS = stepColumn(Object.values(EventKind));
/** Only what the call graph asks for: half the time of a whole scan. */
const CALL_STEPS = stepColumn([
  EventKind.call, EventKind.callIndirect, EventKind.callRef, EventKind.returnCall, EventKind.returnCallIndirect,
  EventKind.returnCallRef, EventKind.refFunc,
]);

function stepColumn(eventKinds: readonly number[]): Uint8Array {
  const steps = new Uint8Array(256).fill(Step.other);
  for (let opcode = 0; opcode < 256; opcode++) {
    const kind = immediateOf[opcode]!;
    if (kind === Immediate.none) steps[opcode] = Step.plain;
    else if (kind >= Immediate.label && kind <= Immediate.elem) steps[opcode] = Step.one;
    else if (kind === Immediate.i32 || kind === Immediate.i64 || kind === Immediate.heapType) steps[opcode] = Step.one;
    else if (kind === Immediate.blockType) steps[opcode] = Step.blockType;
    else if (kind === Immediate.memarg) steps[opcode] = Step.memarg;
    else if (kind === Immediate.f32) steps[opcode] = Step.skip4;
    else if (kind === Immediate.f64) steps[opcode] = Step.skip8;
  }
  for (const kind of eventKinds) if (kind < 0xf0) steps[kind] = Step.event;
  for (let prefix = 0xfb; prefix <= 0xfe; prefix++) steps[prefix] = Step.event;
  return steps;
}

const GC_PREFIX = 0xfb;
const MISC_PREFIX = 0xfc;
const BR_ON_CAST = 24;
const BR_ON_CAST_FAIL = 25;
const MEMORY_INIT = 8;
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
const TABLE_GROW = 15;
/** `table.init`, `table.copy`, `table.fill`. */
const TABLE_BULK: readonly number[] = [12, 14, 17];
/** `array.fill`, `.copy`, `.init_data`, `.init_elem`. */
const ARRAY_BULK: readonly number[] = [16, 17, 18, 19];
/** `array.new`, `array.new_default`, `array.new_data`, `array.new_elem`. */
const ARRAY_NEW: readonly number[] = [6, 7, 9, 10];
/** `struct.new` and, as the last, `struct.new_default`. */
const STRUCT_NEW_DEFAULT = 1;
const ARRAY_NEW_FIXED = 8;
const ATOMIC_PREFIX = 0xfe;
/** Events of the first atomic instructions, by the number behind the prefix. */
const PARKING: readonly number[] = [EventKind.atomicNotify, EventKind.atomicWait32, EventKind.atomicWait64];
const MULTIBYTE_REF = 0x63;
/** Bit of a memarg's first number. */
const MEMORY_FOLLOWS = 0x40;

export class BodyScanner {
  readonly #module: DecodedModule;
  readonly #imported: number;
  readonly #bytes: Uint8Array;
  readonly #events: BodyEvents;
  #pos = 0;
  // The stack of open blocks: row of the opener, and the row of the innermost loop around it or -1.
  #open = new Int32Array(256);
  #loops = new Int32Array(256);
  #depth = 0;

  constructor(module: DecodedModule, events: BodyEvents) {
    this.#module = module;
    this.#imported = module.importCounts.func;
    this.#bytes = module.bytes;
    this.#events = events;
  }

  /** Fills the events with the code in `[code, end)`; `end` is the end of the body. */
  scan(code: number, end: number): void {
    this.#walk(STEPS, code, end);
  }

  /** As `scan`, but only calls, `ref.func` and bulk operations; nesting, flags of loops and counts are not kept. */
  scanCalls(code: number, end: number): void {
    this.#walk(CALL_STEPS, code, end);
  }

  #walk(steps: Uint8Array, code: number, end: number): void {
    const bytes = this.#bytes;
    this.#events.open();
    this.#depth = 0;
    let pos = code;
    let previous = -1;
    let start = -1;
    let count = 0;
    while (pos < end) {
      previous = start;
      start = pos;
      const opcode = bytes[pos++]!;
      count++;
      switch (steps[opcode]) {
        case Step.plain:
          break;
        case Step.one:
          while (bytes[pos++]! >= 0x80);
          break;
        case Step.memarg:
          if (bytes[pos]! >= 0x40) {
            pos = skipImmediates(bytes, pos, end, immediateOf[opcode]!);
          } else {
            pos++;
            while (bytes[pos++]! >= 0x80);
          }
          break;
        case Step.skip4:
          pos += 4;
          break;
        case Step.skip8:
          pos += 8;
          break;
        case Step.blockType:
          if (bytes[pos] === MULTIBYTE_REF || bytes[pos] === MULTIBYTE_REF + 1) pos++;
          while (bytes[pos++]! >= 0x80);
          break;
        case Step.other:
          pos = skipImmediates(bytes, pos, end, immediateOf[opcode]!);
          break;
        default: {
          this.#pos = pos;
          if (this.#event(opcode, start, previous, count, end)) count = 0;
          pos = this.#pos;
        }
      }
    }
  }

  #u32(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#pos++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.#pos++]!;
      value |= (byte & 0x7f) << shift;
      if (!(byte >= 0x80)) break;
    }
    return value >>> 0;
  }

  /** Returns whether a row was written. */
  #event(opcode: number, start: number, previous: number, count: number, end: number): boolean {
    let kind = opcode;
    let arg = 0;
    let arg2 = 0;
    let flags = 0;
    let counted = count;
    switch (opcode) {
      case EventKind.block:
      case EventKind.loop:
      case EventKind.if:
      case EventKind.try:
        arg = this.#pos;
        flags = this.#blockType();
        break;
      case EventKind.tryTable:
        arg = this.#pos;
        flags = this.#blockType();
        for (let clauses = this.#u32(); clauses > 0 && this.#pos < end; clauses--) {
          if (this.#bytes[this.#pos++]! < 2) this.#u32();
          this.#branch(this.#u32());
        }
        break;
      case EventKind.br:
      case EventKind.brIf:
      case EventKind.brOnNull:
      case EventKind.brOnNonNull:
        arg = this.#u32();
        this.#branch(arg);
        break;
      case EventKind.brTable:
        for (let labels = this.#u32(); labels >= 0 && this.#pos < end; labels--) this.#branch(this.#u32());
        break;
      case EventKind.rethrow:
      case EventKind.delegate:
      case EventKind.catch:
      case EventKind.throw:
      case EventKind.refFunc:
      case EventKind.memoryGrow:
        arg = this.#u32();
        break;
      case EventKind.call:
      case EventKind.returnCall:
      case EventKind.callRef:
      case EventKind.returnCallRef:
        arg = this.#u32();
        break;
      case EventKind.callIndirect:
      case EventKind.returnCallIndirect:
        arg = this.#u32();
        arg2 = this.#u32();
        break;
      case GC_PREFIX:
      case MISC_PREFIX:
      case 0xfd:
      case ATOMIC_PREFIX: {
        kind = this.#prefixed(opcode, end);
        if (kind < 0) return false;
        arg = this.#arg;
        arg2 = this.#arg2;
        const small = smallLength(kind);
        if (small > 0 && !this.#smallConst(previous, start, small)) flags = EventFlag.large;
        break;
      }
      default:
    }
    if (opcode === EventKind.end || opcode === EventKind.else || opcode === EventKind.catch
      || opcode === EventKind.catchAll || opcode === EventKind.delegate) counted--;
    const events = this.#events;
    const row = events.length++;
    if (row === events.kind.length) events.grow();
    events.kind[row] = kind;
    events.flags[row] = flags;
    events.start[row] = start;
    events.end[row] = this.#pos;
    events.arg[row] = arg;
    events.arg2[row] = arg2;
    events.match[row] = -1;
    events.count[row] = counted;
    this.#nest(kind, row, flags);
    return true;
  }

  /** Keeps the stack of open blocks and what is known of the loops on it. */
  #nest(kind: number, row: number, flags: number): void {
    const events = this.#events;
    switch (kind) {
      case EventKind.block:
      case EventKind.loop:
      case EventKind.if:
      case EventKind.try:
      case EventKind.tryTable: {
        const depth = this.#depth++;
        if (depth === this.#open.length) {
          this.#open = grown(this.#open, depth * 2);
          this.#loops = grown(this.#loops, depth * 2);
        }
        const around = depth === 0 ? -1 : this.#loops[depth - 1]!;
        if (kind === EventKind.loop) {
          events.seen |= Seen.loop;
          if (around >= 0) events.flags[around]! |= EventFlag.outer;
        }
        this.#open[depth] = row;
        this.#loops[depth] = kind === EventKind.loop ? row : around;
        break;
      }
      case EventKind.end:
      case EventKind.delegate: {
        if (this.#depth === 0) break;
        const depth = --this.#depth;
        const opener = this.#open[depth]!;
        events.match[row] = opener;
        events.match[opener] = row;
        const around = depth === 0 ? -1 : this.#loops[depth - 1]!;
        if (events.kind[opener] === EventKind.loop && around >= 0) events.flags[around]! |= events.flags[opener]! & EventFlag.calls;
        break;
      }
      case EventKind.else:
      case EventKind.catch:
      case EventKind.catchAll:
        if (this.#depth > 0) events.match[row] = this.#open[this.#depth - 1]!;
        break;
      case EventKind.call:
      case EventKind.returnCall:
        if (events.arg[row]! < this.#imported) events.seen |= Seen.importCall;
        this.#longRunning();
        break;
      case EventKind.callIndirect:
      case EventKind.returnCallIndirect:
      case EventKind.callRef:
      case EventKind.returnCallRef:
        this.#longRunning();
        break;
      case EventKind.memoryGrow:
      case EventKind.tableGrow:
        events.seen |= Seen.growth;
        this.#longRunning();
        break;
      case EventKind.memoryInit:
      case EventKind.memoryCopy:
      case EventKind.memoryFill:
      case EventKind.tableBulk:
      case EventKind.arrayBulk:
        if ((flags & EventFlag.large) !== 0) {
          events.seen |= Seen.largeBulk;
          this.#longRunning();
        }
        break;
      case EventKind.brTable:
        if (this.#depth > 0 && this.#loops[this.#depth - 1]! >= 0) events.flags[this.#loops[this.#depth - 1]!]! |= EventFlag.dispatch;
        break;
      case EventKind.arrayNew:
      case EventKind.objectNew:
        events.seen |= Seen.allocation;
        break;
      case EventKind.throw:
        if (carriesReference(this.#module, events.arg[row]!)) events.seen |= Seen.allocation;
        break;
      case EventKind.atomicNotify:
      case EventKind.atomicWait32:
      case EventKind.atomicWait64:
        events.seen |= Seen.parking;
        this.#longRunning();
        break;
      default:
    }
  }

  #longRunning(): void {
    if (this.#depth === 0) return;
    const loop = this.#loops[this.#depth - 1]!;
    if (loop >= 0) this.#events.flags[loop]! |= EventFlag.calls;
  }

  /** Marks the opener that a label stands for. The label of the body itself has none. */
  #branch(label: number): void {
    if (label < this.#depth) this.#events.flags[this.#open[this.#depth - 1 - label]!]! |= EventFlag.targeted;
  }

  /** Reads a block type; returns `params` and `results` flags. */
  #blockType(): number {
    const byte = this.#bytes[this.#pos]!;
    if (byte === MULTIBYTE_REF || byte === MULTIBYTE_REF + 1) {
      this.#pos++;
      this.#u32();
      return EventFlag.results;
    }
    const index = this.#u32();
    if (byte >= 0x40 && byte < 0x80) return byte === 0x40 ? 0 : EventFlag.results;
    const type = this.#module.types[index]?.comp;
    return type?.kind === "func" && type.params.length > 0 ? EventFlag.params | EventFlag.results : EventFlag.results;
  }

  #arg = 0;
  #arg2 = 0;

  /** Reads behind a prefix byte; returns the kind of event, or -1. */
  #prefixed(prefix: number, end: number): number {
    const sub = this.#u32();
    if (prefix === GC_PREFIX && (sub === BR_ON_CAST || sub === BR_ON_CAST_FAIL)) {
      this.#pos++;
      this.#arg = this.#u32();
      this.#u32();
      this.#u32();
      this.#branch(this.#arg);
      return EventKind.brOnCast;
    }
    if (prefix === MISC_PREFIX) {
      if (sub === MEMORY_INIT || sub === MEMORY_COPY) {
        this.#arg = this.#u32();
        this.#arg2 = this.#u32();
        return sub === MEMORY_INIT ? EventKind.memoryInit : EventKind.memoryCopy;
      }
      if (sub === MEMORY_FILL || sub === TABLE_GROW) {
        this.#arg = this.#u32();
        this.#arg2 = 0;
        return sub === MEMORY_FILL ? EventKind.memoryFill : EventKind.tableGrow;
      }
    }
    const immediates = this.#pos;
    this.#pos = skipImmediates(this.#bytes, immediates, end, immediateOfPrefixed(prefix, sub));
    if (prefix === ATOMIC_PREFIX) return sub < PARKING.length ? this.#parking(PARKING[sub]!, immediates) : -1;
    if (prefix === MISC_PREFIX && TABLE_BULK.includes(sub)) return this.#bulk(EventKind.tableBulk, immediates);
    if (prefix === GC_PREFIX && sub <= 10) return this.#allocation(sub, immediates);
    if (prefix === GC_PREFIX && ARRAY_BULK.includes(sub)) return this.#bulk(EventKind.arrayBulk, immediates);
    return -1;
  }

  /** Reads the immediates, one or two, in front of where the walk stands. */
  #bulk(kind: number, immediates: number): number {
    const after = this.#pos;
    this.#pos = immediates;
    this.#arg = this.#u32();
    this.#arg2 = this.#pos < after ? this.#u32() : 0;
    this.#pos = after;
    return kind;
  }

  /** What an instruction with the number `sub` makes, if anything. */
  #allocation(sub: number, immediates: number): number {
    const after = this.#pos;
    this.#pos = immediates;
    const type = this.#u32();
    let kind = -1;
    if (ARRAY_NEW.includes(sub)) {
      kind = EventKind.arrayNew;
      this.#arg = elementBytes(this.#module, type);
    } else if (sub === ARRAY_NEW_FIXED || sub <= STRUCT_NEW_DEFAULT) {
      kind = EventKind.objectNew;
      this.#arg = sub === ARRAY_NEW_FIXED ? arrayBytes(this.#module, type, this.#u32()) : structBytes(this.#module, type);
    }
    this.#pos = after;
    return kind;
  }

  /** `kind` when the memarg names a shared memory, else -1: the host answers without waiting then. */
  #parking(kind: number, memarg: number): number {
    const after = this.#pos;
    this.#pos = memarg;
    const memory = this.#u32() >= MEMORY_FOLLOWS ? this.#u32() : 0;
    this.#pos = after;
    this.#arg = memory;
    this.#arg2 = memarg;
    return this.#module.memories[memory]?.shared === true ? kind : -1;
  }

  /** Whether the instruction in `[start, end)` is a constant of at most `most`. */
  #smallConst(start: number, end: number, most: number): boolean {
    const opcode = start < 0 ? 0 : this.#bytes[start]!;
    const length = end - start - 1;
    if ((opcode !== 0x41 && opcode !== 0x42) || length > 3) return false;
    let value = 0;
    for (let i = 0; i < length; i++) value |= (this.#bytes[start + 1 + i]! & 0x7f) << (7 * i);
    const negative = (this.#bytes[start + length]! & 0x40) !== 0;
    return !negative && value <= most;
  }
}

/** Constant length up to which a bulk operation is left as it is; 0 when `kind` is none. */
function smallLength(kind: number): number {
  switch (kind) {
    case EventKind.memoryInit:
    case EventKind.memoryCopy:
    case EventKind.memoryFill:
      return SMALL_BULK;
    case EventKind.tableBulk:
      return UNCHECKED_TABLE;
    case EventKind.arrayBulk:
      return UNCHECKED_ARRAY;
    default:
      return 0;
  }
}
