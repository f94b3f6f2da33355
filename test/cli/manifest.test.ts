/** `isola --manifest` and `isola --check`. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FOLDER, file, finish, isola, program, start } from "./isola.ts";

const ADDER = `(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`;
/** Exits with 40 + the number of its arguments. */
const MAIN = `(module
  (import "math" "add" (func $add (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $sizes (i32.const 0) (i32.const 4))) (call $exit (call $add (i32.const 40) (i32.load (i32.const 0))))))`;
const OFFERS = { math: { to: ["main"], functions: { add: { params: ["i32", "i32"], results: ["i32"] } } } };
const LIMITS = { memory: "1 MiB" };

mkdirSync(join(FOLDER, "images"));
file("images/adder.wat", ADDER);
file("images/main.wat", MAIN);
file("images/trap.wat", `(module (func (export "_start") unreachable))`);
file("images/hello.wat", program(`(data (i32.const 100) "hello\\nworld\\n") (func (export "_start") (drop (call $write (i32.const 1) (i32.const 100) (i32.const 12))))`));
// One clock subscription, monotonic, for 2^62 ns.
file("images/waits.wat", `(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 16) "\\01") (data (i32.const 24) "\\00\\00\\00\\00\\00\\00\\00\\40")
  (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))`);

const manifest = (name: string, services: object, rest: object = {}): string => file(name, JSON.stringify({ ...rest, services }));

test("boots in order with a log of times, gives the arguments to the main service, and ends with its status", async () => {
  const path = manifest("system.json", {
    main: { image: "images/main.wat", main: true, restart: "never", uses: { math: "math/math" } },
    math: { image: "images/adder.wat", offers: OFFERS },
  });
  const { status, stdout, stderr } = await isola(["--manifest", path, "one", "--two"]);
  assert.equal(status, 43, stderr);
  assert.equal(stdout, "");
  const lines = stderr.trim().split("\n");
  for (const line of lines) assert.match(line, /^\[ +\d+\.\d{3}\] [a-z]+: /);
  const order = ["math: starting", "math: ready", "main: starting", "main: failed: exited with status 43", "math: stopped"].map((text) => lines.findIndex((line) => line.includes(text)));
  assert.deepEqual(order, [...order].sort((a, b) => a - b), stderr);
  assert.ok(order[0]! >= 0);
  assert.equal((await isola([`--manifest=${path}`])).status, 41);
});

test("without a main service it ends when all is done, with 1 when one was given up; what services write is in the log", async () => {
  const done = await isola(["--manifest", manifest("done.json", { hello: { image: "images/hello.wat", ready: "exit", restart: "never" } })]);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stderr, /^\[ +\d+\.\d{3}\] hello\| hello$\n^\[ +\d+\.\d{3}\] hello\| world$/m);
  const { status, stderr } = await isola(["--manifest", "--quiet", manifest("failed.json", {
    bad: { image: "images/trap.wat", restart: { backoff: 1, max: 1, budget: 2 }, ready: "exit" },
    hello: { image: "images/hello.wat", restart: "never", after: ["bad"] },
  })]);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /\[ +[0-9.]+\] bad: wasm trap: .*\n\[ +[0-9.]+\] bad: wasm backtrace:\n\[ +[0-9.]+\] bad: +0: +0x[0-9a-f]+ - trap\.wat!/);
  assert.match(stderr, /bad: failed: wasm trap: .*unreachable.*; it was restarted 2 times within 60 s/);
  assert.match(stderr, /hello: failed: it needs bad, which is failed/);
  assert.doesNotMatch(stderr, /starting/);
});

test("a signal stops the services in order, and the status says which", async () => {
  const path = manifest("waits.json", { a: { image: "images/waits.wat" }, b: { image: "images/waits.wat", after: ["a"] } });
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const child = start(["--manifest", path]);
    let text = "";
    const ready = new Promise<void>((resolve) => child.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("b: ready")) resolve();
    }));
    const ended = finish(child);
    await ready;
    child.kill(signal);
    const { status, stderr } = await ended;
    assert.equal(status, expected, stderr);
    assert.ok(stderr.indexOf("b: stopped") < stderr.indexOf("a: stopped"), stderr);
  }
});

test("a manifest that is none is told with paths, and nothing starts", async () => {
  const bad = await isola(["--manifest", manifest("bad.json", { a: { imgae: "x" } })]);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /bad\.json is no manifest:\n {2}services\.a\.imgae is unknown; known are .*\n {2}services\.a needs an image/);
  assert.match((await isola(["--manifest", file("no.json", "{")])).stderr, /is no JSON/);
  assert.match((await isola(["--manifest", join(FOLDER, "none.json")])).stderr, /cannot read .*none\.json: no such file or directory/);
  const twice = file("twice.json", `{ "services": {\n  "a": { "image": "images/hello.wat" },\n  "a": { "image": "images/trap.wat" }\n} }`);
  for (const option of ["--manifest", "--check"]) {
    const { status, stdout, stderr } = await isola([option, twice]);
    assert.deepEqual([status, stdout, stderr], [1, "", `isola: ${twice}: services.a stands there twice, in lines 2 and 3\n`]);
  }
  const missing = await isola(["--manifest", manifest("missing.json", { a: { image: "images/none.wasm" } })]);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /cannot read .*images\/none\.wasm: no such file/);
  for (const words of [["--manifest"], ["--check"], ["--check", "a", "b"], ["--manifest", "--nothing", "x"], ["--manifest", manifest("nomain.json", { a: { image: "images/trap.wat" } }), "argument"]]) {
    assert.equal((await isola(words)).status, 2, words.join(" "));
  }
});

test("--check finds folders and volumes that could not be opened", async () => {
  file("text.volume", "no volume");
  file("empty.volume", "");
  const files = {
    folder: { kind: "host", path: "none" }, missing: { kind: "volume", path: "none.volume" }, made: { kind: "volume", path: "none.volume", write: true },
    text: { kind: "volume", path: "text.volume" }, empty: { kind: "volume", path: "empty.volume" }, begun: { kind: "volume", path: "empty.volume", write: true },
  };
  const { status, stdout } = await isola(["--check", manifest("files.json", { a: { image: "images/trap.wat", limits: LIMITS } }, { files })]);
  assert.equal(status, 1);
  const wrong = /\nWrong:\n([^]*?)\n\n/.exec(stdout)?.[1]?.split("\n").map((line) => line.trim());
  assert.deepEqual(wrong, [
    "files folder: there is no folder none", "files missing: there is no volume none.volume, and it may not be made",
    `files text: ${join(FOLDER, "text.volume")}: the file is no volume`, `files empty: ${join(FOLDER, "empty.volume")}: the file is empty`,
  ]);
});

test("a folder that is not there is named, and nothing starts", async () => {
  const path = manifest("no-folder.json", { a: { image: "images/trap.wat", mounts: { "/data": "data" } } }, { files: { data: { kind: "host", path: "none" } } });
  const { status, stderr } = await isola(["--manifest", path]);
  assert.deepEqual([status, stderr], [1, `isola: ${join(FOLDER, "none")}: there is no such folder\n`]);
});

test("--check explains who can reach what, remarks on it, and draws it", async () => {
  const svg = join(FOLDER, "out.svg");
  const path = manifest("check.json", {
    main: { image: "images/main.wat", description: "adds", main: true, restart: "never", uses: { math: "math/math" }, limits: LIMITS, mounts: { "/tmp": "scratch" }, handles: { log: { memory: "log", rights: ["read"] } } },
    math: { image: "images/adder.wat", offers: OFFERS, limits: LIMITS, mounts: { "/tmp": "scratch" }, handles: { log: { memory: "log", rights: ["read", "write"] } } },
  }, { files: { scratch: { kind: "memory" } }, memories: { log: { size: "1 MiB" } } });
  const { status, stdout, stderr } = await isola(["--check", path, "--svg", svg]);
  assert.equal(stderr, "");
  assert.equal(status, 3, "there are remarks");
  assert.match(stdout, /^Services, in the order of their start: math, main$/m);
  assert.match(stdout, /^main \(main: the system ends with it\): adds$/m);
  assert.match(stdout, /^ {2}calls {5}math\/math as math: add\(i32, i32\) -> i32$/m);
  assert.match(stdout, /^ {2}handles {3}log: memory log: read, write$/m);
  assert.match(stdout, /^2 remarks:\n {2}files scratch: math and main can all write to it.*\n {2}service math: it has no heartbeat/m);
  assert.match(readFileSync(svg, "utf8"), /^<svg [^]*>math<[^]*<\/svg>\n$/);
  const clean = await isola(["--check", manifest("clean.json", { hello: { image: "images/hello.wat", limits: LIMITS } })]);
  assert.equal(clean.status, 0, clean.stdout);
  assert.match(clean.stdout, /Nothing to remark\.$/m);
});

test("--check finds images that are not what the manifest says", async () => {
  const { status, stdout } = await isola(["--check", manifest("wrong.json", {
    main: { image: "images/main.wat", uses: { math: "math/math" } },
    math: { image: "images/adder.wat", heartbeat: { period: 1, timeout: 1, function: "well" }, offers: { math: { to: ["*"], functions: { add: { params: ["i64"] }, sub: { params: [] } } } } },
    idle: { image: "images/hello.wat", uses: { numbers: "math/math" } },
    lib: { image: "images/adder.wat" },
    none: { image: "images/none.wasm", handles: { worker: { image: "system.json" } } },
  }, { files: { src: { kind: "host", path: "nowhere" } } })]);
  assert.equal(status, 1);
  for (const expected of [
    /service main: its image imports "add" from "math" as \(func \(param i32 i32\) \(result i32\)\), and math\/math has \(func \(param i64\)\)/,
    /service math: it offers "add" of "math" as \(func \(param i64\)\), and its image exports \(func \(param i32 i32\) \(result i32\)\)/,
    /service math: it offers "sub" of "math", and its image exports no such function/,
    /service math: its heartbeat calls "well", and its image exports no such function/,
    /service idle: it may call math\/math as "numbers", and its image imports nothing from there/,
    /service lib: its image is no program/,
    /service none: its image: cannot read .*none\.wasm: no such file/,
    /service none: its image: .*system\.json/,
    /files src: there is no folder nowhere/,
  ]) assert.match(stdout, expected);
});
