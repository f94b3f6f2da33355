/** C programs in sessions: with the POSIX calls of userland/sdk/posix.h, and such that know nothing of them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../programs/programs.ts";
import { TestSession } from "./sessions.ts";

const COMPILER = "clang-19";
/** Without the packages of this project: clang would run their wasm-opt on what it links. */
const COMPILER_PATH = "/usr/bin:/bin";
const SOURCES = fileURLToPath(new URL("c", import.meta.url));
const SDK = fileURLToPath(new URL("../../userland/sdk", import.meta.url));

function reasonToSkip(): string | false {
  try {
    execFileSync(COMPILER, ["--version"], { stdio: "ignore" });
    execFileSync("wasm-ld-19", ["--version"], { stdio: "ignore" });
    return statSync("/usr/include/wasm32-wasi/stdio.h").isFile() ? false : "no wasi-libc";
  } catch {
    return "no C toolchain for WASI (clang-19, lld-19, wasi-libc, libclang-rt-19-dev-wasm32)";
  }
}

describe("C programs in sessions", { skip: reasonToSkip() }, () => {
  const programs: Record<string, Uint8Array> = {};
  before(() => {
    const folder = temporaryFolder();
    for (const name of ["job", "plain"]) {
      const out = join(folder, `${name}.wasm`);
      execFileSync(COMPILER, ["--target=wasm32-wasi", "-O1", "-Wall", "-Werror", "-I", SDK, "-o", out, join(SOURCES, `${name}.c`)], { env: { ...process.env, PATH: COMPILER_PATH } });
      programs[`/bin/${name}`] = new Uint8Array(readFileSync(out));
    }
  });

  test("children, pipes, signals, relative paths", { timeout: 60_000 }, async () => {
    await using it = await TestSession.create({ cwd: "/home/user", files: { ...programs, "/home/user/x": "" } });
    const { stdout, stderr, exit } = await it.run([], {}, "/bin/job");
    assert.equal(stderr, "");
    assert.equal(stdout, `0 5
0
[child one in /home/user, X=1
]0 0 1 5
caught 10
-1 Broken pipe
tty 0 1
`);
    assert.deepEqual(exit, { status: 0 });
  });

  test("a program without POSIX calls finds relative and absolute paths", { timeout: 60_000 }, async () => {
    await using it = await TestSession.create({ cwd: "/home/user", files: { ...programs, "/home/user/a": "one ", "/home/user/sub/b": "two ", "/etc/c": "three " } });
    const paths = ["a", "./a", "sub/b", "/etc/c", "/home/user/a", "sub/../a"];
    assert.deepEqual(await it.run(paths, {}, "/bin/plain"), { stdout: "one one two three one one ", stderr: "", exit: { status: 0 } });
    assert.equal((await it.run(["write", "made"], {}, "/bin/plain")).stderr, "");
    assert.equal(new TextDecoder().decode(it.files.readFile("/home/user/made")), "written");
    assert.deepEqual((await it.run(["list", "."], {}, "/bin/plain")).stdout.split("\n").sort(), ["", "a", "made", "sub"]);
    assert.equal((await it.run(["/etc/c", "etc/c"], { cwd: "/" }, "/bin/plain")).stdout, "three three ");
    assert.match((await it.run(["none"], {}, "/bin/plain")).stderr, /none: No such file/);
  });
});
