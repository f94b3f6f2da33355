/** Errors of stores and of the limits they keep. */
import { IsolaError } from "#base";

/** A store, or something it owns, is used after `dispose`. */
export class StoreError extends IsolaError {
  readonly code = "store/disposed";
  constructor(what: string) {
    super(`${what} is used after its store was disposed of`);
  }
}

export type LimitName = "instances" | "memories" | "tables" | "memory size" | "table size";

/** A limit of the store, or of the host, refuses what an instantiation asks for. */
export class LimitError extends IsolaError {
  readonly code = "store/limit";
  readonly limit: LimitName;
  /** What would be in use: a count, bytes of a memory or elements of a table. */
  readonly requested: number;
  /** What is allowed, where it is one number. */
  readonly allowed: number | undefined;
  constructor(limit: LimitName, requested: number, allowed: number | undefined, options?: { cause?: unknown }) {
    const unit = limit === "memory size" ? " bytes" : limit === "table size" ? " elements" : "";
    const bound = allowed === undefined ? "the store's limiter refuses it" : `at most ${allowed}${unit} ${allowed === 1 ? "is" : "are"} allowed`;
    super(`limit of ${limit}: ${requested}${unit} requested, ${bound}`, options);
    this.limit = limit;
    this.requested = requested;
    this.allowed = allowed;
  }
}
