/** What programs do with streams that behave badly, and with what a program costs. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { memory } from "isola";
import type { Exit } from "isola";
import { os, programs } from "./row.ts";

function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
}

const status = (exit: Exit): number | undefined => (exit as { readonly status?: number }).status;
const TEXT = "süß one\ntwo two\nthree\n";

const FILTERS: readonly (readonly [line: string, args: readonly string[], out: string])[] = [
  ["cat", [], TEXT],
  ["wc", [], "3 5 24\n"],
  ["sort", [], "süß one\nthree\ntwo two\n"],
  ["head", ["-n", "2"], "süß one\ntwo two\n"],
  ["tail", ["-n", "1"], "three\n"],
  ["cut", ["-c", "2"], "ü\nw\nh\n"],
  ["uniq", [], TEXT],
  ["tr", ["o", "0"], "süß 0ne\ntw0 tw0\nthree\n"],
  ["grep", ["-n", "t.o"], "2:two two\n"],
  ["sed", ["s/./X/2"], "sXß one\ntXo two\ntXree\n"],
  ["tee", [], TEXT],
  ["sha256sum", [], `${createHash("sha256").update(TEXT).digest("hex")}  -\n`],
];

for (const [name, args, expected] of FILTERS) {
  test(`${name} reads byte by byte`, async () => {
    const whole = await os.spawn(await programs.get(name), { args, stdin: { text: TEXT } });
    const pieces = await os.spawn(await programs.get(name), { args, stdin: inPieces(TEXT, 1) });
    const [out, same] = await Promise.all([whole.stdout!.text(), pieces.stdout!.text(), whole.exited, pieces.exited]);
    assert.equal(same, out);
    assert.equal(out, expected);
    assert.equal(status(await pieces.exited), 0);
  });
}

test("a program whose output nobody takes ends with a complaint", async () => {
  for (const [name, args] of [["seq", ["100000000"]], ["cat", []], ["grep", ["-v", "x"]], ["sed", ["p"]], ["tr", ["a", "b"]], ["sort", []], ["hexdump", []]] as const) {
    const process = await os.spawn(await programs.get(name), { args, stdin: { text: "y\n".repeat(400_000) }, stdout: "pipe" });
    await process.stdout!.cancel();
    assert.match(await process.stderr!.text(), new RegExp(`^${name}: write error: Broken pipe\n$`));
    assert.equal(status(await process.exited), name === "grep" || name === "sort" ? 2 : 1, name);
  }
});

test("a program without standard streams does what it can", async () => {
  const process = await os.spawn(await programs.get("cat"), { stdin: "null", stdout: "null" });
  assert.equal(status(await process.exited), 0);
});

test("cat takes no more memory for more bytes", async () => {
  const cat = await programs.get("cat");
  const run = async (length: number): Promise<number> => {
    const process = await os.spawn(cat, { stdin: new Uint8Array(length), stdout: "null" });
    assert.equal(status(await process.exited), 0);
    return process.usage().peakMemory;
  };
  assert.equal(await run(64 << 20), await run(1));
});

test("a line of any length is one line", async () => {
  const long = "x".repeat(3_000_000);
  for (const [name, args, out] of [["wc", ["-l"], "1\n"], ["grep", ["-c", "x$"], "1\n"], ["head", ["-n", "1"], `${long}\n`], ["sed", ["s/x$/y/"], `${long.slice(1)}y\n`], ["sort", [], `${long}\n`]] as const) {
    const process = await os.spawn(await programs.get(name), { args, stdin: { text: `${long}\n` } });
    assert.equal(await process.stdout!.text(), out, name);
  }
});

test("to start costs little: well below a millisecond of the program's own work", async () => {
  const fs = memory();
  for (const name of ["true", "echo", "cat", "sort", "grep", "sed", "find"]) {
    const args = name === "grep" ? ["x"] : name === "sed" ? ["p"] : [];
    let least = Infinity;
    for (let round = 0; round < 30; round++) {
      const process = await os.spawn(await programs.get(name), { args, fs: { "/": fs }, stdin: "null" });
      await process.exited;
      least = Math.min(least, process.usage().cpuMs);
    }
    assert.ok(least < 5, `${name}: ${least} ms`);
  }
});
