import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync, linkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../../../test/fs/scratch.ts";
import { Side } from "../../../test/fs/side.ts";
import { FsError } from "../fs-error.ts";
import { memory } from "../memory/memory.ts";
import type { MemoryFileSystem } from "../memory/memory.ts";
import { encodeHeader } from "./header.ts";
import { readTar } from "./read-tar.ts";
import { TarError } from "./tar-error.ts";
import { writeTar } from "./write-tar.ts";

async function archive(fs: MemoryFileSystem): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  await writeTar(fs.root(), (bytes) => void pieces.push(bytes.slice()));
  return pieces;
}
async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
const joined = (pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));
const unpack = async (bytes: Uint8Array, fs: MemoryFileSystem = memory()): Promise<MemoryFileSystem> => {
  await readTar(inPieces(bytes, 700), fs.root());
  return fs;
};
const dump = (fs: MemoryFileSystem): string[] => new Side(fs.root()).dump();

function sample(): MemoryFileSystem {
  const fs = memory({ files: { "/a": "A", "/d/e/deep": new Uint8Array(100_000).fill(7), "/d/empty": "", [`/d/${"long".repeat(60)}`]: "long", "/ä/\u{1f600}": "ü" } });
  const root = fs.root();
  root.symlink("link", `../${"far/".repeat(100)}away`);
  root.link("a", root, "second");
  root.mkdir("hollow");
  root.setEntryTimes("a", { atime: 1n, mtime: 1_234_567_890_123_456_789n });
  root.setEntryTimes("d", { atime: 1n, mtime: -1_500_000_000n });
  return fs;
}

test("what is packed comes out the same, times and links too", async () => {
  const fs = sample();
  const copy = await unpack(joined(await archive(fs)));
  assert.deepEqual(dump(copy), dump(fs));
  for (const path of ["a", "d", "second"]) assert.equal(copy.stat(path)?.mtimeNs, fs.stat(path)?.mtimeNs, path);
  // Over what is there already.
  const over = memory({ files: { "/a": "old", "/d/e/deep": "old", "/else": "stays" } });
  await unpack(joined(await archive(fs)), over);
  assert.equal(over.readText("/else"), "stays");
  over.remove("/else");
  assert.deepEqual(dump(over), dump(fs));
});

test("the host's tar reads ours and we read its", async () => {
  const folder = scratchFolder();
  try {
    writeFileSync(join(folder, "ours.tar"), joined(await archive(sample())));
    mkdirSync(join(folder, "out"));
    execFileSync("tar", ["-xf", join(folder, "ours.tar"), "-C", join(folder, "out")]);
    assert.equal(readFileSync(join(folder, "out", "second"), "utf8"), "A");
    assert.equal(statSync(join(folder, "out", "a")).ino, statSync(join(folder, "out", "second")).ino);
    assert.equal(readFileSync(join(folder, "out", "ä", "\u{1f600}"), "utf8"), "ü");
    assert.equal(readlinkSync(join(folder, "out", "link")).length, 3 + 400 + 4);
    assert.equal(statSync(join(folder, "out", "a"), { bigint: true }).mtimeNs, 1_234_567_890_123_456_789n);

    const source = join(folder, "in");
    mkdirSync(join(source, "x".repeat(120), "y".repeat(120)), { recursive: true });
    writeFileSync(join(source, "x".repeat(120), "y".repeat(120), "z"), "zzz");
    symlinkSync("q".repeat(150), join(source, "l"));
    linkSync(join(source, "x".repeat(120), "y".repeat(120), "z"), join(source, "w"));
    for (const format of ["gnu", "pax", "posix", "ustar"]) {
      execFileSync("tar", ["-cf", join(folder, "its.tar"), `--format=${format}`, "-C", source, "w", ...(format === "ustar" ? [] : ["."])], { stdio: ["ignore", "ignore", "ignore"] });
      const fs = await unpack(new Uint8Array(readFileSync(join(folder, "its.tar"))));
      assert.equal(fs.readText("/w"), "zzz", format);
      if (format !== "ustar") assert.equal(fs.readText(`/${"x".repeat(120)}/${"y".repeat(120)}/z`), "zzz", format);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const entry = (path: string, type: string, target = "", size = 0): Uint8Array => encodeHeader({ path, type, target, size, mtimeNs: 0n });
const END = new Uint8Array(1024);

test("an archive cannot get outside, and what is malformed is refused", async () => {
  const fails = async (code: string, ...pieces: Uint8Array[]): Promise<void> => {
    const fs = memory({ files: { "/inner/keep": "k" } });
    const root = fs.root();
    const inner = root.openDirectory("inner");
    await assert.rejects(readTar(inPieces(joined(pieces), 512), inner), (error) => (error instanceof TarError || error instanceof FsError) && error.code === code ? true : assert.fail(`expected ${code}, got ${String(error)}`));
    assert.deepEqual(fs.list("/"), ["inner"]);
  };
  await fails("tar/path", entry("../out", "0"), END);
  await fails("tar/path", entry("a/../../out", "5"), END);
  await fails("tar/path", entry("l", "2", ".."), entry("l/out", "0"), END);
  await fails("tar/path", entry("l", "2", ".."), entry("l", "5"), END);
  await fails("tar/path", entry("h", "1", "../inner/keep"), END);
  await fails("noent", entry("h", "1", "nothing"), END);
  await fails("tar/path", entry("keep/x", "0"), END);
  await fails("tar/kind", entry("device", "3"), END);
  await fails("tar/truncated", entry("f", "0", "", 600), new Uint8Array(512));
  await fails("tar/header", new Uint8Array(512).fill(1));
  await fails("tar/header", entry("x", "x", "", 512), new Uint8Array(512).fill(0x31), END);
  await fails("tar/header", entry("x", "x", "", 1 << 30));
  // Absolute paths begin at the root of what is unpacked into.
  const fs = await unpack(joined([entry("/abs/f", "0"), END]));
  assert.deepEqual(fs.list("/abs"), ["f"]);
});
