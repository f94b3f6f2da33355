/**
 * What guests hold of the host's own heap: structs, arrays and exceptions, which the host collects
 * and of which it tells nothing but the size of its whole heap.
 *
 * A guest pays for objects before it makes them, from a budget that it asks for in steps. What of
 * them is alive is known only together, for all guests and the host, and only right after a
 * collection. From one collection to the next the growth of the heap is divided among the
 * processes in proportion to what each was given meanwhile, and its shrinking in proportion to what
 * each holds. Between collections a process is charged with the most that it can hold: what it
 * held, and of what it was given since no more than the heap grew. When that exceeds what its account
 * allows, or the heap comes near the host's limit, a collection tells more; only if it does
 * not help a process ends. So garbage never ends a process, and the sum of all shares is real; the
 * share of one of several processes that allocate at the same time is an estimate.
 *
 * docs/rationale/wasm.md, "How are garbage-collected objects limited?"
 */
import type { HeapUse, Machine } from "../machine.ts";
import type { Process } from "../process.ts";
import type { Account } from "./account.ts";

/** Bytes that are given at once, at most and at least. */
const STEP_MAX = 4 * 1024 ** 2;
const STEP_MIN = 64 * 1024;
/** A step is at most this share of what the account has left, so that small limits are kept closely. */
const STEP_SHARE = 1 / 8;
/** The share of the host's heap that may be in use. Above it the host would collect ever more often and at last abort. */
const HIGH_WATER = 0.7;

interface Share {
  /** Estimate after the last collection. */
  held: number;
  /** Given since then. */
  since: number;
  /** What the account was charged with. */
  charged: number;
}

export class GcHeap {
  readonly #machine: Machine;
  readonly #shares = new Map<Process, Share>();
  /** Bytes of the whole heap after the last collection, less what was held by processes that ended since. */
  #mark: number | undefined = undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * `process` is about to make objects of `owed` bytes beyond what it was given. Returns how many
   * more it may make before it asks again, or -1 when it was killed.
   */
  ask(process: Process, owed: number): number {
    if (process.dying) return -1;
    if (this.#machine.heap() === undefined) return STEP_MAX;
    const share = this.#shareOf(process);
    const step = Math.max(STEP_MIN, Math.min(STEP_MAX, Math.floor(process.account.left("memory") * STEP_SHARE)));
    const wanted = owed + step;
    let refused = this.#refusal(process, share, wanted);
    if (refused !== undefined && this.#collect(process)) refused = this.#refusal(process, share, wanted);
    if (refused !== undefined && !this.#yieldRoom(process, owed, refused)) return -1;
    share.since += wanted;
    return step;
  }

  /** What a process holds, as far as it is known; part of its use of memory. */
  heldBy(process: Process): number {
    return this.#shares.get(process)?.charged ?? 0;
  }

  #shareOf(process: Process): Share {
    let share = this.#shares.get(process);
    if (share === undefined) {
      // The first mark needs a collection too, or garbage of before would hide what guests hold.
      if (this.#mark === undefined) this.#collect(process);
      share = { held: 0, since: 0, charged: 0 };
      this.#shares.set(process, share);
      process.onReap(() => this.#forget(process));
    }
    return share;
  }

  #forget(process: Process): void {
    const share = this.#shares.get(process);
    if (share === undefined) return;
    this.#shares.delete(process);
    if (this.#mark !== undefined) this.#mark -= share.held;
    process.account.refund("memory", share.charged);
  }

  /** Why `wanted` more bytes are too many; charges the account when they are not. */
  #refusal(process: Process, share: Share, wanted: number): Account | HeapUse | undefined {
    const heap = this.#machine.heap()!; // asked for by `ask`
    const grown = Math.max(0, heap.usedBytes - (this.#mark ?? 0));
    const refused = this.#charge(process, share, share.held + Math.min(share.since, grown) + wanted);
    return refused ?? (heap.usedBytes + wanted > heap.limitBytes * HIGH_WATER ? heap : undefined);
  }

  #charge(process: Process, share: Share, bytes: number): Account | undefined {
    const more = Math.ceil(bytes) - share.charged;
    if (more <= 0) process.account.refund("memory", -more);
    else {
      const refused = process.account.charge("memory", more);
      if (refused !== undefined) return refused;
    }
    share.charged += more;
    return undefined;
  }

  /** Collects, and divides what is left among the processes. False when the host cannot do it now. */
  #collect(asking: Process): boolean {
    if (!this.#machine.collectNow()) return false;
    const used = this.#machine.heap()!.usedBytes;
    const change = used - (this.#mark ?? used);
    let since = 0;
    let held = 0;
    for (const share of this.#shares.values()) {
      since += share.since;
      held += share.held;
    }
    for (const [process, share] of this.#shares) {
      if (change > 0 && since > 0) share.held += Math.min(share.since, (change * share.since) / since);
      else if (change < 0 && held > 0) share.held = Math.max(0, share.held * (1 + change / held));
      // Others may not have used the last step that they were given.
      share.since = process === asking ? 0 : Math.min(share.since, STEP_MAX);
      const known = share.held + share.since;
      if (known < share.charged) this.#charge(process, share, known);
    }
    this.#mark = used;
    return true;
  }

  /** Ends a process, since a collection did not help. True when `process` may go on. */
  #yieldRoom(process: Process, owed: number, refused: Account | HeapUse): boolean {
    if ("limits" in refused) {
      process.kill({ cause: "memory limit", message: `memory limit of ${refused.limits.memory} bytes reached by objects of the program (${refused.name})` });
      return false;
    }
    const percent = Math.round((refused.usedBytes / refused.limitBytes) * 100);
    const message = `memory limit of the host's heap reached by objects of programs (${percent} % of ${refused.limitBytes} bytes are in use, and ${owed} more were asked for)`;
    let largest = process;
    let most = this.#shares.get(process)?.held ?? 0;
    for (const [other, { held }] of this.#shares) {
      if (held <= most || other.dying) continue;
      largest = other;
      most = held;
    }
    largest.kill({ cause: "memory limit", message });
    // What another one held is free after the next collection; until then there is room for steps only.
    if (largest !== process && owed <= STEP_MAX) return true;
    process.kill({ cause: "memory limit", message });
    return false;
  }
}
