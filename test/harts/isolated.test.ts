/** A program on a hart of its own: what its engine cannot bear ends it, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HELD, SPIN, WAIT, bootBreakable, until, wat } from "./support.ts";

/** Keeps ever more arrays of 1 MiB. */
const HOG = wat(`
  (type $bytes (array (mut i8)))
  (type $list (struct (field (ref null $list)) (field (ref $bytes))))
  (func (export "_start") (local $list (ref null $list))
    (loop $again
      (local.set $list (struct.new $list (local.get $list) (array.new_default $bytes (i32.const 1048576))))
      (br $again)))`);
/** Makes arrays of 1 MiB and forgets them, so often, then ends. */
const GARBAGE = wat(`
  (type $bytes (array (mut i8)))
  (func (export "_start") (local $n i32)
    (local.set $n (i32.const 2000))
    (loop $again
      (drop (array.new_default $bytes (i32.const 1048576)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`);

test("hogs of the engine's heap end alone, and their harts with them", async () => {
  const { os, host } = await bootBreakable(2);
  try {
    const [hog, garbage, wait] = [await os.compile(HOG), await os.compile(GARBAGE), await os.compile(WAIT)];
    const neighbours = [await os.spawn(wait, { hart: 0, stdin: "pipe" }), await os.spawn(wait, { hart: 1, stdin: "pipe" })];
    for (let round = 0; round < 2; round++) {
      const hogs = await Promise.all([1, 2].map(() => os.spawn(hog, { isolated: { heap: "48 MiB" }, limits: { memory: "8 GiB" } })));
      const shown = (await os.snapshot()).processes.filter(({ id }) => hogs.some((process) => process.id === id));
      for (const { hart } of shown) assert.ok(hart >= 2, "a hart of its own");
      for (const process of hogs) {
        const { killed, message } = await process.exited as { killed: string; message: string };
        // Mostly the accounts see it coming; if not, the engine gives up.
        assert.ok(killed === "memory limit" || killed === "hart", `${killed}: ${message}`);
      }
    }
    const tidy = await os.spawn(garbage, { isolated: { heap: "64 MiB" } });
    assert.deepEqual(await tidy.exited, { status: 0 }, "garbage is nobody's fault");
    assert.ok(neighbours.every(({ running }) => running));
    await until(async () => (await os.snapshot()).processes.length === 2 && os.harts!.peers.size === 1);
    assert.equal(host.started, 1 + 5, "the shared hart was never replaced");
  } finally {
    await os.close();
  }
});

test("an engine that is out of memory takes one hart", async () => {
  const { os, host } = await bootBreakable(2);
  try {
    const [held, spin, wait] = [await os.compile(HELD), await os.compile(SPIN), await os.compile(WAIT)];
    const neighbour = await os.spawn(wait, { hart: 0, stdin: "pipe" });
    const isolated = await os.spawn(spin, { isolated: { heap: "32 MiB" } });
    // Objects of the host that no account of a guest sees: text that nobody reads, kept in the hart itself.
    const flooding = await os.spawn(held, { isolated: { heap: "32 MiB" }, limits: { openFiles: 1_000_000, memory: "8 GiB" } });
    const { killed, message } = await flooding.exited as { killed: string; message: string };
    assert.equal(killed, "hart");
    assert.match(message, /heap of the engine was used up/);
    assert.ok(neighbour.running && isolated.running);
    isolated.kill();
    assert.equal((await isolated.exited as { killed: string }).killed, "request");
    assert.equal(host.started, 3);
  } finally {
    await os.close();
  }
});

test("there are so many, and no more at once", async () => {
  const { os } = await bootBreakable(1);
  try {
    const wait = await os.compile(WAIT);
    const one = await os.spawn(wait, { isolated: true, stdin: "pipe" });
    await assert.rejects(os.spawn(wait, { isolated: true, hart: 0 }), { code: "base/option" });
    await assert.rejects(os.spawn(wait, { hart: 1 }), { code: "os/hart-elsewhere" }, "it belongs to one program");
    one.kill();
    await one.exited;
  } finally {
    await os.close();
  }
});
