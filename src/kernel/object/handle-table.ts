/**
 * The handles of one process: dense slots with a free list. A handle is a positive 31-bit
 * integer; its low bits are the slot, its high bits the slot's generation, so a stale handle is
 * an error and never another object (INV-11).
 *
 * Rights are bits whose meaning belongs to the kind of object; a duplicate has the same or fewer
 * (INV-1). A slot gets a grant (`grant.ts`) when its handle is first duplicated or moved.
 */
import { assert } from "#base";
import { Grant } from "./grant.ts";
import type { GrantHolder } from "./grant.ts";

declare const handleBrand: unique symbol;
export type Handle = number & { readonly [handleBrand]: never };

const SLOT_BITS = 20;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const HANDLE_MAX = 2 ** 31 - 1;
const GENERATION_MAX = (1 << (31 - SLOT_BITS)) - 1;

/** Anything a handle can name. `closed` runs when the last handle of any process goes. */
export abstract class KernelObject {
  /** Below zero once closed. */
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
    if (--this.#references > 0) return;
    this.#references = -1;
    this.closed();
  }

  /** How many hold it. */
  get references(): number {
    return Math.max(0, this.#references);
  }

  /** Its last holder has gone. */
  get isClosed(): boolean {
    return this.#references < 0;
  }

  /** A handle on it was closed, moved or revoked while others may remain. */
  handleGone(): void {
    // Most objects do not care.
  }
}

/** What depends on one handle and must go with it, such as an entry of a wait set. */
export interface Attachment {
  next: Attachment | undefined;
  /** The handle is gone: closed, moved or revoked. Must not touch the table. */
  detached(): void;
}

interface Slot {
  object: KernelObject | undefined;
  rights: number;
  generation: number;
  nextFree: number;
  grant: Grant | undefined;
  attachments: Attachment | undefined;
}

/** Where the table asks before it grows: the accounts of the process and its jobs. */
export interface HandleAccount {
  /** False when one more handle is over a limit. */
  chargeHandle(): boolean;
  refundHandle(): void;
}

export class HandleTable implements GrantHolder {
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
      this.#slots.push({ object: undefined, rights: 0, generation: 1, nextFree: -1, grant: undefined, attachments: undefined });
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
    const made = this.insert(slot.object, slot.rights & rights);
    if (made !== undefined) this.#bind(this.grantOf(claimed)!.derive(rights, slot.rights), made & SLOT_MASK);
    return made;
  }

  /** The grant of a claimed handle, made now if it has none. */
  grantOf(claimed: number): Grant | undefined {
    const slot = this.#find(claimed);
    if (slot?.object === undefined) return undefined;
    if (slot.grant === undefined) this.#bind(new Grant(slot.object, slot.rights), claimed & SLOT_MASK);
    return slot.grant;
  }

  /** Takes a handle out, to be put elsewhere; the table's reference to the object goes with it. */
  take(claimed: number): Grant | undefined {
    const grant = this.grantOf(claimed);
    const slot = this.#find(claimed);
    if (slot === undefined || grant === undefined) return undefined;
    grant.rights = slot.rights;
    grant.holder = undefined;
    grant.slot = -1;
    slot.grant = undefined;
    this.#empty(slot, claimed & SLOT_MASK);
    grant.object.handleGone();
    return grant;
  }

  /** Holds `grant`, which nobody holds, from now on, with its reference. Undefined when the account refuses; the grant then is untouched. */
  put(grant: Grant): Handle | undefined {
    const handle = this.insert(grant.object, grant.rights);
    if (handle === undefined) return undefined;
    grant.object.release();
    this.#bind(grant, handle & SLOT_MASK);
    return handle;
  }

  /** `attachment` is told when the handle goes, once. False when there is no such handle. */
  attach(claimed: number, attachment: Attachment): boolean {
    const slot = this.#find(claimed);
    if (slot === undefined) return false;
    attachment.next = slot.attachments;
    slot.attachments = attachment;
    return true;
  }

  /** Undoes `attach`. */
  detach(claimed: number, attachment: Attachment): void {
    const slot = this.#find(claimed);
    if (slot === undefined) return;
    if (slot.attachments === attachment) slot.attachments = attachment.next;
    for (let before = slot.attachments; before !== undefined; before = before.next) {
      if (before.next === attachment) before.next = attachment.next;
    }
    attachment.next = undefined;
  }

  close(claimed: number): boolean {
    const slot = this.#find(claimed);
    const object = slot?.object;
    if (slot === undefined || object === undefined) return false;
    slot.grant?.end();
    slot.grant = undefined;
    this.#empty(slot, claimed & SLOT_MASK);
    object.handleGone();
    object.release();
    return true;
  }

  /** The grant of one of its handles was revoked. */
  revoked(grant: Grant): void {
    const slot = this.#slots[grant.slot];
    assert(slot?.grant === grant, "a table lets go of a grant that it holds");
    slot.grant = undefined;
    this.#empty(slot, grant.slot);
    grant.object.handleGone();
    grant.object.release();
  }

  closeAll(): void {
    for (let index = 0; index < this.#slots.length; index++) {
      const slot = this.#slots[index]!;
      if (slot.object !== undefined) this.close((slot.generation << SLOT_BITS) | index);
    }
  }

  #bind(grant: Grant, index: number): void {
    grant.holder = this;
    grant.slot = index;
    this.#slots[index]!.grant = grant;
  }

  #empty(slot: Slot, index: number): void {
    slot.object = undefined;
    slot.rights = 0;
    // A slot whose generations are used up is retired, or an old handle could come to life again.
    if (++slot.generation <= GENERATION_MAX) {
      slot.nextFree = this.#firstFree;
      this.#firstFree = index;
    }
    this.#count--;
    this.#account.refundHandle();
    let attachment = slot.attachments;
    if (attachment === undefined) return;
    slot.attachments = undefined;
    while (attachment !== undefined) {
      const { next }: Attachment = attachment;
      attachment.next = undefined;
      attachment.detached();
      attachment = next;
    }
  }

  #find(claimed: number): Slot | undefined {
    if (!Number.isInteger(claimed) || claimed <= 0 || claimed > HANDLE_MAX) return undefined;
    const slot = this.#slots[claimed & SLOT_MASK];
    if (slot === undefined || slot.object === undefined || slot.generation !== claimed >>> SLOT_BITS) return undefined;
    return slot;
  }
}
