/**
 * Harts on worker threads of this Node process.
 *
 * A worker that runs out of its heap, throws what nobody catches, exits or is terminated is over; its
 * `ended` says why. Only the owner of the system talks to a worker through its message port; harts talk to
 * each other through rings, and the ports of a link are only ever read with `receiveMessageOnPort`, so they
 * hold no event loop.
 */
import { MessageChannel, Worker, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { HartHost, HartSetup, HartThread, LinkEnd, LinkPort, Machine, RunningHart } from "#kernel";
import { monotonicOffset } from "./monotonic.ts";
import { NodeMachine } from "./machine.ts";
import type { NodeMachineOptions } from "./machine.ts";

class NodePort implements LinkPort {
  readonly raw: MessagePort;
  constructor(raw: MessagePort) {
    this.raw = raw;
  }
  post(value: unknown): void {
    this.raw.postMessage(value);
  }
  take(): unknown {
    return receiveMessageOnPort(this.raw)?.message as unknown;
  }
  close(): void {
    this.raw.close();
  }
}

interface WorkerStart {
  readonly setup: HartSetup;
  readonly options: NodeMachineOptions;
}
type Order = { readonly connect: Omit<LinkEnd, "port"> & { readonly port: MessagePort }; readonly isolated: boolean } | { readonly disconnect: number; readonly reason: string };

export class NodeHartHost implements HartHost {
  readonly #entry: URL;
  readonly #options: NodeMachineOptions;

  /** `entry` is the module that a worker runs; it calls `runHart`. */
  constructor(entry: URL, options: NodeMachineOptions) {
    this.#entry = entry;
    const { cacheFolder, capacity } = options;
    this.#options = { ...(cacheFolder === undefined ? {} : { cacheFolder }), ...(capacity === undefined ? {} : { capacity }), zeroMs: monotonicOffset() };
  }

  start(setup: HartSetup): Promise<HartThread> {
    const { heapMiB } = setup;
    const worker = new Worker(this.#entry, {
      workerData: { setup, options: this.#options } satisfies WorkerStart,
      execArgv: [],
      ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
    });
    return new Promise((resolve, reject) => {
      let started = false;
      let why: string | undefined = undefined;
      let end: (reason: string) => void;
      const ended = new Promise<string>((settle) => (end = settle));
      worker.on("error", (error: Error & { code?: string }) => {
        why = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "the heap of the engine was used up" : `an error that nothing caught: ${error.message}`;
        if (!started) reject(error);
      });
      worker.once("exit", (code) => {
        end(why ?? `its thread ended with code ${code}`);
        if (!started) reject(new Error(`the thread of a hart ended with code ${code} before it was ready`));
      });
      worker.once("message", () => {
        started = true;
        worker.unref();
        resolve(threadOf(worker, ended));
      });
    });
  }

  ports(): readonly [LinkPort, LinkPort] {
    const { port1, port2 } = new MessageChannel();
    return [new NodePort(port1), new NodePort(port2)];
  }
}

function threadOf(worker: Worker, ended: Promise<string>): HartThread {
  return {
    connect: ({ port, ...end }, isolated) => {
      const { raw } = port as NodePort; // `ports` made it
      worker.postMessage({ connect: { ...end, port: raw }, isolated } satisfies Order, [raw]);
    },
    disconnect: (peer, reason) => worker.postMessage({ disconnect: peer, reason } satisfies Order),
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
    ended,
  };
}

/** Runs the hart that this worker was started for; `start` makes it. */
export async function runHart(start: (machine: Machine, setup: HartSetup) => Promise<RunningHart>): Promise<void> {
  const { setup, options } = workerData as WorkerStart; // `NodeHartHost` gave it
  const hart = await start(new NodeMachine(options), setup);
  parentPort!.on("message", (order: Order) => {
    if ("disconnect" in order) return hart.disconnect(order.disconnect, order.reason);
    const { port, ...end } = order.connect;
    hart.connect({ ...end, port: new NodePort(port) }, order.isolated);
  });
  parentPort!.postMessage("ready");
}
