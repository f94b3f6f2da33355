/**
 * Decides where one body is checked, what is charged for fuel, and which instructions become
 * calls of helpers.
 *
 * INV: each round of a loop and each cycle of the call graph passes a check, counted loops
 * (`loops.ts`) excepted, and loops that dispatch: those look at the flag in the first round of a call
 * and then every 32 rounds. With a look in each round, three loads in a row before each jump
 * through a table, an interpreter took twice its time; so it takes 1.2 times [safepoint.geomean].
 * Loops without a table gain nothing by a counter. Behind a call of a cycle a frame runs little before
 * a check (`tail-weight.ts`). A check is left out where straight text leads to it
 * from another one, and at the calls of a function whose entry is checked, because a cycle through
 * the call passes the entry too.
 */
import type { DecodedModule, FuncBody } from "../binary/module.ts";
import { bulkReplacement } from "./bulk-operations.ts";
import type { CallGraph } from "./call-graph.ts";
import type { CheckSites } from "./check-sites.ts";
import { EventFlag, EventKind, Seen } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { chargeBlocks } from "./fuel.ts";
import { carriesReference } from "./gc-size.ts";
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
  /** By node: 1 + the function whose calls of it are checked. */
  readonly #checkedBy: Int32Array;

  /** `calls` is there when safepoints are on. */
  constructor(module: DecodedModule, events: BodyEvents, plan: BodyPlan, options: TranslateOptions, calls: CallChecks | undefined) {
    this.#module = module;
    this.#imported = module.importCounts.func;
    this.#events = events;
    this.#plan = plan;
    this.#options = options;
    this.#loops = new Loops(module, events);
    this.#calls = calls;
    this.#textWeight = new TextWeight(events, plan);
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
        this.#textWeight.place(body.code, (row) => this.#weightAt(row, this.#calls!));
      }
      if (this.#calls.sites.component[index]! >= 0) this.#tailWeight.place(this.#tailCalls(index, this.#calls));
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
      const simple = (flags[row]! & (EventFlag.outer | EventFlag.calls | EventFlag.params)) === 0;
      if (!simple || this.#options.fuel || this.#plan.compact) {
        actions[row]! |= Action.checkHead;
      } else if ((flags[row]! & EventFlag.dispatch) !== 0 && end[match[row]!]! - end[row]! <= Weight.counterText) {
        actions[row]! |= Action.outline | Action.counter;
        this.#plan.counters = true;
      } else {
        actions[row]! |= Action.outline;
      }
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
    const { kind, arg, first, length } = this.#events;
    const { actions } = this.#plan;
    // Whether straight text leads here from a check.
    let straight = false;
    for (let row = first; row < length; row++) {
      switch (kind[row]) {
        case EventKind.call:
        case EventKind.returnCall:
        case EventKind.callIndirect:
        case EventKind.returnCallIndirect:
        case EventKind.callRef:
        case EventKind.returnCallRef: {
          if (straight) break;
          const node = this.#nodeAt(row, graph);
          if (node < 0 ? arg[row]! < this.#imported : this.#checkedBy[node] === mark) {
            actions[row]! |= Action.checkBefore;
            straight = true;
          }
          break;
        }
        case EventKind.loop:
          straight = (actions[row]! & (Action.checkHead | Action.outline)) !== 0 && (actions[row]! & Action.counter) === 0;
          break;
        case EventKind.end:
        case EventKind.else:
        case EventKind.catch:
        case EventKind.catchAll:
        case EventKind.delegate:
          straight = false;
          break;
        default:
      }
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

  /** What the instructions of function `index` are behind a call of a cycle. */
  #tailCalls(index: number, calls: CallChecks): TailCalls {
    const { kind, arg, flags } = this.#events;
    const { graph, sites } = calls;
    const { component } = sites;
    const own = component[index]!;
    // Imports lead to "outside", where references cross the border.
    const importIsCyclic = graph.open && component[graph.nodeCount - 1] === own;
    return {
      isCyclic: (row) => {
        if (!isCall(kind[row]!)) return false;
        const node = this.#nodeAt(row, graph);
        return node < 0 ? importIsCyclic : component[node] === own;
      },
      weightAt: (row) => {
        const what = kind[row]!;
        if (isCall(what)) {
          const node = this.#nodeAt(row, graph);
          if (node < 0) return Weight.limit;
          // Off the cycle, the check at its entry is sure to be passed.
          return sites.entries[node] === 1 && component[node] !== own ? -1 : sites.tails[node]!;
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
      },
    };
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
