/** Programs that start programs: spawn, wait, pipes, descriptors, working directory. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compile } from "watr";
import type { PosixProcess } from "#abi";
import type { File } from "#fs";
import { devices, memory, readOnly } from "../../src/node.ts";
import { programPath } from "../programs/programs.ts";
import { TestSession } from "./sessions.ts";

const OK = { status: 0 };
/** Without an order: each comes from another process. */
const lines = (text: string): string[] => text.trimEnd().split("\n").sort();

test("an empty path names no program", async () => {
  await using it = await TestSession.create();
  await assert.rejects(it.session.spawn(""), { code: "abi/spawn", errno: "noent" });
});

test("the host starts a file by name, with arguments, environment and a working directory", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ env: { A: "1", B: "x=y" }, cwd: "/tmp" });
  assert.deepEqual(await it.run(["args", "b", ""]), { stdout: "tool|args|b|\n", stderr: "", exit: OK });
  assert.equal((await it.run(["env"])).stdout, "A=1\nB=x=y\n");
  assert.equal((await it.run(["env"], { env: { C: "" } })).stdout, "C=\n");
  assert.equal((await it.run(["cwd"])).stdout, "/tmp\n");
  assert.equal((await it.run(["cat"], { stdin: { text: "typed" } })).stdout, "typed");
  assert.deepEqual((await it.run(["exit", "7"])).exit, { status: 7 });
  assert.equal((await it.run(["cwd"], { cwd: "../bin/./" })).stdout, "/bin\n");
  await assert.rejects(it.session.spawn("/bin/tool", ["tool"], { cwd: "none" }), { code: "abi/spawn", errno: "noent" });
  await assert.rejects(it.session.spawn("/bin/none"), { code: "abi/spawn", errno: "noent" });
  await assert.rejects(it.session.spawn("/bin"), { code: "abi/spawn", errno: "acces" });
  await assert.rejects(it.session.spawn("/tmp/empty"), { code: "abi/spawn", errno: "noexec" });
});

test("standard streams: one place for both outputs, open files, what is closed early", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const both = await it.session.spawn("/bin/tool", ["tool", "both"], { stdout: "buffer", stderr: "stdout" });
  assert.equal(await both.stdout!.text(), "out err out\n");
  assert.equal(both.stderr, undefined);
  await assert.rejects(it.session.spawn("/bin/tool", ["tool"], { stdout: "stdout" }), { code: "os/session" });
  await assert.rejects(it.session.spawn("/bin/tool", ["tool"], { stdin: "terminal" }), { code: "os/session" });

  it.files.writeFile("/tmp/in", "from a file");
  const open = (name: string, write: boolean): File => it.files.root().openDirectory("tmp").openFile(name, { read: !write, write, create: write, exclusive: false, truncate: write });
  const copied = await it.session.spawn("/bin/tool", ["tool", "cat"], { stdin: open("in", false), stdout: open("out", true), stderr: "null" });
  assert.deepEqual(await copied.exited, OK);
  assert.equal(new TextDecoder().decode(it.files.readFile("/tmp/out")), "from a file");

  const flood = await it.session.spawn("/bin/tool", ["tool", "flood", "100000000"], { stdout: "pipe", stderr: "null" });
  await flood.stdout!.cancel();
  assert.equal((await flood.exited).signal, 13);
});

test("the host is told what programs are not: why a start was refused, and of faults", { timeout: 60_000 }, async () => {
  const told: string[] = [];
  await using it = await TestSession.create({
    onRefused: ({ path, errno, message }) => told.push(`${path} ${errno}: ${message.includes("unknown import") || message.length > 0}`),
    onFault: ({ name }, exit) => told.push(`${name}: ${exit.fault?.trap?.trap ?? exit.killed}`),
    processLimits: { cpu: "100 ms" },
    files: { "/bin/alien": compile('(module (import "alien" "f" (func)) (func (export "_start")))') as Uint8Array },
  });
  assert.equal((await it.run(["run", "/bin/alien"])).stdout, "errno 45\n");
  assert.equal((await it.run(["run", "/bin/tool", "trap", "unreachable"])).stdout, "signal 4\n");
  assert.equal((await it.run(["run", "/bin/tool", "spin"])).stdout, "signal 9\n");
  await it.run(["exit", "1"]);
  assert.deepEqual(told, ["/bin/alien noexec: true", "/bin/tool: unreachable", "/bin/tool: cpu limit"]);
});

test("a program starts another and is told how it ended", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["/bin/tool", "echo", "hi"], "hi\nexit 0\n"],
    [["/bin/tool", "exit", "3"], "exit 3\n"],
    [["/bin/tool", "exit", "259"], "exit 3\n"],
    [["/bin/tool", "trap", "unreachable"], "signal 4\n"],
    [["/bin/tool", "trap", "divide"], "signal 8\n"],
    [["/bin/tool", "trap", "memory"], "signal 11\n"],
    [["/bin/none"], "errno 44\n"],
    [["/bin"], "errno 2\n"],
    [["/tmp/empty"], "errno 45\n"],
    [["/bin/tool", "run", "/bin/tool", "exit", "9"], "exit 9\nexit 0\n"],
  ];
  for (const [argv, stdout] of cases) assert.deepEqual(await it.run(["run", ...argv]), { stdout, stderr: "", exit: OK }, argv.join(" "));
  assert.equal([...it.session.table.processes].length, 0);
});

test("a pipeline: each reader meets the end when the last writer is gone", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  const { stdout } = await it.run(["pipeline", "/bin/tool", "echo", "through", "|", "/bin/tool", "cat", "|", "/bin/tool", "cat"]);
  assert.deepEqual(lines(stdout), ["0: exit 0", "1: exit 0", "2: exit 0", "through"]);
  const large = await it.run(["pipeline", "/bin/tool", "flood", "5000001", "|", "/bin/tool", "cat", "|", "/bin/tool", "drain"]);
  assert.deepEqual(lines(large.stdout), ["0: exit 0", "1: exit 0", "2: exit 0", "5000001"]);
  // Who writes when nobody reads is ended by the signal for it.
  const broken = await it.run(["pipeline", "/bin/tool", "flood", "500000000", "|", "/bin/tool", "exit", "4"]);
  assert.equal(broken.stdout, "0: signal 13\n1: exit 4\n");
});

test("descriptors: lowest numbers, duplicates, shared positions, errors", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.equal((await it.run(["fds"])).stdout, "4 10 0 4\n8 28 8 8 0 21 21\n[through the pipe][]\n0 76 59 8\n");
  assert.equal((await it.run(["offset", "tmp/shared"])).stdout, "40 13\n");
  assert.equal(new TextDecoder().decode(it.files.readFile("/tmp/shared")), "one two\nthree");
});

test("the working directory is a path without links and dots, and children start in it", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ files: { "/a/b/file": "", "/a/c/file": "" } });
  it.files.root().symlink("link", "a/b");
  it.files.root().symlink("absolute", "/a/c/");
  const { stdout } = await it.run(["chdir", "/a/b", "..", "./b/.", "../../..", "link", "..", "/absolute", "../b/file", "none", "/a//c/"]);
  assert.equal(stdout, "/a/b\n/a\n/a/b\n/\n/a/b\n/a\n/a/c\nerrno 54\nerrno 44\n/a/c\n/a/c\nexit 0\n");
});

test("kinds and permissions: files that can be started, files that cannot, mounts that take no changes", { timeout: 60_000 }, async () => {
  const fixed = memory({ files: { "/p": "#!/bin/tool", "/t": "text" } });
  await using seat = await TestSession.create({ files: { "/text": "text", "/script": "#!x" } });
  seat.files.root().symlink("link", "bin/tool");
  const session = await seat.os.createSession({ fs: { "/": seat.files, "/fixed": readOnly(fixed), "/dev": devices() } });
  await using it = await seat.with(session);
  const rows: readonly (readonly [path: string, modes: string])[] = [
    ["/text", "100644 100644 100644"], ["/script", "100755 100755 100755"], ["/bin/tool", "100755 100755 100755"], ["/bin", "40755 40755 40755"],
    ["/", "40755 40755 -"], ["/link", "120777 100755 100755"], ["/fixed", "40555 40555 40555"], ["/fixed/p", "100555 100555 100555"], ["/fixed/t", "100444 100444 100444"],
    ["/dev/null", "20666 20666 20666"], ["/dev/stdin", "20666 10600 10600"], ["/dev/stdout", "20666 10600 -"], ["/none", "- errno 44 -"], ["/text/", "- errno 54 -"],
  ];
  const { stdout } = await it.run(["modes", ...rows.map(([path]) => path)]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [...rows.map(([, modes]) => modes), "10600 8 28"]);
});

test("a script is run by its interpreter", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({
    files: { "/bin/s1": "#!/bin/tool args\nany", "/bin/s2": "#! /bin/s1", "/bin/self": "#!/bin/self", "/bin/bare": "#!\n" },
  });
  assert.equal((await it.run(["run", "/bin/s1", "x"])).stdout, "/bin/tool|args|/bin/s1|x\nexit 0\n");
  assert.equal((await it.run(["run", "/bin/s2", "x"])).stdout, "/bin/tool|args|/bin/s1|/bin/s2|x\nexit 0\n");
  assert.equal((await it.run(["run", "/bin/self"])).stdout, "errno 32\n");
  assert.equal((await it.run(["run", "/bin/bare"])).stdout, "errno 45\n");
});

test("an orphan is nobody's child, and leaves nothing behind", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create();
  assert.equal((await it.run(["orphan", "top"])).stdout, "true\nparent 0\n");
  assert.equal([...it.session.table.processes].length, 0);
});

test("who is ended while it starts a program starts none", { timeout: 60_000 }, async () => {
  const refused: string[] = [];
  await using it = await TestSession.create({ files: { "/bin/big": new Uint8Array(readFileSync(programPath("sqlite"))) }, onRefused: ({ message }) => refused.push(message) });
  const starter = await it.session.spawn("/bin/tool", ["tool", "run", "/bin/big"], { stdin: "pipe", stdout: "null", stderr: "null" });
  while (it.os.snapshotOf(starter.pid)?.waitsFor !== "spawn") await new Promise((resolve) => setTimeout(resolve, 1));
  starter.signal("INT");
  assert.equal((await starter.exited).signal, 2);
  // It waits for the same module to be compiled, behind the other.
  const other = await it.session.spawn("/bin/big", ["big"], { stdin: "null", stdout: "null", stderr: "null" });
  await other.exited;
  assert.deepEqual([...it.session.table.processes].map(({ pid }) => pid), [], "one that began to be started still runs");
  assert.equal(it.session.job.account.used("processes"), 0);
  assert.deepEqual(refused, [], "nobody asked any more");
});

test("who is stopped while it starts a program starts a stopped one, if all of its group was meant", { timeout: 60_000 }, async () => {
  const big = new Uint8Array(readFileSync(programPath("sqlite")));
  // Not the same module: none is compiled already.
  await using it = await TestSession.create({ files: { "/bin/big": big, "/bin/other": new Uint8Array([...big, 0, 1, 0]) } });
  for (const [path, meant] of [["/bin/big", "group"], ["/bin/other", "one"]] as const) {
    const starter = await it.session.spawn("/bin/tool", ["tool", "run", path], { stdin: "null", stdout: "buffer" });
    while (it.os.snapshotOf(starter.pid)?.waitsFor !== "spawn") await new Promise((resolve) => setTimeout(resolve, 1));
    if (meant === "group") starter.signalGroup("STOP");
    else starter.signal("STOP");
    const child = (): PosixProcess | undefined => [...it.session.table.processes].find(({ pid }) => pid !== starter.pid);
    while (child() === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    const started = child()!;
    assert.equal(started.stopped, meant === "group", meant);
    if (meant === "group") starter.signalGroup("CONT");
    else starter.signal("CONT");
    assert.match(await starter.stdout!.text(), /\nexit 0\n$/);
  }
});

test("a changed file is another program; many starts leave nothing behind", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ files: { "/bin/s": "#!/bin/tool echo\n" } });
  assert.equal((await it.run([], {}, "/bin/s")).stdout, "/bin/s\n");
  it.files.writeFile("/bin/s", "#!/bin/tool args\n");
  assert.equal((await it.run([], {}, "/bin/s")).stdout, "/bin/tool|args|/bin/s\n");
  assert.equal((await it.run(["loop", "/bin/tool", "200"])).stdout, "200\n");
  assert.equal(it.session.job.account.used("processes"), 0);
  assert.equal(it.session.job.account.used("handles"), 0);
  assert.equal(it.session.job.account.used("memory"), 0);
});

test("those that nobody waits for count, too", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ limits: { processes: 30 } });
  assert.equal((await it.run(["zombies"])).stdout, "29 again 29 29\n");
  assert.equal([...it.session.table.processes].length, 0);
});

test("arguments are paid for, and long ones refused", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ limits: { memory: "5 MiB" } });
  assert.equal((await it.run(["long", "1000"])).stdout, "exit 0\n");
  assert.equal((await it.run(["long", "900000"])).stdout, "errno 6\n");
  await using other = await TestSession.create();
  assert.equal((await other.run(["long", "900000"])).stdout, "exit 0\n");
  assert.equal((await other.run(["long", "1100000"])).stdout, "errno 1\n");
  assert.equal(it.session.job.account.used("memory"), 0);
});

test("what cannot be is refused, and the caller goes on", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ processLimits: { openFiles: 12 } });
  assert.equal((await it.run(["hostile"])).stdout, "28 21 21 21 8 28 28 63 28 28 28 37 44\n33 33 7\n68 5\n");
});

test("a fork bomb is refused beyond the limit, and ends with the session", { timeout: 60_000 }, async () => {
  await using it = await TestSession.create({ limits: { processes: 20 } });
  const bomb = await it.session.spawn("/bin/tool", ["tool", "many", "x"], { stdout: "pipe", stderr: "null" });
  const reader = bomb.stdout!.getReader();
  const { value } = await reader.read();
  assert.match(new TextDecoder().decode(value), /^errno 6 in true\n/);
  assert.equal(it.session.job.account.used("processes"), 20);
  await it.session.close();
  assert.equal(it.session.job.account.used("processes"), 0);
  assert.equal((await bomb.exited).killed, "job");
});

test("who starts a program pays for the time in which it is compiled, once", async () => {
  // Some 400 KB of code.
  const body = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))".repeat(60);
  const large = compile(`(module ${`(func (param i32) (loop ${body}))`.repeat(800)} (func (export "_start")))`);
  await using tested = await TestSession.create({ files: { "/bin/large": large } });
  const cpuMs = async (): Promise<number> => {
    const process = await tested.session.spawn("/bin/tool", ["tool", "run", "/bin/large"], { stdout: "buffer" });
    await process.exited;
    assert.equal(await process.stdout!.text(), "exit 0\n");
    return process.usage().cpuMs;
  };
  const first = await cpuMs();
  // The same bytes are found by their content.
  const again = Math.min(await cpuMs(), await cpuMs());
  assert.ok(first > again + 1, `${first} ms, then ${again} ms`);
});
