/**
 * Random POSIX calls by programs that start each other: nothing of ours fails, everyone else goes on, and
 * with the session everything is given back. `ISOLA_FUZZ_SEED` repeats a run, `ISOLA_FUZZ_RUNS` sets how many rounds;
 * without it the test goes on for 12 seconds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal, boot, devices, memory } from "../../src/node.ts";
import { RESOURCES } from "#kernel";
import { randomFrom } from "../objects/random-guest.ts";
import { randomProgram } from "./random-program.ts";

const SECONDS = 12;
const ROUND_MS = 12;

test("random POSIX calls", { timeout: 120_000 }, async (t) => {
  const { env } = process;
  const first = env["ISOLA_FUZZ_SEED"] === undefined ? Date.now() % 1_000_000_000 : Number(env["ISOLA_FUZZ_SEED"]);
  const rounds = env["ISOLA_FUZZ_RUNS"] === undefined ? Infinity : Number(env["ISOLA_FUZZ_RUNS"]);
  const bugs: unknown[] = [];
  await using os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  const started = performance.now();
  let count = 0;
  let processes = 0;
  for (let seed = first; count < rounds && (rounds !== Infinity || performance.now() - started < SECONDS * 1000); seed++, count++) {
    const random = randomFrom(seed);
    const before = os.processes().length;
    const terminal = new Terminal();
    const files = memory({ files: { "/prog": randomProgram(random), "/tmp/x": "", "/script": "#!/prog x\n" } });
    files.root().symlink("loop", "/tmp/../loop");
    const session = await os.createSession({
      fs: { "/": files, "/dev": devices({ tty: (_options, stat) => terminal.open(stat) }) },
      terminal,
      limits: { processes: 10, memory: "64 MiB" },
      processLimits: { openFiles: 8 + random(24), cpu: "200 ms", wall: "2 s" },
    });
    const reader = terminal.readable.getReader();
    const shown = (async () => {
      while (!(await reader.read()).done);
    })();
    const writer = terminal.writable.getWriter();
    const leader = await session.spawn("/prog", ["prog"]);
    for (let index = 0; index < 3; index++) {
      const key = ["\r", "x\r", "\x03", "\x1a", "\x04", "\x1c"][random(6)]!;
      writer.write(key).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS / 3));
      if (random(4) === 0) leader.signal("CONT");
    }
    if (random(3) === 0) terminal.hangUp();
    const started = session.job.account.peak("processes");
    await session.close();
    terminal.hangUp();
    await shown;
    processes += started;
    const told = `seed ${seed}`;
    assert.deepEqual(bugs, [], told);
    assert.deepEqual([...session.table.processes], [], told);
    assert.equal(os.processes().length, before, told);
    for (const resource of RESOURCES) if (resource !== "output") assert.equal(session.job.account.used(resource), 0, `${told}: ${resource}`);
  }
  t.diagnostic(`${count} rounds from seed ${first}, ${processes} processes`);
  assert.ok(processes > count, "programs started others");
});
