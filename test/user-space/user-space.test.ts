/** A user space from outside: shell lines, files, functions of the host as commands, terminals. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { OptionError, UserSpace, boot, command, memory, readOnly } from "isola";
import type { System } from "isola";
import { buildUserland } from "../../tools/build-userland.ts";

let os: System;
before(async () => {
  await buildUserland();
  os = await boot();
});
after(() => os.close());

const COMMANDS = {
  weather: command({
    summary: "Tell the weather.",
    options: { city: { type: "string", required: true }, days: { type: "number", default: 1 } },
    run: async ({ options: { city, days } }) => ({ city, days, sky: "clear" }),
  }),
  size: command({ summary: "Count characters.", input: "text", run: ({ input }) => String((input as string).length) }),
  total: command({ summary: "Add numbers.", input: "json", run: ({ input }) => ({ total: (input as number[]).reduce((sum, one) => sum + one, 0) }) }),
  broken: command({ summary: "Fail.", run: () => Promise.reject(new Error("no such city")) }),
};

test("a line gives its output and its status", async () => {
  const result = await os.shell("seq 5 | sort -rn | head -2; echo oops >&2; exit 3");
  assert.deepEqual([result.status, result.stdout, result.stderr], [3, "5\n4\n", "oops\n"]);
  assert.equal((await os.shell("kill -9 $$")).status, 137);
  assert.equal((await os.shell("nowhere")).status, 127);
});

test("standard input, parameters, environment and place", async () => {
  const result = await os.shell('cat; echo "$0 $1 $COLOR"; pwd', { stdin: "given\n", args: ["name", "one"], env: { COLOR: "blue" }, cwd: "/tmp" });
  assert.equal(result.stdout, "given\nname one blue\n/tmp\n");
});

test("files stay from line to line, and are read and written from outside", async () => {
  const space = new UserSpace(os);
  await space.files.write("/home/in", "from outside\n");
  assert.equal((await space.shell("cat in; echo from inside > out")).stdout, "from outside\n");
  assert.equal(await space.files.readText("/home/out"), "from inside\n");
  // Another user space has files of its own.
  assert.equal((await new UserSpace(os).shell("cat /home/out")).status, 1);
});

test("functions of the host are commands", async () => {
  const space = new UserSpace(os, { commands: COMMANDS });
  const run = async (line: string, stdin = "") => {
    const { status, stdout, stderr } = await space.shell(line, { stdin });
    return [status, stdout, stderr];
  };
  const [, paris] = await run("weather --city Paris --days=2");
  assert.deepEqual(JSON.parse(String(paris)), { city: "Paris", days: 2, sky: "clear" });
  assert.deepEqual(await run("weather --city Paris | wc -l"), [0, "5\n", ""]);
  assert.deepEqual(await run("weather"), [2, "", "weather: --city is needed\nTry 'weather --help'.\n"]);
  assert.deepEqual(await run("broken; echo $?"), [0, "1\n", "broken: no such city\n"]);
  assert.deepEqual(await run("seq 1000 | size"), [0, "3893\n", ""]);
  assert.deepEqual(await run("total", "[1,2,39]"), [0, '{\n  "total": 42\n}\n', ""]);
  const [status, , complaint] = await run("total", "[1,");
  assert.equal(status, 2);
  assert.match(String(complaint), /^total: standard input is no JSON/);
  assert.match(String((await run("weather --help"))[1]), /^Usage: weather \[OPTIONS\]\nTell the weather\.\n/);
  // Without the mount there is no such command.
  assert.equal((await new UserSpace(os).shell("weather --city Paris")).status, 127);
});

test("an answer of the host that cannot be written fails the command", async () => {
  const space = new UserSpace(os, { commands: COMMANDS });
  const { status, stderr } = await space.shell("weather --city Oslo > /dev/full");
  assert.equal(status, 1);
  assert.match(stderr, /write error: No space left on device/);
});

test("what a line leaves in the background ends with it, and aborting ends it at once", async () => {
  assert.equal((await os.shell("while :; do :; done & echo gone")).stdout, "gone\n");
  const controller = new AbortController();
  const running = os.shell("echo begun; while :; do :; done", { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  const { status, stdout } = await running;
  assert.equal(status, 137);
  assert.ok(stdout === "begun\n" || stdout === "");
  assert.equal(os.processes().length, 0);
  // Also when it is aborted while the shell is being started.
  const early = new AbortController();
  const starting = os.shell("while :; do :; done", { signal: early.signal });
  early.abort();
  assert.equal((await Promise.race([starting, sleep(20_000, undefined, { ref: false })]))?.status, 137);
});

test("limits hold for all of a session together", async () => {
  const space = new UserSpace(os, { limits: { processes: 8, cpu: "2 s" } });
  // A fork bomb that a person would write.
  const { status } = await space.shell("bomb() { bomb | bomb & wait; }; bomb; true");
  assert.ok(status >= 0);
  assert.equal(os.processes().length, 0);
  assert.equal((await space.shell("echo still here")).stdout, "still here\n");
});

test("a line that writes without end is ended by the limit of its output, not kept waiting", { timeout: 60_000 }, async () => {
  const endless = await os.shell("cat /dev/zero");
  assert.deepEqual([endless.status, endless.exit.killed, endless.stdout.length], [137, "output limit", 64 << 20]);
  const large = await new UserSpace(os, { limits: { output: "80 MiB" } }).shell(`head -c ${66 << 20} /dev/zero`);
  assert.deepEqual([large.status, large.stdout.length], [0, 66 << 20]);
});

test("what is of another type than it must be is refused, or ends the input", async () => {
  const refuses = (option: string) => (error: unknown): boolean => error instanceof OptionError && error.option === option;
  await assert.rejects(os.shell(5 as unknown as string), refuses("line"));
  await assert.rejects(os.shell("cat", { stdin: 5 as unknown as string }), refuses("stdin"));
  await assert.rejects(os.shell("true", { args: [5 as unknown as string] }), refuses("args"));
  assert.throws(() => new UserSpace(os, { limits: { memroy: "1 MiB" } as object }), refuses("limits.memroy"));
  assert.throws(() => new UserSpace(os, { comands: {} } as object), refuses("comands"));
  const input = (chunk: unknown) => new ReadableStream({ start: (controller) => { controller.enqueue(chunk); controller.close(); } });
  assert.equal((await os.shell("cat", { stdin: input("text") })).stdout, "text");
  assert.equal((await os.shell("cat", { stdin: input(5) })).stdout, "");
  await using session = await new UserSpace(os).session();
  const reader = await session.spawn("/bin/cat", ["cat"], { stdin: "pipe" });
  await assert.rejects(reader.stdin!.getWriter().write(5 as unknown as string), TypeError);
  assert.deepEqual(await reader.exited, { status: 0 });
});

test("a root that cannot be written to needs no home directory, but a place to begin in", async () => {
  const fs = { "/": readOnly(memory()) };
  assert.equal((await new UserSpace(os, { fs, cwd: "/tmp" }).shell("pwd")).stdout, "/tmp\n");
  await assert.rejects(new UserSpace(os, { fs }).shell("pwd"), { code: "abi/spawn", message: "/home: noent: there is no such directory to start in" });
});

test("a session sees itself in /proc and nobody else", async () => {
  await using other = await new UserSpace(os).terminal();
  const { stdout } = await os.shell("for d in /proc/[0-9]*; do cat $d/status; done");
  assert.match(stdout, /^Name:\tsh$/m);
  assert.equal(stdout.match(/^Name:/gm)?.length, 1, "the shell, which has looked before it started anything");
  assert.ok(other.process.running);
  assert.match((await os.shell("cat /proc/mounts")).stdout, /^devices devices \/dev rw - -\nproc proc \/proc ro - -$/m);
  assert.match((await os.shell("cat /proc/mounts")).stdout, /^memory memory \/ rw [1-9][0-9]* 268435456$/m);
});

test("a program reads /dev/zero, and writes to /dev/null", async () => {
  assert.equal((await os.shell("head -c 5 /dev/zero | wc -c; echo x > /dev/null; echo $?; echo x > /dev/full || echo full")).stdout, "5\n0\nfull\n");
});

/** What the terminal shows until `wanted` is there. */
async function shown(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: RegExp): Promise<string> {
  let text = "";
  while (!wanted.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    // Without the control sequences of the line editor.
    text = (text + new TextDecoder().decode(value)).replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\r(?!\n)/g, "");
  }
  assert.match(text, wanted);
  return text;
}

test("a terminal: a prompt, a line, an interrupt, the end", async () => {
  const space = new UserSpace(os, { fs: { "/home": memory({ files: { "notes": "written down\n" } }) } });
  const terminal = await space.terminal({ rows: 30, columns: 100, env: { PS1: "> " } });
  const reader = terminal.readable.getReader();
  const writer = terminal.writable.getWriter();
  await shown(reader, /> $/);
  await writer.write("cat notes\r");
  await shown(reader, /written down\r?\n/);
  await writer.write("while :; do :; done\r");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await writer.write("\x03");
  await shown(reader, /> $/);
  await writer.write("echo status $?\r");
  await shown(reader, /status 130\r?\n/);
  await writer.write("exit 5\r");
  assert.deepEqual(await terminal.exited, { status: 5 });
  assert.equal(os.processes().length, 0);
});

test("a terminal that is closed takes its programs along", async () => {
  const terminal = await os.terminal();
  const writer = terminal.writable.getWriter();
  await writer.write("while :; do :; done\r");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await terminal.close();
  const exit = await terminal.exited;
  assert.ok(exit.killed !== undefined || exit.status !== undefined);
  assert.equal(os.processes().length, 0);
});

test("standard streams by name", async () => {
  const rows: readonly (readonly [line: string, stdout: string, stderr?: string])[] = [
    ["echo out > /dev/stdout; echo err > /dev/stderr", "out\n", "err\n"],
    ["echo typed | cat /dev/stdin", "typed\n"],
    ["{ echo 1; echo 2 > /dev/stdout; } | wc -l; echo x | tee /dev/stderr", "2\nx\n", "x\n"],
    ["echo first > /tmp/f; { echo second > /dev/stdout; cat /dev/stdin; } < /tmp/f > /tmp/g; cat /tmp/g", "second\nfirst\n"],
    ["cat /dev/stdin <&-", "", "cat: /dev/stdin: No such file or directory\n"],
    ["echo x 2>/tmp/e > /dev/stdin; echo $?", "2\n"],
  ];
  for (const [line, stdout, stderr = ""] of rows) {
    const said = await os.shell(line);
    assert.deepEqual([said.stdout, said.stderr], [stdout, stderr], line);
  }
});
