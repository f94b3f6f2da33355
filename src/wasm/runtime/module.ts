/**
 * Module: a guest's code, checked, translated and compiled by the host, ready to be linked.
 *
 *     bytes -> decode -> host validate -> translate -> host compile -> Module
 *     bytes -> hash -> cache entry -> host compile -> Module
 *
 * A module keeps neither the original nor the translated bytes: only types, names, line tables
 * and the offset map. It belongs to its engine and to no store, and can be instantiated many times.
 *
 * Spec: core exec/modules; JS API, Modules.
 */
import { KernelBug, checkOptions, mustBe, mustBeFunction, mustBeString } from "#base";
import type { OptionRules } from "#base";
import { decodeModule } from "../binary/decode-module.ts";
import { decodeNames } from "../binary/names.ts";
import type { ModuleNames } from "../binary/names.ts";
import { keepDebugSections } from "../dwarf/debug-sections.ts";
import type { DebugSections } from "../dwarf/debug-sections.ts";
import { LineTable } from "../dwarf/line-table.ts";
import type { SourceLocation } from "../dwarf/line-table.ts";
import { lookupOffset } from "../translate/offset-map.ts";
import { TRANSLATOR_VERSION } from "../translate/translated.ts";
import type { OffsetMap, TranslateOptions } from "../translate/translated.ts";
import type { Engine } from "./engine.ts";
import { moduleLayout } from "./layout.ts";
import type { ModuleExport, ModuleImport, ModuleLayout } from "./layout.ts";
import { printable } from "./printable.ts";
import { makeTranslation, makeTranslationInTurns } from "./translation.ts";
import type { Translation } from "./translation.ts";
import { ValidateError, hostValidate } from "./validate.ts";

/** What a compilation is at, for progress. */
export type CompilePhase = "hash" | "decode" | "validate" | "translate" | "compile";

/** What `Module.compile` may be given. */
export interface CompileOptions {
  /** For reports; the module's own name, or "module", otherwise. */
  readonly name?: string;
  /** Called when a phase begins. */
  readonly onProgress?: (phase: CompilePhase) => void;
}

const mustBeBytes = mustBe("a Uint8Array", (value) => value instanceof Uint8Array);
const OPTIONS: OptionRules<CompileOptions> = { name: mustBeString, onProgress: mustBeFunction };

/** What compiling took; times in milliseconds, zero for a phase that was not needed, or that another one hid. */
export interface CompileTimings {
  /** Length of the original and of what the host compiled. */
  readonly bytes: number;
  readonly translatedBytes: number;
  readonly hash: number;
  readonly decode: number;
  readonly validate: number;
  readonly translate: number;
  /** The host's compilation; with reading and checking the cache entry, which happen beside it. */
  readonly compile: number;
  readonly total: number;
  /** The translation came from the cache. */
  readonly cached: boolean;
}

/** A compiled module as the host can clone it, for an engine on another thread. Nothing in it is meant to be looked at. */
export interface ModuleParts {
  readonly raw: WebAssembly.Module;
  /** Its code is left out: `raw` is made of it. */
  readonly translation: Omit<Translation, "code">;
  /** What the module is known by in stacks of the host. */
  readonly identity: string;
  /** Contents of the name section. */
  readonly names: Uint8Array;
  readonly debug: DebugSections | undefined;
  readonly name: string | undefined;
  readonly timings: CompileTimings;
}

export class Module {
  readonly engine: Engine;
  readonly name: string;
  readonly imports: readonly ModuleImport[];
  /** The guest's own exports; what the translator added is not among them. */
  readonly exports: readonly ModuleExport[];
  readonly timings: CompileTimings;
  /** How to instantiate it. For the runtime. */
  readonly layout: ModuleLayout;
  readonly raw: WebAssembly.Module;
  /** The one that stacks of the host lead to: itself, or the same content under the name that it got first. */
  readonly origin: Module;

  readonly #parts: ModuleParts;
  readonly #names: ModuleNames;
  readonly #offsets: OffsetMap;
  readonly #lines: LineTable | undefined;

  private constructor(engine: Engine, parts: ModuleParts, origin?: Module) {
    const { translation, names, debug, name } = parts;
    const { summary, offsets } = translation;
    this.engine = engine;
    this.origin = origin ?? this;
    this.#parts = parts;
    this.#names = decodeNames({ bytes: names, customs: summary.names === undefined ? [] : [{ name: "name", range: { start: 0, end: names.length } }], funcs: { length: summary.funcCount } });
    this.#offsets = { runs: offsets };
    this.#lines = debug && new LineTable(debug);
    this.layout = moduleLayout(engine, summary, translation);
    this.imports = this.layout.imports;
    this.exports = this.layout.exports;
    this.raw = parts.raw;
    this.timings = parts.timings;
    this.name = printable(name ?? (this.#names.moduleName || "module"));
  }

  /** What another thread needs to have the module without compiling it. */
  get parts(): ModuleParts {
    return this.#parts;
  }

  /** The module of another thread, whose engine had the same options as `engine`. */
  static received(engine: Engine, parts: ModuleParts): Module {
    const module = new Module(engine, parts);
    engine.scripts.add(parts.identity, module);
    return module;
  }

  /**
   * Compiles a module. The bytes may be changed or reused once the promise has settled.
   *
   * With `sha256` in the engine, a module of equal content that was compiled before is given
   * again, or one that shares its code when it is to have another name.
   *
   * @throws DecodeError when the bytes are malformed, with offset and section.
   * @throws ValidateError when they are well-formed but invalid, or use what the host lacks.
   * @throws OptionError
   */
  static async compile(engine: Engine, bytes: Uint8Array, options: CompileOptions = {}): Promise<Module> {
    mustBeBytes(bytes, "bytes");
    checkOptions(options, OPTIONS);
    const laps = new Laps(engine.now);
    if (engine.sha256 === undefined) return compile(engine, bytes, options, undefined, laps, 0);
    options.onProgress?.("hash");
    const key = `${await engine.sha256(bytes)}-${TRANSLATOR_VERSION}-${optionsKey(engine.translate)}`;
    const hash = laps.lap();
    return (await engine.modules.get(key, () => compile(engine, bytes, options, key, laps, hash))).#named(options.name);
  }

  #named(name: string | undefined): Module {
    if (name === this.#parts.name) return this;
    const { name: _ours, ...parts } = this.#parts;
    return new Module(this.engine, { ...parts, name }, this);
  }

  /** Name of a function from the name section, made printable. */
  funcName(index: number): string | undefined {
    const name = this.#names.funcName(index);
    return name === undefined ? undefined : printable(name);
  }

  /**
   * Offset in the original module for an offset in what the host compiled; for inserted code
   * the offset of the instruction it stands before. Undefined outside the code.
   */
  originalOffset(compiled: number): number | undefined {
    return lookupOffset(this.#offsets, compiled + this.#parts.translation.shift)?.offset;
  }

  /**
   * The line of source that the instruction at `offset` of the original module comes from, when the
   * module has line tables (`.debug_line`). Their first use reads them.
   *
   * Spec: DWARF 5 section 6.2; DWARF for WebAssembly.
   */
  source(offset: number): SourceLocation | undefined {
    // Line tables count from the contents of the original code section.
    const found = this.#lines?.find(offset - (this.#parts.translation.summary.debug?.code ?? 0));
    return found && { ...found, file: printable(found.file) };
  }
}

function optionsKey({ safepoints, limits, fuel }: TranslateOptions): string {
  return `${safepoints ? "s" : ""}${limits ? "l" : ""}${fuel ? "f" : ""}`;
}

/** Lap times of one compilation. */
class Laps {
  readonly #start: number;
  readonly #now: () => number;
  #last: number;
  constructor(now: () => number) {
    this.#now = now;
    this.#start = this.#last = now();
  }
  lap(): number {
    const from = this.#last;
    this.#last = this.#now();
    return this.#last - from;
  }
  total(): number {
    return this.#now() - this.#start;
  }
}

/** Below this a module is translated at once: it takes a few milliseconds. */
const IN_TURNS_BYTES = 256 * 1024;

async function compile(engine: Engine, bytes: Uint8Array, options: CompileOptions, key: string | undefined, laps: Laps, hash: number): Promise<Module> {
  const found = key === undefined ? undefined : await cachedModule(engine, key, options);
  let { translation, raw } = found ?? {};
  let [decode, validate, translateTime, compileTime] = [0, 0, 0, laps.lap()];
  const identity = key === undefined ? engine.scripts.fresh() : key.slice(0, 16) + key.slice(64);
  if (translation === undefined || raw === undefined) {
    options.onProgress?.("decode");
    const { turn, now } = engine;
    // The host validates beside us; what it makes of the original is dropped.
    const validating = turn === undefined || bytes.length < IN_TURNS_BYTES ? undefined : WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>).then(() => true, () => false);
    const decoded = decodeModule(bytes, options.name);
    decode = laps.lap();
    if (turn === undefined || validating === undefined) {
      options.onProgress?.("validate");
      hostValidate(decoded, options.name);
      validate = laps.lap();
      options.onProgress?.("translate");
      translation = makeTranslation(decoded, engine.translate, identity);
      translateTime = laps.lap();
    } else {
      options.onProgress?.("translate");
      const translating = makeTranslationInTurns(decoded, engine.translate, identity, { now, turn });
      // What was translated of a module that turns out invalid counts for nothing, and neither does how that failed.
      if (!(await Promise.all([validating, translating.catch(() => undefined)]))[0]) hostValidate(decoded, options.name);
      translation = await translating;
      translateTime = laps.lap();
    }
    options.onProgress?.("compile");
    // Kept only after the host has validated the original: a hit need not decode or validate again.
    const writing = key === undefined ? undefined : engine.translations?.write(key, translation);
    try {
      raw = await compileTranslated(translation, options.name);
    } catch (error) {
      await writing;
      if (key !== undefined) await engine.translations?.discard(key);
      throw error;
    }
    await writing;
    compileTime += laps.lap();
  }
  const { code, ...kept } = translation;
  const { names, debug } = kept.summary;
  return Module.received(engine, {
    raw, translation: kept, identity, name: options.name,
    // Copies of sections, so that the module's bytes can go. Not `slice`: that of a subclass may share them.
    names: names === undefined ? new Uint8Array(0) : new Uint8Array(bytes.subarray(names.start, names.end)),
    debug: debug && keepDebugSections(bytes, debug),
    timings: {
      bytes: bytes.length, translatedBytes: code.length,
      hash, decode, validate, translate: translateTime, compile: compileTime, total: laps.total(), cached: found !== undefined,
    },
  });
}

/** Compiles what the cache holds while its digest is checked; undefined when it holds nothing of use. */
async function cachedModule(engine: Engine, key: string, { onProgress }: CompileOptions): Promise<{ readonly translation: Translation; readonly raw: WebAssembly.Module } | undefined> {
  const entry = await engine.translations?.open(key);
  if (entry === undefined) return undefined;
  const { translation } = entry;
  onProgress?.("compile");
  const compiling = WebAssembly.compile(translation.code).catch(() => undefined);
  if (!await entry.whole()) return undefined;
  const raw = await compiling;
  if (raw !== undefined) return { translation, raw };
  // Whole, but not for this host: one with other features wrote it.
  await engine.translations?.discard(key);
  return undefined;
}

/** @throws ValidateError when only the original is within the host's limits. */
async function compileTranslated({ code }: Translation, name: string | undefined): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(code);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!/limit|too (large|big|many)|exceeds|maximum|out of memory/i.test(message)) {
      throw new KernelBug(`the host refuses a translated module: ${message}`, { cause });
    }
    throw new ValidateError(name, undefined, `too large for the host once translated: ${message}`, { cause });
  }
}
