/** Signals, stopping, groups and sessions, as programs see them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCode } from "../../src/node.ts";
import type { SessionProcess } from "../../src/node.ts";
import { TestSession } from "./sessions.ts";

const OK = { status: 0 };

/** Reads what a process writes up to `end`. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, end: string): Promise<string> {
  let text = "";
  while (!text.endsWith(end)) {
    const { value, done } = await reader.read();
    if (done) return `${text}(end)`;
    text += new TextDecoder().decode(value);
  }
  return text;
}

test("a handler runs wherever the program is, and a blocking call is left with intr", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const cases: readonly (readonly [where: string, waitsFor: string | null, answer: string])[] = [
    ["sleep", "poll_oneoff", "27 caught 10\n"], ["read", "fd_read", "errno 27 caught 10\n"], ["pause", "pause", "27 caught 10\n"],
    ["wait", "waitpid", "-1 27 caught 10\n"], ["spin", null, " caught 10\n"],
  ];
  for (const [where, waitsFor, answer] of cases) {
    const process = await it.session.spawn("/bin/tool", ["tool", "catch", "10", where], { stdin: "pipe", stdout: "pipe", stderr: "null" });
    const reader = process.stdout!.getReader();
    assert.equal(await readUntil(reader, "\n"), "ready\n");
    while (it.os.snapshotOf(process.pid)?.waitsFor !== waitsFor) await new Promise((resolve) => setTimeout(resolve, 1));
    process.signal("USR1");
    assert.equal(await readUntil(reader, "\n"), answer, where);
    assert.deepEqual(await process.exited, OK);
  }
});

test("a signal that there is not is refused, not lost", async () => {
  await using it = await TestSession.create();
  const process = await it.session.spawn("/bin/tool", ["tool", "spin"], { stdout: "null", stderr: "null" });
  for (const name of ["FROB", "SIGTERM", "term", "toString", 15]) {
    for (const send of [() => process.signal(name as "TERM"), () => process.signalGroup(name as "TERM")]) {
      assert.throws(send, { code: "base/option", message: 'option "name" must be the name of a signal without SIG, such as "TERM"' });
    }
  }
  process.signal("TERM");
  assert.equal((await process.exited).signal, 15);
});

test("a signal without a handler ends the program, which its starter is told", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  for (const [name, number] of [["TERM", 15], ["INT", 2], ["HUP", 1], ["KILL", 9]] as const) {
    for (const verb of ["spin", "tellpid"]) {
      const process = await it.session.spawn("/bin/tool", ["tool", verb], { stdin: "pipe", stdout: "pipe", stderr: "null" });
      process.signal(name);
      const exit = await process.exited;
      assert.equal(exit.killed, "signal");
      assert.equal(exit.signal, number);
      assert.equal(exitCode(exit), 128 + number);
    }
  }
});

test("actions, masks, pending signals", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.deepEqual(await it.run(["actions"]), { stdout: "28 28 28 28 28 21\n0 0 2\n0 28 71 71 0 0 0 0\n", stderr: "", exit: OK });
  const masked = await it.run(["mask"]);
  assert.equal(masked.stdout, "0 1 12 true true 2 10 28\nstill here\n");
  assert.equal((masked.exit as { signal: number }).signal, 15);
  assert.equal((await it.run(["ignore"])).stdout, "signal 15 signal 2 71\n");
});

test("what a handler may do: not wait, exit, trap, raise itself, take its time", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.equal((await it.run(["handler", "0"])).stdout, "0 true 10\n");
  assert.equal((await it.run(["handler", "1"])).stdout, "6 true 10\n");
  assert.equal((await it.run(["handler", "7"])).stdout, "6 true 10\n");
  assert.deepEqual(await it.run(["handler", "2"]), { stdout: "", stderr: "", exit: { status: 42 } });
  assert.equal((await it.run(["handler", "4"])).stdout, "0 true 10\n");
  assert.equal((await it.run(["handler", "5"])).stdout, "<10>0 true 10\n");
  for (const [manner, words] of [["3", /its handler of signals did not return within 200 quanta/], ["6", /unreachable/]] as const) {
    const { exit } = await it.run(["handler", manner]);
    assert.match((exit as { fault: { message: string } }).fault.message, words);
  }
  // The others go on meanwhile.
  assert.equal((await it.run(["run", "/bin/tool", "handler", "3"])).stdout, "signal 6\n");
});

test("a stopped program runs nothing until it is continued, and can be killed", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.equal((await it.run(["stops"])).stdout, "0 0 stopped 19 0 continued stopped 20 0 signal 15 signal 9\n");

  const process = await it.session.spawn("/bin/tool", ["tool", "spin"], { stdout: "null", stderr: "null" });
  process.signal("STOP");
  const used = (): number => process.usage().cpuMs;
  assert.equal(it.os.snapshotOf(process.pid)?.state, "stopped");
  const before = used();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(used(), before);
  process.signal("CONT");
  await until(() => used() > before);
  process.signal("STOP");
  process.signal("KILL");
  assert.equal((await process.exited).signal, 9);
});

test("groups and sessions", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.equal((await it.run(["groups"])).stdout, "true true true true 0 true 0 63 63 71 71 signal 15 signal 15 -1 12 71 signal 1 true -1 12\n");
  assert.equal((await it.run(["session"])).stdout, "true 63 0 true -1 12 exit 0\n");
  assert.equal((await it.run(["waiting"])).stdout, "-1 12 -1 28 21 21 0 signal 12 -1 12\n");
  assert.equal([...it.session.table.processes].length, 0);
});

test("a program sees its session only", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const other = await it.os.createSession({ fs: { "/": it.files } });
  const victim: SessionProcess = await other.spawn("/bin/tool", ["tool", "tellpid"], { stdin: "pipe", stdout: "pipe" });
  const reader = victim.stdout!.getReader();
  const pid = (await readUntil(reader, "\n")).trim();
  assert.equal(pid, String(victim.pid));
  assert.equal((await it.run(["signal", pid, "9"])).stdout, "71\n");
  assert.equal((await it.run(["signal", `-${pid}`, "9"])).stdout, "71\n");
  assert.equal((await it.run(["signal", "-1", "9"])).stdout, "71\n");
  assert.ok(victim.running);
  await other.close();
});

test("a storm of signals, from the host and of oneself, leaves others their time", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const caught = await it.session.spawn("/bin/tool", ["tool", "catch", "10", "spin"], { stdout: "pipe", stderr: "null" });
  for (let index = 0; index < 10_000; index++) caught.signal(index % 2 === 0 ? "WINCH" : "CONT");
  const loop = it.run(["loop", "/bin/tool", "20"]);
  for (let index = 0; index < 200; index++) {
    caught.signal("STOP");
    caught.signal("CONT");
    await new Promise(setImmediate);
  }
  assert.equal((await loop).stdout, "20\n");
  caught.signal("USR1");
  assert.deepEqual(await caught.exited, OK);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
