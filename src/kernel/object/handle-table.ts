/**
 * The handles of one process: dense slots with a free list. A handle is a positive 31-bit
 * integer; its low bits are the slot, its high bits the slot's generation, so a stale handle is
 * an error and never another object.
 *
 * Rights are bits whose meaning belongs to the kind of object; a duplicate has the same or fewer.
 */
import { assert } from "#base";

declare const handleBrand: unique symbol;
export type Handle = number & { readonly [handleBrand]: never };

const SLOT_BITS = 20;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const HANDLE_MAX = 2 ** 31 - 1;
const GENERATION_MAX = (1 << (31 - SLOT_BITS)) - 1;

/** Anything a handle can name. `closed` runs when the last handle of any process goes. */
export abstract class KernelObject {
  #references = 0;

  /** For people and reports: "pipe", "directory", "process". */
  abstract readonly objectKind: string;
  /** Lets go of what the object holds; runs once. */
  protected abstract closed(): void;

  /** Only holders that keep the object alive call this: handle tables and messages under way. */
  retain(): void {
    this.#references++;
  }
  release(): void {
    assert(this.#references > 0, `${this.objectKind} released more often than retained`);
    if (--this.#references === 0) this.closed();
  }
}

interface Slot {
  object: KernelObject | undefined;
  rights: number;
  generation: number;
  nextFree: number;
}

/** Where the table asks before it grows: the accounts of the process and its jobs. */
export interface HandleAccount {
  /** False when one more handle is over a limit. */
  chargeHandle(): boolean;
  refundHandle(): void;
}

export class HandleTable {
  readonly #slots: Slot[] = [];
  readonly #account: HandleAccount;
  #firstFree = -1;
  #count = 0;

  constructor(account: HandleAccount) {
    this.#account = account;
  }

  get size(): number {
    return this.#count;
  }

  /** Undefined when the account refuses or all slots are taken; the object then is untouched. */
  insert(object: KernelObject, rights: number): Handle | undefined {
    if (this.#firstFree === -1 && this.#slots.length > SLOT_MASK) return undefined;
    if (!this.#account.chargeHandle()) return undefined;
    let index = this.#firstFree;
    if (index === -1) {
      index = this.#slots.length;
      this.#slots.push({ object: undefined, rights: 0, generation: 1, nextFree: -1 });
    } else {
      this.#firstFree = this.#slots[index]!.nextFree;
    }
    const slot = this.#slots[index]!;
    slot.object = object;
    slot.rights = rights;
    object.retain();
    this.#count++;
    return ((slot.generation << SLOT_BITS) | index) as Handle;
  }

  /** The object behind a claimed handle, or undefined when there is none. */
  get(claimed: number): KernelObject | undefined {
    return this.#find(claimed)?.object;
  }

  /** Rights of a claimed handle; 0 when there is no such handle. */
  rights(claimed: number): number {
    return this.#find(claimed)?.rights ?? 0;
  }

  /** Takes rights away; never adds any. */
  restrict(claimed: number, rights: number): boolean {
    const slot = this.#find(claimed);
    if (slot === undefined) return false;
    slot.rights &= rights;
    return true;
  }

  /** A second handle on the same object with no more rights than the first. */
  duplicate(claimed: number, rights: number): Handle | undefined {
    const slot = this.#find(claimed);
    if (slot?.object === undefined) return undefined;
    return this.insert(slot.object, slot.rights & rights);
  }

  close(claimed: number): boolean {
    const slot = this.#find(claimed);
    const object = slot?.object;
    if (slot === undefined || object === undefined) return false;
    slot.object = undefined;
    slot.rights = 0;
    // A slot whose generations are used up is retired, or an old handle could come to life again.
    if (++slot.generation <= GENERATION_MAX) {
      slot.nextFree = this.#firstFree;
      this.#firstFree = claimed & SLOT_MASK;
    }
    this.#count--;
    this.#account.refundHandle();
    object.release();
    return true;
  }

  closeAll(): void {
    for (let index = 0; index < this.#slots.length; index++) {
      const slot = this.#slots[index]!;
      if (slot.object !== undefined) this.close((slot.generation << SLOT_BITS) | index);
    }
  }

  #find(claimed: number): Slot | undefined {
    if (!Number.isInteger(claimed) || claimed <= 0 || claimed > HANDLE_MAX) return undefined;
    const slot = this.#slots[claimed & SLOT_MASK];
    if (slot === undefined || slot.object === undefined || slot.generation !== claimed >>> SLOT_BITS) return undefined;
    return slot;
  }
}
