/** CPython 3.11 while it runs: a live standard input, limits, and several side by side. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import type { Process, SpawnOptions } from "../../src/node.ts";
import { Subject, assertEnded, pythonLibrary } from "./programs.ts";
import type { Ended } from "./programs.ts";

describe("CPython under limits", () => {
  const subject = new Subject();
  const usr = pythonLibrary();
  const python = (code: string, options: SpawnOptions = {}): Promise<Ended> => subject.run("python", { ...options, args: ["-c", code], fs: { "/usr": usr } });
  const start = async (code: string, options: SpawnOptions = {}): Promise<Process> =>
    subject.os.spawn(await subject.load("python"), { limits: { cpu: "40s", wall: "100s" }, ...options, args: ["-u", "-c", code], fs: { "/usr": usr } });

  test("standard input is read line by line as it comes, while another Python computes", async () => {
    const other = await start("while True: pass");
    const reader = await start("import sys\nprint('ready')\nfor line in sys.stdin: print(line.strip()[::-1])\nprint('end')", { stdin: "pipe", stdout: "pipe" });
    const answers = lines(reader.stdout!);
    const input = reader.stdin!.getWriter();
    assert.equal(await answers.next(), "ready");
    const idle = reader.usage().cpuMs;
    for (const word of ["one", "zwei", "日本"]) {
      await sleep(60);
      assert.equal(answers.waiting, 0, "no answer without a question");
      await input.write(`${word}\n`);
      assert.equal(await answers.next(), [...word].reverse().join(""));
    }
    await input.write("half a line, ");
    await sleep(60);
    assert.equal(answers.waiting, 0, "a line that is not whole is no line yet");
    await input.write("now whole\nand the last without an end");
    assert.equal(await answers.next(), "elohw won ,enil a flah");
    await input.close();
    assert.equal(await answers.next(), "dne na tuohtiw tsal eht dna");
    assert.equal(await answers.next(), "end");
    assert.deepEqual(await reader.exited, { status: 0 });
    assert.ok(reader.usage().cpuMs - idle < 200, `waiting cost ${reader.usage().cpuMs - idle} ms of processor time`);
    assert.ok(reader.usage().wallMs > 240);
    assert.equal(other.running, true);
    other.kill();
    assert.deepEqual(await other.exited, { killed: "request", message: "killed by its starter" });
  });

  test("standard input given whole, and none", async () => {
    assertEnded(await python("import sys; print(len(sys.stdin.buffer.read()))", { stdin: new Uint8Array(300_000) }), { stdout: "300000\n" });
    assertEnded(await python("print(input() + '|' + input())", { stdin: { text: "first\nsecond\n" } }), { stdout: "first|second\n" });
    assertEnded(await python("input()"), { status: 1, stdout: "", stderr: /EOFError: EOF when reading a line\n$/ });
  });

  test("an endless loop meets the cpu limit, also one that catches everything", async () => {
    for (const code of ["while True: pass", "while True:\n  try:\n    while True: pass\n  except BaseException: pass", "x = 3 ** 10000000\nwhile True: x * x"]) {
      const ended = await python(code, { limits: { cpu: "1500ms", wall: "60s" } });
      assert.equal(ended.exit.killed, "cpu limit", ended.report + ended.stderr);
      assert.match(ended.report, /^python: killed: cpu limit of 1\.5 s reached/);
      assert.ok(ended.usage.cpuMs < 2000, `${ended.usage.cpuMs} ms`);
    }
  });

  test("a wall limit ends what waits for ever", async () => {
    const process = await start("print('waiting'); input()", { stdin: "pipe", stdout: "pipe", limits: { wall: "3 s" } });
    assert.deepEqual((await process.exited).killed, "wall limit");
    assert.equal(await process.stdout!.text(), "waiting\n");
    assert.ok(process.usage().wallMs >= 3000 && process.usage().wallMs < 4500, `${process.usage().wallMs} ms`);
  });

  test("memory beyond the limit is a MemoryError, and the program goes on", async () => {
    const ended = await python("try: x = [0] * 10 ** 9\nexcept MemoryError: print('no')\nx = bytes(20 << 20); print(len(x))\ntry:\n  while True: x += x\nexcept MemoryError: print('no more')", { limits: { memory: "64 MiB" } });
    assertEnded(ended, { stdout: "no\n20971520\nno more\n" });
    assert.ok(ended.usage.peakMemory > 28e6 && ended.usage.peakMemory <= 64 << 20, `${ended.usage.peakMemory}`);
    const uncaught = await python("x = [0] * 10 ** 9", { limits: { memory: "64 MiB" } });
    assertEnded(uncaught, { status: 1, stderr: /MemoryError\n$/ });
  });

  test("a limit below what the program starts with is told before it runs", async () => {
    await assert.rejects(python("1", { limits: { memory: "4 MiB" } }), /memory limit of 4194304 reached/);
  });

  test("deep recursion is a RecursionError; beyond Python's own limit it is a fault that names the stack", async () => {
    assertEnded(await python("def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError as e: print(e)"), { stdout: "maximum recursion depth exceeded\n" });
    const ended = await python("import sys\nsys.setrecursionlimit(10 ** 8)\nclass A:\n  def __repr__(self): return repr(self)\nrepr(A())");
    assert.ok(ended.exit.fault !== undefined, ended.report + ended.stderr);
    assert.match(ended.report, /^python: wasm trap: (out of bounds memory access|call stack exhausted)\nwasm backtrace:\n {4}0: +0x[0-9a-f]+ - python!<wasm function \d+>\n/);
  });

  test("flooding standard output meets the output limit", async () => {
    const ended = await python("import sys\nwhile True: sys.stdout.write('x' * 10000)", { limits: { output: "1 MiB" } });
    assert.equal(ended.exit.killed, "output limit", ended.report);
    assert.ok(ended.stdout.length > 1_000_000 && ended.stdout.length <= 1 << 20, `${ended.stdout.length}`);
  });

  test("two Pythons side by side share the processor, and neither sees the other", async () => {
    const count = "import time, os\nend = time.monotonic() + 1.0\nn = 0\nwhile time.monotonic() < end: n += 1\nprint(n, os.environ['ME'])";
    const ended = await Promise.all(["a", "b"].map((me) => python(count, { env: { ME: me } })));
    const counts = ended.map(({ stdout }) => Number(stdout.split(" ")[0]));
    for (const [index, end] of ended.entries()) assertEnded(end, { stdout: `${counts[index]} ${"ab"[index]}\n` });
    // On a busy host the two seconds need not be the same; what counts is that neither starves.
    assert.ok(Math.min(...counts) > 0.1 * Math.max(...counts), counts.join(" and "));
  });

  test("an abort signal ends it", async () => {
    const controller = new AbortController();
    const ending = python("while True: pass", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 300);
    const { exit } = await ending;
    assert.deepEqual(exit, { killed: "request", message: "aborted: enough" });
  });
});

/** Lines of a live stream. `waiting` counts those that came and were not taken. */
function lines(stream: ReadableStream<Uint8Array>): { next(): Promise<string | undefined>; readonly waiting: number } {
  const ready: string[] = [];
  let rest = "";
  let wake = (): void => undefined;
  let done = false;
  void (async () => {
    for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      ready.push(...parts);
      wake();
    }
    done = true;
    wake();
  })();
  return {
    async next() {
      while (ready.length === 0 && !done) await new Promise<void>((resolve) => (wake = resolve));
      return ready.shift();
    },
    get waiting() {
      return ready.length;
    },
  };
}
