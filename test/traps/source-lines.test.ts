/**
 * Backtraces of C programs name the line of each frame: compiled by Debian's clang with DWARF 4
 * and 5, with functions inlined or not, from the bytes and from the translation cache.
 *
 * A comment `// @word` in the source marks a line that a frame is expected at.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Engine, Linker, Module, Store, Trap } from "#wasm";
import type { EngineOptions } from "#wasm";

const HEADER = `
static inline int divide(int a, int b) {
  int quotient = a
    / b; // @divide
  return quotient + 1;
}
`;
const MAIN = `
#include "divide.h"
extern int ask(int);

static int helper(int x) {
  int y = x * 3;
  y += ask(y);
  return divide(y, x - 7); // @helper
}

__attribute__((noinline)) int middle(int x) {
  int sum = 0;
  for (int i = 0; i < x; i++)
    sum += i;
  return sum + helper(x); // @middle
}

int run(int x) {
  int r = middle(x); // @run
  return r * 2;
}

int answer(int x) { return x; }
`;
const OTHER = `
extern int answer(int);
int ask(int x) {
  if (x == 300)
    __builtin_trap(); // @ask
  return answer(x) + 1;
}
`;

/** The only line of `source` that is marked. */
function lineOf(source: string, mark: string): number {
  const lines = source.split("\n").flatMap((line, i) => line.includes(`// @${mark}`) ? [i + 1] : []);
  assert.equal(lines.length, 1, mark);
  return lines[0]!;
}

/** Without the packages of this project: clang would run their wasm-opt on what it links, which drops names and debug data. */
const COMPILER_PATH = "/usr/bin:/bin";
const hasClang = spawnSync("clang-19", ["--version"]).status === 0 && spawnSync("wasm-ld-19", ["--version"]).status === 0;

describe("source lines", { skip: hasClang ? false : "clang-19 or wasm-ld-19 is not installed" }, () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "isola-lines-"));
    writeFileSync(join(folder, "divide.h"), HEADER);
    writeFileSync(join(folder, "main.c"), MAIN);
    writeFileSync(join(folder, "other.c"), OTHER);
  });
  after(() => rmSync(folder, { recursive: true }));

  const build = (...flags: readonly string[]): Uint8Array => {
    const out = join(folder, "out.wasm");
    execFileSync("clang-19", ["--target=wasm32-wasi", "-nostdlib", "-g", ...flags, "-Wl,--no-entry", "-Wl,--export=run", "-Wl,--export=middle", "-o", out, "main.c", "other.c"], { cwd: folder, env: { ...process.env, PATH: COMPILER_PATH } });
    return readFileSync(out);
  };
  const trapOf = async (bytes: Uint8Array, argument: number, options: EngineOptions = {}, name = "out"): Promise<{ trap: Trap; module: Module }> => {
    const engine = new Engine(options);
    const module = await Module.compile(engine, bytes, { name });
    const instance = new Linker(engine).instantiate(new Store(engine), module);
    try {
      instance.func("run")!.call(argument);
    } catch (error) {
      assert.ok(error instanceof Trap, String(error));
      return { trap: error, module };
    }
    assert.fail("no trap");
  };
  const places = (trap: Trap): (readonly [string | undefined, string | undefined, number | undefined])[] =>
    trap.frames.map(({ funcName, source }) => [funcName, source?.file.split("/").at(-1), source?.line]);

  for (const version of [4, 5]) {
    test(`DWARF ${version}, nothing inlined`, async () => {
      const { trap } = await trapOf(build(`-gdwarf-${version}`, "-O0"), 7);
      assert.equal(trap.trap, "integer-divide-by-zero");
      assert.deepEqual(places(trap), [
        ["divide", "divide.h", lineOf(HEADER, "divide")],
        ["helper", "main.c", lineOf(MAIN, "helper")],
        ["middle", "main.c", lineOf(MAIN, "middle")],
        ["run", "main.c", lineOf(MAIN, "run")],
      ]);
      const column = HEADER.split("\n")[lineOf(HEADER, "divide") - 1]!.indexOf("/") + 1;
      assert.equal(trap.frames[0]!.source?.column, column);
    });

    test(`DWARF ${version}, with inlining`, async () => {
      const { trap } = await trapOf(build(`-gdwarf-${version}`, "-O2"), 7);
      assert.equal(trap.trap, "integer-divide-by-zero");
      // `helper` and `divide` are part of `middle`; its frame is where the instruction was written.
      assert.deepEqual(places(trap), [
        ["middle", "divide.h", lineOf(HEADER, "divide")],
        ["run", "main.c", lineOf(MAIN, "run")],
      ]);
    });

    test(`DWARF ${version}, a second compilation of the module`, async () => {
      const { trap } = await trapOf(build(`-gdwarf-${version}`, "-O0"), 100);
      assert.equal(trap.trap, "unreachable");
      assert.deepEqual(places(trap)[0], ["ask", "other.c", lineOf(OTHER, "ask")]);
      assert.equal(places(trap).length, 4);
    });

    test(`DWARF ${version}, a report prints the places`, async () => {
      const { trap } = await trapOf(build(`-gdwarf-${version}`, "-O0"), 7);
      const lines = trap.toString().split("\n");
      assert.equal(lines.length, 2 + 2 * 4);
      assert.match(lines[2]!, /^ {4}0: +0x[0-9a-f]+ - out!divide$/);
      assert.match(lines[3]!, new RegExp(`^ {20}at (.*/)?divide\\.h:${lineOf(HEADER, "divide")}:\\d+$`));
      // Version 5 names the folder of the compilation, version 4 leaves it to other sections.
      assert.equal(trap.frames[0]!.source?.file, version === 5 ? join(folder, "divide.h") : "./divide.h");
    });
  }

  test("every engine option gives the same places", async () => {
    const bytes = build("-gdwarf-5", "-O2");
    const expected = places((await trapOf(bytes, 7, { translate: { safepoints: false, limits: false } })).trap);
    assert.deepEqual(places((await trapOf(bytes, 7, { translate: { fuel: true } })).trap), expected);
  });

  test("a module from the translation cache has its lines, and the caller's bytes may go", async () => {
    const entries = new Map<string, Uint8Array>();
    const options: EngineOptions = {
      sha256: (bytes) => Promise.resolve(createHash("sha256").update(bytes).digest("hex")),
      memoryCacheBytes: 0,
      cache: {
        read: (key) => Promise.resolve(entries.get(key)),
        write: (key, bytes) => Promise.resolve(void entries.set(key, bytes)),
        remove: (key) => Promise.resolve(void entries.delete(key)),
      },
    };
    const first = await trapOf(build("-gdwarf-5", "-O0"), 7, options);
    assert.equal(first.module.timings.cached, false);
    const bytes = build("-gdwarf-5", "-O0");
    const second = await trapOf(bytes, 7, options);
    assert.equal(second.module.timings.cached, true);
    bytes.fill(0);
    assert.deepEqual(places(second.trap), places(first.trap));
    assert.equal(places(second.trap)[0]![2], lineOf(HEADER, "divide"));
  });

  test("a module without debug data has no places", async () => {
    const { trap } = await trapOf(build("-O0", "-g0"), 7);
    assert.deepEqual(trap.frames.map(({ source }) => source), [undefined, undefined, undefined, undefined]);
    assert.equal(trap.toString().split("\n").length, 2 + 4);
  });
});
