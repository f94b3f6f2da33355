import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, readOnly } from "#fs";
import type { FileSystem, MemoryFileSystem } from "#fs";
import { Account, Charges } from "#kernel";
import type { Program } from "../program.ts";
import { ProgramFinder } from "./program-finder.ts";

const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const HOUR_NS = 3_600_000_000_000n;

/** A finder that counts what it compiles; `aheadNs` is what its clock is ahead of the files. */
class Bench {
  readonly compiled: string[] = [];
  readonly finder: ProgramFinder;

  constructor(aheadNs: bigint) {
    this.finder = new ProgramFinder(async (bytes, name) => {
      this.compiled.push(`${name} ${bytes.length}`);
      return { name: `${name} ${bytes.length}` } as Program;
    }, () => BigInt(Date.now()) * 1_000_000n + aheadNs, () => 5);
  }
  async find(fs: FileSystem, path: string, argv: readonly string[] = [path]): Promise<readonly [name: string, argv: readonly string[]]> {
    const found = await this.finder.find(await fs.root(), "/", path, argv);
    return [found.program.name, found.argv];
  }
}

function files(): MemoryFileSystem {
  return memory({ files: { "/bin/a": MODULE, "/bin/b": Uint8Array.of(...MODULE, 0, 1, 0) } });
}

test("a program is compiled once for each file, by whichever name it is found", async () => {
  const bench = new Bench(HOUR_NS);
  const fs = files();
  const root = fs.root();
  root.symlink("link", "bin/a");
  root.openDirectory("bin").link("a", root, "hard");
  for (const path of ["/bin/a", "bin/../bin/a", "/link", "hard", "/bin/b", "/bin/a"]) await bench.find(fs, path);
  assert.deepEqual(bench.compiled, ["a 8", "b 11"]);
  // The same numbers in another file system are another file.
  await bench.find(files(), "/bin/a");
  assert.equal(bench.compiled.length, 3);
});

test("a changed file is compiled anew, and what has just changed always", async () => {
  const old = new Bench(HOUR_NS);
  const fs = files();
  await old.find(fs, "/bin/a");
  fs.writeFile("/bin/a", Uint8Array.of(...MODULE, 0, 2, 0, 0));
  assert.deepEqual(await old.find(fs, "/bin/a"), ["a 12", ["/bin/a"]]);

  const young = new Bench(0n);
  for (let index = 0; index < 3; index++) await young.find(fs, "/bin/a");
  assert.equal(young.compiled.length, 3);
  const fixed = readOnly(fs);
  for (let index = 0; index < 3; index++) await young.find(fixed, "/bin/a");
  assert.equal(young.compiled.length, 4);
});

test("the programs that were used least are forgotten first", async () => {
  const bench = new Bench(HOUR_NS);
  const fs = memory({ files: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`/p${index}`, MODULE])) });
  for (let index = 0; index < 300; index++) {
    await bench.find(fs, "/p0");
    await bench.find(fs, `/p${index}`);
  }
  assert.equal(bench.compiled.length, 300);
  await bench.find(fs, "/p0");
  await bench.find(fs, "/p299");
  assert.equal(bench.compiled.length, 300);
  await bench.find(fs, "/p1");
  assert.equal(bench.compiled.length, 301);
});

test("scripts: the interpreter's line in all its forms", async () => {
  const bench = new Bench(HOUR_NS);
  const fs = files();
  const rows: readonly (readonly [text: string, argv: readonly string[]])[] = [
    ["#!/bin/a", ["/bin/a", "/s", "x"]],
    ["#!/bin/a\n", ["/bin/a", "/s", "x"]],
    ["#! /bin/a  -e  -u \nrest", ["/bin/a", "-e  -u", "/s", "x"]],
    ["#!/bin/a\t-x\r\n", ["/bin/a", "-x", "/s", "x"]],
  ];
  for (const [text, argv] of rows) {
    fs.writeFile("/s", text);
    assert.deepEqual(await bench.find(fs, "/s", ["s", "x"]), ["a 8", argv], JSON.stringify(text));
  }
  for (const [text, errno] of [["#!", "noexec"], ["#!/none", "noent"], ["#!/bin", "acces"], ["#!/s", "loop"], ["text", "noexec"], ["", "noexec"], ["\0asn", "noexec"]] as const) {
    fs.writeFile("/s", text);
    await assert.rejects(bench.find(fs, "/s"), { code: "abi/spawn", errno }, JSON.stringify(text));
  }
});

test("who starts a program pays for its bytes while they are read, and less than they are is refused", async () => {
  const fs = files();
  const root = await fs.root();
  const account = new Account("test", undefined, { memory: 10 });
  const charges = new Charges(account);
  const spent: number[] = [];
  const payer = { charges, spent: (ms: number) => spent.push(ms) };
  const find = async (path: string): Promise<unknown> => new Bench(HOUR_NS).finder.find(root, "/", path, [path], payer);
  await find("/bin/a");
  assert.deepEqual([account.used("memory"), charges.objects], [0, 0]);
  // No more than it says that it took, and no more than it took.
  assert.ok(spent.length === 1 && spent[0]! >= 0 && spent[0]! <= 5);
  await assert.rejects(find("/bin/b"), { code: "abi/spawn", errno: "nomem" });
  assert.deepEqual([account.used("memory"), charges.objects], [0, 0]);
});

test("no more bytes of programs are kept than is said", async () => {
  const bench = new Bench(HOUR_NS);
  const size = 150 * 1024 * 1024;
  const fs = files();
  for (const name of ["/p", "/q", "/r", "/s"]) {
    fs.writeFile(name, MODULE);
    fs.root().openFile(name.slice(1), { read: true, write: true, create: false, exclusive: false, truncate: false }).truncate(size);
    await bench.find(fs, name);
  }
  await bench.find(fs, "/s");
  assert.equal(bench.compiled.length, 4);
  await bench.find(fs, "/p");
  assert.equal(bench.compiled.length, 5);
});
