/** `isola` and `isola sh` as a person meets them: on a terminal, in a pipe, as a script. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compile } from "watr";
import { buildUserland } from "../../tools/build-userland.ts";

const ISOLA = fileURLToPath(new URL("../../bin/isola", import.meta.url));
const SCRIPT = "/usr/bin/script";
const DATA = mkdtempSync(join(tmpdir(), "isola-shell-"));
const ENV = { ...process.env, XDG_DATA_HOME: DATA, TERM: "xterm" };

before(() => buildUserland());
after(() => rmSync(DATA, { recursive: true, force: true }));

function isola(words: readonly string[], input = ""): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(ISOLA, words, { input, encoding: "utf8", env: ENV, timeout: 60_000 });
  return { status, stdout, stderr };
}

test("lines come from -c, from standard input, or from a script", () => {
  assert.deepEqual(isola(["sh", "-c", 'echo "$0 $1"; seq 3 | wc -l; exit 4', "name", "one"]), { status: 4, stdout: "name one\n3\n", stderr: "" });
  assert.deepEqual(isola([], "echo from standard input\nexit 2\n"), { status: 2, stdout: "from standard input\n", stderr: "" });
  writeFileSync(join(DATA, "script"), 'echo "$0: $@"\n');
  assert.deepEqual(isola(["--dir", `${DATA}::/data:ro`, "sh", "/data/script", "a", "b"]), { status: 0, stdout: "/data/script: a b\n", stderr: "" });
});

test("what is written at home is there tomorrow; nothing else is", () => {
  assert.equal(isola(["sh", "-c", "echo kept > ~/note; echo lost > /tmp/note"]).status, 0);
  assert.deepEqual(isola(["sh", "-c", "cat ~/note; cat /tmp/note"]), { status: 1, stdout: "kept\n", stderr: "cat: /tmp/note: No such file or directory\n" });
  assert.equal(isola(["sh", "--home", "none", "-c", "ls ~ | wc -l"]).stdout, "0\n");
  const other = join(DATA, "other.volume");
  assert.equal(isola(["sh", "--home", other, "-c", "echo mine > note"]).status, 0);
  assert.equal(isola(["sh", "--home", other, "-c", "cat note"]).stdout, "mine\n");
  assert.ok(existsSync(other));
});

test("limits, faults and what cannot be started are told", () => {
  const spinning = isola(["sh", "--home", "none", "--cpu", "300ms", "-c", "while :; do :; done"]);
  assert.equal(spinning.status, 137);
  assert.match(spinning.stderr, /^isola: sh: killed: cpu limit of 0\.3 s reached .*\n$/);
  writeFileSync(join(DATA, "trap.wasm"), compile('(module (func (export "_start") unreachable))'));
  const left = isola(["sh", "--home", "none", "-c", "sleep 100 | cat & sleep 100 & echo x; exit 3"]);
  assert.deepEqual(left, { status: 3, stdout: "x\n", stderr: "" }, "what the shell leaves behind goes with it, without a word");
  const trapped = isola(["--home", "none", "--dir", `${DATA}::/data:ro`, "sh", "-c", "/data/trap.wasm; echo $?"]);
  assert.match(trapped.stdout, /^(132|134|139)\n$/);
  assert.match(trapped.stderr, /trap\.wasm: wasm trap: unreachable/);
  writeFileSync(join(DATA, "text"), "no program\n");
  const refused = isola(["--home", "none", "--dir", `${DATA}::/data:ro`, "sh", "-c", "/data/nothing; /data/text"]);
  assert.equal(refused.status === 0, false);
  assert.match(refused.stderr, /\/data\/nothing: not found/);
});

test("a reader that goes away and a signal end all without a word; a full disk is told", { skip: existsSync("/bin/sh") && existsSync("/dev/full") ? false : "needs /bin/sh and /dev/full" }, async () => {
  const unix = (line: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } => spawnSync("/bin/sh", ["-c", line, ISOLA], { encoding: "utf8", env: ENV, timeout: 60_000 });
  const { stdout, stderr } = unix(`{ "$0" sh --home none -c 'seq 1000000'; echo $? >&2; } | head -n 1`);
  assert.deepEqual({ stdout, stderr }, { stdout: "1\n", stderr: "141\n" });
  const full = unix(`"$0" sh --home none -c 'seq 1000000' >/dev/full`);
  assert.deepEqual({ status: full.status, stderr: full.stderr }, { status: 1, stderr: "isola: cannot write standard output: no space left on the device\n" });
  const sleeping = spawn(ISOLA, ["sh", "--home", "none", "-c", "echo open; sleep 100"], { env: ENV, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  sleeping.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const closed = once(sleeping, "close");
  await once(sleeping.stdout, "data");
  sleeping.kill("SIGTERM");
  assert.deepEqual(await closed, [143, null]);
  assert.equal(said, "");
});

test("options that make no sense are refused with a hint", () => {
  const wrong = isola(["--hmoe", "x"]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /unknown option "--hmoe"; did you mean --home\?/);
  assert.match(isola(["sh", "--help"]).stdout, /^Usage: isola \[OPTIONS\]/);
});

test("a second isola at the same time has a home of its own, and says so", async () => {
  const first = spawn(ISOLA, ["sh", "-c", "echo open; read line"], { env: ENV, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(first, "exit");
  await once(first.stdout, "data");
  const second = isola(["sh", "-c", "echo works; ls ~ | wc -l"]);
  assert.equal(second.stdout, "works\n0\n");
  assert.match(second.stderr, /home\.volume: it is in use/);
  first.stdin.end("\n");
  await ended;
});

/** Without the control sequences of the line editor. */
function plainScreen(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\r(?!\n|$)/g, "");
}

/** Runs isola on a terminal of its own: each key sequence is sent when the screen shows what it waits for. */
async function onTerminal(steps: readonly (readonly [shows: RegExp, keys: string])[], words: readonly string[] = ["--home", "none"]): Promise<{ readonly status: number; readonly screen: string }> {
  const child = spawn(SCRIPT, ["-qec", [ISOLA, ...words].join(" "), "/dev/null"], { env: ENV, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let screen = "";
  let seen = 0;
  const left = [...steps];
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  child.stdout.on("data", (bytes: Buffer) => {
    screen = plainScreen(screen + bytes.toString());
    for (let next = left[0]; next !== undefined && next[0].test(screen.slice(seen).replace(/\r$/, "")); next = left[0]) {
      seen = screen.replace(/\r$/, "").length;
      left.shift();
      child.stdin.write(next[1]);
      break;
    }
  });
  const [status] = (await ended) as [number];
  clearTimeout(timer);
  assert.deepEqual(left, [], `the screen showed ${JSON.stringify(screen)}`);
  return { status, screen };
}

test("on a terminal: a prompt, lines, Ctrl-C, Ctrl-Z, the end", { skip: existsSync(SCRIPT) ? false : "needs /usr/bin/script" }, async () => {
  const { status, screen } = await onTerminal([
    [/\$ $/, "echo $((6 * 7)); pwd\r"],
    [/42\r\n\/home\r\n[^]*\$ $/, "echo begun; while :; do :; done\r"],
    [/begun\r\n/, "\x03"],
    [/\$ $/, "echo status $?\r"],
    [/status 130\r\n[^]*\$ $/, "cat\r"],
    [/cat\r\n/, "typed\r"],
    [/typed\r\ntyped\r\n/, "\x1a"],
    [/Stopped[^]*\$ $/, "kill -9 %1\r"],
    [/kill -9 %1\r\n[^]*\$ $/, "jobs\r"],
    [/jobs\r\n[^]*\$ $/, "exit 7\r"],
  ]);
  assert.equal(status, 7);
  assert.doesNotMatch(screen, /\r\r\n/);
});
