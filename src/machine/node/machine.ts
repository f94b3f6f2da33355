/** The `Machine` of a Node.js host (24.12 or newer). */
import { createHash, randomFillSync } from "node:crypto";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { checkOptions, mustBe, mustBeAmount, mustBeNumber, optionsOf } from "#base";
import type { OptionRules } from "#base";
import type { BlobCache, Capacity, HeapUse, HostStdio, Machine, PreemptionClock } from "#kernel";
import { FolderCache, defaultCacheFolder } from "./blob-cache.ts";
import { hostCapacity } from "./capacity.ts";
import { monotonicOffset } from "./monotonic.ts";
import { startPreemption } from "./preemption.ts";
import { hostStdio } from "./stdio.ts";

export interface NodeMachineOptions {
  /** Folder for translated modules; `false` for none. */
  readonly cacheFolder?: string | false;
  readonly capacity?: Partial<Capacity>;
  /** Where the zero of `now` lies on the clock that all threads of the process share, see `monotonicOffset`; this thread's own zero unless told. */
  readonly zeroMs?: number;
}

const OPTIONS: OptionRules<NodeMachineOptions> = {
  cacheFolder: mustBe("the path of a folder, or false", (value) => value === false || (typeof value === "string" && value !== "")),
  capacity: optionsOf<Capacity>({ mappings: mustBeAmount, mappingsPerStack: mustBeAmount, mappingsPerMemory: mustBeAmount, memories: mustBeAmount }),
  zeroMs: mustBeNumber,
};
/** `crypto` takes at most 2^31-1 bytes at once. */
const CLOCK_DRIFT_MS = 5;
const TIMER_MAX_MS = 2 ** 31 - 1;
const ENTROPY_CHUNK = 1 << 30;
/** V8's limit covers three semi-spaces of 32 MiB as well, in which nothing stays. */
const YOUNG_GENERATION = 3 * 32 * 1024 ** 2;

export class NodeMachine implements Machine {
  readonly name = `node ${process.version}`;
  readonly cache: BlobCache | undefined;
  readonly stdio: HostStdio = hostStdio();
  readonly capacity: Capacity;
  readonly #offset: number;
  #collect: (() => void) | undefined = undefined;

  /** @throws OptionError */
  constructor(options: NodeMachineOptions = {}) {
    checkOptions(options, OPTIONS);
    this.cache = options.cacheFolder === false ? undefined : new FolderCache(options.cacheFolder ?? defaultCacheFolder());
    this.#offset = options.zeroMs === undefined ? 0 : monotonicOffset() - options.zeroMs;
    this.capacity = { ...hostCapacity(), ...options.capacity };
    // On by default from V8 14 on; without the hints safepoints cost kernels half as much again.
    if (Number(process.versions.node.split(".")[0]) < 26) setFlagsFromString("--experimental-wasm-branch-hinting");
  }

  now(): number {
    return performance.now() + this.#offset;
  }
  threadCpuMs(): number {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e3;
  }
  monotonicNs(): bigint {
    return BigInt(Math.round(this.now() * 1e6));
  }
  realtimeNs(): bigint {
    // The fine clock does not follow adjustments of the system's time, nor a suspended machine.
    const fine = performance.timeOrigin + performance.now();
    const coarse = Date.now();
    return BigInt(Math.round((Math.abs(fine - coarse) < CLOCK_DRIFT_MS ? fine : coarse) * 1e3)) * 1000n;
  }
  entropy(into: Uint8Array): void {
    for (let start = 0; start < into.length; start += ENTROPY_CHUNK) randomFillSync(into.subarray(start, start + ENTROPY_CHUNK));
  }
  afterTurn(task: () => void): void {
    setImmediate(task);
  }
  timer(ms: number, task: () => void, keepAlive: boolean): () => void {
    let timer: NodeJS.Timeout;
    // Node runs a timer at once when its time does not fit 31 bits.
    const start = (left: number): void => {
      timer = left > TIMER_MAX_MS ? setTimeout(start, TIMER_MAX_MS, left - TIMER_MAX_MS) : setTimeout(task, left);
      if (!keepAlive) timer.unref();
    };
    start(ms);
    return () => clearTimeout(timer);
  }
  preemption(buffer: SharedArrayBuffer, quantumMs: number): Promise<PreemptionClock> {
    return startPreemption(buffer, quantumMs);
  }
  async sha256(bytes: Uint8Array): Promise<string> {
    return createHash("sha256").update(bytes).digest("hex");
  }
  collectNow(): boolean {
    if (this.#collect === undefined) {
      setFlagsFromString("--expose-gc");
      this.#collect = runInNewContext("gc") as () => void;
    }
    this.#collect();
    return true;
  }
  heap(): HeapUse {
    const { used_heap_size: usedBytes, heap_size_limit: limit } = getHeapStatistics();
    return { usedBytes, limitBytes: Math.max(limit - YOUNG_GENERATION, limit / 2) };
  }
  async collect(): Promise<void> {
    this.collectNow();
    // Finalisers run in later turns.
    for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
