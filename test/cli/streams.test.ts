import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CLANG, CPYTHON, ENVIRONMENT, FOLDER, LAUNCHER, file, finish, heard, isola, program, start, writer } from "./isola.ts";

const SPIN = file("spin.wat", program('(func (export "_start") (call $ready) (loop (br 0)))'));
/** Says "ready", then reads standard input until it ends. */
const READER = file("reader.wat", program(`(func (export "_start")
  (call $ready)
  (loop
    (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 1000))
    (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $proc_exit (i32.const 99))))
    (br_if 0 (i32.load (i32.const 8)))))`));
const TEN_MB = file("ten.wat", writer(160, 7));
const ENDLESS = file("endless.wat", writer(1_000_000, 0));

const LINES = "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)";

test("standard input comes from a pipe, line by line, from a file and from nothing", async () => {
  const child = start(["run", CPYTHON, "-c", LINES]);
  const ended = finish(child);
  for (const line of ["one", "two"]) {
    const answer = heard(child, `got ${line}`);
    child.stdin.write(`${line}\n`);
    await answer;
  }
  child.stdin.end("three");
  assert.deepEqual(await ended, { status: 0, signal: null, stdout: "got one\ngot two\ngot three\n", stderr: "" });

  for (const [path, expected] of [[file("in.txt", "a\nb\n"), "got a\ngot b\n"], ["/dev/null", ""]] as const) {
    const stdin = openSync(path, "r");
    const fromFile = spawn(LAUNCHER, ["run", CPYTHON, "-c", LINES], { env: { ...ENVIRONMENT }, stdio: [stdin, "pipe", "pipe"] });
    closeSync(stdin);
    assert.deepEqual(await finish(fromFile), { status: 0, signal: null, stdout: expected, stderr: "" });
  }
});

test("a program that does not read its input ends, whatever is in it", async () => {
  const child = start(["run", file("idle.wat", program('(func (export "_start") (call $ready))'))]);
  // Left open.
  assert.deepEqual(await finish(child), { status: 0, signal: null, stdout: "ready\n", stderr: "" });
});

test("standard error is the program's own", async () => {
  const result = await isola(["run", file("err.wat", program('(func (export "_start") (drop (call $write (i32.const 2) (i32.const 64) (i32.const 6))))'))]);
  assert.deepEqual(result, { status: 0, signal: null, stdout: "", stderr: "ready\n" });
});

test("10 MB arrive whole through a pipe whose reader is late", async () => {
  const child = start(["run", TEN_MB]);
  await sleep(500);
  const { status, stdout, stderr } = await finish(child);
  assert.deepEqual([status, stdout.length, stderr], [7, 160 * 65_536, ""]);
  assert.match(stdout.slice(-1000), /^y+$/);
});

test("10 MB arrive whole in a file", async () => {
  const path = join(FOLDER, "ten.out");
  const stdout = openSync(path, "w");
  const child = spawn(LAUNCHER, ["run", TEN_MB], { env: { ...ENVIRONMENT }, stdio: ["ignore", stdout, "pipe"] });
  closeSync(stdout);
  const { status, stderr } = await finish(child);
  assert.deepEqual([status, readFileSync(path).length, stderr], [7, 160 * 65_536, ""]);
});

test("it ends quietly when its reader goes away", async () => {
  const child = start(["run", ENDLESS]);
  const ended = finish(child);
  child.stdout.once("data", () => child.stdout.destroy());
  const { status, stderr } = await ended;
  assert.deepEqual([status, stderr], [141, ""]);
});

test("a full disk is told", { skip: existsSync("/dev/full") ? false : "no /dev/full here" }, async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(LAUNCHER, ["run", ENDLESS], { env: { ...ENVIRONMENT }, stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  const { status, stderr } = await finish(child);
  assert.deepEqual([status, stderr], [1, "isola: cannot write standard output: no space left on the device\n"]);
});

for (const [signal, status, words] of [["SIGINT", 130, "Ctrl-C (SIGINT)"], ["SIGTERM", 143, "SIGTERM"], ["SIGHUP", 129, "SIGHUP"]] as const) {
  test(`${signal} kills the program, whether it runs or waits`, async () => {
    for (const path of [SPIN, READER]) {
      const child = start(["run", path]);
      const ended = finish(child);
      await heard(child, "ready");
      child.kill(signal);
      const name = path === SPIN ? "spin.wat" : "reader.wat";
      assert.deepEqual(await ended, { status, signal: null, stdout: "ready\n", stderr: `isola: ${name}: killed: interrupted by ${words}\n` });
    }
  });
}

test("a reader that does not read keeps a killed program no longer than a moment", async () => {
  const child = start(["run", "--wall", "1s", ENDLESS]);
  const started = performance.now();
  const status = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(status, 137);
  assert.ok(performance.now() - started < 20_000);
  child.stdout.destroy();
});

test("waiting for a reader at the end can be interrupted, and a second signal ends at once", async () => {
  const child = start(["run", "--trace", "calls", TEN_MB]);
  // Nobody reads standard output: the program waits in the middle.
  await heard({ stdout: child.stderr, once: child.once.bind(child) } as never, "<unfinished");
  const status = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  await sleep(50);
  child.kill("SIGINT");
  assert.equal(await status, 130);
  child.stdout.destroy();
});

const hasScript = existsSync("/usr/bin/script");
const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs a shell command on a terminal of its own, and types `typed` when it has said "ready". */
function onTerminal(command: string, typed?: string): Promise<{ status: number | null; screen: string }> {
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], { env: { ...ENVIRONMENT, TERM: "xterm" }, cwd: FOLDER, timeout: 60_000, killSignal: "SIGKILL" });
  const ended = finish(child).then(({ status, stdout }) => ({ status, screen: stdout }));
  if (typed !== undefined) void heard(child, "ready").then(() => child.stdin.write(typed));
  return ended;
}

test("Ctrl-C on a terminal kills the program and leaves the terminal as it was", { skip: hasScript ? false : "no script command here" }, async () => {
  for (const path of [SPIN, READER]) {
    const { status, screen } = await onTerminal(`trap : INT; stty -a >before; ${quote(LAUNCHER)} run ${quote(path)}; s=$?; stty -a >after; exit $s`, "\x03");
    assert.equal(status, 130);
    assert.match(screen, /killed: interrupted by Ctrl-C \(SIGINT\)/);
    assert.equal(readFileSync(join(FOLDER, "after"), "utf8"), readFileSync(join(FOLDER, "before"), "utf8"));
  }
});

test("a program reads what is typed, and Ctrl-D is its end", { skip: hasScript ? false : "no script command here" }, async () => {
  const { status, screen } = await onTerminal(`${quote(LAUNCHER)} run ${quote(CPYTHON)} -c ${quote(`import sys\nprint('ready', sys.stdin.isatty(), flush=True)\n${LINES}`)}`, "hello\n\x04");
  assert.equal(status, 0);
  assert.match(screen, /ready True\r\n/);
  assert.match(screen, /got hello\r\n/);
});

test("progress is shown on a terminal when compiling takes long, and taken away", { skip: hasScript ? false : "no script command here" }, async () => {
  const { status, screen } = await onTerminal(`${quote(LAUNCHER)} run --no-cache ${quote(CLANG)} --version`);
  assert.equal(status, 0);
  assert.match(screen, /\r\x1b\[Kisola: \w+ing clang\.wasm \(29\.8 MiB\), \d+\.\d s\r\x1b\[K/);
  assert.match(screen, /\r\x1b\[Kclang version /);
  const { stderr } = await isola(["run", "--no-cache", CLANG, "--version"]);
  assert.equal(stderr, "");
});
