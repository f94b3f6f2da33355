/** Errors of stores and of the limits they keep. */
import { IsolaError } from "#base";

/** A store, or something it owns, is used after `dispose`. */
export class StoreError extends IsolaError {
  readonly code = "store/disposed";
  constructor(what: string, options?: { cause?: unknown }) {
    super(`${what} is used after its store was disposed of`, options);
  }
}

/** What can be limited. Totals count the whole store, sizes one memory or table. */
export type LimitName = "instances" | "memories" | "tables" | "memory size" | "table size" | "total memory" | "total elements" | "object size";

const UNITS: { readonly [limit in LimitName]: string } = {
  instances: "", memories: "", tables: "", "memory size": " bytes", "total memory": " bytes", "table size": " elements", "total elements": " elements", "object size": " bytes",
};

/** A limit of the store, or of the host, refuses what an instantiation asks for. */
export class LimitError extends IsolaError {
  readonly code = "store/limit";
  readonly limit: LimitName;
  /** What would be in use: a count, bytes of a memory or elements of a table. */
  readonly requested: number;
  /** What is allowed, where it is one number. */
  readonly allowed: number | undefined;
  constructor(limit: LimitName, requested: number, allowed: number | undefined, options?: { cause?: unknown }) {
    const unit = UNITS[limit];
    const bound = allowed === undefined ? "the store's limiter refuses it" : `at most ${allowed}${unit} ${allowed === 1 ? "is" : "are"} allowed`;
    super(`limit of ${limit}: ${requested}${unit} requested, ${bound}`, options);
    this.limit = limit;
    this.requested = requested;
    this.allowed = allowed;
  }
}
