/** QuickJS as WasmEdge builds it, with socket functions of that host: scripts, modules, errors. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hostDir, memory } from "../../src/node.ts";
import type { SpawnOptions } from "../../src/node.ts";
import { Subject, assertEnded, temporaryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

describe("QuickJS", () => {
  const subject = new Subject();
  const run = async (files: Record<string, string>, options: SpawnOptions = {}): Promise<Ended> =>
    subject.run(await subject.load("quickjs", { unknownImports: "trap" }), { args: ["/main.js", ...(options.args ?? [])], ...options, fs: { "/": memory({ files }) } });

  test("a script computes", async () => {
    const ended = await run({
      "/main.js": `
print(6 * 7, 2n ** 200n, [3, 1, 2].sort().join(), JSON.stringify({ a: [1, null, "ä€"], d: new Date(0) }));
print("baab".replace(/a+/g, (m) => "<" + m + ">"), "some@example.org".match(/@(?<name>\\w+)/).groups.name, [..."a😀b"].length);
class A { #x = 1; get x() { return this.#x; } static s = "static"; }
print(new A().x, A.s, new Map([[1, 2]]).get(1), [1, [2, [3]]].flat(Infinity).length, typeof globalThis);
function* g() { yield 1; yield 2; } print([...g()].join());
(async () => { await null; print("after"); })(); print("before");
try { null.x } catch (e) { print(e.name, e instanceof TypeError); }
let b = new Uint8Array(new ArrayBuffer(4)); new DataView(b.buffer).setFloat32(0, 1.5, true); print(b.join());
` });
    assertEnded(ended, {
      stdout: [`42 ${2n ** 200n} 1,2,3 {"a":[1,null,"ä€"],"d":"1970-01-01T00:00:00.000Z"}`, "b<aa>b example 3", "1 static 2 3 object", "1,2", "before", "TypeError true", "0,0,192,63", "after", ""].join("\n"),
    });
  });

  test("modules of a host directory import each other; arguments and environment", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    writeFileSync(join(folder, "main.js"), `import { twice } from "./lib.js"; print(twice(21), args.slice(1).join("|"));`);
    writeFileSync(join(folder, "lib.js"), `import { two } from "./two.js"; export const twice = (n) => two * n;`);
    writeFileSync(join(folder, "two.js"), `export const two = 2;`);
    const work = hostDir(folder);
    t.after(() => work.close());
    const ended = await subject.run("quickjs", { args: ["/main.js", "ä", "two words"], fs: { "/": work } });
    assertEnded(ended, { stdout: "42 ä|two words\n" });
  });

  test("an exception is told on standard error; this build of QuickJS leaves its status at 0", async () => {
    const ended = await run({ "/main.js": `print("before");\nfunction f() { throw new RangeError("no"); }\nf();` });
    assertEnded(ended, { stdout: "before\n", stderr: /^RangeError: no\n {4}at f \(\/main\.js\)\n/ });
  });

  test("endless recursion ends it, and nothing else", async () => {
    const ended = await run({ "/main.js": "print('before'); (function f() { f(); })();" });
    assert.equal(ended.stdout, "before\n");
    assert.match(ended.report, /^quickjs: wasm trap: (out of bounds memory access|call stack exhausted)\nwasm backtrace:\n {4}0: +0x[0-9a-f]+ - quickjs!\w+\n(.* - quickjs!JS_CallInternal\n)+/);
  });

  test("an endless loop meets the cpu limit", async () => {
    const ended = await run({ "/main.js": "for (;;) try { for (;;); } catch {}" }, { limits: { cpu: "500ms" } });
    assert.equal(ended.exit.killed, "cpu limit", ended.report + ended.stderr);
  });
});
