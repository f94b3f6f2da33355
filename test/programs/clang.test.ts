/** Clang 8 and wasm-ld as programs: they compile and link C and C++, and what they made runs here. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { hostDir, memory } from "../../src/node.ts";
import type { MemoryFileSystem, SpawnOptions } from "../../src/node.ts";
import { Subject, assertEnded, libraryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

const C = ["-triple", "wasm32-unknown-wasi", "-internal-isystem", "/sys/include", "-internal-isystem", "/sys/lib/clang/8.0.1/include"];
const CXX = ["-triple", "wasm32-unknown-wasi", "-internal-isystem", "/sys/include/c++/v1", "-internal-isystem", "/sys/include", "-internal-isystem", "/sys/lib/clang/8.0.1/include", "-x", "c++"];

describe("clang and wasm-ld", () => {
  const subject = new Subject();
  const sys = hostDir(join(libraryFolder("clang"), "sys"));
  after(() => sys.close());

  const compile = (work: MemoryFileSystem, source: string, object: string, flags = C): Promise<Ended> =>
    subject.run("clang", { args: ["-cc1", ...flags, "-isysroot", "/sys", "-ferror-limit", "4", "-O2", "-emit-obj", "-o", object, source], fs: { "/sys": sys, "/work": work } });
  const link = (work: MemoryFileSystem, objects: readonly string[], output: string, libraries = ["-lc"]): Promise<Ended> =>
    subject.run("wasm-ld", { args: ["--no-threads", "-z", "stack-size=1048576", "-L/sys/lib/wasm32-wasi", "/sys/lib/wasm32-wasi/crt1.o", ...objects, ...libraries, "-o", output], fs: { "/sys": sys, "/work": work } });

  const runLinked = async (work: MemoryFileSystem, file: string, options: SpawnOptions = {}): Promise<Ended> =>
    subject.run(await subject.os.compile(work.readFile(file), { name: file }), options);

  test("a C file becomes an object, the object a program, and the program runs", async () => {
    const work = memory({
      files: {
        "/hello.c": `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sum.h"
int main(int argc, char **argv) {
  printf("hello, %s: %.3f %lld\\n", "wasm", 22 / 7.0, 1LL << 40);
  printf("sum %d\\n", sum(100));
  for (int i = 1; i < argc; i++) printf("%d: %s (%zu)\\n", i, argv[i], strlen(argv[i]));
  char line[100];
  while (fgets(line, sizeof line, stdin)) printf("> %s", line);
  fprintf(stderr, "done\\n");
  return argc > 1 ? atoi(argv[1]) : 0;
}`,
        "/sum.h": "int sum(int n);\n",
        "/sum.c": `#include "sum.h"\nint sum(int n) { int s = 0; for (int i = 1; i <= n; i++) s += i; return s; }\n`,
      },
    });
    for (const name of ["hello", "sum"]) assertEnded(await compile(work, `/work/${name}.c`, `/work/${name}.o`), { stdout: "" });
    for (const name of ["hello.o", "sum.o"]) assert.equal(new DataView(work.readFile(`/${name}`).buffer).getUint32(0, true), 0x6d736100, name);
    assertEnded(await link(work, ["/work/hello.o", "/work/sum.o"], "/work/hello.wasm"), { stdout: "" });
    const ended = await runLinked(work, "/hello.wasm", { args: ["7", "grüße", ""], stdin: { text: "eins\nzwei\n" } });
    assertEnded(ended, { status: 7, stdout: "hello, wasm: 3.143 1099511627776\nsum 5050\n1: 7 (1)\n2: grüße (7)\n3:  (0)\n> eins\n> zwei\n", stderr: "done\n" });
  });

  test("a C++ file with containers and streams", async () => {
    const work = memory({
      files: {
        "/main.cc": `
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>
struct Noisy { ~Noisy() { std::cout << "gone\\n"; } };
int main(int argc, char **argv) {
  auto noisy = std::make_unique<Noisy>();
  std::vector<std::string> words(argv + 1, argv + argc);
  std::sort(words.begin(), words.end());
  std::map<char, int> letters;
  for (auto &w : words) for (char c : w) letters[c]++;
  for (auto &w : words) std::cout << w << ' ';
  std::cout << letters.size() << ' ' << letters['a'] << std::endl;
  return 0;
}`,
      },
    });
    assertEnded(await compile(work, "/work/main.cc", "/work/main.o", CXX), { stdout: "" });
    assertEnded(await link(work, ["/work/main.o"], "/work/main.wasm", ["-lc", "-lc++", "-lc++abi"]), { stdout: "" });
    assertEnded(await runLinked(work, "/main.wasm", { args: ["pear", "apple", "banana"] }), { stdout: "apple banana pear 7 5\ngone\n" });
  });

  test("errors have their place and a status, warnings do not", async () => {
    const work = memory({ files: { "/bad.c": "int main(void) {\n  int x = nothing;\n  return x;\n}\n", "/warn.c": "int main(void) { int x; if (x = 1) return x; return 0; }\n", "/open.c": "int missing(void);\nint main(void) { return missing(); }\n" } });
    const bad = await compile(work, "/work/bad.c", "/work/bad.o");
    assertEnded(bad, { status: 1, stdout: "", stderr: /^\/work\/bad\.c:2:11: error: use of undeclared identifier 'nothing'\n {2}int x = nothing;\n {10}\^\n1 error generated\.\n$/ });
    assert.equal(work.stat("/bad.o"), undefined);
    assertEnded(await compile(work, "/work/warn.c", "/work/warn.o"), { stdout: "", stderr: /warning: using the result of an assignment as a condition/ });
    assertEnded(await compile(work, "/work/open.c", "/work/open.o"), { stdout: "" });
    assertEnded(await link(work, ["/work/open.o"], "/work/open.wasm"), { status: 1, stdout: "", stderr: /undefined symbol: missing/ });
    assertEnded(await compile(work, "/work/none.c", "/work/none.o"), { status: 1, stdout: "", stderr: /error reading '\/work\/none\.c'/ });
  });

  test("a compile that takes too long is stopped, and leaves nothing open", async () => {
    const work = memory({ files: { "/deep.c": `${Array.from({ length: 30 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join("\n")}\n#define A0 int;\nA30\n` } });
    const ended = await subject.run("clang", { args: ["-cc1", ...C, "-emit-obj", "-o", "/work/deep.o", "/work/deep.c"], fs: { "/sys": sys, "/work": work }, limits: { cpu: "2s" } });
    assert.equal(ended.exit.killed, "cpu limit", ended.report + ended.stderr.slice(0, 1000));
    assert.equal(subject.os.root.account.used("handles"), 0);
  });
});
