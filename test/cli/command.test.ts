import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { file, isola, program } from "./isola.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

test("asked for help, it lists its commands", async () => {
  const [asked, word] = await Promise.all([isola(["--help"]), isola(["help"])]);
  assert.equal(asked.status, 0);
  for (const command of ["isola run", "isola inspect", "isola validate", "isola --manifest", "isola --check"]) assert.ok(asked.stdout.includes(command));
  assert.equal(asked.stderr, "");
  assert.deepEqual(word, asked);
});

test("tells its version", async () => {
  const { status, stdout } = await isola(["--version"]);
  assert.equal(status, 0);
  assert.ok(stdout.startsWith(`isola ${manifest.version} (Node `), stdout);
});

test("the help of run names every option, and asks for no program", async () => {
  const { status, stdout, stderr } = await isola(["run", "--help"]);
  assert.equal(status, 0);
  assert.equal(stderr, "");
  const options = ["--dir", "--env", "--argv0", "--memory", "--cpu", "--cpu-share", "--wall", "--fuel", "--output", "--max-files", "--max-threads", "-W", "--trace", "--trace-file", "--core", "--metrics", "--no-control", "--trap-unknown-imports", "--no-cache", "--verbose", "--help"];
  for (const option of options) assert.match(stdout, new RegExp(`^  ${option}[ ,].* \\S`, "m"));
});

test("the help of the other commands", async () => {
  for (const command of ["inspect", "validate", "ps", "top", "kill"]) {
    const { status, stdout } = await isola([command, "--help"]);
    assert.equal(status, 0);
    assert.ok(stdout.startsWith(`Usage: isola ${command} `));
  }
});

/** Words of the command line, and what the first line of standard error says. */
const MISTAKES: readonly (readonly [words: readonly string[], message: string])[] = [
  [["rnu", "x.wasm"], 'isola: unknown command "rnu"; did you mean run?'],
  [["frobnicate"], 'isola: unknown command "frobnicate"'],
  [["--versoin"], 'isola: unknown option "--versoin"; did you mean --version?'],
  [["hello.wasm"], 'isola: unknown command "hello.wasm"; did you mean: isola run hello.wasm'],
  [["\u001b[31m"], 'isola: unknown command "\\u{1b}[31m"'],
  [["run"], "isola run: which program? Give a .wasm or .wat file"],
  [["run", "--"], "isola run: which program? Give a .wasm or .wat file"],
  [["run", "--memroy", "1"], 'isola run: unknown option "--memroy"; did you mean --memory?'],
  [["run", "--memory"], "isola run: --memory needs a value: --memory SIZE"],
  [["run", "--memory", "much", "x"], 'isola run: --memory: "much" is no size such as "64MiB" or a number of bytes'],
  [["run", "--memory=-1", "x"], 'isola run: --memory: "-1" is no size such as "64MiB" or a number of bytes'],
  [["run", "--cpu", "2x", "x"], 'isola run: --cpu: "2x" is no time such as "2s" or "500ms"'],
  [["run", "--wall", "", "x"], 'isola run: --wall: "" is no time such as "2s" or "500ms"'],
  [["run", "--cpu-share", "0", "x"], 'isola run: --cpu-share: "0" is no share of a processor: above 0 and up to 1'],
  [["run", "--cpu-share", "1.5", "x"], 'isola run: --cpu-share: "1.5" is no share of a processor: above 0 and up to 1'],
  [["run", "--fuel", "1e9", "x"], 'isola run: --fuel: "1e9" is no number of instructions'],
  [["run", "--fuel", "99999999999999999999", "x"], 'isola run: --fuel: "99999999999999999999" is no number of instructions'],
  [["run", "--output", "1 parsec", "x"], 'isola run: --output: "1 parsec" is no size such as "64MiB" or a number of bytes'],
  [["run", "--max-files", "2", "x"], 'isola run: --max-files: "2" is no number of open files (at least 3)'],
  [["run", "--max-files", "4", "--dir", ".", "--dir", "a::/a", "x"], "isola run: --max-files 4 is too few: 3 standard streams and 2 folders are open from the start"],
  [["run", "--max-files", "4", "--dir", "a::/a", "x"], "isola run: --max-files 4 is too few: 3 standard streams and 2 folders, / among them, are open from the start"],
  [["run", "--max-threads", "0", "x"], 'isola run: --max-threads: "0" is no number of threads (at least 1)'],
  [["run", "--trace", "all", "x"], 'isola run: --trace: "all" cannot be traced; only calls can'],
  [["run", "--metrics", "65536", "x"], 'isola run: --metrics: "65536" is no port: at most 65535'],
  [["run", "--metrics", "http", "x"], 'isola run: --metrics: "http" is no port'],
  [["run", "-Wfuel=many", "x"], 'isola run: -W: "many" is no number of instructions'],
  [["run", "-Wfuell=1", "x"], 'isola run: -W: unknown name "fuell"; did you mean fuel?'],
  [["top", "-n0"], 'isola top: -n: "0" is no number of pages'],
  [["run", "-hx", "x"], 'isola run: unknown option "-hx"; did you mean -h?'],
  ...["--core", "--trace-file", "--volume"].map((option) => [["run", option, "", "x"], `isola run: ${option}: "" is no name of a file or folder`] as const),
  ...["--home", "--store", "--trace-file"].map((option) => [["sh", `${option}=`, "x"], `isola sh: ${option}: "" is no name of a file or folder`] as const),
  [["install", "--store", "", "x"], 'isola install: --store: "" is no name of a file or folder'],
  [["ps", "1"], "isola ps: it takes no names"],
  [["top", "-n", "0"], 'isola top: -n: "0" is no number of pages'],
  [["top", "-d", "0.01"], 'isola top: -d: "0.01" is no time from 0.1 to 3600 seconds'],
  [["kill"], "isola kill: which process? Give a number of isola ps"],
  [["kill", "1:2:3"], 'isola kill: "1:2:3" is no process: ID or HOST:ID, as isola ps shows them'],
  [["kill", "spin.wat"], 'isola kill: "spin.wat" is no process: ID or HOST:ID, as isola ps shows them'],
  [["kill", "1", "--message", "m".repeat(501)], "isola kill: --message: at most 500 characters"],
  [["run", "--verbose=1", "x"], "isola run: --verbose takes no value"],
  [["run", "--env", "=1", "x"], 'isola run: --env: "=1" has no name before "="'],
  [["run", "--env", "SURELY_NOT_SET", "x"], "isola run: --env: SURELY_NOT_SET is not set here, so there is no value to pass on; write SURELY_NOT_SET=VALUE"],
  [["run", "--dir", "", "x"], "isola run: --dir: the folder of the host is missing: HOST[::GUEST][:ro]"],
  [["run", "--dir", "a::b::c", "x"], 'isola run: --dir: "a::b::c" has more than one "::"'],
  [["run", "--dir", "a::", "x"], 'isola run: --dir: "a::" names no path for the program after "::"'],
  [["run", "--dir", "../a", "x"], 'isola run: --dir: a path with ".." says not where the program should see it; write for instance ../a::/a'],
  [["run", "--dir", "a::/../b", "x"], 'isola run: --dir: the program\'s path "/../b" must not have ".." in it'],
  [["run", "--dir", "a::/x", "--dir", "b::x/", "x"], "isola run: --dir: /x is a already; name another place with b::GUEST"],
  [["run", "-W", "fule=3", "x"], 'isola run: -W: unknown name "fule"; did you mean fuel?'],
  [["run", "-W", "threads=y", "x"], 'isola run: -W: unknown name "threads"; known are fuel, timeout, max-memory-size'],
  [["run", "-W", "fuel", "x"], "isola run: -W: fuel needs a value: fuel=…"],
  [["inspect"], "isola inspect: which file?"],
  [["inspect", "a", "b"], "isola inspect: only one file at a time"],
  [["inspect", "--jsn", "a"], 'isola inspect: unknown option "--jsn"; did you mean --json?'],
  [["validate"], "isola validate: which files?"],
];

test("a name that is empty is seen in the message", async () => {
  for (const [words, message] of [[["run", ""], 'cannot read "": no such file or directory'], [["inspect", ""], 'cannot read "": no such file or directory'], [["volume", "create", ""], '"": no such file or directory']] as const) {
    const { status, stderr } = await isola(words);
    assert.deepEqual([status, stderr], [1, `isola: ${message}\n`]);
  }
});

test("each mistake on the command line is named, with the way to the help, and ends with 2", async () => {
  for (const [words, message] of MISTAKES) {
    const { status, stdout, stderr } = await isola(words);
    const command = message.slice(0, message.indexOf(":"));
    const [first, usage, more, ...rest] = stderr.split("\n");
    assert.equal(first, message);
    assert.ok(usage!.startsWith(`Usage: ${command} `), stderr);
    assert.deepEqual([more, ...rest], [`More: ${command} --help`, ""]);
    assert.equal(status, 2, message);
    assert.equal(stdout, "");
  }
});

test("where our own error arose is told with --verbose only", async () => {
  const missing = file("no-start.wat", program(""));
  const short = await isola(["run", missing]);
  assert.equal(short.stderr, 'isola: no-start.wat is no program: it exports neither "_start" nor "_initialize" and has no start function\n');
  assert.equal(short.status, 1);
  const long = await isola(["run", "--verbose", missing]);
  assert.match(long.stderr, /\n\s+at .*\n[^]*ProgramError/);
});
