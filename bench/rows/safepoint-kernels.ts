/**
 * [safepoint.geomean] What safepoints cost small computations.
 *
 * Three instances of each kernel: the untouched module on the host; the translated one called like
 * it, so that the flag never rises; the translated one as a thread of a live kernel, preempted each
 * millisecond. All must give the same checksum. Times are processor times of the thread, between
 * two marks that the program itself sets around the computation.
 */
import { Kernel } from "#kernel";
import { NodeMachine } from "#machine/node";
import { Engine, Linker, Module, Store } from "#wasm";
import type { InstancePre } from "#wasm";
import { kernelBytes } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { geomean, median, spread } from "../statistics.ts";

/** Sizes that take about 20 ms each. */
const KERNELS: readonly (readonly [name: string, size: number])[] = [
  ["sha256", 30_000],
  ["matmul", 300],
  ["fib", 32],
  ["sieve", 3_000_000],
  ["tree", 150],
  ["sort", 150_000],
  ["search", 12],
  ["interpreter", 1_000_000],
  ["mandelbrot", 300],
  ["hashtable", 2_000_000],
];
const WARM_UP = 6;
const ROUNDS = 15;

/** The clock that a program starts and stops. */
class Stopwatch {
  checksum = 0;
  elapsedMs = NaN;
  #startedMs = 0;
  readonly begin = (): void => {
    this.elapsedMs = NaN;
    this.#startedMs = threadCpuMs();
  };
  readonly end = (checksum: number): void => {
    this.elapsedMs = threadCpuMs() - this.#startedMs;
    this.checksum = checksum;
  };
}

async function runLive(kernel: Kernel, pre: InstancePre): Promise<void> {
  const process = kernel.createProcess(kernel.root, { name: "kernel" });
  const store = new Store(pre.module.engine, { safepoints: kernel.hooks });
  process.store = store;
  const start = pre.create(store).func("_start")!; // every kernel has one
  process.startThread([start.raw as () => void]);
  const end = await process.exited;
  if (end.kind !== "exited") throw new Error(`a kernel of the bench did not end: ${JSON.stringify(end)}`);
}

async function measure(): Promise<Measured> {
  const machine = new NodeMachine({ cacheFolder: false });
  const kernel = await Kernel.boot(machine);
  const watch = new Stopwatch();
  const engine = new Engine();
  const linker = new Linker(engine)
    .func("bench", "begin", { kind: "func", params: [], results: [] }, watch.begin)
    .func("bench", "end", { kind: "func", params: ["i32"], results: [] }, watch.end);
  const imports = { bench: { begin: watch.begin, end: watch.end } };
  const live: number[] = [];
  const still: number[] = [];
  const parts = [];
  const spreads: number[] = [];
  for (const [name, size] of KERNELS) {
    const bytes = kernelBytes(name, size);
    const untouched = await WebAssembly.compile(bytes);
    const pre = linker.instantiatePre(await Module.compile(engine, bytes, { name }));
    const checksums = new Set<number>();
    const timed = (run: () => void | Promise<void>) => async (): Promise<number> => {
      // Else a run that gives turns to the host pays for the memories that earlier runs have left.
      if (!machine.collectNow()) throw new Error("the host cannot collect its garbage when asked");
      await run();
      if (!(watch.elapsedMs > 0)) throw new Error(`${name} was not timed`);
      checksums.add(watch.checksum);
      return watch.elapsedMs;
    };
    const [host, alone, preempted] = await interleave([
      timed(() => (new WebAssembly.Instance(untouched, imports).exports["_start"] as () => void)()),
      timed(() => void pre.instantiate(new Store(engine)).func("_start")!.call()),
      timed(() => runLive(kernel, pre)),
    ], { warmUp: WARM_UP, rounds: ROUNDS }) as [number[], number[], number[]];
    if (checksums.size !== 1) throw new Error(`${name} computes differently once translated: ${[...checksums].join(", ")}`);
    live.push(median(preempted) / median(host));
    still.push(median(alone) / median(host));
    spreads.push(spread(preempted));
    parts.push({ name, value: median(preempted), unit: "ms", against: { name: "untouched, on the host", value: median(host) } });
  }
  await kernel.shutdown();
  const value = geomean(live);
  return {
    value,
    against: { name: "untouched, on the host", value: 1 },
    runs: ROUNDS,
    spread: median(spreads),
    parts: [...parts, { name: "geomean, flag never up", value: geomean(still), unit: "ratio", against: { name: "untouched, on the host", value: 1 } }],
  };
}

export const safepointKernels: Row = {
  name: "safepoint.geomean",
  meaning: "time of ten small computations with safepoints, preempted at 1 kHz, over that of the untouched modules (geometric mean)",
  unit: "ratio",
  target: { of: "value", at: "most", bound: 1.06 },
  limitMs: 120_000,
  measure,
};
