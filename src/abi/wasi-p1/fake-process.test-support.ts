/**
 * A process without a kernel, for tests: calls are made straight on a memory, a call that blocks
 * leaves its wait here, and the test decides when time passes. One thread at a time.
 */
import { BLOCK, DIE, HandleTable, Waiter } from "#kernel";
import type { CallContext, Machine, ProcessContext, Wait } from "#kernel";
import type { WasiP1, WasiP1Options } from "./wasi.ts";
import { createWasiP1 } from "./wasi.ts";

interface Blocked {
  readonly wait: Wait | undefined;
  readonly promise: Promise<unknown> | undefined;
  readonly done: (value: unknown) => number;
  readonly failed: (error: unknown) => number;
  readonly abandoned: ((value: unknown) => void) | undefined;
  readonly waiters: readonly Waiter[];
}

export class FakeProcess implements ProcessContext {
  readonly id = 1;
  readonly name = "test";
  readonly handles: HandleTable;
  /** Time of the virtual clock in milliseconds; it moves only when a wait ends by its deadline. */
  nowMs = 1000;
  /** What the real-time clock is ahead of it. */
  realtimeOffsetNs = 1_700_000_000_000_000_000n;
  handleLimit = 1000;
  outputLimit = Infinity;
  output = 0;
  exitStatus: number | undefined = undefined;
  abortMessage: string | undefined = undefined;
  blocked: Blocked | undefined = undefined;
  yields = 0;
  #woken = false;

  constructor() {
    this.handles = new HandleTable({ chargeHandle: () => this.handles.size < this.handleLimit, refundHandle: () => undefined });
  }

  readonly machine = {
    now: () => this.nowMs,
    monotonicNs: () => BigInt(Math.round(this.nowMs * 1e6)),
    realtimeNs: () => BigInt(Math.round(this.nowMs * 1e6)) + this.realtimeOffsetNs,
    entropy: (into: Uint8Array) => into.fill(0xa5),
  } as unknown as Machine;

  current(): CallContext {
    return {
      process: this,
      block: (wait) => {
        this.#woken = false;
        const waiters = wait.queues.map((queue) => {
          const waiter = new Waiter(() => (this.#woken = true));
          queue.add(waiter);
          return waiter;
        });
        this.blocked = { wait, promise: undefined, done: () => DIE, failed: () => DIE, abandoned: undefined, waiters };
        return BLOCK;
      },
      await: <T>(promise: Promise<T>, _reason: string, done: (value: T) => number, failed: (error: unknown) => number, abandoned?: (value: T) => void) => {
        this.blocked = { wait: undefined, promise, done: done as Blocked["done"], failed, abandoned: abandoned as Blocked["abandoned"], waiters: [] };
        return BLOCK;
      },
      yield: (answer) => {
        this.yields++;
        this.blocked = { wait: { reason: "yield", queues: [], deadlineMs: 0, resume: () => answer }, promise: undefined, done: () => DIE, failed: () => DIE, abandoned: undefined, waiters: [] };
        return BLOCK;
      },
    };
  }
  exit(status: number): typeof DIE {
    this.exitStatus = status;
    return DIE;
  }
  abort(message: string): typeof DIE {
    this.abortMessage = message;
    return DIE;
  }
  outputLeft(): number {
    return this.outputLimit - this.output;
  }
  chargeOutput(byteLength: number): boolean {
    this.output += byteLength;
    return this.output <= this.outputLimit;
  }
  cpuTimeNs(): bigint {
    return 5_000_000n;
  }

  /** True when the blocked call could go on without time passing. */
  get woken(): boolean {
    return this.#woken;
  }

  /** Lets the blocked call go on after a wake or by its deadline; throws when it would wait for ever. */
  resume(): number {
    const { blocked } = this;
    const wait = blocked?.wait;
    if (blocked === undefined || wait === undefined) throw new Error("no call is blocked on an event");
    for (const waiter of blocked.waiters) waiter.queue?.remove(waiter);
    this.blocked = undefined;
    if (this.#woken) return wait.resume("event");
    if (wait.deadlineMs === undefined) throw new Error(`${wait.reason} would wait for ever`);
    this.nowMs = Math.max(this.nowMs, wait.deadlineMs);
    return wait.resume("deadline");
  }

  /** Drives a call to its end, over promises too. */
  async finish(answer: number): Promise<number> {
    let last = answer;
    while (last === BLOCK) {
      const { blocked } = this;
      if (blocked?.promise === undefined) {
        last = this.resume();
        continue;
      }
      this.blocked = undefined;
      let outcome: { readonly value: unknown } | { readonly error: unknown };
      try {
        outcome = { value: await blocked.promise };
      } catch (error) {
        outcome = { error };
      }
      last = "error" in outcome ? blocked.failed(outcome.error) : blocked.done(outcome.value);
    }
    return last;
  }
}

/** A process with WASI and a memory, and ways to put arguments into it and get results out. */
export class Guest {
  readonly process = new FakeProcess();
  readonly memory: WebAssembly.Memory;
  readonly wasi: WasiP1;
  #next = 1024;

  constructor(options: WasiP1Options = {}, descriptor: WebAssembly.MemoryDescriptor = { initial: 4, maximum: 64 }) {
    this.memory = new WebAssembly.Memory(descriptor);
    this.wasi = createWasiP1(this.process, options);
    this.wasi.attach(this.memory);
  }

  /** Calls a function of preview 1, or of another module. Gives BLOCK when it blocks. */
  call(name: string, ...args: readonly (number | bigint)[]): number {
    return this.#call("wasi_snapshot_preview1", name, args);
  }
  call0(name: string, ...args: readonly (number | bigint)[]): number {
    return this.#call("wasi_unstable", name, args);
  }
  #call(moduleName: string, name: string, args: readonly (number | bigint)[]): number {
    const found = this.wasi.modules.find((module) => module.name === moduleName)?.functions.find((call) => call.name === name);
    if (found === undefined) throw new Error(`${moduleName} has no ${name}`);
    return (found.call as (...args: readonly (number | bigint)[]) => number)(...args);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }
  get view(): DataView {
    return new DataView(this.memory.buffer);
  }
  /** Fresh bytes in the memory, aligned to 8. */
  alloc(byteLength: number): number {
    const addr = this.#next;
    this.#next += (byteLength + 7) & ~7;
    if (this.#next > this.memory.buffer.byteLength) throw new Error("the test guest's memory is used up");
    return addr;
  }
  put(bytes: Uint8Array): number {
    const addr = this.alloc(bytes.length);
    this.bytes.set(bytes, addr);
    return addr;
  }
  /** A string as (address, length). */
  text(text: string): readonly [number, number] {
    const bytes = new TextEncoder().encode(text);
    return [this.put(bytes), bytes.length];
  }
  /** A list of buffers as (address, count). */
  iovecs(...buffers: readonly (readonly [number, number])[]): readonly [number, number] {
    const addr = this.alloc(buffers.length * 8);
    buffers.forEach(([buffer, length], index) => {
      this.view.setUint32(addr + index * 8, buffer, true);
      this.view.setUint32(addr + index * 8 + 4, length, true);
    });
    return [addr, buffers.length];
  }
  u32(addr: number): number {
    return this.view.getUint32(addr, true);
  }
  u64(addr: number): bigint {
    return this.view.getBigUint64(addr, true);
  }
  string(addr: number, byteLength: number): string {
    return new TextDecoder().decode(this.bytes.slice(addr, addr + byteLength));
  }

  /** Opens `path` below descriptor `dir`; the number, or the errno negated. */
  open(dir: number, path: string, flags: { o?: number; rights?: number; inheriting?: number; fd?: number; lookup?: number } = {}): number {
    const out = this.alloc(4);
    const errno = this.call("path_open", dir, flags.lookup ?? 1, ...this.text(path), flags.o ?? 0, BigInt(flags.rights ?? 0), BigInt(flags.inheriting ?? 0), flags.fd ?? 0, out);
    return errno === 0 ? this.u32(out) : -1000 - errno;
  }
  /** Writes text to a descriptor: the errno, and how much went. */
  write(fd: number, text: string): readonly [errno: number, count: number] {
    const out = this.alloc(4);
    const errno = this.call("fd_write", fd, ...this.iovecs(this.text(text)), out);
    return [errno, this.u32(out)];
  }
  /** Reads up to `byteLength` bytes from a descriptor: the text, or the errno. */
  read(fd: number, byteLength: number): string | number {
    const buffer = this.alloc(byteLength);
    const out = this.alloc(4);
    const errno = this.call("fd_read", fd, ...this.iovecs([buffer, byteLength]), out);
    return errno === 0 ? this.string(buffer, this.u32(out)) : errno;
  }
}
