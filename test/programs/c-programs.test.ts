/** C programs of today's toolchain (Debian's clang and wasi-libc): the file API with its errors, clocks, polling, ends. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostDir, memory } from "../../src/node.ts";
import type { Program } from "../../src/node.ts";
import { Subject, assertEnded, temporaryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

const COMPILER = "clang-19";
/** Without the packages of this project: clang would run their wasm-opt on what it links, which drops names. */
const COMPILER_PATH = "/usr/bin:/bin";

function reasonToSkip(): string | false {
  try {
    execFileSync(COMPILER, ["--version"], { stdio: "ignore" });
    execFileSync("wasm-ld-19", ["--version"], { stdio: "ignore" });
    return statSync("/usr/include/wasm32-wasi/stdio.h").isFile() ? false : "no wasi-libc";
  } catch {
    return "no C toolchain for WASI (clang-19, lld-19, wasi-libc, libclang-rt-19-dev-wasm32)";
  }
}

const FILES = `write 10
lseek 2 5 9
pread 3 456
pwrite 2, position 9
readv 10 0XY 3456789
at the end 0
writev 4
size 12, regular 1, links 1
305859330000000061626364
allocated 20
close(fd): EBADF
read(fd, buffer, 1): EBADF
log one two three
write(fileno(file), "x", 1): EBADF
read(fd, buffer, 1): EBADF
lseek(fd, -1, SEEK_SET): EINVAL
lseek(fd, 0, 77): EINVAL
truncated to 0
same 1, links 2
link 1, length 4
readlink 4 ../a
short readlink 2 ..
through a link: directory 1
: ../ ./ a broken@ d/ dir@ log loop1@ loop2@
d: ../ ./ e/ hard up@
d/e: ../ ./ in
open(at("none"), O_RDONLY): ENOENT
open(at("a"), O_CREAT | O_EXCL | O_RDWR, 0644): EEXIST
open(at("broken"), O_CREAT | O_EXCL | O_RDWR, 0644): EEXIST
open(at("broken"), O_RDONLY): ENOENT
open(at("loop1"), O_RDONLY): ELOOP
open(at("d/up"), O_RDONLY | O_NOFOLLOW): ELOOP
open(at("d"), O_RDWR): EISDIR
open(at("a"), O_RDONLY | O_DIRECTORY): ENOTDIR
open(at("a/below"), O_RDONLY): ENOTDIR
open(at("a/"), O_RDONLY): ENOTDIR
open(at("../../etc/passwd"), O_RDONLY): ENOTCAPABLE
open("/nowhere/granted", O_RDONLY): ENOTCAPABLE
open("", O_RDONLY): ENOTCAPABLE
mkdir(at("d"), 0755): EEXIST
mkdir(at("none/d"), 0755): ENOENT
rmdir(at("d")): ENOTEMPTY
rmdir(at("a")): ENOTDIR
rmdir(at("none")): ENOENT
rmdir(at("dir")): ENOTDIR
unlink(at("none")): ENOENT
unlink(at("d/e")) == -1 && (errno == EISDIR || errno == EPERM) ? 0 : -1: ok
rename(at("none"), at2("x")): ENOENT
rename(at("d"), at2("d/e/f")): EINVAL
rename(at("a"), at2("d")): EISDIR
rename(at("d"), at2("a")): ENOTDIR
rename(at("log"), at2("d/e/log")): ok
link(at("a"), at2("log2")): ok
link(at("a"), at2("log2")): EEXIST
readlink(at("a"), target, 20): EINVAL
symlink("x", at("a")): EEXIST
truncate(at("d"), 0): EISDIR
opendir(at("a")) == NULL ? -1 : 0: ENOTDIR
open(at(big), O_CREAT | O_WRONLY, 0644): ENAMETOOLONG
unlinked 10 still here
links 0
times 1000000000.000005 1234567890
listed 500 and 2
seekdir finds the same 1
removed 500
`;

describe("C programs", { skip: reasonToSkip() }, () => {
  const subject = new Subject();
  const built = temporaryFolder();
  const programs: Record<string, Program> = {};
  before(async () => {
    for (const name of ["files", "process"]) {
      const output = join(built, `${name}.wasm`);
      execFileSync(COMPILER, ["--target=wasm32-wasi", "-O1", "-Wl,--stack-first", "-o", output, fileURLToPath(new URL(`c/${name}.c`, import.meta.url))], { env: { ...process.env, PATH: COMPILER_PATH } });
      programs[name] = await subject.os.compile(new Uint8Array(readFileSync(output)), { name });
    }
  });

  test("the file API and its errors, on a host directory", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const work = hostDir(folder, { write: true });
    t.after(() => work.close());
    assertEnded(await subject.run(programs["files"]!, { args: ["/work"], fs: { "/work": work } }), { stdout: FILES });
    assert.deepEqual(readdirSync(folder).sort(), ["a", "broken", "d", "dir", "log2", "loop1", "loop2"]);
    assert.equal(readlinkSync(join(folder, "d/up")), "../a");
    assert.equal(readFileSync(join(folder, "a")).toString("latin1"), `0XY3${"\0".repeat(4)}abcd${"\0".repeat(8)}`);
  });

  test("the same in memory, as the root and below", async () => {
    const work = memory();
    assertEnded(await subject.run(programs["files"]!, { args: ["/work"], fs: { "/work": work } }), { stdout: FILES });
    assert.deepEqual(work.list("/").sort(), ["a", "broken", "d", "dir", "log2", "loop1", "loop2"]);
    const root = memory();
    root.mkdir("/home");
    // Every absolute path lies below "/" now, and the C library takes "" for the current folder, which is "/".
    const expected = FILES.replace('open("/nowhere/granted", O_RDONLY): ENOTCAPABLE', 'open("/nowhere/granted", O_RDONLY): ENOENT').replace('open("", O_RDONLY): ENOTCAPABLE', 'open("", O_RDONLY): ok');
    assertEnded(await subject.run(programs["files"]!, { args: ["/home"], fs: { "/": root } }), { stdout: expected });
  });

  test("nothing changes below a read-only grant", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const work = hostDir(folder);
    t.after(() => work.close());
    const ended = await subject.run(programs["files"]!, { args: ["/work"], fs: { "/work": work } });
    assertEnded(ended, { status: 1, stdout: "FAILED open(at(\"a\"), O_RDWR | O_CREAT | O_EXCL, 0644): EROFS\n" });
    assert.deepEqual(readdirSync(folder), []);
  });

  test("arguments and environment", async () => {
    const ended = await subject.run(programs["process"]!, { name: "prog", args: ["arguments", "", "grüße", "😀"], env: { NAME: "wert €", EMPTY: "" } });
    assertEnded(ended, { stdout: "argv[0] = prog\nargv[1] = arguments\nargv[2] = \nargv[3] = grüße\nargv[4] = 😀\nenv NAME=wert €\nenv EMPTY=\ngetenv wert € (null)\n" });
    assertEnded(await subject.run(programs["process"]!, { name: "prog", args: ["arguments"] }), { stdout: "argv[0] = prog\nargv[1] = arguments\ngetenv (null) (null)\n" });
  });

  test("clocks, and sleeping that uses no processor and holds nobody up", async () => {
    const started = performance.now();
    const sleepers = await Promise.all(Array.from({ length: 20 }, () => subject.run(programs["process"]!, { args: ["clocks"] })));
    const real = Date.now() / 1000;
    for (const ended of sleepers) {
      // Beside 19 others, how much of the processor it gets in 0.1 s is nobody's promise.
      const lines = ended.stdout.replace(/^busy [01]$/m, "busy").split("\n");
      const seconds = Number(/^real (\d+)$/.exec(lines.splice(6, 1)[0] ?? "")?.[1]);
      assert.ok(Math.abs(seconds - real) < 60, ended.stdout);
      assertEnded({ ...ended, stdout: lines.join("\n") }, { stdout: "nanosleep 0\nslept 1, without the processor 1\nabsolute 0 1\nabsolute in the past 0 1\nbusy\nresolution 0 1\n" });
    }
    assert.ok(performance.now() - started < 20_000);
    assert.match((await subject.run(programs["process"]!, { args: ["clocks"] })).stdout, /^busy 1$/m);
  });

  test("poll and select wait for standard input, time and files", async () => {
    const process = await subject.os.spawn(programs["process"]!, { args: ["polling"], stdin: "pipe", stdout: "pipe", stderr: "pipe", fs: { "/": memory({ files: { "/f": "text" } }) }, limits: { wall: "60s" } });
    const input = process.stdin!.getWriter();
    const marks = process.stderr!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    assert.equal((await marks.read()).value, "ready\n");
    const idle = process.usage().cpuMs;
    await sleep(200);
    assert.ok(process.usage().cpuMs - idle < 50, `waiting cost ${process.usage().cpuMs - idle} ms`);
    await input.write("x");
    assert.equal((await marks.read()).value, "close\n");
    await input.close();
    assert.deepEqual(await process.exited, { status: 0 });
    assert.equal(await process.stdout!.text(), "empty stdin: 0 after its time 1\nall: 2 0 2 3\nstdin with a byte: 1 1\nread 1\nselect 0 0\nnonblocking read -1 1\nend 0\n");
  });

  test("a program ends with its status, an abort, an overflow of the stack, or a bad address", async () => {
    /** Reports without the places in source files, which these programs have for the C library only. */
    const run = async (...args: string[]): Promise<Ended> => {
      const ended = await subject.run(programs["process"]!, { args });
      return { ...ended, report: ended.report.replaceAll(/\n {20}at .*/g, "") };
    };
    assertEnded(await run("exit", "70"), { status: 70, stdout: "at exit\n" });
    assertEnded(await run("exit", "255"), { status: 255, stdout: "at exit\n" });
    const aborted = await run("abort");
    assert.equal(aborted.stdout, "before\n");
    assert.match(aborted.report, /^process: wasm trap: unreachable\nwasm backtrace:\n {4}0: +0x[0-9a-f]+ - process!abort\n.* - process!main\n/);
    const overflow = await run("overflow");
    assert.match(overflow.report, /^process: wasm trap: (out of bounds memory access|call stack exhausted)\nwasm backtrace:\n(.* - process!sink\n)+/);
    const wild = await run("null");
    assert.match(wild.report, /^process: wasm trap: out of bounds memory access\nwasm backtrace:\n {4}0: +0x[0-9a-f]+ - process!main\n/);
  });

  test("malloc fails at the memory limit; random bytes differ", async () => {
    const ended = await subject.run(programs["process"]!, { args: ["leak"], limits: { memory: "32 MiB" } });
    assertEnded(ended, {});
    const [, blocks] = /^(\d+) MiB, 1\n$/.exec(ended.stdout) ?? assert.fail(ended.stdout);
    assert.ok(Number(blocks) >= 28 && Number(blocks) <= 31, ended.stdout);
    assertEnded(await subject.run(programs["process"]!, { args: ["random"] }), { stdout: "0 0 1\n" });
    assert.notEqual((await subject.run(programs["process"]!, { args: ["random"], entropy: false })).stdout, "0 0 1\n");
  });
});
