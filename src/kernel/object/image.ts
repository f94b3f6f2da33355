/**
 * An image: a program that holders can start. What it is made of is the business of the system
 * around the kernel, which alone looks inside.
 */
import type { Charges } from "./charges.ts";
import { ObjectKind } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";

const IMAGE_BYTES = 256;

export class Image extends SignalObject {
  readonly objectKind = "image";
  readonly kind = ObjectKind.image;
  readonly payload: object;
  readonly #charges: Charges;

  /** What one is charged. */
  static readonly cost = IMAGE_BYTES;

  /** Use `create`: it charges what the object costs. */
  constructor(payload: object, charges: Charges) {
    super();
    this.payload = payload;
    this.#charges = charges;
  }

  /** Undefined when an account refuses. */
  static create(payload: object, charges: Charges): Image | undefined {
    return charges.open(IMAGE_BYTES) ? new Image(payload, charges) : undefined;
  }

  protected closed(): void {
    this.#charges.close(IMAGE_BYTES);
  }
}
