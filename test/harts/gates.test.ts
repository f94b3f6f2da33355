/** Calls between programs stay within one hart, so whoever imports an interface is started where it is. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { boot } from "../../src/node.ts";
import { wat } from "./support.ts";

const os = await boot({ harts: 3, cacheFolder: false });
after(() => os.close());

/** `add` adds both numbers and `extra`. */
const adder = (extra: number): Promise<Awaited<ReturnType<typeof os.compile>>> => os.compile(wat(`
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (i32.const ${extra}) (i32.add (local.get 0) (local.get 1))))
  (func (export "wide") (param i64) (result i64) (local.get 0))`), { name: "adder" });
/** Ends with 40 + 2, as the interface adds. */
const client = await os.compile(wat(`
  (import "math" "add" (func $add (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_start") (call $exit (call $add (i32.const 40) (i32.const 2))))`));

test("a client is started on the hart of the interface, and follows it to the next process", async () => {
  for (const hart of [0, 1, 2]) {
    const first = await os.spawn(await adder(0), { hart, service: true });
    const math = first.offer({ name: "math" });
    assert.deepEqual(await (await os.spawn(client, { imports: { math } })).exited, { status: 42 });
    assert.deepEqual(await (await os.spawn(client, { imports: { math }, hart })).exited, { status: 42 });
    assert.equal(first.usage().switches, 0, "it is called, it has no thread");
    const second = await os.spawn(await adder(100), { hart, service: true });
    math.rebind(second);
    assert.equal(math.generation, 2);
    assert.deepEqual(await (await os.spawn(client, { imports: { math } })).exited, { status: 142 });
    for (const process of [first, second]) {
      process.kill();
      await process.exited;
    }
  }
});

test("what cannot be is told", async () => {
  const there = await os.spawn(await adder(0), { hart: 1, service: true });
  const here = await os.spawn(await adder(0), { hart: 0, service: true });
  const [remote, local] = [there.offer({ name: "math" }), here.offer({ name: "math" })];
  assert.equal(remote.hart, 1);
  await assert.rejects(os.spawn(client, { imports: { math: remote }, hart: 2 }), { code: "os/hart-elsewhere", message: /interfaces that it imports are on hart 1/ });
  await assert.rejects(os.spawn(client, { imports: { math: remote, other: local } }), { code: "os/hart-elsewhere" });
  assert.throws(() => remote.rebind(here), { code: "os/interface-foreign" });
  assert.throws(() => there.offer({ name: "no", functions: { missing: { params: [] } } }), { code: "os/interface-type", message: /missing: expected .* found no such export/ });
  assert.throws(() => there.offer({ name: "no", functions: { wide: { params: ["i32"] } } }), { code: "os/interface-type" });
  const other = await os.compile(wat(`(import "math" "add" (func (param i64) (result i32))) (func (export "_start"))`));
  await assert.rejects(os.spawn(other, { imports: { math: remote } }), (error: Error) => error.constructor.name === "ImportTypeError");
  there.kill();
  await there.exited;
  // As on one hart: the call answers 0, and the status of the gate says why.
  assert.deepEqual(await (await os.spawn(client, { imports: { math: remote } })).exited, { status: 0 });
  assert.throws(() => there.offer({ name: "late" }), { code: "os/interface-ended" });
  here.kill();
});
