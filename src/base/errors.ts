/**
 * The root of every error that the project throws on purpose. Subclasses carry a stable
 * `code` ("layer/reason") and the facts a person needs; the message is made from them.
 */
export abstract class IsolaError extends Error {
  abstract readonly code: string;
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A broken promise of our own code; never caused by a guest. */
export class KernelBug extends IsolaError {
  readonly code = "bug";
  constructor(what: string, options?: { cause?: unknown }) {
    super(`BUG: ${what}`, options);
  }
}

/** What was thrown, or given as a reason, in words: it can be anything, also what has none. */
export function reasonText(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "a reason without words";
  }
}

export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new KernelBug(what);
}

export function unreachable(what: never): never {
  throw new KernelBug(`unreachable case: ${String(what)}`);
}
