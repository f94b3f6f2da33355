import assert from "node:assert/strict";
import { test } from "node:test";
import { devices } from "./devices.ts";
import { FsError } from "./fs-error.ts";
import { FileKind } from "./interface.ts";
import type { Directory, File, OpenOptions, Stat } from "./interface.ts";
import { OwnDescriptor } from "./own-descriptor.ts";

const READ: OpenOptions = { read: true, write: false, create: false, exclusive: false, truncate: false };
/** As a shell opens for `> /dev/null`. */
const REDIRECT: OpenOptions = { read: false, write: true, create: true, exclusive: false, truncate: true };

const seven = (into: Uint8Array): void => void into.fill(7);
const root = (): Directory => devices({ entropy: seven }).root() as Directory;
const open = (name: string, options: OpenOptions): File => root().openFile(name, options) as File;
const code = (expected: string) => (error: unknown): boolean => error instanceof FsError && error.code === expected;

test("null takes everything and has nothing", () => {
  const reader = open("null", READ);
  assert.equal(reader.read(0, new Uint8Array(8)), 0);
  const writer = open("null", REDIRECT);
  assert.equal(writer.write(1000, new Uint8Array(8)), 8);
  assert.equal(writer.append(new Uint8Array(3)), 3);
});

test("zero, full and random give what was asked for, wherever", () => {
  const bytes = new Uint8Array(5).fill(1);
  assert.equal(open("zero", READ).read(9_000_000_000, bytes), 5);
  assert.deepEqual([...bytes], [0, 0, 0, 0, 0]);
  bytes.fill(1);
  assert.equal(open("full", READ).read(0, bytes), 5);
  assert.deepEqual([...bytes], [0, 0, 0, 0, 0]);
  assert.equal(open("urandom", READ).read(0, bytes), 5);
  assert.deepEqual([...bytes], [7, 7, 7, 7, 7]);
});

test("full is full", () => {
  assert.throws(() => open("full", REDIRECT).write(0, new Uint8Array(1)), code("nospc"));
});

test("a handle does only what it was opened for, until it is closed", () => {
  assert.throws(() => open("null", READ).write(0, new Uint8Array(1)), code("badf"));
  assert.throws(() => open("zero", REDIRECT).read(0, new Uint8Array(1)), code("badf"));
  const file = open("zero", READ);
  file.close();
  assert.throws(() => file.read(0, new Uint8Array(1)), code("badf"));
});

test("the directory lists character devices with inodes of their own, and cannot be changed", () => {
  const entries = root().entries(0n, 100) as readonly { name: string; ino: bigint; kind: number; next: bigint }[];
  assert.deepEqual(entries.map(({ name }) => name), ["full", "null", "random", "urandom", "stderr", "stdin", "stdout", "zero"]);
  assert.ok(entries.every(({ kind }) => kind === FileKind.character));
  assert.equal(new Set(entries.map(({ ino }) => ino)).size, entries.length);
  assert.deepEqual((root().entries(entries[1]!.next, 2) as readonly { name: string }[]).map(({ name }) => name), ["random", "urandom"]);
  assert.throws(() => root().openFile("new", REDIRECT), code("acces"));
  assert.throws(() => root().openFile("new", READ), code("noent"));
  assert.throws(() => root().unlink("null"), code("acces"));
  assert.throws(() => root().mkdir("d"), code("acces"));
  assert.throws(() => root().mkdir("null"), code("exist"));
  assert.throws(() => root().mkdir(".."), code("inval"));
});

test("a standard stream is its opener's, and nothing by itself", () => {
  for (const [number, name] of ["stdin", "stdout", "stderr"].entries()) {
    const file = open(name, name === "stdin" ? READ : REDIRECT);
    assert.ok(file instanceof OwnDescriptor);
    assert.equal(file.number, number);
    assert.throws(() => file.read(), code("nxio"));
    assert.throws(() => file.write(), code("nxio"));
    file.close();
  }
});

test("the standard streams say whose descriptor they are", () => {
  const owns = ["stdin", "stdout", "stderr", "null"].map((name) => (root().statEntry(name) as Stat).own);
  assert.deepEqual(owns, [0, 1, 2, undefined]);
});

test("what is not given is not there", () => {
  const names = (devices().root() as Directory).entries(0n, 100) as readonly { name: string }[];
  assert.deepEqual(names.map(({ name }) => name), ["full", "null", "stderr", "stdin", "stdout", "zero"]);
});
