/**
 * [instantiate] [instantiate.pre] A new store with an instance of a small module that imports a
 * function and has a memory, through the linker by name and with everything resolved before;
 * beside an instance of the untouched module, made by the host.
 */
import { Engine, Linker, Module, Store } from "#wasm";
import { moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const BATCH = 200;
const ROUNDS = 25;
const fields = (memory: string): string => `
  (import "env" "log" (func $log (param i32)))
  ${memory}
  (func (export "run") (param i32) (result i32) (call $log (local.get 0)) (i32.add (local.get 0) (i32.const 1)))`;
const log = (): void => undefined;

async function samples(text: string, pre: boolean): Promise<[ours: number[], host: number[]]> {
  const engine = new Engine();
  const bytes = moduleOf(text);
  const untouched = await WebAssembly.compile(bytes);
  const module = await Module.compile(engine, bytes);
  const linker = new Linker(engine).func("env", "log", { kind: "func", params: ["i32"], results: [] }, log);
  const resolved = linker.instantiatePre(module);
  const batch = (make: () => unknown) => (): number => {
    const started = threadCpuMs();
    for (let count = 0; count < BATCH; count++) make();
    return ((threadCpuMs() - started) * 1000) / BATCH;
  };
  return await interleave([
    batch(pre ? () => resolved.instantiate(new Store(engine)) : () => linker.instantiate(new Store(engine), module)),
    batch(() => new WebAssembly.Instance(untouched, { env: { log } })),
  ], { warmUp: 5, rounds: ROUNDS }) as [number[], number[]];
}

async function measure(pre: boolean): Promise<Measured> {
  const [ours, host] = await samples(fields(`(memory (export "memory") 1)`), pre);
  const [bareOurs, bareHost] = await samples(fields(""), pre);
  const name = "new WebAssembly.Instance";
  return {
    value: median(ours),
    against: { name, value: median(host) },
    runs: ROUNDS,
    spread: spread(ours),
    parts: [{ name: "without a memory", value: median(bareOurs), unit: "µs", against: { name, value: median(bareHost) } }],
  };
}

export const instantiate: Row = {
  name: "instantiate",
  meaning: "a store and an instance of a small module, imports resolved by name",
  unit: "µs",
  limitMs: 60_000,
  measure: () => measure(false),
};

export const instantiatePre: Row = {
  name: "instantiate.pre",
  meaning: "a store and an instance of a small module whose imports were resolved before",
  unit: "µs",
  limitMs: 60_000,
  measure: () => measure(true),
};
