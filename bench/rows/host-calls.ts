/**
 * [hostcall.in] [hostcall.out] Calls over the border, beside the same over the host's own interface.
 * In: the host calls an exported function that adds. Out: a guest calls a host function in a loop.
 */
import { Engine, Linker, Module, Store } from "#wasm";
import { moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const CALLS = 200_000;
const ROUNDS = 25;
const GUEST = `
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))`;

async function instances() {
  const add = (a: number, b: number): number => (a + b) | 0;
  const bytes = moduleOf(GUEST);
  const engine = new Engine();
  const linker = new Linker(engine).func("env", "add", { kind: "func", params: ["i32", "i32"], results: ["i32"] }, add);
  const ours = linker.instantiate(new Store(engine), await Module.compile(engine, bytes));
  const host = new WebAssembly.Instance(await WebAssembly.compile(bytes), { env: { add } }).exports as Record<string, (...args: number[]) => number>;
  return { ours, host };
}

/** Nanoseconds of processor time for each of the calls that `run` makes. */
function timed(run: () => number): () => number {
  return () => {
    const started = threadCpuMs();
    const sum = run();
    const ns = ((threadCpuMs() - started) * 1e6) / CALLS;
    if (sum !== ((CALLS * (CALLS + 1)) / 2 | 0)) throw new Error(`the calls gave ${sum}`);
    return ns;
  };
}

async function measureIn(): Promise<Measured> {
  const { ours, host } = await instances();
  const func = ours.func("add")!; // exported above
  const raw = func.raw as (a: number, b: number) => number;
  const hostAdd = host["add"]!; // exported above
  const repeat = (add: (a: number, b: number) => number) => timed(() => {
    let sum = 0;
    for (let n = CALLS; n > 0; n--) sum = add(sum, n);
    return sum;
  });
  const [called, plain, untouched] = await interleave(
    [repeat((a, b) => func.call(a, b) as number), repeat((a, b) => raw(a, b)), repeat((a, b) => hostAdd(a, b))],
    { warmUp: 5, rounds: ROUNDS },
  ) as [number[], number[], number[]];
  const against = { name: "an export of the host", value: median(untouched) };
  return {
    value: median(called),
    against,
    runs: ROUNDS,
    spread: spread(called),
    parts: [{ name: "Func.raw, unchecked", value: median(plain), unit: "ns", against }],
    notes: ["Func.call checks arguments and owners, and turns what the host throws into a Trap"],
  };
}

async function measureOut(): Promise<Measured> {
  const { ours, host } = await instances();
  const loop = ours.func("loop")!; // exported above
  const hostLoop = host["loop"]!; // exported above
  const [linked, untouched] = await interleave([timed(() => loop.call(CALLS) as number), timed(() => hostLoop(CALLS))], { warmUp: 5, rounds: ROUNDS }) as [number[], number[]];
  return { value: median(linked), against: { name: "a plain import", value: median(untouched) }, runs: ROUNDS, spread: spread(linked) };
}

export const hostCallIn: Row = {
  name: "hostcall.in",
  meaning: "a call of an exported function through Func.call",
  unit: "ns",
  limitMs: 30_000,
  measure: measureIn,
};

export const hostCallOut: Row = {
  name: "hostcall.out",
  meaning: "a call from a guest of a host function that the linker defined",
  unit: "ns",
  limitMs: 30_000,
  measure: measureOut,
};
