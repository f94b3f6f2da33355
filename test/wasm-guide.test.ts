/** Runs docs/wasm-for-wasmtime-users.md: its code as one program, and what it says is printed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

test("the guide for users of Wasmtime does what it says", () => {
  const text = readFileSync(join(ROOT, "docs/wasm-for-wasmtime-users.md"), "utf8");
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  assert.ok(blocks.length >= 9, `${blocks.length} blocks of code`);
  const program = blocks.join("\n");
  const promised = [...program.matchAll(/\/\/ prints (.*)$/gm)].map(([, line]) => line!.trimEnd());
  assert.ok(promised.length >= 15, `${promised.length} promised lines`);
  // Inside the package, so that "isola/wasm" is the package itself.
  const folder = mkdtempSync(join(ROOT, "test", ".guide-"));
  try {
    const file = join(folder, "guide.ts");
    writeFileSync(file, program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", cwd: ROOT, timeout: 60_000 });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trimEnd().split("\n"), promised);
    assert.equal(status, 0);
    const project = join(folder, "tsconfig.json");
    writeFileSync(project, JSON.stringify({ extends: "../../tsconfig.node.json", include: ["../../types/webassembly.d.ts", "guide.ts"] }));
    const types = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", project, "--pretty", "false"], { encoding: "utf8", cwd: folder, timeout: 60_000 });
    assert.deepEqual([types.stdout, types.status], ["", 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
