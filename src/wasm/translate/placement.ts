/**
 * Decides where one body is checked, what is charged for fuel, and which instructions become
 * calls of helpers.
 *
 * INV: each round of a loop and each cycle of the call graph passes a check, with two exceptions: counted
 * loops (`loops.ts`), and short innermost loops, whose text is written several times for one check.
 * Innermost loops that dispatch look at the flag in the first round of a call and then every 32 rounds: with
 * a look in each round, three loads in a row before each jump through a table, an interpreter took
 * twice its time; with a counter and two copies of the text it takes 1.05 times [safepoint.geomean].
 * Loops without a table gain nothing by a counter. Behind a call of a cycle a frame runs little before
 * a check (`tail-weight.ts`). At a call that lies on a cycle no check is made where all paths
 * from the beginning of the function have passed one.
 */
import type { DecodedModule, FuncBody } from "../binary/module.ts";
import { bulkReplacement } from "./bulk-operations.ts";
import type { CallGraph } from "./call-graph.ts";
import type { CheckSites } from "./check-sites.ts";
import { EventFlag, EventKind, Seen, grownBytes } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { chargeBlocks } from "./fuel.ts";
import { carriesReference } from "./gc-size.ts";
import { forEachLabel } from "./labels.ts";
import { readU32, skipU32 } from "./leb128.ts";
import { Loops } from "./loops.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import { TailWeight } from "./tail-weight.ts";
import type { TailCalls } from "./tail-weight.ts";
import { TextWeight } from "./text-weight.ts";
import type { TranslateOptions } from "./translated.ts";
import { Weight, objectWeight } from "./weight.ts";

/** Bytes. Hosts limit a body (V8: 7.6 MB), so the checks of longer ones are kept short. */
const LONG_BODY = 1 << 20;
/** Bytes. In bodies up to here loops may be written in forms that make them up to eleven times as long. */
const SMALL_BODY = 1 << 18;
/**
 * Innermost loops with a text up to so many bytes are written so many times for one check: that
 * is two instructions of the host a round, where the whole round may have six [safepoint.geomean]. Copies of longer
 * texts gain nothing there, and make a large program slower by their mere size [safepoint.cpython].
 */
const COPIED_TEXT = 32;
const COPIES = 4;
/** Outer loops without calls are outlined too, up to a text of so many bytes. */
const OUTLINED_TEXT = 1024;

export interface CallChecks {
  readonly graph: CallGraph;
  readonly sites: CheckSites;
}

export class Placement {
  readonly #module: DecodedModule;
  readonly #imported: number;
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  readonly #options: TranslateOptions;
  readonly #loops: Loops;
  readonly #calls: CallChecks | undefined;
  readonly #textWeight: TextWeight;
  readonly #tailWeight: TailWeight;
  // By nesting, for `#callSites`.
  #entered = new Uint8Array(256);
  #leaving = new Uint8Array(256);
  /** By node: 1 + the function whose calls of it are checked. */
  readonly #checkedBy: Int32Array;
  /** Number of the cycles that the body at hand lies on, or -1. */
  #component = -1;
  // Made once, not for each body.
  readonly #weightOf = (row: number): number => this.#weightAt(row, this.#calls!);
  readonly #tailCalls: TailCalls = {
    isCyclic: (row) => this.#isCyclic(this.#calls!, row),
    weightAt: (row) => this.#tailWeightAt(this.#calls!, row),
  };

  /** `calls` is there when safepoints are on. */
  constructor(module: DecodedModule, events: BodyEvents, plan: BodyPlan, options: TranslateOptions, calls: CallChecks | undefined) {
    this.#module = module;
    this.#imported = module.importCounts.func;
    this.#events = events;
    this.#plan = plan;
    this.#options = options;
    this.#loops = new Loops(module, events);
    this.#calls = calls;
    this.#textWeight = new TextWeight(module.bytes, events, plan);
    this.#tailWeight = new TailWeight(module.bytes, events, plan);
    this.#checkedBy = new Int32Array(calls?.graph.nodeCount ?? 0);
  }

  /** Fills the plan for the body of defined function `index`, whose events are there. */
  place(index: number, body: FuncBody): void {
    const { limits, fuel } = this.#options;
    this.#plan.clear(this.#events, fuel);
    this.#plan.compact = body.range.end - body.range.start > LONG_BODY;
    const { seen } = this.#events;
    if (limits && (seen & Seen.growth) !== 0) this.#growths();
    if (limits && (seen & Seen.allocation) !== 0) this.#allocations();
    if (this.#calls !== undefined) {
      if ((seen & Seen.largeBulk) !== 0) this.#bulks();
      if ((seen & Seen.parking) !== 0) this.#parkings();
      if ((seen & Seen.loop) !== 0) this.#loopHeads(body);
      this.#callSites(index, this.#calls);
      if (this.#calls.sites.heavy[index] === 1) {
        this.#textWeight.place(body.code, this.#weightOf);
      }
      this.#component = this.#calls.sites.component[index]!;
      if (this.#component >= 0) this.#tailWeight.place(this.#tailCalls);
    }
    if (fuel) chargeBlocks(this.#events, this.#plan);
  }

  #growths(): void {
    const { kind, first, length } = this.#events;
    for (let row = first; row < length; row++) {
      if (kind[row] === EventKind.memoryGrow || kind[row] === EventKind.tableGrow) this.#plan.actions[row]! |= Action.replace;
    }
  }

  #allocations(): void {
    const { kind, arg, first, length } = this.#events;
    for (let row = first; row < length; row++) {
      const makes = kind[row] === EventKind.objectNew || kind[row] === EventKind.arrayNew
        || (kind[row] === EventKind.throw && carriesReference(this.#module, arg[row]!));
      if (makes) this.#plan.actions[row]! |= Action.allocate;
    }
  }

  #parkings(): void {
    const { kind, first, length } = this.#events;
    for (let row = first; row < length; row++) {
      if (kind[row]! >= EventKind.atomicNotify && kind[row]! <= EventKind.atomicWait64) this.#plan.actions[row]! |= Action.replace;
    }
  }

  #bulks(): void {
    const { kind, flags, start, arg, arg2, first, length } = this.#events;
    const plan = this.#plan;
    for (let row = first; row < length; row++) {
      if ((flags[row]! & EventFlag.large) === 0 || !isBulk(kind[row]!)) continue;
      const replacement = bulkReplacement(this.#module, start[row]!, arg[row]!, arg2[row]!);
      if (replacement === undefined) continue;
      plan.actions[row]! |= Action.replace;
      if (replacement.operation.length === "i64") plan.bulk64 = true;
      else plan.bulk32 = true;
    }
  }

  /** From the last loop to the first, so that inner ones are decided before those around them. */
  #loopHeads(body: FuncBody): void {
    const { flags, kind, match, start, end } = this.#events;
    const { actions, rounds } = this.#plan;
    const small = body.range.end - body.range.start <= SMALL_BODY;
    const isUnchecked = (inner: number): boolean => rounds[inner]! > 0 || (actions[inner]! & Action.counter) !== 0;
    let budget = Weight.countedShare * (body.range.end - body.code);
    for (let row = this.#events.length - 1; row >= this.#events.first; row--) {
      if (kind[row] !== EventKind.loop) continue;
      rounds[row] = 0;
      if ((flags[row]! & EventFlag.targeted) === 0 || match[row]! < 0) continue;
      const count = this.#loops.rounds(row, body.code);
      const weight = count * (start[match[row]!]! - end[row]!);
      if (count > 0 && weight <= budget) {
        budget -= weight;
        rounds[row] = count;
        continue;
      }
      if (this.#loops.passesInnerCheck(row, isUnchecked)) continue;
      this.#check(row, small);
    }
  }

  /** Chooses the form of the check of the loop at `row`; `small` tells whether the body may become several times as long. */
  #check(row: number, small: boolean): void {
    const { flags, match, start, end } = this.#events;
    const { actions, copies } = this.#plan;
    const text = start[match[row]!]! - end[row]!;
    const outer = (flags[row]! & EventFlag.outer) !== 0;
    const plain = (flags[row]! & (EventFlag.calls | EventFlag.params)) !== 0 || this.#options.fuel || this.#plan.compact;
    if (plain || (outer && !(small && text <= OUTLINED_TEXT))) {
      actions[row]! |= Action.checkHead;
      return;
    }
    actions[row]! |= Action.outline;
    this.#plan.outlines = true;
    copies[row] = 1;
    if (outer) return;
    if ((flags[row]! & EventFlag.dispatch) !== 0) {
      if (text > Weight.counterText) return;
      actions[row]! |= Action.counter;
      this.#plan.counters = true;
      if (small) copies[row] = Weight.counterCopies;
    } else if (small && text <= COPIED_TEXT) {
      copies[row] = COPIES;
    }
  }

  #callSites(index: number, { graph, sites }: CallChecks): void {
    if (sites.entries[index] === 1) {
      this.#plan.checkEntry = true;
      return;
    }
    const mark = index + 1;
    let checked = (this.#events.seen & Seen.importCall) !== 0;
    for (let edge = graph.first[index]!; edge < graph.first[mark]!; edge++) {
      if (sites.edges[edge] === 0) continue;
      this.#checkedBy[graph.targets[edge]!] = mark;
      checked = true;
    }
    if (!checked) return;
    const { kind, arg, start, end, match, first, length } = this.#events;
    const { actions } = this.#plan;
    let entered = this.#entered;
    let leaving = this.#leaving;
    // 1 when every path from the body's beginning to here passes a check; by nesting where the
    // block was entered, and where branches lead out of it. Text that nothing leads to counts as checked.
    let passed = 0;
    let depth = 0;
    leaving[0] = 1;
    for (let row = first; row < length; row++) {
      switch (kind[row]) {
        case EventKind.call:
        case EventKind.returnCall:
        case EventKind.callIndirect:
        case EventKind.returnCallIndirect:
        case EventKind.callRef:
        case EventKind.returnCallRef: {
          if (passed === 1) break;
          const node = this.#nodeAt(row, graph);
          if (node < 0 ? arg[row]! < this.#imported : this.#checkedBy[node] === mark) {
            actions[row]! |= Action.checkBefore;
            passed = 1;
          }
          break;
        }
        case EventKind.block:
        case EventKind.loop:
        case EventKind.if:
        case EventKind.try:
        case EventKind.tryTable:
          if ((actions[row]! & (Action.checkHead | Action.outline)) !== 0 && (actions[row]! & Action.counter) === 0) passed = 1;
          if (++depth === leaving.length) {
            entered = this.#entered = grownBytes(entered, depth * 2);
            leaving = this.#leaving = grownBytes(leaving, depth * 2);
          }
          entered[depth] = passed;
          leaving[depth] = 1;
          if (kind[row] === EventKind.tryTable && passed === 0) this.#leaveByHandlers(row, depth - 1);
          break;
        case EventKind.else:
          leaving[depth]! &= passed;
          passed = entered[depth]!;
          // No path leads from the condition to the end.
          entered[depth] = 1;
          break;
        case EventKind.catch:
        case EventKind.catchAll:
          leaving[depth]! &= passed;
          passed = entered[depth]!;
          break;
        case EventKind.end:
        case EventKind.delegate: {
          if (depth === 0) break;
          const opener = kind[match[row]!];
          if (opener !== EventKind.loop) passed &= leaving[depth]!;
          if (opener === EventKind.if) passed &= entered[depth]!;
          depth--;
          break;
        }
        case EventKind.br:
        case EventKind.brIf:
        case EventKind.brOnNull:
        case EventKind.brOnNonNull:
        case EventKind.brOnCast:
          if (depth >= arg[row]!) leaving[depth - arg[row]!]! &= passed;
          if (kind[row] === EventKind.br) passed = 1;
          break;
        case EventKind.brTable:
          if (passed === 0) forEachLabel(this.#module.bytes, start[row]!, end[row]!, (label) => {
            if (label <= depth) leaving[depth - label] = 0;
          });
          passed = 1;
          break;
        case EventKind.return:
        case EventKind.unreachable:
        case EventKind.throw:
        case EventKind.throwRef:
        case EventKind.rethrow:
          passed = 1;
          break;
        default:
      }
    }
  }

  /** Handlers of the `try_table` at `row` lead to labels that count from `depth`. */
  #leaveByHandlers(row: number, depth: number): void {
    const bytes = this.#module.bytes;
    const end = this.#events.end[row]!;
    let at = this.#events.arg[row]!;
    // A block type, and the number of clauses.
    if (bytes[at] === 0x63 || bytes[at] === 0x64) at++;
    at = skipU32(bytes, skipU32(bytes, at));
    while (at < end) {
      at = bytes[at]! < 2 ? skipU32(bytes, at + 1) : at + 1;
      const label = readU32(bytes, at);
      if (label <= depth) this.#leaving[depth - label] = 0;
      at = skipU32(bytes, at);
    }
  }

  /** The node that the call at `row` leads to; -1 for an imported function or none. */
  #nodeAt(row: number, graph: CallGraph): number {
    const arg = this.#events.arg[row]!;
    const kind = this.#events.kind[row];
    if (kind === EventKind.call || kind === EventKind.returnCall) {
      const func = arg - this.#imported;
      return func < graph.definedCount ? func : -1;
    }
    return graph.typeNodes[arg] ?? -1;
  }

  /** What the instruction at `row` weighs besides its text. */
  #weightAt(row: number, { graph, sites }: CallChecks): number {
    switch (this.#events.kind[row]) {
      case EventKind.call:
      case EventKind.returnCall:
      case EventKind.callIndirect:
      case EventKind.returnCallIndirect:
      case EventKind.callRef:
      case EventKind.returnCallRef: {
        const node = this.#nodeAt(row, graph);
        return node < 0 ? 0 : sites.weights[node]!;
      }
      case EventKind.memoryFill:
      case EventKind.memoryCopy:
      case EventKind.memoryInit:
        return (this.#events.flags[row]! & EventFlag.large) !== 0 ? Weight.bulk : 0;
      case EventKind.tableBulk:
        return Weight.tableBulk;
      case EventKind.arrayBulk:
      case EventKind.arrayNew:
        return Weight.arrayBulk;
      default:
        return 0;
    }
  }

  /** Whether the call at `row` is part of a cycle that the body at hand lies on. */
  #isCyclic({ graph, sites }: CallChecks, row: number): boolean {
    if (!isCall(this.#events.kind[row]!)) return false;
    const node = this.#nodeAt(row, graph);
    if (node >= 0) return sites.component[node] === this.#component;
    // Imports lead to "outside", where references cross the border.
    return graph.open && sites.component[graph.nodeCount - 1] === this.#component;
  }

  /** What the instruction at `row` weighs behind a call of a cycle, see `TailCalls`. */
  #tailWeightAt(calls: CallChecks, row: number): number {
    const { kind, arg, flags } = this.#events;
    const { graph, sites } = calls;
    const what = kind[row]!;
    if (isCall(what)) {
      const node = this.#nodeAt(row, graph);
      if (node < 0) return Weight.limit;
      // Off the cycle, the check at its entry is sure to be passed.
      return sites.entries[node] === 1 && sites.component[node] !== this.#component ? -1 : sites.tails[node]!;
    }
    switch (what) {
      case EventKind.memoryFill:
      case EventKind.memoryCopy:
      case EventKind.memoryInit:
        return (flags[row]! & EventFlag.large) === 0 ? Weight.smallBulk : Weight.bulk;
      case EventKind.memoryGrow:
      case EventKind.tableGrow:
      case EventKind.atomicNotify:
      case EventKind.atomicWait32:
      case EventKind.atomicWait64:
        return Weight.growth;
      case EventKind.throw:
      case EventKind.rethrow:
      case EventKind.throwRef:
        return Weight.throw;
      case EventKind.objectNew:
        return objectWeight(arg[row]!);
      default:
        return this.#weightAt(row, calls);
    }
  }
}

function isCall(kind: number): boolean {
  switch (kind) {
    case EventKind.call:
    case EventKind.returnCall:
    case EventKind.callIndirect:
    case EventKind.returnCallIndirect:
    case EventKind.callRef:
    case EventKind.returnCallRef:
      return true;
    default:
      return false;
  }
}

function isBulk(kind: number): boolean {
  switch (kind) {
    case EventKind.memoryInit:
    case EventKind.memoryCopy:
    case EventKind.memoryFill:
    case EventKind.tableBulk:
    case EventKind.arrayBulk:
      return true;
    default:
      return false;
  }
}
