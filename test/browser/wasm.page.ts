/**
 * The engine alone, as a page in a browser uses it. The test calls these functions in the page and
 * checks what they return: values that can be cloned.
 */
import { compile } from "watr";
import { DecodeError, Engine, ImportTypeError, Linker, Module, Store, TRAP_FRAMES, Trap, ValidateError } from "#wasm";
import type { FuncType } from "#wasm";
import { TRAP_CASES, checkCase } from "../traps/trap.cases.ts";
import type { Place, Tools } from "../traps/trap.cases.ts";

const texts = new Map<string, Uint8Array<ArrayBuffer>>();
const tools: Tools = {
  wat(text) {
    let bytes = texts.get(text);
    if (bytes === undefined) texts.set(text, bytes = Uint8Array.from(compile(text)));
    return bytes;
  },
};
const UNARY: FuncType = { kind: "func", params: ["i32"], results: ["i32"] };

/** Whether shared memories can be had, and the browser's name. */
export function facts(): { isolated: boolean; agent: string; node: boolean } {
  return { isolated: Reflect.get(globalThis, "crossOriginIsolated") === true, agent: navigator.userAgent, node: Reflect.has(globalThis, "process") };
}

/** How many cases were tried in the place, and what is wrong. */
export async function trapTable(place: Place): Promise<{ tried: number; problems: string[] }> {
  const problems: string[] = [];
  for (const row of TRAP_CASES) {
    const problem = await checkCase(tools, row, place, TRAP_FRAMES);
    if (problem !== undefined) problems.push(`${row.code} ${row.fields}: ${problem}`);
  }
  return { tried: TRAP_CASES.length, problems };
}

/** Two modules and a host function. */
export async function link(): Promise<{ answer: unknown; bytes: number[]; mismatch: string }> {
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine).func("host", "twice", UNARY, (x: number) => 2 * x);
  const library = await Module.compile(engine, tools.wat(`(module (import "host" "twice" (func $twice (param i32) (result i32)))
    (memory (export "memory") 1) (func (export "put") (param i32) (result i32) (i32.store8 (i32.const 3) (local.get 0)) (call $twice (local.get 0))))`));
  linker.defineInstance("lib", linker.instantiate(store, library));
  const main = await Module.compile(engine, tools.wat(`(module (import "lib" "put" (func $put (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $put (local.get 0)) (i32.const 1))))`));
  const answer = linker.instantiate(store, main).func("run")!.call(21);
  const memory = linker.get("lib", "memory");
  const bytes = memory?.kind === "memory" && "bytes" in memory ? [...memory.bytes().subarray(0, 5)] : [];
  let mismatch = "";
  try {
    linker.instantiate(store, await Module.compile(engine, tools.wat(`(module (import "lib" "put" (func (param i64))))`)));
  } catch (error) {
    mismatch = error instanceof ImportTypeError ? error.code : String(error);
  }
  return { answer, bytes, mismatch };
}

/** Which class of error malformed and invalid bytes give. */
export async function refuse(): Promise<string[]> {
  const rows = [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0), tools.wat("(module (func (result i32) (i64.const 1)))")];
  const engine = new Engine();
  return Promise.all(rows.map(async (bytes) => {
    try {
      await Module.compile(engine, bytes);
      return "accepted";
    } catch (error) {
      return error instanceof DecodeError ? "decode" : error instanceof ValidateError ? "validate" : String(error);
    }
  }));
}

/** Compiles twice with a hash and a cache; whether the second time came from the cache, and its report of a trap. */
export async function cached(): Promise<{ cached: boolean[]; reports: string[] }> {
  const entries = new Map<string, Uint8Array>();
  const out: { cached: boolean[]; reports: string[] } = { cached: [], reports: [] };
  const bytes = tools.wat(`(module (memory 1) (func $inner (drop (i32.load (i32.const 65536)))) (func $f (export "f") (call $inner)))`);
  for (let round = 0; round < 2; round++) {
    const engine = new Engine({
      sha256: async (data) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(data))), (byte) => byte.toString(16).padStart(2, "0")).join(""),
      cache: {
        read: async (key) => entries.get(key),
        write: async (key, data) => void entries.set(key, data),
        remove: async (key) => void entries.delete(key),
      },
    });
    const module = await Module.compile(engine, withLines(bytes), { name: "page" });
    out.cached.push(module.timings.cached);
    try {
      new Linker(engine).instantiate(new Store(engine), module).func("f")!.call();
    } catch (error) {
      out.reports.push(error instanceof Trap ? error.toString() : String(error));
    }
  }
  return out;
}

/** The module with names for its two functions, and a line table that gives line 7 to all of its code. */
function withLines(bytes: Uint8Array): Uint8Array {
  const text = (s: string): number[] => [...new TextEncoder().encode(s)];
  const u32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
  const custom = (name: string, contents: readonly number[]): number[] => [0, name.length + 1 + contents.length, name.length, ...text(name), ...contents];
  const tables = [1, 1, 1, 0xfd, 12, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, ...text("page.c"), 0, 0, 0, 0, 0];
  const program = [0, 5, 2, ...u32(1), 3, 6, 5, 4, 1, 2, 100, 0, 1, 1];
  const unit = [4, 0, ...u32(tables.length), ...tables, ...program];
  const names = custom("name", [1, 11, 2, 0, 5, ...text("inner"), 1, 1, 0x66]);
  return Uint8Array.of(...bytes, ...names, ...custom(".debug_line", [...u32(unit.length), ...unit]));
}
