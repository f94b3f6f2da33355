/**
 * The kernels of the benchmark give the same answer untouched and translated, by every option set,
 * with the flag put up again at every tick.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { Engine, Linker, Module, Store } from "#wasm";
import type { RawFunc } from "#wasm";
import { kernels } from "../../fuzz/corpus.ts";
import { OPTION_SETS } from "../../fuzz/differential.ts";

/** Small: some kernels take exponential time in their size. */
const SIZES = [1, 2, 5, 14];

/** Safepoints whose `tick` lowers the flag, counts, and puts it up again. */
function busySafepoints(): { flag: WebAssembly.Memory; tick: RawFunc; yield: RawFunc; ticks(): number } {
  const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const word = new Int32Array(flag.buffer);
  let ticks = 0;
  word[0] = 1;
  // An outlined loop looks at the flag once more before it goes on, so it stays down for that long.
  const tick = (): number => {
    word[0] = 0;
    return ticks++ % 2;
  };
  const yieldNow = (): number => {
    word[0] = 1;
    return 0;
  };
  const adaptor = new WebAssembly.Module(compile(`(module
    (import "h" "tick" (func $tick (result i32))) (import "h" "yield" (func $yield (result i32)))
    (func (export "tick") (result i32) (call $tick)) (func (export "yield") (result i32) (call $yield)))`) as Uint8Array<ArrayBuffer>);
  const { exports } = new WebAssembly.Instance(adaptor, { h: { tick, yield: yieldNow } });
  return { flag, tick: exports["tick"] as RawFunc, yield: exports["yield"] as RawFunc, ticks: () => ticks };
}

for (const { name, bytes } of kernels()) {
  test(name, async () => {
    const raw = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports["run"] as (n: number) => number;
    const expected = SIZES.map((n) => raw(n));
    assert.ok(new Set(expected).size > 1, "the answer depends on the size");
    for (const options of OPTION_SETS) {
      const safepoints = busySafepoints();
      const word = new Int32Array(safepoints.flag.buffer);
      const engine = new Engine({ translate: options, safepoints });
      const module = await Module.compile(engine, bytes, { name });
      const instance = new Linker(engine).instantiate(new Store(engine), module);
      const run = instance.func("run")!;
      const answers = SIZES.map((n) => {
        word[0] = 1;
        return run.call(n);
      });
      assert.deepEqual(answers, expected, JSON.stringify(options));
      if (options.safepoints) assert.ok(safepoints.ticks() > 0, "no check met the flag");
    }
  });
}
