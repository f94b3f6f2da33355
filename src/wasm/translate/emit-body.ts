/**
 * Writes one translated body: the original bytes with what the plan asks for in between.
 *
 * The form of an outlined loop, whose slow path lies outside of what the engine sees as a loop:
 *
 *     block $exit (type of the loop)
 *       loop $again
 *         block $slow
 *           br_if $slow (flag)      outer loops only
 *           loop $body
 *             br_if $slow (flag)
 *             ...the original body, then...
 *             br $exit
 *           end
 *           unreachable
 *         end
 *         call $safepoint
 *         br $again
 *       end
 *       unreachable
 *     end
 *
 * A body with copies stands several times in a row. All but the last are wrapped in a block of their own,
 * which is what their branches to the head of the loop leave, so they go on with the next copy.
 *
 * With a counter in a local, `br_if $slow` is taken when that falls below zero; there it is set anew
 * and the flag is looked at. It begins at zero, so the first round of a call looks at the flag.
 *
 * Three labels or four lie more between the body and what is around it, so branches that leave the loop
 * are written anew.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule, FuncBody } from "../binary/module.ts";
import type { BranchHints } from "./branch-hints.ts";
import { bulkReplacement } from "./bulk-operations.ts";
import { Op, writeCheck, writeFlag } from "./code.ts";
import { EventFlag, EventKind, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { EXCEPTION_BYTES } from "./gc-size.ts";
import type { BulkHelper, Helpers } from "./helpers.ts";
import { readU32, skipU32 } from "./leb128.ts";
import type { OffsetRuns } from "./offset-runs.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import { Weight } from "./weight.ts";

const OUTLINE_LABELS = 3;
/** Hosts allow 50,000 locals, parameters included. */
const MAX_LOCALS = 50_000;

export class BodyEmitter {
  readonly #module: DecodedModule;
  readonly #bytes: Uint8Array;
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  readonly #helpers: Helpers;
  readonly #out: ByteWriter;
  readonly #runs: OffsetRuns;
  readonly #hints: BranchHints;
  /** Original bytes up to here are written. */
  #copied = 0;
  #bodyStart = 0;
  /** Open blocks of the original, and by their depth how many labels were added around and between them. */
  #depth = 0;
  #added = new Int32Array(256);
  /** Copies of the innermost outlined loop's body that are still to be written. */
  #copiesLeft = 0;
  /** Locals that were added for lengths, or -1. */
  #local32 = -1;
  #local64 = -1;
  /** Local that counts rounds down, or -1. */
  #counter = -1;

  constructor(
    module: DecodedModule, events: BodyEvents, plan: BodyPlan, helpers: Helpers, out: ByteWriter, runs: OffsetRuns, hints: BranchHints,
  ) {
    this.#module = module;
    this.#bytes = module.bytes;
    this.#events = events;
    this.#plan = plan;
    this.#helpers = helpers;
    this.#out = out;
    this.#runs = runs;
    this.#hints = hints;
  }

  /** Writes the code section entry of function `func` (whole-space index). */
  emit(func: number, body: FuncBody): void {
    const out = this.#out;
    const plan = this.#plan;
    const events = this.#events;
    const { start, end } = body.range;
    const firstPair = this.#runs.length;
    const mark = out.openSize();
    this.#bodyStart = out.length;
    this.#runs.guest(out.length, start);
    this.#copied = start;
    this.#local32 = this.#local64 = this.#counter = -1;
    if (plan.bulk32 || plan.bulk64 || plan.counters) this.#addLocals(func, body);
    if (plan.checkEntry || plan.entryCharge > 0) {
      this.#copyTo(body.code);
      if (plan.checkEntry) this.#check(body.code);
      if (plan.entryCharge > 0) this.#charge(body.code, plan.entryCharge, true);
    }
    if (plan.outlines) {
      this.#actAndRelabel();
    } else {
      const { actions } = plan;
      for (let row = events.first; row < events.length; row++) {
        const action = actions[row]!;
        if (action !== 0) this.#act(row, action);
      }
    }
    this.#copyTo(end);
    const length = out.length - this.#bodyStart;
    out.closeSizeTight(mark);
    // The size came out shorter than the room left for it.
    const moved = this.#bodyStart - (out.length - length);
    this.#bodyStart -= moved;
    this.#runs.pull(firstPair, moved);
    this.#hints.endBody(func, this.#bodyStart, start, this.#runs, firstPair);
  }

  #act(row: number, action: number): void {
    const events = this.#events;
    const start = events.start[row]!;
    const end = events.end[row]!;
    if ((action & Action.checkBefore) !== 0) {
      this.#copyTo(start);
      this.#check(start);
    }
    if ((action & Action.allocate) !== 0) this.#payObject(row);
    if ((action & Action.replace) !== 0) this.#replace(row);
    if ((action & Action.checkHead) !== 0) {
      this.#copyTo(end);
      this.#check(end);
    }
    if ((action & Action.charge) !== 0) {
      this.#copyTo(end);
      this.#charge(end, this.#plan.charge[row]!, (action & Action.refuel) !== 0);
    }
  }

  #copyTo(offset: number): void {
    if (offset > this.#copied) {
      this.#out.copy(this.#bytes, this.#copied, offset);
      this.#copied = offset;
    }
  }

  /** A check that stands before the original instruction at `offset`. */
  #check(offset: number): void {
    const out = this.#out;
    this.#runs.inserted(out.length, offset);
    if (this.#plan.compact) {
      out.u8(Op.call); out.u32(this.#helpers.poll());
    } else {
      const branch = writeCheck(out, this.#helpers.flagMemory, this.#helpers.safepoint());
      this.#hints.unlikely(branch - this.#bodyStart);
    }
    this.#runs.guest(out.length, offset);
  }

  /** Pays for `count` instructions; with `refuel` asks for more when there is none left. */
  #charge(offset: number, count: number, refuel: boolean): void {
    this.#pay(offset, this.#helpers.fuelGlobal, count, refuel ? this.#helpers.refuel() : -1);
  }

  /** Pays for what the instruction at `row` is about to make. */
  #payObject(row: number): void {
    const events = this.#events;
    const start = events.start[row]!;
    this.#copyTo(start);
    if (events.kind[row] === EventKind.arrayNew) {
      this.#runs.inserted(this.#out.length, start);
      this.#out.u8(Op.call); this.#out.u32(this.#helpers.payArray(events.arg[row]!));
      this.#runs.guest(this.#out.length, start);
    } else {
      const bytes = events.kind[row] === EventKind.throw ? EXCEPTION_BYTES : events.arg[row]!;
      this.#pay(start, this.#helpers.gcGlobal, bytes, this.#helpers.gcAllocate());
    }
  }

  /** Takes `count` from an i64 global; calls `refill` when that goes below zero, unless it is -1. */
  #pay(offset: number, global: number, count: number, refill: number): void {
    const out = this.#out;
    this.#runs.inserted(out.length, offset);
    out.u8(Op.globalGet); out.u32(global);
    out.u8(Op.i64Const); out.s32(count);
    out.u8(Op.i64Sub);
    out.u8(Op.globalSet); out.u32(global);
    if (refill >= 0) {
      out.u8(Op.globalGet); out.u32(global);
      out.u8(Op.i64Const); out.u8(0);
      out.u8(Op.i64LtS);
      this.#hints.unlikely(out.length - this.#bodyStart);
      out.u8(Op.if); out.u8(Op.empty);
      out.u8(Op.call); out.u32(refill);
      out.u8(Op.end);
    }
    this.#runs.guest(out.length, offset);
  }

  /** Declares the locals in which lengths of bulk operations and the counter of rounds are kept. */
  #addLocals(func: number, body: FuncBody): void {
    const out = this.#out;
    const bytes = this.#bytes;
    const comp = this.#module.types[this.#module.funcs[func]?.type ?? -1]?.comp;
    const own = (comp?.kind === "func" ? comp.params.length : 0) + body.localCount;
    if (own + 3 > MAX_LOCALS) return;
    const { bulk32, bulk64, counters } = this.#plan;
    out.u32(readU32(bytes, body.range.start) + (bulk32 ? 1 : 0) + (bulk64 ? 1 : 0) + (counters ? 1 : 0));
    out.copy(bytes, skipU32(bytes, body.range.start), body.code);
    let next = own;
    if (bulk32) {
      this.#local32 = next++;
      out.u8(1); out.u8(0x7f);
    }
    if (bulk64) {
      this.#local64 = next++;
      out.u8(1); out.u8(0x7e);
    }
    if (counters) {
      this.#counter = next++;
      out.u8(1); out.u8(0x7f);
    }
    this.#skipTo(body.code);
  }

  #replace(row: number): void {
    const events = this.#events;
    const arg = events.arg[row]!;
    const arg2 = events.arg2[row]!;
    switch (events.kind[row]) {
      case EventKind.memoryGrow:
        this.#replaceByCall(row, this.#helpers.memoryGrow(arg));
        break;
      case EventKind.tableGrow:
        this.#replaceByCall(row, this.#helpers.tableGrow(arg));
        break;
      case EventKind.memoryFill:
      case EventKind.memoryCopy:
      case EventKind.memoryInit:
      case EventKind.tableBulk:
      case EventKind.arrayBulk: {
        const replacement = bulkReplacement(this.#module, events.start[row]!, arg, arg2);
        if (replacement !== undefined) this.#replaceWhenLong(row, this.#helpers.bulk(replacement));
        break;
      }
      case EventKind.atomicNotify:
        this.#replaceByCall(row, this.#helpers.atomicNotify(arg, this.#bytes.subarray(arg2, events.end[row])));
        break;
      case EventKind.atomicWait32:
        this.#replaceByCall(row, this.#helpers.atomicWait("i32", arg, this.#bytes.subarray(arg2, events.end[row])));
        break;
      case EventKind.atomicWait64:
        this.#replaceByCall(row, this.#helpers.atomicWait("i64", arg, this.#bytes.subarray(arg2, events.end[row])));
        break;
      default:
    }
  }

  #replaceByCall(row: number, helper: number): void {
    this.#copyTo(this.#events.start[row]!);
    this.#out.u8(Op.call);
    this.#out.u32(helper);
    this.#skipTo(this.#events.end[row]!);
  }

  /**
   * Keeps the original for lengths up to `unchecked` of the helper. The test stands in the body: as a
   * function it made copies of 100 bytes 1.7 times as slow. A body without room for one more
   * local calls the helper for all lengths, which is right too.
   */
  #replaceWhenLong(row: number, helper: BulkHelper): void {
    const wide = helper.length === "i64";
    const local = wide ? this.#local64 : this.#local32;
    if (local < 0) {
      this.#replaceByCall(row, helper.func);
      return;
    }
    const out = this.#out;
    const start = this.#events.start[row]!;
    const end = this.#events.end[row]!;
    this.#copyTo(start);
    this.#runs.inserted(out.length, start);
    out.u8(Op.localTee); out.u32(local);
    out.u8(Op.localGet); out.u32(local);
    out.u8(wide ? Op.i64Const : Op.i32Const); out.s32(helper.unchecked);
    out.u8(wide ? Op.i64GtU : Op.i32GtU);
    this.#hints.unlikely(out.length - this.#bodyStart);
    out.u8(Op.if); out.s33(helper.type);
    this.#runs.guest(out.length, start);
    out.u8(Op.call); out.u32(helper.func);
    out.u8(Op.else);
    this.#runs.guest(out.length, start);
    this.#copyTo(end);
    this.#runs.inserted(out.length, end);
    out.u8(Op.end);
    this.#runs.guest(out.length, end);
  }

  /** The original bytes up to `offset` are stood for by what was just written. */
  #skipTo(offset: number): void {
    this.#copied = offset;
    this.#runs.guest(this.#out.length, offset);
  }

  /** As a walk over the actions, in a body with outlined loops, whose labels branches have to pass over. */
  #actAndRelabel(): void {
    const { kind, match, first, length } = this.#events;
    const { actions, copies } = this.#plan;
    this.#depth = 0;
    this.#added[0] = 0;
    for (let row = first; row < length; row++) {
      const action = actions[row]!;
      if (action !== 0) this.#act(row, action);
      switch (kind[row]) {
        case EventKind.tryTable:
          this.#tryTable(row);
          this.#open();
          break;
        case EventKind.block:
        case EventKind.if:
        case EventKind.try:
          this.#open();
          break;
        case EventKind.loop:
          this.#open();
          if ((action & Action.outline) === 0) break;
          this.#openOutlined(row);
          this.#copiesLeft = copies[row]!;
          this.#beginCopy(row);
          break;
        case EventKind.end: {
          const opener = match[row]!;
          if (opener >= 0 && kind[opener] === EventKind.loop && (actions[opener]! & Action.outline) !== 0) {
            this.#endCopy(row);
            if (this.#copiesLeft > 0) {
              this.#beginCopy(opener);
              row = opener;
              break;
            }
            this.#closeOutlined(row);
          }
          this.#depth--;
          break;
        }
        case EventKind.delegate:
          this.#depth--;
          this.#relabel(row);
          break;
        case EventKind.br:
        case EventKind.brIf:
        case EventKind.brOnNull:
        case EventKind.brOnNonNull:
        case EventKind.brOnCast:
        case EventKind.rethrow:
          this.#relabel(row);
          break;
        case EventKind.brTable:
          this.#brTable(row);
          break;
        default:
      }
    }
  }

  #open(): void {
    const depth = ++this.#depth;
    if (depth === this.#added.length) this.#added = grown(this.#added, depth * 2);
    this.#added[depth] = this.#added[depth - 1]!;
  }

  /** Begins one of the copies of the body of the loop at `row`. */
  #beginCopy(row: number): void {
    const out = this.#out;
    const body = this.#events.end[row]!;
    this.#added[this.#depth] = this.#added[this.#depth - 1]! + OUTLINE_LABELS;
    if (--this.#copiesLeft > 0) {
      // Its label stands for the head of the loop: what goes on there goes on with the next copy.
      this.#runs.inserted(out.length, body);
      out.u8(Op.block); out.u8(Op.empty);
      this.#added[this.#depth]!++;
    }
    this.#skipTo(body);
  }

  /** Ends a copy before the loop's end at `row`: what comes to it leaves the loop. */
  #endCopy(row: number): void {
    const out = this.#out;
    const start = this.#events.start[row]!;
    this.#copyTo(start);
    this.#runs.inserted(out.length, start);
    out.u8(Op.br); out.u32(this.#added[this.#depth]! - this.#added[this.#depth - 1]!);
    if (this.#copiesLeft > 0) out.u8(Op.end);
  }

  #openOutlined(row: number): void {
    const out = this.#out;
    const events = this.#events;
    const start = events.start[row]!;
    this.#copyTo(start);
    this.#runs.inserted(out.length, start);
    out.u8(Op.block);
    out.copy(this.#bytes, start + 1, events.end[row]!);
    out.u8(Op.loop); out.u8(Op.empty);
    out.u8(Op.block); out.u8(Op.empty);
    if ((events.flags[row]! & EventFlag.outer) !== 0) {
      // An engine that knows where the flag lies from here on need not find out in each round.
      writeFlag(out, this.#helpers.flagMemory);
      this.#hints.unlikely(out.length - this.#bodyStart);
      out.u8(Op.brIf); out.u32(0);
    }
    this.#runs.guest(out.length, start);
    out.u8(Op.loop); out.u8(Op.empty);
    const end = events.end[row]!;
    this.#runs.inserted(out.length, end);
    if (this.#counts(row)) {
      out.u8(Op.localGet); out.u32(this.#counter);
      out.u8(Op.i32Const); out.s32(1);
      out.u8(Op.i32Sub);
      out.u8(Op.localTee); out.u32(this.#counter);
      out.u8(Op.i32Const); out.s32(0);
      out.u8(Op.i32LtS);
    } else {
      writeFlag(out, this.#helpers.flagMemory);
    }
    this.#hints.unlikely(out.length - this.#bodyStart);
    out.u8(Op.brIf); out.u32(1);
  }

  /** Whether the outlined loop at `row` counts its rounds. */
  #counts(row: number): boolean {
    return this.#counter >= 0 && (this.#plan.actions[row]! & Action.counter) !== 0;
  }

  /** Ends the outlined loop whose end is at `row`, behind what branches out of it. */
  #closeOutlined(row: number): void {
    const out = this.#out;
    const start = this.#events.start[row]!;
    out.u8(Op.end);
    out.u8(Op.unreachable);
    out.u8(Op.end);
    // A frame that waits or traps here stands at the head of the loop.
    this.#runs.inserted(out.length, this.#events.end[this.#events.match[row]!]!);
    if (this.#counts(this.#events.match[row]!)) {
      out.u8(Op.i32Const); out.s32(Weight.counterRounds);
      out.u8(Op.localSet); out.u32(this.#counter);
      const branch = writeCheck(out, this.#helpers.flagMemory, this.#helpers.safepoint());
      this.#hints.unlikely(branch - this.#bodyStart);
    } else {
      out.u8(Op.call); out.u32(this.#helpers.safepoint());
    }
    this.#runs.inserted(out.length, start);
    out.u8(Op.br); out.u32(0);
    out.u8(Op.end);
    out.u8(Op.unreachable);
    this.#skipTo(start);
  }

  #label(label: number): number {
    return label > this.#depth ? label : label + this.#added[this.#depth]! - this.#added[this.#depth - label]!;
  }

  /** Writes a branch anew when its label lies outside of the outlined loop. */
  #relabel(row: number): void {
    const events = this.#events;
    const label = events.arg[row]!;
    if (this.#label(label) === label) return;
    const out = this.#out;
    let at = events.start[row]! + 1;
    // br_on_cast: the rest of the opcode and the flags stand before the label.
    if (events.kind[row] === EventKind.brOnCast) at = skipU32(this.#bytes, at) + 1;
    this.#copyTo(at);
    out.u32(this.#label(label));
    const rest = skipU32(this.#bytes, at);
    out.copy(this.#bytes, rest, events.end[row]!);
    this.#skipTo(events.end[row]!);
  }

  #brTable(row: number): void {
    const events = this.#events;
    const out = this.#out;
    const end = events.end[row]!;
    let at = skipU32(this.#bytes, events.start[row]! + 1);
    this.#copyTo(at);
    while (at < end) {
      out.u32(this.#label(readU32(this.#bytes, at)));
      at = skipU32(this.#bytes, at);
    }
    this.#skipTo(end);
  }

  #tryTable(row: number): void {
    const events = this.#events;
    const bytes = this.#bytes;
    const out = this.#out;
    const end = events.end[row]!;
    let at = events.arg[row]!;
    // A block type, and the number of clauses.
    if (bytes[at] === 0x63 || bytes[at] === 0x64) at++;
    at = skipU32(bytes, skipU32(bytes, at));
    this.#copyTo(at);
    while (at < end) {
      const kind = bytes[at]!;
      const label = kind < 2 ? skipU32(bytes, at + 1) : at + 1;
      out.copy(bytes, at, label);
      out.u32(this.#label(readU32(bytes, label)));
      at = skipU32(bytes, label);
    }
    this.#skipTo(end);
  }
}
