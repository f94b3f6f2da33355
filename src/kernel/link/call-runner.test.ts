import assert from "node:assert/strict";
import { test } from "node:test";
import type { FuncType } from "#wasm";
import { callRunnerBytes } from "./call-runner.ts";

const TYPES: readonly FuncType[] = [
  { kind: "func", params: [], results: ["i32"] },
  { kind: "func", params: ["i32", "i64", "f64", "f32"], results: ["i32"] },
  { kind: "func", params: ["i32"], results: [] },
  ...Array.from({ length: 200 }, (): FuncType => ({ kind: "func", params: ["i32"], results: ["i32"] })),
];

function run(calls: readonly (readonly [index: number, args: readonly unknown[]])[], end: number): { readonly log: unknown[]; readonly done: number[] } {
  const log: unknown[] = [];
  const done: number[] = [];
  const left = [...calls];
  let args: readonly unknown[] = [];
  const late = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x78, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0));
  late.set(0, new WebAssembly.Instance(module, { x: { f: () => log.push("late") } }).exports["f"] as never);
  const get = (index: number): unknown => args[index];
  const instance = new WebAssembly.Instance(new WebAssembly.Module(callRunnerBytes(TYPES)), {
    k: {
      next: () => {
        const call = left.shift();
        if (call === undefined) return end;
        args = call[1];
        return call[0];
      },
      i32: get, i64: get, f32: get, f64: get, late,
      done: (result: number) => done.push(result),
    } as never,
    f: Object.fromEntries(TYPES.map((type, index) => [index, (...given: unknown[]) => {
      log.push([index, ...given]);
      return type.results.length === 0 ? undefined : index + 100;
    }])),
  });
  (instance.exports["run"] as () => void)();
  return { log, done };
}

test("calls are made with their arguments, one after the other, and answered", () => {
  const { log, done } = run([[1, [7, -1n, 2.5, 0.5]], [0, []], [2, [9]], [202, [1]], [100, [-3]]], TYPES.length);
  assert.deepEqual(log, [[1, 7, -1n, 2.5, 0.5], [0], [2, 9], [202, 1], [100, -3]]);
  assert.deepEqual(done, [101, 100, 0, 302, 200]);
});

test("a thread that could not be started elsewhere runs here", () => {
  assert.deepEqual(run([], TYPES.length + 1).log, ["late"]);
});
