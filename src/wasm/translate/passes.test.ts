/** The passes as a module of their own: what they do with bodies that no validator has accepted, and one after another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "watr";
import { KernelBug } from "#base";
import { DecodeError } from "../binary/decode-error.ts";
import { decodeModule } from "../binary/decode-module.ts";
import type { DecodedModule } from "../binary/module.ts";
import { ALL_ON, SAFEPOINTS } from "./test-host.ts";
import { translate, translateSteps } from "./translate.ts";
import type { Translated, TranslateOptions } from "./translated.ts";

const decoded = (text: string): DecodedModule => decodeModule(Uint8Array.from(compile(`(module ${text})`)));

/** A module with one function whose instructions are these bytes. */
function withBody(...code: readonly number[]): DecodedModule {
  const body = [0, ...code];
  const section = (id: number, contents: readonly number[]): number[] => [id, contents.length, ...contents];
  return decodeModule(Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 0, 0]), ...section(3, [1, 0]), ...section(10, [1, body.length, ...body]),
  ]));
}

function inSteps(module: DecodedModule, options: TranslateOptions): Translated {
  const steps = translateSteps(module, options);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

test("an instruction that the table does not know is told with its place", () => {
  for (const code of [[0x27, 0x0b], [0xfc, 0x7f, 0x0b], [0xfb, 0xff, 0x03, 0x0b]]) {
    const module = withBody(...code);
    assert.throws(() => inSteps(module, ALL_ON), (error) => error instanceof DecodeError && error.code === "decode/opcode" && error.at.offset === module.bodies[0]!.code);
  }
});

test("bodies that no validator has seen end, whatever they hold", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (code) => {
    const module = withBody(...code);
    try {
      inSteps(module, ALL_ON);
    } catch (error) {
      assert.ok(error instanceof DecodeError || error instanceof KernelBug, String(error));
    }
  }), { numRuns: 2000 });
});

test("a translation depends on nothing that was translated before", () => {
  const small = decoded(`(memory 1) (func $f (export "f") (param i32) (loop $l (call $f (i32.const 0)) (br_if $l (local.get 0)))
    (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))`);
  const other = decoded(`(func (export "g") (result i32) (local i32) (loop $l (br_if $l (local.tee 0 (i32.add (local.get 0) (i32.const 1))))) (local.get 0))
    ${Array.from({ length: 200 }, (_, i) => `(func $h${i} (call $h${(i * 7) % 200}) (call $h${(i * 3) % 200}))`).join(" ")}`);
  const fresh = [small, other].map((module) => [ALL_ON, SAFEPOINTS].map((options) => inSteps(module, options)));
  for (let round = 0; round < 3; round++) {
    [small, other].forEach((module, i) => [ALL_ON, SAFEPOINTS].forEach((options, j) => {
      const again = translate(module, options);
      assert.deepEqual(again.bytes, fresh[i]![j]!.bytes);
      assert.deepEqual(again.offsets, fresh[i]![j]!.offsets);
    }));
  }
});

test("a module without functions has nothing to pass over", () => {
  const { bytes } = translate(decoded("(memory 1)"), ALL_ON);
  assert.ok(WebAssembly.validate(new Uint8Array(bytes)));
});
