/**
 * A thread of a process of another hart: the side that runs it.
 *
 * It is a process of its own here, with an instance of the program on the shared memory, and no handle and no
 * descriptor: each of its calls goes to the hart of the process and is made there.
 */
import { UsageCell, WaitQueue } from "#kernel";
import type { CoreValue, Endpoint, HostFunction, Kernel, Line, Process, SharedJobs } from "#kernel";
import type { FuncType } from "#wasm";
import type { Program } from "../program.ts";
import { threadSpawnType } from "../wasi-threads.ts";
import { endParts } from "./end-parts.ts";
import { HartError } from "./hart-error.ts";
import type { ThreadAsk } from "./messages.ts";
import type { Peer } from "./peer.ts";
import { ThreadKind, decodeWake, encodeArgs, encodeWake } from "./thread-line.ts";
import type { ThreadNews, ThreadOrder } from "./thread-line.ts";

/** What starting one needs of the system. */
export interface ThreadHost {
  readonly kernel: Kernel;
  readonly jobs: SharedJobs;
  /** Starts a thread of `program` on `memory`, whose calls are `functions`, in the order of `Program.needs`. */
  startThread(process: Process, program: Program, memory: WebAssembly.Memory, functions: readonly HostFunction[], tid: number, arg: number): void;
}

interface SharedHere {
  readonly memory: WebAssembly.Memory;
  readonly lines: Set<Line>;
}

/** Memories of groups of threads that run here: one object for each, since threads that wait are found by it. */
const memories = new WeakMap<Kernel, Map<string, SharedHere>>();

export function serveThread(peer: Peer, host: ThreadHost, ask: ThreadAsk): { readonly id: number } {
  const { kernel, jobs } = host;
  const job = jobs.find(ask.job);
  if (job === undefined) throw new HartError("os/hart-refused", "its job is over");
  const program = peer.program(ask.program);
  const process = kernel.createProcess(job, { name: `${ask.name}, thread ${ask.tid}`, limits: ask.memoryLimit === undefined ? {} : { memory: ask.memoryLimit } });
  const thread = new ServedThread(process, kernel);
  const line = peer.link.accept(ask.line, thread);
  thread.line = line;
  const shared = memoryOf(kernel, ask, line);
  thread.shared = shared;
  process.usageCell = new UsageCell(ask.usage);
  process.onReap(() => {
    shared.lines.delete(line);
    if (shared.lines.size === 0) memories.get(kernel)?.delete(ask.group);
  });
  try {
    host.startThread(process, program, shared.memory, program.needs.map(({ module, name, type }, index) => thread.forward(index, name, type, threadSpawnType(module, name) !== undefined)), ask.tid, ask.arg);
  } catch (error) {
    process.kill({ cause: "request", message: "it could not be started" });
    line.close();
    throw error;
  }
  void process.exited.then((status) => {
    line.post({ ended: endParts(status, [program.module]) } satisfies ThreadNews);
    line.close();
  });
  return { id: process.id };
}

function memoryOf(kernel: Kernel, { group, memory, counts }: ThreadAsk, line: Line): SharedHere {
  let groups = memories.get(kernel);
  if (groups === undefined) memories.set(kernel, (groups = new Map()));
  let shared = groups.get(group);
  if (shared === undefined) {
    const made: SharedHere = { memory, lines: new Set() };
    groups.set(group, (shared = made));
    kernel.lot.share(memory, {
      hart: kernel.hart, counts: new Int32Array(counts),
      // The hart of the process knows where its threads are.
      wakeThere: (hart, address, count) => {
        const [via] = made.lines;
        via?.send(ThreadKind.wake, hart, encodeWake(address, count));
      },
    });
  }
  shared.lines.add(line);
  return shared;
}

class ServedThread implements Endpoint {
  line!: Line;
  shared!: SharedHere;
  readonly #process: Process;
  readonly #kernel: Kernel;
  readonly #answered = new WaitQueue();
  #answer: number | undefined = undefined;

  constructor(process: Process, kernel: Kernel) {
    this.#process = process;
    this.#kernel = kernel;
  }

  /** A function of the process's hart. `spawns` answers 0 where a guest is answered -1: a call that waits has no negative answers. */
  forward(index: number, name: string, type: FuncType, spawns: boolean): HostFunction {
    const resume = (): number => {
      const answer = this.#answer;
      if (answer === undefined) return wait();
      this.#answer = undefined;
      return spawns ? Math.max(answer, 0) : answer;
    };
    const wait = (): number => this.#process.current().block({ reason: name, queues: [this.#answered], resume });
    return {
      name, type, mayBlock: true,
      call: (...args: readonly CoreValue[]) => {
        this.line.send(ThreadKind.call, index, encodeArgs(args));
        return wait();
      },
    };
  }

  received(kind: number, arg: number, bytes: Uint8Array): void {
    if (kind === ThreadKind.wake) {
      const { address, count } = decodeWake(bytes);
      this.#kernel.lot.wake(this.shared.memory, address, count);
      return;
    }
    this.#answer = arg;
    this.#answered.wakeAll();
  }
  posted(value: unknown): void {
    this.#process.kill((value as ThreadOrder).kill); // the other end posts nothing else
  }
  lost(reason: string): void {
    this.#process.kill({ cause: "hart", message: `the hart of its process has ended: ${reason}` });
  }
}
