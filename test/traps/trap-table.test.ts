import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile } from "watr";
import { Engine, LimitError, Linker, Module, Store, TRAPS, TRAP_FRAMES, Trap } from "#wasm";
import { NOT_PROVOKED, PLACES, TRAP_CASES, checkCase } from "./trap.cases.ts";
import type { Place, Tools } from "./trap.cases.ts";

const texts = new Map<string, Uint8Array<ArrayBuffer>>();
const tools: Tools = {
  wat(text) {
    let bytes = texts.get(text);
    if (bytes === undefined) texts.set(text, bytes = Uint8Array.from(compile(text)));
    return bytes;
  },
};

describe("every trap has its code, and the frames of the untouched module", () => {
  for (const place of Object.keys(PLACES) as Place[]) {
    test(place, async () => {
      const problems: string[] = [];
      for (const row of TRAP_CASES) {
        const problem = await checkCase(tools, row, place, TRAP_FRAMES);
        if (problem !== undefined) problems.push(`${row.code} ${row.fields}: ${problem}`);
      }
      assert.deepEqual(problems, []);
    });
  }
});

test("each row of the table is provoked, or it is said why not", () => {
  const provoked = new Set<string>(TRAP_CASES.flatMap(({ code, preciseCode = code }) => [code, preciseCode]));
  for (const { code } of TRAPS) assert.equal(provoked.has(code), !Object.hasOwn(NOT_PROVOKED, code), code);
});

test("a limit of the store that is met below a guest reaches the embedder as itself", async () => {
  const engine = new Engine();
  const rows = [
    ["instances", { instances: 1 }, "(module)"],
    ["memories", { memories: 0 }, "(module (memory 1))"],
    ["tables", { tables: 0 }, "(module (table 1 funcref))"],
    ["memory size", { memoryBytes: 65536 }, "(module (memory 2))"],
    ["table size", { tableGrowing: () => false }, "(module (table 2 funcref))"],
  ] as const;
  const outer = await Module.compile(engine, tools.wat(`(module (import "h" "make" (func $make)) (func (export "f") (call $make)))`));
  for (const [limit, limiter, text] of rows) {
    const store = new Store(engine, { limiter });
    const module = await Module.compile(engine, tools.wat(text));
    const linker = new Linker(engine).func("h", "make", { kind: "func", params: [], results: [] }, () => void new Linker(engine).instantiate(store, module));
    const made = linker.instantiate(store, outer);
    assert.throws(() => made.func("f")!.call(), (error: unknown) => error instanceof LimitError && error.limit === limit, limit);
  }
});

test("growth that a limiter refuses is no trap but an answer", async () => {
  const engine = new Engine();
  const module = await Module.compile(engine, tools.wat(`(module (memory 1) (table $t 1 funcref)
    (func (export "m") (result i32) (memory.grow (i32.const 1))) (func (export "t") (result i32) (table.grow $t (ref.null func) (i32.const 1))))`));
  const made = new Linker(engine).instantiate(new Store(engine, { limiter: { memoryBytes: 65536, tableGrowing: (current) => current === 0 } }), module);
  assert.equal(made.func("m")!.call(), -1);
  assert.equal(made.func("t")!.call(), -1);
});

test("a trap after a wait has the frames of the untouched module", async () => {
  const bytes = tools.wat(`(module (import "h" "wait" (func $wait)) (func $inner (call $wait) unreachable) (func $f (export "f") (call $inner)))`);
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
  const raw = new WebAssembly.Instance(new WebAssembly.Module(bytes), { h: { wait: new WebAssembly.Suspending(wait) } as never });
  const error: unknown = await WebAssembly.promising(raw.exports["f"] as WebAssembly.ExportedFunction)().catch((caught: unknown) => caught);
  const expected = [...String((error as Error).stack).matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)].map((match) => [Number(match[1]), Number.parseInt(match[2]!, 16)]);
  assert.equal(expected.length, 2);
  const engine = new Engine();
  const linker = new Linker(engine).funcAsync("h", "wait", { kind: "func", params: [], results: [] }, wait);
  const made = linker.instantiate(new Store(engine), await Module.compile(engine, bytes));
  const trap: unknown = await made.func("f")!.callAsync().catch((caught: unknown) => caught);
  assert.ok(trap instanceof Trap);
  assert.equal(trap.trap, "unreachable");
  assert.deepEqual(trap.frames.map(({ funcIndex, offset }) => [funcIndex, offset]), expected);
});
