import assert from "node:assert/strict";
import { test } from "node:test";
import { FsError } from "#fs";
import type { Directory, File } from "#fs";
import { OptionError } from "#base";
import { callCommand, command, CommandSpecError } from "./command.ts";
import { commandFs } from "./command-fs.ts";

const signal = new AbortController().signal;
const weather = command({
  summary: "Tell the weather.",
  options: { city: { type: "string", required: true, help: "where" }, days: { type: "number", default: 1 }, metric: { type: "boolean" }, extra: { type: "json" } },
  run: ({ options: { city, days, metric, extra } }) => ({ city: city.toUpperCase(), days: days + 1, metric, extra }),
});
const call = (words: readonly string[], stdin = "") => callCommand("weather", weather, words, stdin, signal);

test("options come typed, the answer goes out as JSON", async () => {
  const { status, stdout, stderr } = await call(["--city", "Paris", "--days=3", "--metric", "--extra", '{"a":[1]}']);
  assert.deepEqual([status, JSON.parse(stdout), stderr], [0, { city: "PARIS", days: 4, metric: true, extra: { a: [1] } }, ""]);
  assert.deepEqual(JSON.parse((await call(["--city=x"])).stdout), { city: "X", days: 2, metric: false });
});

const REFUSED: readonly [words: readonly string[], message: string][] = [
  [[], "--city is needed"],
  [["--city"], "--city needs a value"],
  [["--city", "x", "--days", "many"], '--days needs a number, not "many"'],
  [["--city", "x", "--days", ""], '--days needs a number, not ""'],
  [["--city", "x", "--metric=perhaps"], '--metric is true or false, not "perhaps"'],
  [["--city", "x", "--extra", "{"], '--extra needs JSON, not "{"'],
  [["--city", "x", "--constructor"], "unknown option --constructor"],
  [["--city", "x", "-v"], "unknown option -v"],
  [["--city", "x", "--city", "y"], "--city is given twice"],
  [["--city", "x", "more"], 'unexpected "more"'],
];
for (const [words, message] of REFUSED) {
  test(`weather ${words.join(" ")}: ${message}`, async () => {
    assert.deepEqual(await call(words), { status: 2, stdout: "", stderr: `weather: ${message}\nTry 'weather --help'.\n` });
  });
}

test("help is made of the declaration", async () => {
  assert.equal((await call(["--help"])).stdout, [
    "Usage: weather [OPTIONS]", "Tell the weather.",
    "  --city STRING  where (needed)", "  --days NUMBER  (1 unless told)", "  --metric", "  --extra JSON", "",
  ].join("\n"));
});

test("operands, input, text, and what a function throws", async () => {
  const join = command({ summary: "Join.", operands: ["SEPARATOR", "WORD…"], run: ({ operands: [separator, ...words] }) => words.join(separator) });
  assert.equal((await callCommand("join", join, ["-", "--", "-a", "b"], "", signal)).stdout, "-a-b\n");
  assert.match((await callCommand("join", join, [], "", signal)).stderr, /^join: SEPARATOR is missing\n/);
  const size = command({ summary: "Size.", input: "json", run: ({ input }) => (input as unknown[]).length });
  assert.equal((await callCommand("size", size, [], "[1,2,3]", signal)).stdout, "3\n");
  assert.match((await callCommand("size", size, [], "nope", signal)).stderr, /^size: standard input is no JSON/);
  const failing = command({ summary: "Fail.", run: () => Promise.reject(new Error("no such city")) });
  assert.deepEqual(await callCommand("failing", failing, [], "", signal), { status: 1, stdout: "", stderr: "failing: no such city\n" });
  const odd = command({ summary: "Odd.", run: () => () => 1 });
  assert.deepEqual(await callCommand("odd", odd, [], "", signal), { status: 1, stdout: "", stderr: "odd: its answer cannot be written as JSON\n" });
});

test("what is thrown can be anything", async () => {
  for (const [thrown, text] of [["text", "text"], [undefined, "undefined"], [Object.create(null), "a reason without words"], [Object.assign(new Error(), { message: Symbol("s") }), "Symbol(s)"]] as const) {
    const failing = command({ summary: "Fail.", run: () => Promise.reject(thrown) });
    assert.deepEqual(await callCommand("failing", failing, [], "", signal), { status: 1, stdout: "", stderr: `failing: ${text}\n` });
  }
});

test("what is no declaration of a command is refused where it is made", () => {
  assert.throws(() => command({ summary: "", options: { a: { type: "strng" as "string" } }, run: () => "" }), (error) => error instanceof CommandSpecError && error.message.startsWith("--a is of no type"));
  assert.throws(() => command({ summary: "" } as unknown as Parameters<typeof command>[0]), CommandSpecError);
  assert.throws(() => command(null as unknown as Parameters<typeof command>[0]), CommandSpecError);
  for (const [spec, named] of [[{ sumary: "" }, "sumary"], [{ summary: 5 }, "summary"], [{ summary: "", input: "txt" }, "input"], [{ summary: "", operands: "FILE" }, "operands"], [{ summary: "", options: { a: { type: "string", requird: true } } }, "options.a.requird"], [{}, "summary"]] as const) {
    assert.throws(() => command({ ...spec, run: () => "" } as unknown as Parameters<typeof command>[0]), (error) => error instanceof OptionError && error.option === named, named);
  }
  assert.throws(() => command({ summary: "", options: { a: { type: "number", default: "5" as unknown as number } }, run: () => "" }), { message: "--a is a number, and its default is none" });
  assert.throws(() => commandFs({ f: (() => 1) as unknown as typeof weather }), (error) => error instanceof CommandSpecError && error.message.startsWith("f is no command"));
});

test("an answer that is too large is told as that", async () => {
  for (const length of [64 << 20, (64 << 20) + 10]) {
    const large = command({ summary: "Answer much.", run: () => "x".repeat(length) });
    const file = open({ large }, "large");
    file.write(0, request([], ""));
    const answer = new Uint8Array(200);
    const text = new TextDecoder().decode(answer.subarray(8, await file.read(0, answer)));
    assert.equal(text, "large: its answer is too large: all calls under way may hold 64 MiB\n");
    file.close();
  }
});

test("names that nobody could type are refused", () => {
  assert.throws(() => command({ summary: "", options: { help: { type: "boolean" } }, run: () => "" }), CommandSpecError);
  assert.throws(() => command({ summary: "", options: { "A b": { type: "string" } }, run: () => "" }), CommandSpecError);
  assert.throws(() => commandFs({ "../x": weather }), CommandSpecError);
});

const BOTH = { read: true, write: true, create: false, exclusive: false, truncate: false };
const request = (words: readonly string[], stdin: string): Uint8Array => {
  const args = new TextEncoder().encode(words.map((word) => `${word}\0`).join(""));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, args.length, true);
  return new Uint8Array([...head, ...args, ...new TextEncoder().encode(stdin)]);
};
const open = (commands: Parameters<typeof commandFs>[0], name: string): File => ((commandFs(commands).root() as Directory).openDirectory("call") as Directory).openFile(name, BOTH) as File;

test("a call is a file: what is written is the request, what is read the answer", async () => {
  const file = open({ weather }, "weather");
  const bytes = request(["--city", "Oslo"], "");
  file.write(0, bytes.subarray(0, 6));
  file.write(0, bytes.subarray(6));
  const answer = new Uint8Array(200);
  let length = 0;
  // In small pieces, as a program may ask for it.
  for (let part = 1; part > 0; length += part) part = await file.read(length, answer.subarray(length, length + 7));
  const view = new DataView(answer.buffer);
  assert.equal(view.getUint32(0, true), 0);
  assert.equal(view.getUint32(4, true), length - 8);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(answer.subarray(8, length))), { city: "OSLO", days: 2, metric: false });
  assert.throws(() => file.write(0, new Uint8Array(1)), (error) => error instanceof FsError && error.code === "pipe");
  file.close();
});

test("requests that are cut off or too large are refused", async () => {
  const cut = open({ weather }, "weather");
  cut.write(0, request(["--city", "Oslo"], "").subarray(0, 9));
  await assert.rejects(async () => cut.read(0, new Uint8Array(8)), (error) => error instanceof FsError && error.code === "inval");
  const large = open({ weather }, "weather");
  large.write(0, new Uint8Array(16 << 20));
  assert.throws(() => large.write(0, new Uint8Array(1)), (error) => error instanceof FsError && error.code === "fbig");
});

test("a caller that goes aborts the call", async () => {
  let aborted = false;
  const waiting = command({
    summary: "Wait.",
    run: ({ signal: gone }) => new Promise((resolve) => gone.addEventListener("abort", () => {
      aborted = true;
      resolve("");
    })),
  });
  const file = open({ waiting }, "waiting");
  file.write(0, request([], ""));
  const reading = file.read(0, new Uint8Array(8));
  await new Promise((resolve) => setImmediate(resolve));
  file.close();
  await reading;
  assert.ok(aborted);
});

test("requests in small pieces cost their bytes, and all calls together are bounded", () => {
  const fs = commandFs({ weather });
  const opened = (): File => ((fs.root() as Directory).openDirectory("call") as Directory).openFile("weather", BOTH) as File;
  const files: File[] = [];
  const fill = (): void => {
    for (;;) {
      const file = opened();
      files.push(file);
      file.write(0, new Uint8Array(16 << 20));
    }
  };
  assert.throws(fill, (error) => error instanceof FsError && error.code === "nospc");
  assert.equal(files.length, 5);
  for (const file of files) file.close();
  files[0]!.close();
  const again = opened();
  for (let index = 0; index < 10_000; index++) again.write(0, Uint8Array.of(index));
  again.close();
  assert.throws(fill, (error) => error instanceof FsError && error.code === "nospc");
  assert.equal(files.length, 10);
});

test("arguments of many megabytes are refused, not taken apart", async () => {
  const file = open({ weather }, "weather");
  const bytes = new Uint8Array(4 + (2 << 20));
  new DataView(bytes.buffer).setUint32(0, 2 << 20, true);
  file.write(0, bytes);
  await assert.rejects(async () => file.read(0, new Uint8Array(8)), (error) => error instanceof FsError && error.code === "inval");
});
