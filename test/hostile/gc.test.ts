/**
 * Programs that make garbage-collected objects without end. The host's heap is not theirs: it
 * aborts the whole host process when it is exhausted.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { compile } from "watr";
import { boot, exitReport } from "../../src/node.ts";
import type { Exit, System } from "../../src/node.ts";

const bytes = (fields: string): Uint8Array => compile(`(module ${fields})`) as Uint8Array;

const LIST = `
  (type $list (struct (field (ref null $list)) (field i64)))
  (global $head (mut (ref null $list)) (ref.null $list))
  (func (export "_start") (loop $l (global.set $head (struct.new $list (global.get $head) (i64.const 1))) (br $l)))`;

const ENDLESS: Record<string, string> = {
  "a list of structs": LIST,
  "arrays of arrays": `
    (type $leaf (array (mut i64))) (type $tree (array (mut anyref)))
    (global $all (mut anyref) (ref.null any))
    (func (export "_start") (local $a (ref null $tree))
      (loop $l
        (local.set $a (array.new $tree (array.new_default $leaf (i32.const 1000)) (i32.const 100)))
        (array.set $tree (local.get $a) (i32.const 0) (global.get $all))
        (global.set $all (local.get $a))
        (br $l)))`,
  "one giant array": `
    (type $bytes (array (mut i8)))
    (func (export "_start") (drop (array.new_default $bytes (i32.const 1000000000))))`,
  "arrays of the length -1": `
    (type $v (array (mut v128)))
    (func (export "_start") (drop (array.new_default $v (i32.const -1))))`,
  "exceptions inside exceptions": `
    (tag $t (param exnref)) (global $e (mut exnref) (ref.null exn))
    (func (export "_start")
      (loop $l
        (global.set $e (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (global.get $e))) (unreachable)))
        (br $l)))`,
  "a list of structs made of a segment": `
    (type $words (array (mut i32))) (type $list (struct (field (ref null $list)) (field (ref null $words))))
    (data $d "0123456789abcdef") (global $head (mut (ref null $list)) (ref.null $list))
    (func (export "_start") (loop $l
      (global.set $head (struct.new $list (global.get $head) (array.new_data $words $d (i32.const 0) (i32.const 4)))) (br $l)))`,
};

describe("programs that make objects without end", () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  });
  after(async () => {
    assert.equal(os.root.account.used("memory"), 0);
    assert.deepEqual(bugs, []);
    await os.close();
  });

  async function run(fields: string, memory = "48MiB", wall = "20s"): Promise<{ exit: Exit; report: string }> {
    const process = await os.spawn(await os.compile(bytes(fields), { name: "objects.wasm" }), { limits: { memory, wall } });
    const exit = await process.exited;
    return { exit, report: exitReport(exit, "objects.wasm") };
  }

  for (const [name, fields] of Object.entries(ENDLESS)) {
    test(`${name} meets the memory limit`, async () => {
      const { exit, report } = await run(fields);
      assert.equal(exit.killed, "memory limit", report);
      assert.match(report, /^objects\.wasm: killed: memory limit of 50331648 bytes reached by objects of the program \(process \d+ \(objects\.wasm\)\)$/);
    });
  }

  test("objects that are dropped at once may be made without end", async () => {
    const { exit, report } = await run(`
      (type $a (array (mut i64))) (type $s (struct (field i64) (field anyref)))
      (func (export "_start") (local $n i32)
        (loop $l
          (drop (array.new_default $a (i32.const 10000)))
          (drop (struct.new $s (i64.const 1) (struct.new_default $s)))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20000)))))`);
    assert.equal(exit.status, 0, report);
  });

  test("what is kept within the limit may be kept", async () => {
    const { exit, report } = await run(`
      (type $a (array (mut i64))) (type $r (array (mut anyref)))
      (func (export "_start") (local $n i32) (local $keep (ref null $r))
        (local.set $keep (array.new_default $r (i32.const 400)))
        (loop $l
          (array.set $r (local.get $keep) (i32.rem_u (local.get $n) (i32.const 400)) (array.new_default $a (i32.const 8000)))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10000)))))`);
    assert.equal(exit.status, 0, report);
  });

  test("a module whose constants are too large is not started", async () => {
    await assert.rejects(run(`
      (type $bytes (array (mut i8)))
      (global (ref $bytes) (array.new_default $bytes (i32.const 900000000)))
      (func (export "_start"))`), /limit of object size: 900000024 bytes requested/);
  });
});

test("when the limits of programs allow more than the host's heap holds, the host survives", { timeout: 120_000 }, () => {
  const script = `
    import { boot } from ${JSON.stringify(new URL("../../src/node.ts", import.meta.url).href)};
    const os = await boot({ cacheFolder: false });
    const program = await os.compile(Uint8Array.from(JSON.parse(process.argv[1])));
    const ends = await Promise.all([1, 2, 3].map(async () => (await os.spawn(program, { limits: { memory: "4GiB", wall: "60s" } })).exited));
    const more = await (await os.spawn(program, { limits: { memory: "16MiB", wall: "60s" } })).exited;
    await os.close();
    console.log(JSON.stringify([...ends, more].map(({ killed, message }) => [killed, message])));`;
  const { status, stdout, stderr } = spawnSync(process.execPath,
    ["--max-old-space-size=200", "--input-type=module", "--eval", script, JSON.stringify([...bytes(LIST)])], { encoding: "utf8", timeout: 100_000 });
  assert.equal(status, 0, stderr);
  const ends = JSON.parse(stdout) as [string, string][];
  assert.equal(ends.length, 4);
  for (const [killed] of ends) assert.equal(killed, "memory limit", stdout);
});
