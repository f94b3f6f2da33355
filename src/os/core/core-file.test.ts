import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compile } from "watr";
import type { FaultReport } from "#kernel";
import { NodeMachine } from "#machine/node";
import { activeSegments, decodeModule } from "#wasm";
import { bootOn } from "../boot.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import type { System } from "../system.ts";
import { capturedRanges } from "./memory-ranges.ts";

let os: System;
before(async () => {
  os = await bootOn(new NodeMachine({ cacheFolder: false }));
});
after(() => os.close());

async function faultOf(text: string, options: SpawnOptions = {}): Promise<FaultReport> {
  const process = await os.spawn(await os.compile(compile(text), { name: "prog" }), { core: true, ...options });
  const { fault } = await process.exited;
  assert.ok(fault);
  return fault;
}

/** The memories that the core file describes, as an engine makes them. */
function memoriesOf(core: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const decoded = decodeModule(core);
  const memories = decoded.memories.map(({ limits, pageSizeLog2 }) => new Uint8Array(Number(limits.min) << pageSizeLog2));
  for (const { index, target, offset } of activeSegments(decoded)) {
    const { start, end } = decoded.datas[index]!;
    memories[target]!.set(core.subarray(start, end), Number(offset));
  }
  return memories;
}

const section = (core: Uint8Array, name: string): Uint8Array => {
  const { range } = decodeModule(core).customs.find((custom) => custom.name === name)!;
  return core.subarray(range.start, range.end);
};
const facts = (core: Uint8Array): { memories: { bytes: number; captured: number; cut: number }[]; instances: { globals: number[]; tables: { length: number; elements: (number | null)[] }[] }[]; calls: unknown[] } =>
  JSON.parse(new TextDecoder().decode(section(core, "isola.core")));

test("memories, mutable globals and tables are in it, and the host finds it valid", async () => {
  const { core } = await faultOf(`(module
    (memory 3) (memory $two 1)
    (global (mut i32) (i32.const -5)) (global i32 (i32.const 1)) (global (mut i64) (i64.const -7000000000)) (global (mut f32) (f32.const 1.5)) (global (mut f64) (f64.const -0.0)) (global (mut externref) (ref.null extern))
    (table 4 funcref) (elem (i32.const 2) $g)
    (func $g)
    (func (export "_start")
      (i32.store (i32.const 70000) (i32.const 0x01020304)) (i32.store8 $two (i32.const 65535) (i32.const 9))
      (global.set 0 (i32.const 123456)) unreachable))`);
  assert.ok(core);
  assert.equal(WebAssembly.validate(core), true);
  const [one, two] = memoriesOf(core);
  assert.deepEqual([one!.length, two!.length, two![65535], one!.reduce((sum, byte) => sum + byte, 0)], [3 * 65536, 65536, 9, 10]);
  assert.deepEqual([...one!.subarray(70000, 70004)], [4, 3, 2, 1]);
  assert.equal(decodeModule(core).globals.length, 4);
  const { instances, memories } = facts(core);
  assert.deepEqual(instances[0]!.globals, [0, 2, 3, 4]);
  assert.deepEqual(instances[0]!.tables, [{ length: 4, elements: [null, null, 0] }]);
  assert.deepEqual(memories.map(({ captured, cut }) => [captured, cut]), [[4096, 0], [4096, 0]]);
  const names = decodeModule(core).customs.map(({ name }) => name);
  assert.deepEqual(names, ["core", "coremodules", "coreinstances", "corestack", "isola.core"]);
  assert.deepEqual([...section(core, "core")], [0, 4, ...Buffer.from("prog")]);
  assert.deepEqual([...section(core, "coreinstances")], [1, 0, 0, 2, 0, 1, 4, 0, 1, 2, 3]);
  assert.deepEqual([...section(core, "corestack")].slice(-6), [0, 0, 1, 0, 0, 0], "one frame: instance 0, function 1");
});

test("globals have the values that they had at the fault", async () => {
  const { core } = await faultOf(`(module (global (mut i32) (i32.const 1)) (global (mut i64) (i64.const 0)) (global (mut f64) (f64.const 0))
    (func (export "_start") (global.set 0 (i32.const -70000)) (global.set 1 (i64.const 0x7fffffffffffffff)) (global.set 2 (f64.const 2.5)) unreachable))`);
  // The host reads them, from a copy that exports them; without memories the section fits at the end.
  const exported = [7, 10, 3, 1, 97, 3, 0, 1, 98, 3, 1, 1, 99, 3, 2];
  exported[1] = exported.length - 2;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([...core!, ...exported])));
  assert.deepEqual(["a", "b", "c"].map((name) => (exports[name] as WebAssembly.Global).value), [-70000, 0x7fffffffffffffffn, 2.5]);
});

test("its size is bounded, and what was left out is told", async () => {
  const text = '(module (memory 16) (func (export "_start") (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) unreachable))';
  const { core } = await faultOf(text, { core: { maxBytes: "100 KiB" } });
  assert.ok(core!.length < 110 * 1024);
  assert.deepEqual(facts(core!).memories, [{ bytes: 1048576, captured: 25 * 4096, cut: 1048576 - 25 * 4096 }]);
  assert.equal(WebAssembly.validate(core!), true);
  assert.ok((await faultOf(text)).core!.length > 1048576);
});

test("without the option there is none, nor for a program that is killed or exits", async () => {
  assert.equal((await faultOf('(module (func (export "_start") unreachable))', { core: false })).core, undefined);
  const process = await os.spawn(await os.compile(compile('(module (func (export "_start") (loop (br 0))))')), { core: true });
  process.kill();
  assert.equal((await process.exited).killed, "request");
});

test("ranges hold every byte that is not zero, whatever lies where", () => {
  const bytes = new Uint8Array(4096 * 20 + 3);
  for (const at of [0, 4096 * 3 - 1, 4096 * 10, 4096 * 20 + 2]) bytes[at] = 1;
  const { ranges, captured, cut } = capturedRanges(bytes.buffer, Infinity);
  assert.deepEqual(ranges, [{ start: 0, end: 4096 * 3 }, { start: 4096 * 10, end: 4096 * 11 }, { start: 4096 * 20, end: 4096 * 20 + 3 }]);
  assert.deepEqual([captured, cut], [4096 * 4 + 3, 0]);
  assert.deepEqual(capturedRanges(bytes.buffer, 4096), { byteLength: bytes.length, ranges: [{ start: 0, end: 4096 }], captured: 4096, cut: 8192 + 3 });
});
