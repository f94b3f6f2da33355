/**
 * [spawn.hello.p50] Starting, running and reaping a compiled program that writes one line.
 *
 * Beside it, turn by turn: a fresh `node:wasi` in this very process, with no isolation; a worker
 * that runs `node:wasi`, which can at least be killed; and the Wasmer SDK. All have the module
 * compiled, and a pool of theirs warm.
 */
import { closeSync, openSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { boot } from "../../src/node.ts";
import { HELLO } from "../guests.ts";
import type { Measured, Part, Row } from "../row.ts";
import { median, quantile, spread } from "../statistics.ts";

const ROUNDS = 40;
const WARM_UP = 5;
/** No further round begins after this time: a worker takes long on a machine that is busy with other things. */
const BUDGET_MS = 25_000;
/** Runs in one round, by the time that each takes. */
const MANY = 50;
const FEW = 3;
const WORKER = new URL("../hosts/wasi-worker.ts", import.meta.url);

/** What is used of the SDK: its own types need a browser's. */
interface WasmerSdk {
  readonly Wasmer: new () => {
    readonly packages: { load(bytes: Uint8Array): Promise<object> };
    readonly sandboxes: {
      create(options: { packages: readonly object[] }): Promise<{
        command(program: object): { run(): Promise<{ text(): string }> };
        close(): Promise<void>;
      }>;
    };
    close(): Promise<void>;
  };
}
const WASMER: string = "@wasmer/sdk/node";

interface Contender {
  readonly name: string;
  readonly runs: number;
  /** Starts the program and waits for its end. */
  run(): unknown;
}

/** Why the SDK does not run here, or how to run the program with it. */
async function wasmer(bytes: Uint8Array): Promise<{ run: () => Promise<void>; close: () => Promise<void> } | { error: string }> {
  try {
    const { Wasmer } = await import(WASMER) as WasmerSdk;
    const sdk = new Wasmer();
    const program = await sdk.packages.load(bytes);
    const sandbox = await sdk.sandboxes.create({ packages: [program] });
    return {
      run: async () => {
        const output = await sandbox.command(program).run();
        if (output.text() !== "hello\n") throw new Error("the Wasmer SDK did not run the program");
      },
      close: async () => {
        await sandbox.close();
        await sdk.close();
      },
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function measure(): Promise<Measured> {
  // Only here: loading it prints a warning.
  const { WASI } = await import("node:wasi");
  await using os = await boot({ cacheFolder: false });
  const bytes = HELLO();
  const program = await os.compile(bytes);
  const module = await WebAssembly.compile(bytes);
  const sink = openSync("/dev/null", "w");
  const contenders: Contender[] = [
    {
      name: "isola",
      runs: MANY,
      run: async () => {
        const process = await os.spawn(program, { stderr: "null" });
        const [text, exit] = await Promise.all([process.stdout!.text(), process.exited]); // buffered, so it is there
        if (text !== "hello\n" || exit.status !== 0) throw new Error("the program did not run");
      },
    },
    {
      name: "node:wasi",
      runs: MANY,
      run: () => {
        const wasi = new WASI({ version: "preview1", returnOnExit: true, stdout: sink });
        wasi.start(new WebAssembly.Instance(module, wasi.getImportObject() as unknown as WebAssembly.Imports));
      },
    },
    {
      name: "worker with node:wasi",
      runs: FEW,
      run: () => new Promise<void>((resolve, reject) => {
        const worker = new Worker(WORKER, { workerData: { module, stdout: sink }, execArgv: ["--disable-warning=ExperimentalWarning"] });
        worker.once("error", reject);
        worker.once("exit", (status) => (status === 0 ? resolve() : reject(new Error(`the worker ended with ${status}`))));
      }),
    },
  ];
  const notes: string[] = [];
  const sdk = await wasmer(bytes);
  if ("error" in sdk) notes.push(`@wasmer/sdk does not run in this Node: ${sdk.error}`);
  else contenders.push({ name: "@wasmer/sdk", runs: FEW, run: sdk.run });

  const samples = contenders.map((): number[] => []);
  const began = performance.now();
  let round = 0;
  for (; round < WARM_UP + ROUNDS && (round <= WARM_UP || performance.now() - began < BUDGET_MS); round++) {
    for (const [index, { runs, run }] of contenders.entries()) {
      for (let count = 0; count < runs; count++) {
        const started = performance.now();
        await run();
        if (round >= WARM_UP) samples[index]!.push((performance.now() - started) * 1000); // one list for each
      }
    }
  }
  if (!("error" in sdk)) await sdk.close();
  closeSync(sink);
  if (round < WARM_UP + ROUNDS) notes.push(`only ${round - WARM_UP} of ${ROUNDS} rounds in ${BUDGET_MS / 1000} s`);
  const [isola, ...others] = samples as [number[], ...number[][]];
  const value = median(isola);
  const parts: Part[] = others.map((list, index) => ({
    name: contenders[index + 1]!.name, value, unit: "µs", against: { name: contenders[index + 1]!.name, value: median(list) }, // the first is ours
  }));
  return {
    value,
    against: parts[0]!.against!, // three or four of them
    runs: isola.length,
    spread: spread(isola),
    parts: [...parts.slice(1), { name: "p99", value: quantile(isola, 0.99), unit: "µs", against: { name: "node:wasi, p99", value: quantile(others[0] ?? [], 0.99) } }],
    notes: [...notes, "node:wasi has no isolation, no limits and no way to stop the program"],
  };
}

export const spawnHello: Row = {
  name: "spawn.hello.p50",
  meaning: "spawn, run and reap a compiled program that writes one line, p50",
  unit: "µs",
  target: { of: "value", at: "most", bound: 300 },
  limitMs: 120_000,
  measure,
};
