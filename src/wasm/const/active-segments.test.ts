import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { Engine } from "../runtime/engine.ts";
import { Global } from "../runtime/global.ts";
import { Linker } from "../runtime/linker.ts";
import { Store } from "../runtime/store.ts";
import { MapCache, cachingEngine, moduleOf, thrown } from "../runtime/runtime.test-support.ts";
import { Trap } from "../runtime/trap.ts";
import { activeSegments, firstMisfit } from "./active-segments.ts";

const decoded = (text: string): ReturnType<typeof decodeModule> => decodeModule(Uint8Array.from(compile(text)));

test("segments in the order of instantiation, with offsets where the module tells them", () => {
  const module = decoded(`(module (import "m" "base" (global $b i32)) (global $own i32 (i32.add (global.get $b) (i32.const 4))) (global $k i32 (i32.const 6))
    (memory 1) (memory $big i64 1) (table 9 funcref) (func $f)
    (data "passive") (data (i32.mul (global.get $k) (i32.const 7)) "abc") (data (memory $big) (i64.const -1) "x") (data (i32.sub (global.get $own) (global.get $own)) "yz")
    (elem (i32.const -1) $f $f) (elem declare func $f) (elem (i32.const 3) funcref (ref.null func)))`);
  assert.deepEqual(activeSegments(module).map(({ kind, index, target, size, offset }) => [kind, index, target, size, offset]), [
    ["elem", 0, 0, 2, 4294967295n], ["elem", 2, 0, 1, 3n], ["data", 1, 0, 3, 42n], ["data", 2, 1, 1, 0xffff_ffff_ffff_ffffn], ["data", 3, 0, 2, undefined]]);
  const last = activeSegments(module).at(-1)!;
  // global.get 0, i32.const 4, i32.add, twice; i32.sub, end
  assert.deepEqual(last.code, [0x23, 0, 0x41, 4, 0x6a, 0x23, 0, 0x41, 4, 0x6a, 0x6b, 0x0b]);
  assert.equal(firstMisfit([last], () => ({ type: "i32", value: 9 }), () => 2n), undefined);
  assert.deepEqual(firstMisfit([last], () => ({ type: "i32", value: 9 }), () => 1n), { segment: last, offset: 0n, available: 1n });
  assert.equal(firstMisfit([last], () => undefined, () => 0n), undefined);
});

test("an offset that doubles with every global is left alone", () => {
  const chain = Array.from({ length: 40 }, (_, i) => `(global i32 (i32.add (global.get ${i}) (global.get ${i})))`).join(" ");
  const [segment] = activeSegments(decoded(`(module (import "m" "g" (global i32)) ${chain} (memory 1) (data (global.get 40) "x"))`));
  assert.deepEqual([segment?.offset, segment?.code], [undefined, undefined]);
});

test("a trap at instantiation names the segment that did not fit", async () => {
  const rows = [
    [`(memory 1) (data (i32.const 0) "ok") (data (i32.const 65530) "abcdefgh")`, 0, /^out of bounds memory access: data segment 1 of "m" needs bytes 65530 to 65538 of memory 0, which has 65536$/],
    [`(import "m" "base" (global $b i32)) (memory 1) (data (i32.add (global.get $b) (i32.const 16)) "x")`, 65520, /data segment 0 of "m" needs bytes 65536 to 65537/],
    [`(import "m" "base" (global $b i32)) (memory 1) (data (global.get $b) "x")`, -1, /needs bytes 4294967295 to 4294967296/],
    [`(table 3 funcref) (func $f) (elem (i32.const 2) $f $f)`, 0, /^out of bounds table access: element segment 0 of "m" needs elements 2 to 4 of table 0, which has 3$/],
    [`(import "m" "mem" (memory 1)) (data (i32.const 131072) "x")`, 0, /of memory 0, which has 131072$/],
    // Functions may be reached through the table, so that these segments wait for the hooks.
    [`(memory 1) (table (export "t") 3 funcref) (func $f (drop (memory.grow (i32.const 1)))) (elem (i32.const 0) $f) (data (i32.const 65536) "x")`, 0, /data segment 0 of "m" needs bytes 65536 to 65537 of memory 0, which has 65536$/],
  ] as const;
  for (const engine of [new Engine(), new Engine({ translate: { safepoints: false, limits: false } }), cachingEngine(new MapCache())]) {
    for (const [text, base, words] of rows) {
      const store = new Store(engine);
      const owner = new Linker(engine).instantiate(store, await moduleOf(engine, `(module (memory (export "mem") 1))`));
      owner.memory("mem")!.grow(1);
      const linker = new Linker(engine).defineInstance("m", owner).define("m", "base", Global.create(store, { kind: "global", mutable: false, value: "i32" }, base));
      const module = await moduleOf(engine, `(module ${text})`, { name: "m" });
      const trap = thrown(Trap, () => linker.instantiate(store, module));
      assert.match(trap.message, words);
      assert.ok(trap.toString().includes(trap.message));
    }
  }
});
