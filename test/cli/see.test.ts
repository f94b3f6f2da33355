/** Seeing running systems from outside: ps, top, kill, figures, traces, core files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { boot } from "../../src/node.ts";
import { FOLDER, LAUNCHER, ENVIRONMENT, file, finish, heard, isola, program, start } from "./isola.ts";
import type { Result } from "./isola.ts";

const SPIN = file("spin.wat", program('(func (export "_start") (call $ready) (loop (br 0)))'));
const READER = file("reader.wat", program(`(func (export "_start")
  (call $ready)
  (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 100))
  (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))`));
const CRASH = file("crash.wat", program(`
  (global $mark (mut i32) (i32.const 77)) (global $pi (mut f64) (f64.const 3.5)) (global $big (mut i64) (i64.const -9))
  (table 3 funcref) (elem (i32.const 1) $ready)
  (func (export "_start") (call $ready) (drop (call $write (i32.const 9) (i32.const 64) (i32.const 6))) unreachable)`));

/** A folder of sockets of the test's own. */
function place(): { env: Readonly<Record<string, string>>; sockets: string } {
  const runtime = mkdtempSync(join(FOLDER, "run-"));
  return { env: { XDG_RUNTIME_DIR: runtime }, sockets: join(runtime, "isola") };
}
type Place = ReturnType<typeof place>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const started = performance.now(); performance.now() - started < 20_000; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come`);
}

/** Runs a program until it can be seen; its input stays open. */
async function running(path: string, { env, sockets }: Place, options: readonly string[] = []): Promise<{ child: ReturnType<typeof start>; result: Promise<Result>; host: string }> {
  const child = start(["run", ...options, path], { env });
  const result = finish(child);
  const before = existsSync(sockets) ? readdirSync(sockets) : [];
  await heard(child, "ready");
  const name = await until("a socket", () => (existsSync(sockets) ? readdirSync(sockets).find((other) => !before.includes(other)) : undefined));
  return { child, result, host: name.replace(".sock", "") };
}

/** The cells of each row of `ps`, without the heading. */
async function ps(at: Place): Promise<string[][]> {
  const { status, stdout, stderr } = await isola(["ps"], { env: at.env });
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout.trimEnd().split("\n").slice(1).map((line) => line.trim().split(/ {2,}/));
}

test("ps shows what runs, kill ends it, and nothing is left behind", async () => {
  const at = place();
  assert.deepEqual(await ps(at), []);
  const spin = await running(SPIN, at, ["--memory", "1MiB"]);
  const reader = await running(READER, at);
  assert.equal(statSync(at.sockets).mode & 0o777, 0o700);
  for (const name of readdirSync(at.sockets)) assert.equal(statSync(join(at.sockets, name)).mode & 0o777, 0o600);

  const rows = new Map((await ps(at)).map((row) => [row[3], row]));
  assert.deepEqual(rows.get("spin.wat")?.slice(0, 5), [spin.host, "1", "root", "spin.wat", "running"]);
  assert.match(rows.get("spin.wat")![5]!, /^0:0[0-9]\.\d\d$/);
  assert.deepEqual(rows.get("reader.wat")?.toSpliced(5, 1), [reader.host, "1", "root", "reader.wat", "blocked", "64 KiB", "3", "1", rows.get("reader.wat")![9]!, "0", "fd_read"]);

  const seen: { host: string; started: number; processes: { name: string; cpuMs: number; threads: { state: string; waitsFor: string | null }[] }[]; jobs: { name: string }[] }[] = JSON.parse((await isola(["ps", "--json"], { env: at.env })).stdout);
  assert.deepEqual(seen.map(({ host }) => host).sort(), [spin.host, reader.host].sort());
  assert.deepEqual(seen.find(({ host }) => host === reader.host)?.processes[0]?.threads.map(({ state, waitsFor }) => [state, waitsFor]), [["blocked", "fd_read"]]);
  assert.ok(seen.find(({ host }) => host === spin.host)!.processes[0]!.cpuMs > 10);

  const ambiguous = await isola(["kill", "1"], { env: at.env });
  assert.equal(ambiguous.status, 1);
  assert.match(ambiguous.stderr, /^isola: several processes have the number 1; say which:\n {2}isola kill \d+:1 {3}\S+\.wat\n {2}isola kill \d+:1 {3}\S+\.wat\n$/);
  for (const [id, message] of [
    ["2", "no process 2; isola ps shows those that there are"],
    [`${spin.host}:9`, `no process ${spin.host}:9; isola ps shows those that there are`],
    ["4999999:1", "no system runs in process 4999999; isola ps shows those that do"],
  ] as const) {
    const { status, stderr } = await isola(["kill", id], { env: at.env });
    assert.deepEqual([status, stderr], [1, `isola: ${message}\n`]);
  }
  assert.equal((await ps(at)).length, 2, "nothing was killed so far");

  assert.deepEqual(await isola(["kill", `${spin.host}:1`, "--message", "enough\u001b[31m"], { env: at.env }), { status: 0, signal: null, stdout: "", stderr: "" });
  const end = await spin.result;
  assert.deepEqual([end.status, end.stderr], [137, "isola: spin.wat: killed: enough\\u{1b}[31m\n"]);
  assert.equal((await isola(["kill", "1"], { env: at.env })).status, 0, "now there is only one");
  assert.match((await reader.result).stderr, /^isola: reader\.wat: killed: killed by isola kill\n$/);
  assert.deepEqual(readdirSync(at.sockets), []);
});

test("top prints pages without a terminal, with shares of the time between them", async () => {
  const at = place();
  const { child, result } = await running(SPIN, at);
  const { status, stdout } = await isola(["top", "-b", "-n", "2", "-d", "0.5"], { env: at.env });
  child.kill("SIGTERM");
  await result;
  assert.equal(status, 0);
  const pages = stdout.split("isola top: ").slice(1);
  assert.equal(pages.length, 2);
  for (const page of pages) {
    assert.match(page, /^1 system, 1 process, 1 thread; \d+\.\d % of a processor, 64 KiB\n/);
    const share = Number(/ spin\.wat +running +(\d+\.\d) /.exec(page)?.[1]);
    assert.ok(share > 5 && share <= 110, page);
    assert.match(page, /\n *\d+ {2}root +\d+\.\d +0:/);
  }
});

test("top on a terminal is drawn in place, ends with q, and leaves the terminal as it was", { skip: existsSync("/usr/bin/script") ? false : "no script command here" }, async () => {
  const at = place();
  const { child, result } = await running(SPIN, at);
  const viewer = spawn("/usr/bin/script", ["-qec", `stty rows 10 cols 60; stty -a >before; '${LAUNCHER}' top -d 0.2; s=$?; stty -a >after; exit $s`, "/dev/null"], { env: { ...ENVIRONMENT, ...at.env, TERM: "xterm" }, cwd: FOLDER, timeout: 60_000, killSignal: "SIGKILL" });
  const shown = finish(viewer);
  await heard(viewer, "spin.wat");
  await sleep(500);
  viewer.stdin.write("q");
  const { status, stdout } = await shown;
  child.kill("SIGTERM");
  await result;
  assert.equal(status, 0);
  assert.ok(stdout.startsWith("\x1b[?1049h\x1b[?25l\x1b[H"), "it takes the screen");
  assert.ok(stdout.endsWith("\x1b[?25h\x1b[?1049l"), "and gives it back");
  assert.ok(stdout.split("\x1b[H").length >= 3, "drawn more than once");
  for (const line of stdout.replaceAll("\x1b[H", "\n").replaceAll(/\x1b\[[?0-9]*[A-Za-z]/g, "").split(/[\r\n]+/)) assert.ok(line.length <= 60, line);
  assert.equal(readFileSync(join(FOLDER, "after"), "utf8"), readFileSync(join(FOLDER, "before"), "utf8"));
});

test("a folder that others can open is refused by ps, and run goes on unseen", async () => {
  const at = place();
  mkdirSync(at.sockets);
  chmodSync(at.sockets, 0o777);
  for (const command of [["ps"], ["top", "-b"], ["kill", "1"]]) {
    const { status, stderr } = await isola(command, { env: at.env });
    assert.equal(status, 1);
    assert.match(stderr, /^isola: the folder of the control sockets, .*, is open to others \(mode 0777\); make it 0700 or remove it\n$/);
  }
  const child = start(["run", "--verbose", READER], { env: at.env });
  const result = finish(child);
  await heard(child, "ready");
  await sleep(300);
  child.stdin.end();
  const { status, stderr } = await result;
  assert.equal(status, 0);
  assert.match(stderr, /not seen by isola ps: .*is open to others/);
  assert.deepEqual(readdirSync(at.sockets), []);
});

test("--no-control is not seen, and a program that ends soon never listens", async () => {
  const at = place();
  const child = start(["run", "--no-control", READER], { env: at.env });
  await heard(child, "ready");
  await sleep(300);
  assert.equal(existsSync(at.sockets), false);
  child.stdin.end();
  assert.equal((await finish(child)).status, 0);
});

test("a socket left behind by a host that was killed is taken away", async () => {
  const at = place();
  const { child, result } = await running(SPIN, at);
  child.kill("SIGKILL");
  await result;
  await until("its end", async () => ((await ps(at)).length === 0 ? true : undefined));
  assert.deepEqual(readdirSync(at.sockets), []);
});

test("systems that end, hang, lie or flood while ps asks do not stop it", { timeout: 60_000 }, async () => {
  const at = place();
  const { child, result } = await running(SPIN, at);
  const snapshot = { nowMs: 1, machine: "x", switches: 1, started: 1, ends: {}, jobs: [], processes: [], unlisted: 0 };
  const says: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.destroy(),
    (socket) => socket.end('{"isola":1,"ok":{"nowMs"'),
    () => undefined,
    (socket) => socket.end("garbage\n"),
    (socket) => socket.end('{"isola":2,"ok":{}}\n'),
    (socket) => socket.end(`${JSON.stringify({ isola: 1, ok: { ...snapshot, processes: [{ name: "\u001b[2J" }] } })}\n`),
    (socket) => socket.end(`${JSON.stringify({ isola: 1, ok: { ...snapshot, processes: "x" } })}\n`),
    (socket) => {
      const flood = Buffer.alloc(1 << 20, "x");
      const more = (error?: Error | null): void => void (error || socket.destroyed || socket.write(flood, more));
      more();
    },
  ];
  const servers = says.map((say, index) => createServer((socket) => {
    socket.on("error", () => undefined).resume();
    say(socket);
  }).listen(join(at.sockets, `${process.pid}.${index + 2}.sock`)));
  await sleep(50);
  const { status, stdout, stderr } = await isola(["ps"], { env: at.env });
  for (const server of servers) server.close();
  child.kill("SIGTERM");
  await result;
  assert.equal(status, 0);
  assert.match(stdout, /^ *HOST .*\n *\d+ +1 {2}root {2}spin\.wat .*\n$/, "what answers is shown");
  const told = stderr.trimEnd().split("\n").map((line) => line.replaceAll(String(process.pid), "PID")).sort();
  assert.deepEqual(told, [
    "isola: the system of process PID.4 does not answer",
    "isola: the system of process PID.5: not a line of JSON",
    "isola: the system of process PID.6: this side speaks version 1 of the protocol only",
    'isola: the system of process PID.7: an answer whose "id" is not as it should be',
    'isola: the system of process PID.8: an answer whose "processes" is not as it should be',
    "isola: the system of process PID.9: process PID.9 answers without end",
  ].sort().map((line) => (line.includes("PID.9") && told.some((other) => other === "isola: the system of process PID.9 does not answer") ? "isola: the system of process PID.9 does not answer" : line)).sort());
});

test("the host is killed while ps reads", async () => {
  const at = place();
  const { child, result } = await running(SPIN, at);
  const asked = isola(["ps"], { env: at.env });
  await sleep(100);
  child.kill("SIGKILL");
  const { status, stderr } = await asked;
  await result;
  assert.deepEqual([status, stderr], [0, ""]);
});

test("figures for Prometheus, on this machine's own address only", async () => {
  const at = place();
  const child = start(["run", "--metrics", "0", READER], { env: at.env });
  const result = finish(child);
  let errors = "";
  child.stderr.on("data", (text: string) => (errors += text));
  await heard(child, "ready");
  const port = Number(/http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(errors)![1]);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.match(answer.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  for (const line of ['isola_processes{state="blocked"} 1', 'isola_threads{state="blocked"} 1', 'isola_job_memory_bytes{job="root"} 65536', "isola_processes_started_total 1", "# TYPE isola_cpu_seconds_total counter"]) {
    assert.ok(text.includes(`${line}\n`), `${line} is missing in\n${text}`);
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST", body: "x" })).status, 405);
  const other = await isola(["run", "--metrics", String(port), READER], { env: at.env });
  assert.deepEqual([other.status, other.stdout, other.stderr], [1, "", `isola: cannot listen on port ${port} for --metrics: it is in use\n`]);
  child.stdin.end();
  assert.equal((await result).status, 0, "a kept connection does not keep the program");
});

test("a trace in a file, with the call that hangs in it while it does", async () => {
  const trace = join(FOLDER, "trace.txt");
  const child = start(["run", "--trace-file", trace, READER]);
  const result = finish(child);
  await heard(child, "ready");
  await until("the line", () => (readFileSync(trace, "utf8").includes("unfinished") ? true : undefined));
  child.stdin.end("abc");
  const { status, stderr } = await result;
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = readFileSync(trace, "utf8").trimEnd().split("\n");
  const patterns = ['fd_write\\(1, \\[\\{"ready\\\\n", 6\\}\\], 1, \\[6\\]\\) = 0 <\\d+\\.\\d{6}>', "fd_read\\(0, <unfinished …>", '<… fd_read resumed> \\[\\{"abc", 100\\}\\], 1, \\[3\\]\\) = 0 <\\d+\\.\\d{6}>'];
  assert.equal(lines.length, patterns.length);
  patterns.forEach((pattern, index) => assert.match(lines[index]!, new RegExp(`^\\[1\\.1\\] \\d+\\.\\d{6} ${pattern}$`)));
  const refused = await isola(["run", "--trace-file", join(FOLDER, "no", "where"), READER]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^isola: cannot write the trace to .*: no such file or directory\n$/);
});

test("a fault tells the last calls and leaves a core file that inspect reads", async () => {
  const core = join(FOLDER, "crash.core");
  const { status, stderr } = await isola(["run", "--core", core, CRASH]);
  assert.equal(status, 134);
  assert.match(stderr, /^isola: crash\.wat: wasm trap: unreachable\nwasm backtrace:\n.*\nlast calls:\n {2}fd_write\(1, 0x0, 1, 0x8\) = 0\n {2}fd_write\(9, 0x0, 1, 0x8\) = 8 \(badf\)\nisola: core file: .*crash\.core \(.* KiB\); isola inspect shows it\n$/);
  assert.equal(statSync(core).mode & 0o777, 0o600);
  const unwritten = await isola(["run", "--core", FOLDER, CRASH]);
  assert.equal(unwritten.status, 134, "a program that trapped has trapped, whatever becomes of its core file");
  assert.match(unwritten.stderr, /\nisola: cannot write the core file .*: it is a directory\n$/);
  const page = await isola(["inspect", core]);
  assert.equal(page.status, 0);
  assert.match(page.stdout, /^crash\.core: .*, core file of crash\.wat\n\nunreachable, process 1, thread 1\nafter /);
  assert.match(page.stdout, /\nBacktrace of thread 1\n {2}0 {2}0x[0-9a-f]+ {2}crash\.wat!/);
  assert.match(page.stdout, /\n {2}thread 1 {2}fd_write\(9, .*\) = 8 \(badf\)\n/);
  assert.match(page.stdout, /\nMemories\n {2}0 {2}64 KiB {2}4 KiB of it here\n/);
  assert.match(page.stdout, /\n {2}0 {2}crash\.wat {2}3 globals {2}memories 0 {2}table of 3\n/);
  const valid = await isola(["validate", core]);
  assert.match(valid.stdout, /: valid\n$/, "a core file is a valid module");
  const cut = join(FOLDER, "cut.core");
  writeFileSync(cut, readFileSync(core).subarray(0, 200));
  assert.equal((await isola(["inspect", cut])).status, 1);
});

/** What a client says, and what it hears before the connection is closed; null when it is kept open. */
const CLIENTS: readonly (readonly [says: string | Buffer, hears: RegExp | null])[] = [
  ["garbage\n", /^\{"isola":1,"error":\{"code":"bad-request","message":"not a line of JSON"\}\}\n$/],
  ["[1]\n", /"bad-request"/],
  ["null\n", /"bad-request"/],
  ['{"isola":7,"ask":"snapshot"}\n', /"version"/],
  ['{"isola":1,"ask":"dance"}\n', /"an unknown question"/],
  ['{"isola":1,"ask":"kill","process":"1","message":"x"}\n', /"bad-request"/],
  [`{"isola":1,"ask":"kill","process":1,"message":"${"x".repeat(501)}"}\n`, /"bad-request"/],
  [Buffer.alloc(5000, "x"), /"too-long"/],
  [`${"x".repeat(5000)}\n`, /"too-long"/],
  [Buffer.from([0xff, 0x00, 0x0a]), /"bad-request"/],
  ['{"isola":1,"ask":"kill","process":99,"message":"x"}\n', null],
  ['{"isola":1,"ask":"snap', null],
];

test("hostile clients of a system: garbage, silence, floods; it goes on, and others are served", { timeout: 60_000 }, async () => {
  const at = place();
  const { result, host } = await running(SPIN, at);
  const path = join(at.sockets, `${host}.sock`);
  for (const [says, hears] of CLIENTS) {
    const socket = createConnection(path);
    let heardText = "";
    socket.setEncoding("utf8").on("data", (text: string) => (heardText += text)).on("error", () => undefined);
    socket.write(says);
    const closed = await Promise.race([new Promise<boolean>((resolve) => socket.once("close", () => resolve(true))), sleep(hears === null ? 300 : 10_000).then(() => false)]);
    assert.equal(closed, hears !== null, String(says).slice(0, 60));
    if (hears !== null) assert.match(heardText, hears);
    socket.destroy();
  }
  // Requests without end, and nothing is read of the answers.
  const flooding = createConnection(path).on("error", () => undefined);
  const line = Buffer.from('{"isola":1,"ask":"snapshot"}\n'.repeat(1000));
  const more = (error?: Error | null): void => void (error || flooding.destroyed || flooding.write(line, more));
  more();
  flooding.pause();
  // As many silent ones as there may be, and more.
  const silent = Array.from({ length: 40 }, () => createConnection(path).on("error", () => undefined).resume());
  await sleep(200);
  const before = performance.now();
  const busy = await isola(["ps"], { env: at.env });
  assert.equal(busy.status, 0);
  assert.match(busy.stdout + busy.stderr, /spin\.wat|too many ask at once/);
  // They are sent away after some seconds; then the owner is heard again.
  await until("a place", async () => ((await isola(["ps"], { env: at.env })).stdout.includes("spin.wat") ? true : undefined));
  assert.ok(performance.now() - before < 20_000);
  await Promise.all(silent.map((socket) => (socket.destroyed ? undefined : new Promise((resolve) => socket.once("close", resolve)))));
  flooding.destroy();
  assert.equal((await isola(["kill", "1"], { env: at.env })).status, 0);
  assert.equal((await result).status, 137);
});

test("a program that boots a system with control is seen, each of its systems apart", async () => {
  const at = place();
  const before = process.env["XDG_RUNTIME_DIR"];
  process.env["XDG_RUNTIME_DIR"] = at.env["XDG_RUNTIME_DIR"]!;
  try {
    const [one, two] = [await boot({ control: true, cacheFolder: false }), await boot({ control: true, cacheFolder: false })];
    const bytes = (await import("watr")).compile('(module (func (export "_start") (loop (br 0))))');
    const [first, second] = [await one.spawn(await one.compile(bytes), { name: "first" }), await two.spawn(await two.compile(bytes), { name: "second" })];
    assert.deepEqual((await ps(at)).map((row) => [row[0], row[3]]), [[String(process.pid), "first"], [`${process.pid}.2`, "second"]]);
    assert.equal((await isola(["kill", `${process.pid}.2:1`], { env: at.env })).status, 0);
    assert.deepEqual(await second.exited, { killed: "request", message: "killed by isola kill" });
    assert.equal(first.running, true);
    await Promise.all([one.close(), two.close()]);
    assert.deepEqual(readdirSync(at.sockets), []);
    chmodSync(at.sockets, 0o755);
    await assert.rejects(boot({ control: true, cacheFolder: false }), { code: "control/folder" });
  } finally {
    if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = before;
  }
});
