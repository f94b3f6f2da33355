/**
 * A memory object: bytes that several programs share.
 *
 * It is a shared linear memory of a fixed size. A program that holds a handle at its start can
 * import it beside its own memory; any holder can copy in and out. Its bytes are charged to its
 * maker for as long as somebody holds it or has imported it.
 */
import type { Charges } from "./charges.ts";
import type { Mappings } from "./mappings.ts";
import { ObjectKind } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";

export const PAGE_BYTES = 65_536;
export const MEMORY_OBJECT_PAGES_MAX = 65_536;

export class MemoryObject extends SignalObject {
  readonly objectKind = "memory object";
  readonly kind = ObjectKind.memory;
  readonly pages: number;
  readonly raw: WebAssembly.Memory;
  readonly #charges: Charges;
  readonly #bytes: Uint8Array;

  /** Use `create`: it charges what the object costs. */
  constructor(raw: WebAssembly.Memory, pages: number, charges: Charges) {
    super();
    this.raw = raw;
    this.pages = pages;
    this.#charges = charges;
    this.#bytes = new Uint8Array(raw.buffer);
  }

  /** Undefined when an account refuses, or the maker has as many as it may have. @throws CapacityError when the host has no room. */
  static create(pages: number, charges: Charges, mappings: Mappings): MemoryObject | undefined {
    mappings.chargeMemory();
    const bytes = pages * PAGE_BYTES;
    if (!charges.openMemory(bytes)) {
      mappings.refundMemory();
      return undefined;
    }
    try {
      const raw = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
      mappings.watch(raw);
      return new MemoryObject(raw, pages, charges);
    } catch (cause) {
      mappings.refundMemory();
      charges.closeMemory(bytes);
      throw mappings.hostRefusal(cause);
    }
  }

  get byteLength(): number {
    return this.#bytes.length;
  }
  /** The bytes themselves; others write them at any time. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  protected closed(): void {
    this.#charges.closeMemory(this.byteLength);
  }
}
