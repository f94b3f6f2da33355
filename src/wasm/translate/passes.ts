/**
 * The passes over the bodies of a module, which are a module themselves: `translator/`, in AssemblyScript.
 *
 * They are WebAssembly because a translation is often the first thing that a process does. The host's baseline compiler is done
 * with them in a millisecond; the same passes in JavaScript took four times as long in a process that had just started
 * as in one whose host had optimised them [translate.20mb].
 *
 * An instance serves one translation at a time. It is given the code of the guest and tables of numbers, and asks for helpers.
 */
import { KernelBug } from "#base";
import { checkCode } from "../binary/check-code.ts";
import { Immediate, immediateOf, immediatesOfPrefixed } from "../binary/instructions.ts";
import type { DecodedModule } from "../binary/module.ts";
import { PREFIXED } from "./bounds.ts";
import { bulkReplacement } from "./bulk-operations.ts";
import { crossesBorder, numberTypes, takeConstants } from "./call-facts.ts";
import { carriesReference, elementBytes, structBytes } from "./gc-size.ts";
import { readGuestHints } from "./guest-hints.ts";
import type { Helpers } from "./helpers.ts";
import { PASSES } from "./passes-code.ts";
import { CALL_STEPS, STEPS } from "./scan-steps.ts";
import type { OffsetMap, TranslateOptions } from "./translated.ts";

/** What the module exports: places in its memory, and functions in the order in which they are to be called. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  begin(): void;
  open(
    start: number, end: number, defined: number, imported: number, types: number, memories: number, tags: number, exported: number,
    nodes: number, isOpen: number, options: number, hints: number,
  ): void;
  append(flagMemory: number, fuelGlobal: number, gcGlobal: number): void;
  setUp(): void;
  scanSome(bytes: number): number;
  choose(): void;
  cycleOf(index: number): number;
  writeSome(bytes: number): number;
  finish(): void;
  setBulk(type: number, unchecked: number, wide: number): void;
  codeAt(): number;
  codeLength(): number;
  runsFor(base: number): number;
  runsLength(): number;
  hintsAt(): number;
  hintsLength(): number;
  hintsCount(): number;
}

/** Tables that are filled before `setUp`: exported globals that hold where they are. */
type Table = "code" | "bodies" | "funcTypes" | "typeNodes" | "supertypes" | "structBytes" | "elementBytes" | "takesParams" | "sharedMemories"
  | "carriesReference" | "addressTaken" | "exportedFuncs" | "immediates" | "prefixed" | "steps" | "callSteps" | "hintFirst" | "guestHints";
type Tables = Readonly<Record<Table, WebAssembly.Global>>;

const Option = { safepoints: 1, limits: 2, fuel: 4 } as const;
const WORDS_PER_BODY = 4;
/** An instance whose memory has grown beyond so many bytes is not kept for the next translation. */
const KEPT_BYTES = 1 << 22;

export class Passes {
  static #compiled: WebAssembly.Module | undefined;
  /** One that has done its work. */
  static #spare: Passes | undefined;

  readonly #exports: Exports & Tables;
  // Of the translation at hand.
  #module: DecodedModule | undefined;
  #helpers: Helpers | undefined;

  private constructor() {
    Passes.#compiled ??= new WebAssembly.Module(bytesOf(PASSES));
    const { exports } = new WebAssembly.Instance(Passes.#compiled, { host: this.#imports() });
    // The border to the passes, whose types the host does not know.
    this.#exports = exports as unknown as Exports & Tables;
  }

  /** Begins a translation. `spare`: an instance may be used that has served for others. */
  static open(module: DecodedModule, options: TranslateOptions, helpers: Helpers, spare: boolean): Passes {
    const passes = (spare ? Passes.#spare : undefined) ?? new Passes();
    if (passes === Passes.#spare) Passes.#spare = undefined;
    passes.#module = module;
    passes.#helpers = helpers;
    passes.#run(() => passes.#open(module, options, helpers));
    return passes;
  }

  /** Scans about `bytes` of code for the call graph; whether there is more. */
  scanSome(bytes: number): boolean {
    return this.#run(() => this.#exports.scanSome(bytes) !== 0);
  }

  /** Chooses where the module is checked, once all of it is scanned. */
  choose(): void {
    this.#run(() => this.#exports.choose());
  }

  /** Number of the cycles of the call graph that a defined function lies on, or -1; once `choose` has been called. */
  cycleOf(index: number): number {
    return this.#run(() => this.#exports.cycleOf(index));
  }

  /** Writes about `bytes` of the original code anew; whether there is more. */
  writeSome(bytes: number): boolean {
    return this.#run(() => this.#exports.writeSome(bytes) !== 0);
  }

  /** Ends the code of the guest. */
  finish(): void {
    this.#run(() => this.#exports.finish());
  }

  /** Code section entries of the guest's functions; valid until `close`. */
  get code(): Uint8Array {
    return this.#bytes(this.#exports.codeAt(), this.#exports.codeLength());
  }

  /** How many functions have branch hints, and their entries of that section; valid until `close`. */
  get hints(): { readonly functions: number; readonly entries: Uint8Array } {
    return { functions: this.#exports.hintsCount(), entries: this.#bytes(this.#exports.hintsAt(), this.#exports.hintsLength()) };
  }

  /** The offset map, for code that came to lie at `base` of the module. To be called once. */
  offsets(base: number): OffsetMap {
    const { buffer } = this.#exports.memory;
    return { runs: new Uint32Array(buffer, this.#exports.runsFor(base), this.#exports.runsLength() / 4).slice() };
  }

  /** Ends the translation. With `spare` the instance may serve for others. */
  close(spare: boolean): void {
    this.#module = this.#helpers = undefined;
    if (spare && this.#exports.memory.buffer.byteLength <= KEPT_BYTES) Passes.#spare = this;
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, at, length);
  }

  /** Calls the passes. They trap at an instruction that is malformed, or that only the host knows. */
  #run<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      checkCode(this.#module!.bytes, this.#module!);
      throw new KernelBug(`the translator failed: ${cause.message}`, { cause });
    }
  }

  #open(module: DecodedModule, options: TranslateOptions, helpers: Helpers): void {
    const { bodies, types, funcs, importCounts, memories, tags } = module;
    const exports = this.#exports;
    const { nodes, count } = numberTypes(module, bodies.length);
    const exported = module.exports.filter(({ kind }) => kind === "func").map(({ index }) => index);
    const hints = readGuestHints(module);
    const start = bodies[0]?.start ?? 0;
    const end = bodies.at(-1)?.end ?? 0;
    const bits = (options.safepoints ? Option.safepoints : 0) | (options.limits ? Option.limits : 0) | (options.fuel ? Option.fuel : 0);
    exports.begin();
    exports.open(
      start, end, bodies.length, importCounts.func, types.length, memories.length, tags.length, exported.length,
      bodies.length + count + 1, crossesBorder(module) ? 1 : 0, bits, hints === undefined ? -1 : hints.hints.length / 2,
    );
    const { buffer } = exports.memory;
    const place = (table: Table): number => exports[table].value as number;
    const bytes = (table: Table, length: number): Uint8Array => new Uint8Array(buffer, place(table), length);
    const words = (table: Table, length: number): Int32Array => new Int32Array(buffer, place(table), length);
    bytes("code", end - start).set(module.bytes.subarray(start, end));
    const ofBodies = words("bodies", bodies.length * WORDS_PER_BODY);
    for (let index = 0, at = 0; index < bodies.length; index++) {
      const { start, code, end, localCount } = bodies[index]!;
      const comp = types[funcs[importCounts.func + index]!.type]?.comp;
      ofBodies[at++] = start;
      ofBodies[at++] = code;
      ofBodies[at++] = end;
      ofBodies[at++] = localCount + (comp?.kind === "func" ? comp.params.length : 0);
    }
    const funcTypes = words("funcTypes", funcs.length);
    for (let index = 0; index < funcs.length; index++) funcTypes[index] = funcs[index]!.type;
    words("typeNodes", types.length).set(nodes);
    const supertypes = words("supertypes", types.length);
    const ofStructs = words("structBytes", types.length);
    const ofElements = words("elementBytes", types.length);
    const takesParams = bytes("takesParams", types.length);
    for (const [index, { comp, supertypes: [above = -1] }] of types.entries()) {
      supertypes[index] = above;
      ofStructs[index] = structBytes(module, index);
      ofElements[index] = elementBytes(module, index);
      takesParams[index] = comp.kind === "func" && comp.params.length > 0 ? 1 : 0;
    }
    bytes("sharedMemories", memories.length).set(memories.map(({ shared }) => (shared ? 1 : 0)));
    bytes("carriesReference", tags.length).set(tags.map((_, tag) => (carriesReference(module, tag) ? 1 : 0)));
    takeConstants(module, bytes("addressTaken", funcs.length));
    words("exportedFuncs", exported.length).set(exported);
    bytes("immediates", immediateOf.length).set(immediateOf);
    const prefixed = bytes("prefixed", immediatesOfPrefixed.length * PREFIXED).fill(Immediate.illegal);
    immediatesOfPrefixed.forEach((kinds, prefix) => prefixed.set(kinds, prefix * PREFIXED));
    bytes("steps", STEPS.length).set(STEPS);
    bytes("callSteps", CALL_STEPS.length).set(CALL_STEPS);
    if (hints !== undefined) {
      words("hintFirst", hints.first.length).set(hints.first);
      words("guestHints", hints.hints.length).set(hints.hints);
    }
    exports.append(helpers.flagMemory, helpers.fuelGlobal, helpers.gcGlobal);
    exports.setUp();
  }

  /** Functions by which the passes ask for helpers. */
  #imports(): WebAssembly.ModuleImports {
    const helpers = (): Helpers => this.#helpers!;
    const memarg = (start: number, end: number): Uint8Array => this.#module!.bytes.subarray(start, end);
    const replacement = (start: number, arg: number, arg2: number) => bulkReplacement(this.#module!, start, arg, arg2);
    return {
      outOfMemory: () => {
        throw new RangeError(`the host has no memory to translate a module of ${this.#module!.bytes.length} bytes`);
      },
      safepoint: () => helpers().safepoint(),
      poll: () => helpers().poll(),
      refuel: () => helpers().refuel(),
      gcAllocate: () => helpers().gcAllocate(),
      payArray: (bytes: number) => helpers().payArray(bytes),
      memoryGrow: (memory: number) => helpers().memoryGrow(memory),
      tableGrow: (table: number) => helpers().tableGrow(table),
      atomicNotify: (memory: number, start: number, end: number) => helpers().atomicNotify(memory, memarg(start, end)),
      atomicWait: (is64: number, memory: number, start: number, end: number) => helpers().atomicWait(is64 === 1 ? "i64" : "i32", memory, memarg(start, end)),
      bulkLength: (start: number, arg: number, arg2: number) => {
        const found = replacement(start, arg, arg2);
        return found === undefined ? 0 : found.operation.length === "i64" ? 64 : 32;
      },
      bulk: (start: number, arg: number, arg2: number) => {
        const { func, type, unchecked, length } = helpers().bulk(replacement(start, arg, arg2)!);
        this.#exports.setBulk(type, unchecked, length === "i64" ? 1 : 0);
        return func;
      },
    };
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
