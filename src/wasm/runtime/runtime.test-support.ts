/** What the tests of this folder share; no tests of its own. */
import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { compile as compileText } from "watr";
import { Engine } from "./engine.ts";
import type { BlobCache, EngineOptions } from "./engine-options.ts";
import { Module } from "./module.ts";
import type { CompileOptions } from "./module.ts";

/** The bytes of a module in the text format. */
export function wat(text: string): Uint8Array {
  return Uint8Array.from(compileText(text));
}

export async function moduleOf(engine: Engine, text: string, options: CompileOptions = {}): Promise<Module> {
  return Module.compile(engine, wat(text), options);
}

export const sha256 = (bytes: Uint8Array): Promise<string> => Promise.resolve(createHash("sha256").update(bytes).digest("hex"));

export class MapCache implements BlobCache {
  readonly entries = new Map<string, Uint8Array>();
  read(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.entries.get(key)?.slice());
  }
  write(key: string, bytes: Uint8Array): Promise<void> {
    this.entries.set(key, bytes.slice());
    return Promise.resolve();
  }
  remove(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }
}

export function cachingEngine(cache: BlobCache, options: EngineOptions = {}): Engine {
  return new Engine({ sha256, cache, memoryCacheBytes: 0, ...options });
}

/** The error of class `type` that `run` throws. */
export function thrown<T>(type: { readonly prototype: T; readonly name: string }, run: () => unknown): T {
  try {
    run();
  } catch (error) {
    assert.ok(isA(error, type), `expected ${type.name}, got ${String(error)}`);
    return error;
  }
  assert.fail(`expected ${type.name}, nothing was thrown`);
}

function isA<T>(error: unknown, type: { readonly prototype: T }): error is T {
  return typeof type === "function" && error instanceof type;
}

export async function rejected<T>(type: { readonly prototype: T; readonly name: string }, run: Promise<unknown>): Promise<T> {
  let error: unknown;
  try {
    await run;
  } catch (caught) {
    error = caught;
  }
  assert.ok(isA(error, type), `expected ${type.name}, got ${String(error)}`);
  return error;
}
