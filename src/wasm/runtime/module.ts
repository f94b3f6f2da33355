/**
 * Module: a guest's code, checked, translated and compiled by the host, ready to be linked.
 *
 *     bytes -> decode -> host validate -> translate (or cache) -> host compile -> Module
 *
 * A module keeps neither the original nor the translated bytes: only types, names and the
 * offset map. It belongs to its engine and to no store, and can be instantiated many times.
 *
 * Spec: core exec/modules; JS API, Modules.
 */
import { KernelBug } from "#base";
import { decodeModule } from "../binary/decode-module.ts";
import { decodeNames } from "../binary/names.ts";
import type { ModuleNames } from "../binary/names.ts";
import type { DecodedModule } from "../binary/module.ts";
import { lookupOffset } from "../translate/offset-map.ts";
import { TRANSLATOR_VERSION } from "../translate/translated.ts";
import type { OffsetMap, TranslateOptions } from "../translate/translated.ts";
import type { Engine } from "./engine.ts";
import { moduleLayout } from "./layout.ts";
import type { ModuleExport, ModuleImport, ModuleLayout } from "./layout.ts";
import { printable } from "./printable.ts";
import type { CacheEntry } from "./translation-cache.ts";
import { makeTranslation } from "./translation.ts";
import type { Translation } from "./translation.ts";
import { hostValidate } from "./validate.ts";

export type CompilePhase = "hash" | "decode" | "validate" | "translate" | "compile";

export interface CompileOptions {
  /** For reports; the module's own name, or "module", otherwise. */
  readonly name?: string;
  /** Called when a phase begins. */
  readonly onProgress?: (phase: CompilePhase) => void;
}

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

  readonly #names: ModuleNames;
  readonly #offsets: OffsetMap;
  readonly #shift: number;

  private constructor(engine: Engine, decoded: DecodedModule, translation: Translation, raw: WebAssembly.Module, name: string | undefined, timings: CompileTimings) {
    this.engine = engine;
    const section = decoded.customs.find((custom) => custom.name === "name");
    // A copy of the section, so that the module's bytes can go.
    this.#names = decodeNames({
      bytes: section === undefined ? new Uint8Array(0) : decoded.bytes.slice(section.range.start, section.range.end),
      customs: section === undefined ? [] : [{ name: "name", range: { start: 0, end: section.range.end - section.range.start } }],
      funcs: { length: decoded.funcs.length },
    });
    this.#offsets = { runs: translation.offsets };
    this.#shift = translation.shift;
    this.layout = moduleLayout(engine, decoded, translation);
    this.imports = this.layout.imports;
    this.exports = this.layout.exports;
    this.raw = raw;
    this.timings = timings;
    this.name = printable(name ?? (this.#names.moduleName || "module"));
  }

  /**
   * Compiles a module. The bytes may be changed or reused once the promise has settled.
   *
   * With `sha256` in the engine, a module of equal content that was compiled before is given
   * again, under the name that it got first.
   *
   * @throws DecodeError when the bytes are malformed, with offset and section.
   * @throws ValidateError when they are well-formed but invalid, or use what the host lacks.
   */
  static async compile(engine: Engine, bytes: Uint8Array, options: CompileOptions = {}): Promise<Module> {
    const laps = new Laps(engine.now);
    const { name, onProgress } = options;
    if (engine.sha256 === undefined) {
      onProgress?.("decode");
      const decoded = decodeModule(bytes, name);
      return compile(engine, decoded, options, undefined, { laps, hash: 0, decode: laps.lap() });
    }
    onProgress?.("hash");
    const hashing = engine.sha256(bytes);
    // While no kept module can be meant, decoding need not wait for the hash.
    let decoded: DecodedModule | undefined;
    let decode = 0;
    if (engine.modules.empty) {
      hashing.catch(() => undefined); // heard below, unless decoding throws first
      decoded = decodeModule(bytes, name);
      decode = laps.lap();
    }
    const key = `${await hashing}-${TRANSLATOR_VERSION}-${optionsKey(engine.translate)}`;
    const hash = laps.lap();
    return engine.modules.get(key, async () => {
      if (decoded === undefined) {
        onProgress?.("decode");
        decoded = decodeModule(bytes, name);
        decode = laps.lap();
      }
      return compile(engine, decoded, options, key, { laps, hash, decode });
    });
  }

  /** For `compile`. */
  static make(engine: Engine, decoded: DecodedModule, translation: Translation, raw: WebAssembly.Module, name: string | undefined, timings: CompileTimings): Module {
    return new Module(engine, decoded, translation, raw, name, timings);
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
    return lookupOffset(this.#offsets, compiled + this.#shift)?.offset;
  }
}

function optionsKey({ safepoints, limits, fuel }: TranslateOptions): string {
  return `${safepoints ? "s" : ""}${limits ? "l" : ""}${fuel ? "f" : ""}`;
}

/** Lap times of one compilation. */
class Laps {
  readonly start: number;
  readonly #now: () => number;
  #last: number;
  constructor(now: () => number) {
    this.#now = now;
    this.start = this.#last = now();
  }
  lap(): number {
    const from = this.#last;
    this.#last = this.#now();
    return this.#last - from;
  }
}

interface Prelude {
  readonly laps: Laps;
  readonly hash: number;
  readonly decode: number;
}

async function compile(engine: Engine, decoded: DecodedModule, options: CompileOptions, key: string | undefined, { laps, hash, decode }: Prelude): Promise<Module> {
  const { bytes } = decoded;
  options.onProgress?.("translate");
  const entry = key === undefined ? undefined : await engine.translations?.open(key);
  let raw = entry === undefined || key === undefined ? undefined : await compileEntry(engine, key, entry);
  const cached = raw !== undefined;
  let translation = entry?.translation;
  let translateTime = 0;
  let validate = 0;
  let compileTime = laps.lap();
  const identity = key === undefined ? engine.scripts.fresh() : key.slice(0, 16) + key.slice(64);
  if (translation === undefined || raw === undefined) {
    options.onProgress?.("validate");
    hostValidate(decoded, options.name);
    validate = laps.lap();
    options.onProgress?.("translate");
    translation = makeTranslation(decoded, engine.translate, identity);
    translateTime = laps.lap();
    // Kept only after the host has validated the original: a hit need not validate again.
    const writing = key === undefined ? undefined : engine.translations?.write(key, translation);
    options.onProgress?.("compile");
    try {
      raw = await WebAssembly.compile(translation.code);
    } catch (cause) {
      if (key !== undefined) await engine.translations?.discard(key);
      throw new KernelBug("the host refuses a translated module", { cause });
    } finally {
      await writing;
    }
    compileTime += laps.lap();
  }
  const module = Module.make(engine, decoded, translation, raw, options.name, {
    bytes: bytes.length, translatedBytes: translation.code.length,
    hash, decode, validate, translate: translateTime, compile: compileTime, total: engine.now() - laps.start, cached,
  });
  engine.scripts.add(identity, module);
  return module;
}

/** Compiles what the cache holds while its digest is checked; undefined when it is of no use. */
async function compileEntry(engine: Engine, key: string, { translation, whole }: CacheEntry): Promise<WebAssembly.Module | undefined> {
  const compiled = WebAssembly.compile(translation.code).catch(() => undefined);
  if (!await whole()) return undefined;
  const raw = await compiled;
  // Whole, but not for this host: one with other features wrote it.
  if (raw === undefined) await engine.translations?.discard(key);
  return raw;
}
