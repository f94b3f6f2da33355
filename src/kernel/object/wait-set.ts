/**
 * A wait set: many (handle, signals) pairs under keys, and the list of those that are ready.
 *
 * The list is kept exact by the objects, which tell each entry of every change of their signals; a
 * wait therefore costs what it reports and never looks at the rest (INV-7). What was reported and
 * is still ready goes to the end of the list, so a busy entry hides no other.
 *
 * An entry belongs to the handle that it was added by and goes with it.
 */
import type { Charges } from "./charges.ts";
import type { Attachment, HandleTable } from "./handle-table.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { Observer, SignalObject } from "./signal-object.ts";
import { Status } from "./status.ts";

const SET_BYTES = 384;
const ENTRY_BYTES = 192;
export const WAIT_SET_ENTRIES_MAX = 16_384;

class Entry extends Observer implements Attachment {
  readonly set: WaitSet;
  readonly key: bigint;
  readonly mask: number;
  readonly handle: number;
  next: Attachment | undefined = undefined;
  // Only the set writes these.
  ready = false;
  nextReady: Entry | undefined = undefined;
  prevReady: Entry | undefined = undefined;

  constructor(set: WaitSet, key: bigint, mask: number, handle: number) {
    super();
    this.set = set;
    this.key = key;
    this.mask = mask;
    this.handle = handle;
  }

  signalsChanged(signals: number): void {
    this.set.entryChanged(this, (signals & this.mask) !== 0);
  }
  detached(): void {
    this.set.entryGone(this);
  }
}

export class WaitSet extends SignalObject {
  readonly objectKind = "wait set";
  readonly kind = ObjectKind.wait_set;
  readonly #charges: Charges;
  /** The table that the entries' handles are of. */
  readonly #handles: HandleTable;
  readonly #entries = new Map<bigint, Entry>();
  #firstReady: Entry | undefined = undefined;
  #lastReady: Entry | undefined = undefined;
  #readyCount = 0;

  /** Use `create`: it charges what the object costs. */
  constructor(charges: Charges, handles: HandleTable) {
    super();
    this.#charges = charges;
    this.#handles = handles;
  }

  /** Undefined when an account refuses. */
  static create(charges: Charges, handles: HandleTable): WaitSet | undefined {
    return charges.open(SET_BYTES) ? new WaitSet(charges, handles) : undefined;
  }

  get size(): number {
    return this.#entries.size;
  }
  get readyCount(): number {
    return this.#readyCount;
  }

  /** Watches `object` through `handle`: ok, exists, limit, or wrong_kind for a wait set. */
  add(key: bigint, handle: number, object: SignalObject, mask: number): number {
    if (object instanceof WaitSet) return Status.wrong_kind;
    if (this.#entries.has(key)) return Status.exists;
    if (this.#entries.size >= WAIT_SET_ENTRIES_MAX || !this.#charges.grow(ENTRY_BYTES)) return Status.limit;
    const entry = new Entry(this, key, mask, handle);
    if (!object.observe(entry)) {
      this.#charges.shrink(ENTRY_BYTES);
      return Status.limit;
    }
    this.#handles.attach(handle, entry);
    this.#entries.set(key, entry);
    entry.signalsChanged(object.signals);
    return Status.ok;
  }

  /** False when there is no such key. */
  remove(key: bigint): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#handles.detach(entry.handle, entry);
    this.entryGone(entry);
    return true;
  }

  /** Reports at most `most` ready entries, those that waited longest first. */
  report(most: number, each: (key: bigint, signals: number) => void): number {
    const count = Math.min(most, this.#readyCount);
    for (let index = 0; index < count; index++) {
      const entry = this.#firstReady!; // as many as are counted
      this.#unlink(entry);
      this.#append(entry);
      each(entry.key, entry.observed!.signals & entry.mask);
    }
    return count;
  }

  // ---- For entries

  entryChanged(entry: Entry, ready: boolean): void {
    if (entry.ready === ready) return;
    entry.ready = ready;
    if (ready) {
      this.#readyCount++;
      this.#append(entry);
      this.raise(Signal.readable);
      return;
    }
    this.#readyCount--;
    this.#unlink(entry);
    if (this.#readyCount === 0) this.lower(Signal.readable);
  }

  entryGone(entry: Entry): void {
    entry.observed?.unobserve(entry);
    this.entryChanged(entry, false);
    this.#entries.delete(entry.key);
    this.#charges.shrink(ENTRY_BYTES);
  }

  #append(entry: Entry): void {
    entry.prevReady = this.#lastReady;
    entry.nextReady = undefined;
    if (this.#lastReady === undefined) this.#firstReady = entry;
    else this.#lastReady.nextReady = entry;
    this.#lastReady = entry;
  }

  #unlink(entry: Entry): void {
    if (entry.prevReady === undefined) this.#firstReady = entry.nextReady;
    else entry.prevReady.nextReady = entry.nextReady;
    if (entry.nextReady === undefined) this.#lastReady = entry.prevReady;
    else entry.nextReady.prevReady = entry.prevReady;
    entry.nextReady = entry.prevReady = undefined;
  }

  protected closed(): void {
    for (const key of [...this.#entries.keys()]) this.remove(key);
    this.#charges.close(SET_BYTES);
  }
}
