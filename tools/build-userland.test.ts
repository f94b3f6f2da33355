/** The build of user space: what it compiles, and what not. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { UserlandError, buildUserland } from "./build-userland.ts";

const root = mkdtempSync(join(tmpdir(), "isola-userland-"));
after(() => rmSync(root, { recursive: true, force: true }));
symlinkSync(fileURLToPath(new URL("../node_modules", import.meta.url)), join(root, "node_modules"));
for (const folder of ["bin", "sdk", "services"]) mkdirSync(join(root, "userland", folder), { recursive: true });
const write = (path: string, text: string): void => writeFileSync(join(root, "userland", path), text);

test("a program is compiled when something that it is made of has changed", { timeout: 120_000 }, async () => {
  write("sdk/number.ts", "export const NUMBER: i32 = 1;\n");
  write("bin/test.ts", 'import { NUMBER } from "../sdk/number";\nexport function _start(): i32 {\n  return NUMBER;\n}\n');
  write("bin/other.ts", "export function _start(): void {}\n");
  const first = await buildUserland(root);
  assert.deepEqual([...first.compiled].sort(), ["bin/[", "bin/other", "bin/test"]);
  assert.ok(WebAssembly.validate(readFileSync(first.programs.get("bin/[")!)));
  assert.deepEqual((await buildUserland(root)).compiled, []);

  write("sdk/number.ts", "export const NUMBER: i32 = 2;\n");
  assert.deepEqual([...(await buildUserland(root)).compiled].sort(), ["bin/[", "bin/test"]);

  rmSync(join(root, "userland/build/bin/other"));
  assert.deepEqual((await buildUserland(root)).compiled, ["bin/other"]);

  rmSync(join(root, "userland/bin/other.ts"));
  assert.deepEqual((await buildUserland(root)).compiled, []);
  assert.ok(!existsSync(join(root, "userland/build/bin/other")));
});

test("a program that does not compile is told, and the others are built", { timeout: 120_000 }, async () => {
  write("bin/bad.ts", "export function _start(): void { nothing(); }\n");
  write("bin/good.ts", "export function _start(): void {}\n");
  await assert.rejects(buildUserland(root), (error) => error instanceof UserlandError && error.message.startsWith("bin/bad.ts does not compile:"));
  assert.ok(existsSync(join(root, "userland/build/bin/good")));
  write("bin/bad.ts", "export function _start(): void {}\n");
  assert.deepEqual((await buildUserland(root)).compiled, ["bin/bad"]);
});
