/**
 * Trap: why a guest stopped, with the guest's frames in its own names and offsets.
 *
 * A trap is made from what the host threw. That object stays its `cause`, because only the
 * host's own object passes the handlers of outer guest frames; when a trap has to cross a
 * guest again, the cause is what must be thrown (`Trap.toThrow`).
 *
 * Spec: core intro, Trap; JS API, Error Condition Mappings.
 */
import { IsolaError } from "#base";
import type { Module } from "./module.ts";
import { printable } from "./printable.ts";
import { frameOf, readStack } from "./stack-frames.ts";
import type { WasmFrame } from "./stack-frames.ts";
import type { Store } from "./store.ts";
import { trapCodeOf, trapWords } from "./trap-codes.ts";
import type { TrapCode } from "./trap-codes.ts";

export class Trap extends IsolaError {
  readonly code = "trap";
  readonly trap: TrapCode;
  /** What the specification may call it, the most likely first. */
  readonly words: readonly string[];
  /** Innermost first, at most `TRAP_FRAMES` of them. */
  readonly frames: readonly WasmFrame[];
  /** The function called through an import that nothing was defined for. */
  readonly import: UnknownCall | undefined;
  /** The exception that no handler caught. */
  readonly exception: WebAssembly.Exception | undefined;

  private constructor(trap: TrapCode, detail: string | undefined, facts: TrapFacts) {
    const words = trapWords(trap);
    super(detail === undefined ? String(words[0]) : `${words[0]}: ${detail}`, { cause: facts.cause });
    this.trap = trap;
    this.words = words;
    this.frames = facts.frames;
    this.import = facts.import;
    this.exception = facts.exception;
  }

  /**
   * The trap that `error`, thrown out of a guest of `store`, stands for; undefined when it is an
   * error of a host function instead. The same error always gives the same trap.
   *
   * `fallback` owns the frames whose module the host does not tell.
   */
  static from(error: unknown, store: Store, fallback?: Module): Trap | undefined {
    if (error instanceof Trap) return error;
    if (typeof error !== "object" || error === null) return undefined;
    const known = traps.get(error);
    if (known !== undefined) return known;
    const made = Trap.#make(error, store, fallback);
    if (made !== undefined) traps.set(error, made);
    return made;
  }

  static #make(cause: object, store: Store, fallback: Module | undefined): Trap | undefined {
    const isException = cause instanceof WebAssembly.Exception;
    if (!isException && !(cause instanceof Error)) return undefined;
    const message = isException ? "" : String(cause.message);
    let trap: TrapCode | undefined = isException ? "uncaught-exception" : isTrapError(cause) ? trapCodeOf(message) : undefined;
    if (trap === undefined && !isException && !(cause instanceof WebAssembly.RuntimeError)) return undefined;
    trap ??= "unknown";
    const { frames, inHelper } = readStack(String(cause.stack ?? ""), store.engine, fallback, store.instances);
    const unknownCall = unknownCalls.get(cause);
    if (unknownCall !== undefined) trap = "unknown-import-called";
    else if (inHelper && trap === "unreachable") trap = store.stopReason ?? "interrupted";
    store.stopReason = undefined;
    const detail = unknownCall !== undefined ? `"${printable(unknownCall.module)}" "${printable(unknownCall.name)}"`
      : trap === "unknown" ? message : undefined;
    return new Trap(trap, detail, { cause, frames, import: unknownCall, exception: isException ? cause : undefined });
  }

  /** As plain data for another thread, which has its own of these modules: in frames stand their places. */
  parts(modules: readonly Module[]): TrapParts {
    const frames = this.frames.map(({ module, funcIndex, offset }) => ({ module: modules.findIndex(({ origin }) => origin === module.origin), funcIndex, offset }));
    return { trap: this.trap, message: this.message, frames: frames.filter(({ module }) => module !== -1), import: this.import };
  }

  /** What `parts` told; `modules` in the same order. The host's own error and a guest's exception stay where they were. */
  static received({ trap, message, frames, import: call }: TrapParts, modules: readonly Module[]): Trap {
    const words = `${trapWords(trap)[0]}: `;
    return new Trap(trap, message.startsWith(words) ? message.slice(words.length) : undefined, {
      cause: undefined, import: call, exception: undefined,
      frames: frames.map(({ module, funcIndex, offset }) => frameOf(modules[module]!, funcIndex, offset)), // the sender counted them
    });
  }

  /** What to throw into an outer guest so that it cannot be caught there. */
  static toThrow(error: unknown): unknown {
    return error instanceof Trap ? error.cause : error;
  }

  /** The module of the function that trapped. */
  get module(): Module | undefined {
    return this.frames[0]?.module;
  }

  /** A report for people: the cause, and for each frame a line, with another for its place in the source where that is known. */
  override toString(): string {
    const lines = this.frames.flatMap((frame, i) => {
      const at = frame.offset === undefined ? "?" : `0x${frame.offset.toString(16)}`;
      const name = `${clip(frame.module.name)}!${clip(frame.funcName ?? `<wasm function ${frame.funcIndex}>`)}`;
      const line = `${String(i).padStart(5)}: ${at.padStart(8)} - ${name}`;
      const { source } = frame;
      if (source === undefined) return [line];
      const column = source.column === undefined ? "" : `:${source.column}`;
      return [line, `${" ".repeat(20)}at ${source.file}:${source.line}${column}`];
    });
    return [`wasm trap: ${this.message}`, ...(lines.length === 0 ? [] : ["wasm backtrace:", ...lines])].join("\n");
  }
}

/** A trap without what belongs to its thread. */
export interface TrapParts {
  readonly trap: TrapCode;
  readonly message: string;
  readonly frames: readonly { readonly module: number; readonly funcIndex: number; readonly offset: number | undefined }[];
  readonly import: UnknownCall | undefined;
}

export interface UnknownCall {
  readonly module: string;
  readonly name: string;
}

interface TrapFacts {
  readonly cause: object | undefined;
  readonly frames: readonly WasmFrame[];
  readonly import: UnknownCall | undefined;
  readonly exception: WebAssembly.Exception | undefined;
}

// Both tables only remember something about an object as long as it lives, so they are no shared state.
const traps = new WeakMap<object, Trap>();
const unknownCalls = new WeakMap<object, UnknownCall>();

/** Marks a host trap as the call of an import that nothing was defined for. */
export function markUnknownCall(trap: object, call: UnknownCall): void {
  unknownCalls.set(trap, call);
}

/** Names are the guest's, of any length: what a person can still read of one. */
function clip(name: string): string {
  return name.length <= NAME_CHARS ? name : `${name.slice(0, NAME_CHARS)}…`;
}
const NAME_CHARS = 1000;

/** Errors whose message may be a host's words for a trap; a plain Error of a host function is not. */
function isTrapError(error: Error): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError
    || error.name === "SuspendError" || error.name === "InternalError";
}
