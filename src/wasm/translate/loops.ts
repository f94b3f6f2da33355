/**
 * Loops of one body that need no check of their own.
 *
 * - A loop without a branch back to its head runs once.
 * - A counted loop: innermost, without calls, with a constant start, step and end, and a small
 *   number of rounds.
 * - A loop whose every round passes the check of an inner loop before it can branch anywhere.
 *   Only straight text is looked at, and nothing that a handler could skip.
 */
import type { DecodedModule } from "../binary/module.ts";
import { skipInstruction } from "../binary/skip.ts";
import { EventFlag, EventKind } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { readU32 } from "./leb128.ts";

const MAX_ROUNDS = 1024;
/** Steps and bounds beyond this are left alone, so that no sum overflows. */
const MAX_BOUND = 1 << 28;

const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const LOCAL_TEE = 0x22;
const I32_CONST = 0x41;
const I32_NE = 0x47;
const I32_LT_S = 0x48;
const I32_LT_U = 0x49;
const I32_ADD = 0x6a;

/** Instructions looked back at from a branch or a loop. */
const WINDOW = 8;

export class Loops {
  readonly #bytes: Uint8Array;
  readonly #events: BodyEvents;
  /** Starts of the last instructions of a straight piece of text, as a ring. */
  readonly #ring = new Int32Array(WINDOW);
  #ringCount = 0;

  constructor(module: DecodedModule, events: BodyEvents) {
    this.#bytes = module.bytes;
    this.#events = events;
  }

  /**
   * Rounds of the loop at `row` when it is a counted one, else 0. `codeStart` is where the
   * body's instructions begin.
   */
  rounds(row: number, codeStart: number): number {
    const events = this.#events;
    const end = events.match[row]!;
    const branch = end - 1;
    if (end < 0 || (events.flags[row]! & (EventFlag.outer | EventFlag.calls | EventFlag.params)) !== 0) return 0;
    if (branch <= row || events.kind[branch] !== EventKind.brIf || events.arg[branch] !== 0) return 0;
    if (events.end[branch] !== events.start[end]) return 0;
    for (let inside = row + 1; inside < branch; inside++) {
      const kind = events.kind[inside]!;
      if (kind !== EventKind.block && kind !== EventKind.if && kind !== EventKind.else && kind !== EventKind.end) return 0;
    }
    // The condition: local.get v, i32.const step, i32.add, local.tee v, and maybe i32.const bound, compare.
    this.#look(events.end[branch - 1]!, events.start[branch]!);
    let back = 1;
    let compare = I32_NE;
    let bound = 0;
    const last = this.#opcode(1);
    if (last === I32_NE || last === I32_LT_S || last === I32_LT_U) {
      if (this.#opcode(2) !== I32_CONST) return 0;
      compare = last;
      bound = this.#constant(2);
      back = 3;
    }
    if (this.#opcode(back) !== LOCAL_TEE || this.#opcode(back + 1) !== I32_ADD) return 0;
    if (this.#opcode(back + 2) !== I32_CONST || this.#opcode(back + 3) !== LOCAL_GET) return 0;
    const local = this.#index(back);
    const tee = this.#start(back);
    if (this.#index(back + 3) !== local) return 0;
    const step = this.#constant(back + 2);
    if (step === 0 || !this.#setOnlyAt(events.end[row]!, events.start[end]!, local, tee)) return 0;
    const start = this.#startValue(row, codeStart, local);
    if (start === undefined) return 0;
    if (Math.abs(start) > MAX_BOUND || Math.abs(step) > MAX_BOUND || Math.abs(bound) > MAX_BOUND) return 0;
    const rounds = (bound - start) / step;
    if (compare === I32_NE) return Number.isInteger(rounds) && rounds > 0 && rounds <= MAX_ROUNDS ? rounds : 0;
    if (step < 0 || start < 0 || bound < 0) return 0;
    // A body runs once before the first test.
    const whole = Math.max(1, Math.ceil(rounds));
    return whole <= MAX_ROUNDS ? whole : 0;
  }

  /** Whether each round of the loop at `row` passes a check; `checked` and `counted` tell of inner loops. */
  passesInnerCheck(row: number, unchecked: (inner: number) => boolean): boolean {
    const events = this.#events;
    const end = events.match[row]!;
    for (let inside = row + 1; inside < end; inside++) {
      switch (events.kind[inside]) {
        case EventKind.loop:
          if ((events.flags[inside]! & EventFlag.targeted) === 0) break;
          if (!unchecked(inside)) return true;
          inside = events.match[inside]!;
          if (inside < 0) return false;
          break;
        case EventKind.block:
        case EventKind.end:
        case EventKind.call:
        case EventKind.callIndirect:
        case EventKind.callRef:
        case EventKind.refFunc:
        case EventKind.memoryGrow:
        case EventKind.tableGrow:
        case EventKind.memoryInit:
        case EventKind.memoryCopy:
        case EventKind.memoryFill:
        case EventKind.tableBulk:
        case EventKind.arrayBulk:
        case EventKind.arrayNew:
        case EventKind.objectNew:
          break;
        default:
          return false;
      }
    }
    return false;
  }

  /** Reads the straight text `[start, end)` and keeps its last instructions. */
  #look(start: number, end: number): void {
    this.#ringCount = 0;
    for (let pos = start; pos < end; pos = skipInstruction(this.#bytes, pos, end)) this.#ring[this.#ringCount++ % WINDOW] = pos;
  }

  /** Start of the instruction `back` before the end of what was read (1 = the last), or -1. */
  #start(back: number): number {
    return back > this.#ringCount || back > WINDOW ? -1 : this.#ring[(this.#ringCount - back) % WINDOW]!;
  }
  #opcode(back: number): number {
    const start = this.#start(back);
    return start < 0 ? -1 : this.#bytes[start]!;
  }
  #index(back: number): number {
    return readU32(this.#bytes, this.#start(back) + 1);
  }
  #constant(back: number): number {
    return readS32(this.#bytes, this.#start(back) + 1);
  }

  /** Whether no instruction in `[start, end)` but the one at `tee` sets `local`. */
  #setOnlyAt(start: number, end: number, local: number, tee: number): boolean {
    const bytes = this.#bytes;
    for (let pos = start; pos < end; pos = skipInstruction(bytes, pos, end)) {
      const opcode = bytes[pos];
      if ((opcode === LOCAL_SET || opcode === LOCAL_TEE) && pos !== tee && readU32(bytes, pos + 1) === local) return false;
    }
    return true;
  }

  /** The constant that `local` holds when the loop at `row` is entered, if the text right before says so. */
  #startValue(row: number, codeStart: number, local: number): number | undefined {
    const events = this.#events;
    const bytes = this.#bytes;
    let value: number | undefined;
    let constant = -1;
    const end = events.start[row]!;
    for (let pos = row === events.first ? codeStart : events.end[row - 1]!; pos < end; pos = skipInstruction(bytes, pos, end)) {
      const opcode = bytes[pos];
      if ((opcode === LOCAL_SET || opcode === LOCAL_TEE) && readU32(bytes, pos + 1) === local) {
        value = constant < 0 ? undefined : readS32(bytes, constant + 1);
      }
      constant = opcode === I32_CONST ? pos : -1;
    }
    return value;
  }
}

function readS32(bytes: Uint8Array, pos: number): number {
  let value = 0;
  for (let at = pos, shift = 0; shift < 35; at++) {
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (!(byte >= 0x80)) return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }
  return value;
}
