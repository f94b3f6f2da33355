/**
 * The harts of a system as the hart that booted it has them: it starts their threads, links each to each,
 * replaces those that die, and gives a program a hart of its own.
 *
 * A hart that died is taken out of everything that harts share before the others hear of it: its columns
 * of the accounts, its counts, its face. Its processes end with the cause "hart" for whoever started
 * them. A fresh hart takes its number; one for a single program is not replaced.
 */
import { HARTS_MAX, ringBuffer } from "#kernel";
import type { HartHost, HartThread, Kernel, LinkEnd, SharedAccounts, SharedCounts } from "#kernel";
import type { Process } from "../guest-process.ts";
import type { Program } from "../program.ts";
import { parseBytes } from "../quantity.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import { HartError } from "./hart-error.ts";
import type { Harts } from "./harts.ts";

const MIB = 1024 ** 2;
const ISOLATED_HEAP = 256 * MIB;
/** What an engine needs for itself and for our own code. */
const HEAP_LEAST_MIB = 32;
/** Harts that die this soon after their start, this often, are replaced ever later. */
const SOON_MS = 1000;
const SOON_OFTEN = 5;
const LATER_MS = 100;
const LATEST_MS = 10_000;

/** Harts beside those that share the work, each for one program at a time. */
export const ISOLATED_MAX = 16;

interface Running {
  readonly thread: HartThread;
  readonly face: WebAssembly.Memory;
  readonly isolated: boolean;
  readonly startedAtMs: number;
  /** What the first hart waits for: answers, and processes that have not ended. */
  awaited: number;
}

export interface HartPoolOptions {
  readonly host: HartHost;
  readonly kernel: Kernel;
  readonly harts: Harts;
  readonly counts: SharedCounts;
  readonly accounts: SharedAccounts;
  readonly face: WebAssembly.Memory;
  /** Harts that share the work, the first included. */
  readonly size: number;
  readonly quantumMs: number | undefined;
}

export class HartPool {
  readonly #options: HartPoolOptions;
  readonly #running = new Map<number, Running>();
  /** Numbers for programs that are being started. */
  readonly #reserved = new Set<number>();
  readonly #starting = new Set<Promise<void>>();
  readonly #ended = new Set<Promise<unknown>>();
  readonly #cancelLater = new Map<number, () => void>();
  #diedSoon = 0;
  #closing = false;

  constructor(options: HartPoolOptions) {
    this.#options = options;
    const { harts } = options;
    harts.isolate = (program, spawn) => this.#isolate(program, spawn);
    harts.onWait = (hart, promise) => this.#await(hart, promise);
    harts.onClose = () => this.close();
  }

  /** Starts all but the first. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.size - 1 }, (_, index) => this.#start(index + 1, undefined)));
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const cancel of this.#cancelLater.values()) cancel();
    await Promise.allSettled(this.#starting);
    const ends = [...this.#running.values()].map(({ thread }) => thread.ended);
    for (const { thread } of this.#running.values()) {
      thread.keepAlive(true);
      thread.terminate();
    }
    await Promise.all(ends);
    await Promise.all(this.#ended);
  }

  async #start(number: number, heapMiB: number | undefined): Promise<void> {
    const starting = this.#startThread(number, heapMiB);
    this.#starting.add(starting);
    try {
      await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #startThread(number: number, heapMiB: number | undefined): Promise<void> {
    const { host, kernel, counts, accounts, quantumMs } = this.#options;
    const face = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const startedAtMs = kernel.machine.now();
    const thread = await host.start({ number, face, counts: counts.buffer!, accounts: accounts.buffer, harts: accounts.harts, quantumMs, heapMiB, limits: kernel.root.options.limits }); // shared, as there are harts
    if (this.#closing) {
      thread.terminate();
      await thread.ended;
      return;
    }
    const isolated = heapMiB !== undefined;
    const running = { thread, face, isolated, startedAtMs, awaited: 0 };
    this.#connect(number, running);
    this.#running.set(number, running);
    const ended = thread.ended.then((reason) => this.#died(number, running, reason));
    this.#ended.add(ended);
    void ended.finally(() => this.#ended.delete(ended));
  }

  /** Links a new hart with all that are there. */
  #connect(number: number, { thread, face, isolated }: Running): void {
    const { host, harts } = this.#options;
    const pair = (peer: number, peerFace: WebAssembly.Memory): readonly [LinkEnd, LinkEnd] => {
      const [there, here] = [ringBuffer(), ringBuffer()];
      const [one, two] = host.ports();
      return [
        { peer, out: there, in: here, peerFace: peerFace.buffer as SharedArrayBuffer, port: one },
        { peer: number, out: here, in: there, peerFace: face.buffer as SharedArrayBuffer, port: two },
      ];
    };
    const [atNew, atFirst] = pair(0, this.#options.face);
    harts.connect(atFirst, isolated);
    thread.connect(atNew, false);
    for (const [peer, other] of this.#running) {
      const [end, otherEnd] = pair(peer, other.face);
      other.thread.connect(otherEnd, isolated);
      thread.connect(end, other.isolated);
    }
  }

  #died(number: number, running: Running, reason: string): void {
    const { accounts, counts, harts, kernel } = this.#options;
    this.#running.delete(number);
    accounts.clear(number);
    counts.clear(number);
    harts.disconnect(number, reason);
    for (const { thread } of this.#running.values()) thread.disconnect(number, reason);
    if (this.#closing || running.isolated) return;
    this.#diedSoon = kernel.machine.now() - running.startedAtMs < SOON_MS ? this.#diedSoon + 1 : 0;
    this.#replace(number);
  }

  #replace(number: number): void {
    const { machine } = this.#options.kernel;
    const start = (): void => {
      this.#cancelLater.delete(number);
      this.#start(number, undefined).catch((error: unknown) => {
        // The host had no room for the thread, for instance.
        this.#options.kernel.reportBug(error);
        this.#diedSoon++;
        if (!this.#closing) this.#replace(number);
      });
    };
    const often = this.#diedSoon - SOON_OFTEN;
    if (often < 0) start();
    else this.#cancelLater.set(number, machine.timer(Math.min(LATEST_MS, LATER_MS * 2 ** often), start, false));
  }

  /** The host goes on while somebody waits for something there. */
  #await(hart: number, promise: Promise<unknown>): void {
    const running = this.#running.get(hart);
    if (running === undefined) return;
    if (running.awaited++ === 0) running.thread.keepAlive(true);
    const settled = (): void => {
      if (--running.awaited === 0) running.thread.keepAlive(false);
    };
    promise.then(settled, settled);
  }

  /** Starts a program on a hart of its own, which ends with it. */
  async #isolate(program: Program, options: SpawnOptions): Promise<Process> {
    const { isolated = true, ...rest } = options;
    const bytes = isolated === true ? ISOLATED_HEAP : parseBytes(isolated.heap);
    const heapMiB = Math.max(HEAP_LEAST_MIB, Math.ceil(bytes / MIB));
    const number = this.#freeNumber();
    this.#reserved.add(number);
    try {
      await this.#start(number, heapMiB);
      const process = await this.#options.harts.spawnOn(number, program, rest);
      void process.exited.then(() => this.#running.get(number)?.thread.terminate());
      return process;
    } catch (error) {
      this.#running.get(number)?.thread.terminate();
      throw error;
    } finally {
      this.#reserved.delete(number);
    }
  }

  #freeNumber(): number {
    const { size, accounts } = this.#options;
    for (let number = size; number < accounts.harts; number++) if (!this.#running.has(number) && !this.#reserved.has(number)) return number;
    throw new HartError("os/hart-none", `${ISOLATED_MAX} programs have a hart of their own already`);
  }
}

/** The most harts that can share the work. */
export const POOL_MAX = HARTS_MAX - ISOLATED_MAX;
