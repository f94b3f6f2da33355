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

/** What compiling took; times in milliseconds, zero for a phase that was not needed. */
export interface CompileTimings {
  /** Length of the original and of what the host compiled. */
  readonly bytes: number;
  readonly translatedBytes: number;
  readonly hash: number;
  readonly decode: number;
  readonly validate: number;
  /** Translating, or reading the translation from the cache. */
  readonly translate: number;
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
    const start = engine.now();
    if (engine.sha256 === undefined) {
      return compile(engine, bytes, options, undefined, start);
    }
    options.onProgress?.("hash");
    const key = `${await engine.sha256(bytes)}-${TRANSLATOR_VERSION}-${optionsKey(engine.translate)}`;
    return engine.modules.get(key, () => compile(engine, bytes, options, key, start));
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

async function compile(engine: Engine, bytes: Uint8Array, options: CompileOptions, key: string | undefined, start: number): Promise<Module> {
  const { now } = engine;
  let last = now();
  const hash = last - start;
  const lap = (): number => {
    const from = last;
    last = now();
    return last - from;
  };
  options.onProgress?.("decode");
  const decoded = decodeModule(bytes, options.name);
  const decode = lap();

  options.onProgress?.("translate");
  let translation = key === undefined ? undefined : await engine.translations?.read(key);
  const cached = translation !== undefined;
  let translateTime = lap();
  let validate = 0;
  const identity = key === undefined ? engine.scripts.fresh() : key.slice(0, 16) + key.slice(64);
  let writing: Promise<void> | undefined;
  const build = (): Translation => {
    options.onProgress?.("validate");
    hostValidate(bytes, options.name);
    validate = lap();
    options.onProgress?.("translate");
    const built = makeTranslation(decoded, engine.translate, identity);
    translateTime += lap();
    // Kept only after the host has validated the original: a hit need not validate again.
    if (key !== undefined) writing = engine.translations?.write(key, built);
    return built;
  };
  translation ??= build();
  options.onProgress?.("compile");
  let raw: WebAssembly.Module;
  try {
    raw = await WebAssembly.compile(translation.code);
  } catch (cause) {
    if (!cached) throw new KernelBug("the host refuses a translated module", { cause });
    // Whole, but not for this host: another version may have written it.
    translation = build();
    raw = await WebAssembly.compile(translation.code);
  }
  await writing;
  const module = Module.make(engine, decoded, translation, raw, options.name, {
    bytes: bytes.length, translatedBytes: translation.code.length,
    hash, decode, validate, translate: translateTime, compile: lap(), total: now() - start, cached,
  });
  engine.scripts.add(identity, module);
  return module;
}
