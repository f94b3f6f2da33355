/**
 * Engine: what all modules and stores made from it share, namely the choice of rewrites, the
 * canonical types, the compiled modules kept for reuse, and the table that leads from a host
 * stack frame back to its module.
 *
 * Items of two engines never meet: their type ids are not comparable.
 */
import { checkOptions, mustBeAmount, mustBeBoolean, mustBeFunction, mustBeObject, optionsOf } from "#base";
import type { OptionRules } from "#base";
import type { TranslateOptions } from "../translate/translated.ts";
import { HookAdaptors, defaultSafepoints, trapFunction } from "./hooks.ts";
import type { EngineOptions, Safepoints } from "./engine-options.ts";
import { ModuleCache } from "./module-cache.ts";
import { ScriptTable } from "./script-table.ts";
import { TypeRegistry } from "../types/registry.ts";
import { TranslationCache } from "./translation-cache.ts";

const OPTIONS: OptionRules<EngineOptions> = {
  translate: optionsOf<TranslateOptions>({ safepoints: mustBeBoolean, limits: mustBeBoolean, fuel: mustBeBoolean }),
  sha256: mustBeFunction,
  cache: mustBeObject,
  memoryCacheBytes: mustBeAmount,
  safepoints: mustBeObject,
  now: mustBeFunction,
  turn: mustBeFunction,
};

export class Engine {
  readonly translate: TranslateOptions;
  readonly types = new TypeRegistry();
  /** Hash of a module's bytes for caching, when the embedder gave one. */
  readonly sha256: ((bytes: Uint8Array) => Promise<string>) | undefined;
  readonly now: () => number;
  readonly turn: (() => Promise<void>) | undefined;
  readonly safepoints: Safepoints;

  // For the runtime only.
  readonly modules: ModuleCache;
  readonly translations: TranslationCache | undefined;
  readonly scripts: ScriptTable;
  readonly hookAdaptors: HookAdaptors;
  readonly unreachable: WebAssembly.ExportedFunction;

  /** @throws OptionError */
  constructor(options: EngineOptions = {}) {
    checkOptions(options, OPTIONS);
    const { safepoints = true, limits = true, fuel = false } = options.translate ?? {};
    this.translate = { safepoints, limits, fuel };
    this.sha256 = options.sha256;
    this.now = options.now ?? Date.now;
    this.turn = options.turn;
    this.safepoints = options.safepoints ?? defaultSafepoints();
    this.modules = new ModuleCache(options.memoryCacheBytes ?? 128 * 1024 * 1024);
    this.translations = options.cache === undefined || options.sha256 === undefined
      ? undefined
      : new TranslationCache(options.cache, options.sha256);
    this.scripts = new ScriptTable();
    this.hookAdaptors = new HookAdaptors();
    this.unreachable = trapFunction();
  }
}
