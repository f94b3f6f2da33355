import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FileKind, FsError, openAt, resolve } from "#fs";
import type { FsErrorCode } from "#fs";
import { CREATE, READ, TRAITS, WRITE, fileSystemCases, get, names, put } from "../../../test/fs/file-system.cases.ts";
import { hostDirectory } from "./host-directory.ts";
import type { HostDirectoryOptions, HostFileSystem } from "./host-directory.ts";

const hasProc = existsSync("/proc/self/fd");
const onLinux = { skip: hasProc ? false : "needs /proc" };

function folder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "isola-host-directory-")));
}
function open(t: TestContext, options: HostDirectoryOptions = { write: true }): { path: string; fs: HostFileSystem } {
  const path = folder();
  const fs = hostDirectory(path, options);
  t.after(() => {
    fs.close();
    rmSync(path, { recursive: true, force: true });
  });
  return { path, fs };
}
const fails = (code: FsErrorCode, act: () => unknown): void =>
  assert.throws(act, (error) => (error instanceof FsError && error.code === code ? true : assert.fail(`expected ${code}, got ${String(error)}`)));

for (const addressing of ["descriptor", "path"] as const) {
  if (addressing === "descriptor" && !hasProc) continue;
  fileSystemCases(`host directory by ${addressing}`, addressing === "descriptor" ? TRAITS.hostByDescriptor : TRAITS.hostByPath, () => {
    const path = folder();
    const fs = hostDirectory(path, { read: true, write: true, addressing });
    return {
      fs,
      dispose: () => {
        assert.equal(fs.descriptors.count, 1, "all but the root are closed");
        fs.close();
        rmSync(path, { recursive: true, force: true });
      },
    };
  });
}

test("a read-only directory refuses every change and stays as it is", async (t) => {
  const { path, fs } = open(t, { read: true });
  writeFileSync(join(path, "f"), "text");
  mkdirSync(join(path, "d"));
  symlinkSync("f", join(path, "l"));
  assert.equal(fs.readOnly, true);
  const root = fs.root();
  const now = { atime: "now", mtime: "now" } as const;
  const before = JSON.stringify(readdirSync(path));
  for (const act of [
    () => root.openFile("f", WRITE), () => root.openFile("new", CREATE), () => root.openFile("new", { ...READ, create: true }), () => root.openFile("f", { ...READ, truncate: true }),
    () => root.mkdir("x"), () => root.rmdir("d"), () => root.unlink("f"), () => root.symlink("x", "f"), () => root.link("f", root, "x"), () => root.rename("f", root, "x"),
    () => root.setEntryTimes("f", now), () => root.setTimes(now),
  ]) fails("rofs", act);
  fails("exist", () => root.openFile("f", { ...READ, create: true, exclusive: true }));
  const file = root.openFile("f", { ...READ, create: true });
  fails("rofs", () => file.setTimes(now));
  fails("badf", () => file.write(0, new Uint8Array(1)));
  fails("badf", () => file.append(new Uint8Array(1)));
  file.close();
  assert.equal(await get(root, "f"), "text");
  assert.deepEqual(await names(root), ["d", "f", "l"]);
  assert.equal(JSON.stringify(readdirSync(path)), before);
  root.close();
});

test("pipes, sockets and devices are not opened, and opening never blocks", { timeout: 10_000, ...onLinux }, async (t) => {
  const { path, fs } = open(t);
  execFileSync("mkfifo", [join(path, "pipe")]);
  const server = createServer().listen(join(path, "socket"));
  await once(server, "listening");
  const root = fs.root();
  for (const options of [READ, WRITE, { ...WRITE, read: false }, CREATE, { ...WRITE, truncate: true }]) {
    fails("notsup", () => root.openFile("pipe", options));
    fails("notsup", () => root.openFile("socket", options));
  }
  fails("notdir", () => root.openDirectory("pipe"));
  assert.equal(root.statEntry("socket").kind, FileKind.socketStream);
  assert.equal(root.statEntry("pipe").kind, FileKind.unknown);
  root.close();
  server.close();
  const dev = hostDirectory("/dev");
  const devices = dev.root();
  fails("notsup", () => devices.openFile("null", READ));
  assert.equal(devices.statEntry("null").kind, FileKind.character);
  devices.close();
  dev.close();
});

test("links out are refused where they are walked, and the driver follows none", (t) => {
  const { path, fs } = open(t);
  const outside = folder();
  t.after(() => rmSync(outside, { recursive: true }));
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(outside, join(path, "abs"));
  symlinkSync(`../${outside.split("/").pop()!}`, join(path, "rel"));
  symlinkSync(join(outside, "secret"), join(path, "file"));
  symlinkSync(join(outside, "planted"), join(path, "dangling"));
  const root = fs.root();
  for (const name of ["abs", "rel"]) {
    fails("loop", () => root.openDirectory(name));
    for (const tail of ["", "/", "/secret", "/..", "/new"]) fails("notcapable", () => openAt(root, name + tail, { ...READ, follow: "always", directory: false }));
  }
  for (const options of [READ, WRITE, CREATE, { ...CREATE, truncate: true }]) {
    fails("loop", () => root.openFile("file", options));
    fails("loop", () => root.openFile("dangling", options));
    fails("notcapable", () => openAt(root, "dangling", { ...options, follow: "always", directory: false }));
  }
  root.link("file", root, "hard");
  assert.equal(root.statEntry("hard").kind, FileKind.symlink);
  root.setEntryTimes("file", { atime: 1n, mtime: 1_000_000_000n });
  assert.notEqual(lstatSync(join(outside, "secret")).mtimeMs, 1000);
  root.rename("file", root, "moved");
  root.unlink("moved");
  for (const bad of ["..", "../x", "/etc", "a/../..", outside]) {
    fails("inval", () => root.openDirectory(bad));
    fails("inval", () => root.openFile(bad, CREATE));
    fails("inval", () => root.mkdir(bad));
  }
  fails("notcapable", () => resolve(root, "../x", "always"));
  fails("notcapable", () => resolve(root, outside, "always"));
  assert.deepEqual(readdirSync(outside), ["secret"]);
  root.close();
  assert.equal(fs.descriptors.count, 1);
});

test("the magic links of /proc lead nowhere", onLinux, (t) => {
  const fs = hostDirectory("/proc/self");
  t.after(() => fs.close());
  const root = fs.root();
  for (const path of ["root/etc", "cwd/package.json", "fd/0", "fd/0/x", "exe"]) {
    assert.throws(() => openAt(root, path, { ...READ, follow: "always", directory: false }), (error) => error instanceof FsError && ["notcapable", "noent", "loop"].includes(error.code));
  }
  root.close();
});

/** Swaps `d` between a directory inside and a link to the outside, as fast as it can. */
const SWAPPER = `
  const { renameSync, writeSync } = require("node:fs");
  process.chdir(process.argv[1]);
  writeSync(1, "ready");
  const end = Date.now() + Number(process.argv[2]);
  while (Date.now() < end) {
    renameSync("d", "t"); renameSync("l", "d");
    renameSync("d", "l"); renameSync("t", "d");
  }
`;

for (const kind of ["absolute", "relative"] as const) {
  test(`nothing outside is read or made while a program swaps a directory and an ${kind} link`, { timeout: 30_000, ...onLinux }, async (t) => {
    const { path, fs } = open(t);
    const outside = folder();
    t.after(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, "f"), "OUTSIDE");
    mkdirSync(join(path, "d"));
    writeFileSync(join(path, "d", "f"), "inside");
    symlinkSync(kind === "absolute" ? outside : `../${outside.split("/").pop()!}`, join(path, "l"));
    const swapper = spawn(process.execPath, ["-e", SWAPPER, path, "15000"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(swapper.stdout, "data");

    const root = fs.root();
    const outcomes = new Map<string, number>();
    let naiveEscapes = 0;
    // A second of it, and more on a busy host until each state was met.
    const start = performance.now();
    const met = (): boolean => naiveEscapes > 0 && (outcomes.get("read") ?? 0) > 0 && (outcomes.get("notcapable") ?? 0) > 0;
    for (let round = 0; performance.now() < start + 1000 || (!met() && performance.now() < start + 12_000); round++) {
      // What a program that trusts a checked path would get: proof that the attack works.
      try {
        if (readFileSync(join(path, "d", "f"), "utf8") === "OUTSIDE") naiveEscapes++;
      } catch {
        // Between two renames there is no "d".
      }
      let outcome: string;
      try {
        const file = openAt(root, "d/f", { ...READ, follow: "always", directory: false });
        assert.ok(!(file instanceof Promise) && file.kind === "file");
        const into = new Uint8Array(16);
        const count = Number(file.read(0, into));
        file.close();
        assert.equal(new TextDecoder().decode(into.subarray(0, count)), "inside");
        outcome = "read";
      } catch (error) {
        if (!(error instanceof FsError)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      for (const act of [
        () => openAt(root, `d/made${round % 50}`, { ...CREATE, follow: "always", directory: false }),
        () => resolve(root, `d/dir${round % 50}`, "never"),
      ]) {
        try {
          const made = act();
          assert.ok(!(made instanceof Promise));
          if ("name" in made && made.name !== undefined) {
            try {
              made.dir.mkdir(made.name);
              made.dir.rename(made.name, root, "back");
              root.rmdir("back");
            } finally {
              made.close();
            }
          } else made.close();
        } catch (error) {
          if (!(error instanceof FsError)) throw error;
        }
      }
    }
    swapper.kill();
    await once(swapper, "exit");
    root.close();
    assert.deepEqual(readdirSync(outside), ["f"], "nothing was made outside");
    assert.equal(fs.descriptors.count, 1);
    t.diagnostic(`outcomes ${JSON.stringify([...outcomes])}; a checked path would have been led out ${naiveEscapes} times`);
    assert.ok(met(), "both states were met, and the attack is real");
  });
}

test("directories that move while open are still themselves", onLinux, async (t) => {
  const { path, fs } = open(t);
  mkdirSync(join(path, "d"));
  const root = fs.root();
  const d = root.openDirectory("d");
  renameSync(join(path, "d"), join(path, "e"));
  symlinkSync("/", join(path, "d"));
  await put(d, "f", "x");
  assert.deepEqual(readdirSync(join(path, "e")), ["f"]);
  d.close();
  root.close();
});

test("by path, a directory that was swapped for another is refused", async (t) => {
  const { path, fs } = open(t, { write: true, addressing: "path" });
  const outside = folder();
  t.after(() => rmSync(outside, { recursive: true }));
  writeFileSync(join(outside, "f"), "OUTSIDE");
  mkdirSync(join(path, "d"));
  const root = fs.root();
  const d = root.openDirectory("d");
  await put(d, "f", "inside");
  for (const swap of [() => symlinkSync(outside, join(path, "d")), () => mkdirSync(join(path, "d"))]) {
    renameSync(join(path, "d"), join(path, "e"));
    swap();
    fails("noent", () => d.openFile("f", READ));
    fails("noent", () => d.openFile("new", CREATE));
    fails("noent", () => d.mkdir("new"));
    fails("noent", () => d.unlink("f"));
    fails("noent", () => d.rename("f", root, "g"));
    fails("noent", () => root.link("e", d, "g"));
    fails("noent", () => d.entries(0n, 10));
    fails("noent", () => d.reopen());
    rmSync(join(path, "d"), { recursive: true });
    renameSync(join(path, "e"), join(path, "d"));
    assert.equal(await get(d, "f"), "inside");
  }
  d.close();
  root.close();
  assert.deepEqual(readdirSync(outside), ["f"]);
  assert.equal(fs.descriptors.count, 1);
});

test("append is atomic among processes", { timeout: 60_000, ...onLinux }, async (t) => {
  const { path, fs } = open(t);
  const root = fs.root();
  const file = root.openFile("log", CREATE);
  const other = spawn(process.execPath, ["-e", `const { openSync, writeSync } = require("node:fs"); const fd = openSync(process.argv[1], "a"); for (let i = 0; i < 2000; i++) writeSync(fd, "b".repeat(9) + "\\n");`, join(path, "log")]);
  // Listened to from the start: it may end before we do.
  const ended = once(other, "exit");
  const line = new TextEncoder().encode("a".repeat(9) + "\n");
  for (let round = 0; round < 2000; round++) {
    file.append(line);
    if (round % 100 === 0) await new Promise((done) => setTimeout(done, 1));
  }
  await ended;
  const lines = (await get(root, "log")).split("\n");
  assert.equal(lines.length, 4001);
  assert.ok(lines.slice(0, -1).every((one) => one === "aaaaaaaaa" || one === "bbbbbbbbb"));
  file.close();
  root.close();
});

test("sizes and offsets past 4 GiB", async (t) => {
  const { path, fs } = open(t);
  const fd = openSync(join(path, "big"), "w");
  ftruncateSync(fd, 5 * 2 ** 30);
  writeSync(fd, "end", 5 * 2 ** 30);
  closeSync(fd);
  const root = fs.root();
  const file = root.openFile("big", WRITE);
  assert.equal(file.stat().size, BigInt(5 * 2 ** 30 + 3));
  const into = new Uint8Array(8);
  assert.equal(file.read(5 * 2 ** 30 - 1, into), 4);
  assert.equal(new TextDecoder().decode(into.subarray(1, 4)), "end");
  file.truncate(2 ** 40);
  assert.equal(file.stat().size, BigInt(2 ** 40));
  file.close();
  root.close();
});

test("names that are not UTF-8 are left out of listings", onLinux, async (t) => {
  const { path, fs } = open(t);
  writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0x66, 0xff, 0xfe])]), "");
  writeFileSync(join(path, "\ufeffbom"), "");
  writeFileSync(join(path, "ok"), "");
  const root = fs.root();
  assert.deepEqual(await names(root), ["ok", "\ufeffbom"].sort());
  root.symlink("l", "x");
  rmSync(join(path, "l"));
  symlinkSync(Buffer.from([0xff]), join(path, "l"));
  fails("ilseq", () => root.readlink("l"));
  root.close();
});

test("open descriptors are limited, and given back", (t) => {
  const { fs } = open(t, { write: true, maxOpen: 10 });
  const root = fs.root();
  root.openFile("f", CREATE).close();
  const held: { close(): void }[] = [];
  fails("mfile", () => {
    for (;;) held.push(root.openFile("f", READ));
  });
  assert.equal(held.length, 8);
  fails("mfile", () => root.reopen());
  fails("mfile", () => root.openFile("new", CREATE));
  for (const one of held) one.close();
  let dir = root;
  for (let depth = 0; depth < 12; depth++) {
    dir.mkdir("deep");
    const below = dir.openDirectory("deep");
    if (dir !== root) dir.close();
    dir = below;
  }
  dir.close();
  fails("mfile", () => resolve(root, "deep/".repeat(11), "always"));
  assert.equal(fs.descriptors.count, 2);
  root.close();
});

test("a granted path must be a directory; a closed one gives nothing", (t) => {
  const { path, fs } = open(t);
  writeFileSync(join(path, "f"), "");
  fails("notdir", () => hostDirectory(join(path, "f")));
  fails("noent", () => hostDirectory(join(path, "none")));
  const other = hostDirectory(path);
  const root = other.root();
  other.close();
  other.close();
  fails("badf", () => other.root());
  assert.equal(root.statEntry("f").kind, FileKind.regular);
  fails("xdev", () => fs.root().link("f", root, "g"));
  root.close();
});

test("no message carries a path of the host", (t) => {
  const { path, fs } = open(t);
  const root = fs.root();
  for (const act of [() => root.statEntry("x"), () => root.openFile("x", READ), () => root.openDirectory("x"), () => root.rmdir("x"), () => root.rename("x", root, "y"), () => root.readlink("x")]) {
    assert.throws(act, (error) => error instanceof FsError && !error.message.includes(path) && !error.message.includes("/"));
  }
  root.close();
});

test("a directory that cannot be opened is named to who asked for it", (t) => {
  const { path } = open(t);
  writeFileSync(join(path, "f"), "");
  for (const name of ["none", "f"]) assert.throws(() => hostDirectory(join(path, name)), (error) => error instanceof FsError && error.message.includes(join(path, name)));
});
