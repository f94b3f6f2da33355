/** Starting a program on another hart: the side that asks. */
import { reasonText } from "#base";
import type { FileSystem } from "#fs";
import { FileServer } from "#fs";
import { RemoteProcess, SinkFeeder, SourceFeeder, UsageCell } from "#kernel";
import type { Kernel, Line, Objects, SharedJobs } from "#kernel";
import { Process } from "../guest-process.ts";
import type { Ends } from "../guest-process.ts";
import type { RemoteOffering } from "../interface.ts";
import type { Program } from "../program.ts";
import { linkOrder } from "../library-modules.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import type { StandardStreams } from "../standard-streams.ts";
import { endFrom } from "./end-parts.ts";
import { HartError } from "./hart-error.ts";
import { LineTransport } from "./line-transport.ts";
import type { EndParts, FilesName, InputName, OutputName, SpawnAsk } from "./messages.ts";
import type { Peer } from "./peer.ts";

/** What the asking side needs of its system. */
export interface Asker {
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly jobs: SharedJobs;
  readonly streams: StandardStreams;
}

/** @throws as `System.spawn`; HartError. */
export async function spawnOn(peer: Peer, asker: Asker, program: Program, options: SpawnOptions): Promise<Process> {
  const { kernel, objects } = asker;
  const job = asker.jobs.nameOf(options.job ?? kernel.root);
  if (job === "full") throw new HartError("os/hart-elsewhere", "there are more jobs in use on several harts than there can be");
  const order = options.modules === undefined ? [] : linkOrder(options.modules);
  const modules = [program.module, ...order.map(([, library]) => library.module)];
  const ending: (() => void)[] = [];
  const cell = new UsageCell();
  const process = new RemoteProcess<EndParts>(peer.link.peer, {
    name: options.name ?? program.name, cell,
    now: () => kernel.machine.now(),
    received: (parts) => endFrom(parts, modules),
    onTrace: options.trace,
    onEnd: () => {
      for (const task of ending) task();
    },
  });
  const line = peer.link.open(process);
  process.attach(line);
  const opened: Line[] = [];
  const open = <T extends { attach(line: Line): void }>(end: T & Parameters<typeof peer.link.open>[0]): number => {
    const made = peer.link.open(end);
    end.attach(made);
    opened.push(made);
    return made.id;
  };
  const stdin = asker.streams.input(options.stdin ?? "null", ending);
  // Outputs end when their line does, which may be after the process: a reader takes its time.
  const failing: (() => void)[] = [];
  const stdout = asker.streams.output(options.stdout ?? "buffer", "stdout", failing);
  const stderr = asker.streams.output(options.stderr ?? "buffer", "stderr", failing);
  const input: InputName = stdin.source === undefined ? { kind: "null" } : { kind: "line", line: open(new SourceFeeder(stdin.source)), terminal: stdin.terminal };
  const output = ({ sink, terminal, windowed }: typeof stdout): OutputName => (sink === undefined ? { kind: "null" } : { kind: "line", line: open(new SinkFeeder(sink)), terminal, windowed });
  const served = new Map<FileSystem, FilesName>();
  const files = (fs: FileSystem): FilesName => {
    if (fs.locator !== undefined) return { kind: "locator", locator: fs.locator };
    let name = served.get(fs);
    if (name === undefined) {
      const transport = new LineTransport();
      name = { kind: "line", line: open(transport), name: fs.name, readOnly: fs.readOnly };
      void new FileServer(fs, transport);
      served.set(fs, name);
    }
    return name;
  };
  const { args, name, env, weight, clocks, entropy, history, core, service } = options;
  const plain = Object.fromEntries(Object.entries({ args, name, env, weight, clocks, entropy, history, core, service }).filter(([, value]) => value !== undefined));
  try {
    const { id } = await peer.ask("spawn", {
      program: peer.nameOf(program),
      modules: Object.entries(options.modules ?? {}).map(([as, library]) => [as, peer.nameOf(library)] as const),
      job, limits: options.limits ?? {}, plain, trace: options.trace !== undefined,
      stdin: input, stdout: output(stdout), stderr: output(stderr),
      imports: Object.entries(options.imports ?? {}).map(([as, iface]) => [as, iface.remoteName!] as const), // the hart was chosen by them
      fs: Object.entries(options.fs ?? {}).map(([path, fs]) => [path, files(fs)] as const),
      handles: Object.entries(options.handles ?? {}).map(([as, gift]) => [as, peer.handles.nameOf(gift.take())] as const),
      process: line.id, usage: cell.buffer,
    } satisfies SpawnAsk);
    process.id = id;
  } catch (error) {
    process.abandon();
    for (const made of opened) made.close();
    for (const task of [...ending, ...failing]) task();
    throw error;
  }
  const { signal } = options;
  if (signal !== undefined) {
    const abort = (): void => process.kill({ cause: "request", message: `aborted: ${reasonText(signal.reason)}` });
    if (signal.aborted) abort();
    else {
      signal.addEventListener("abort", abort, { once: true });
      ending.push(() => signal.removeEventListener("abort", abort));
    }
  }
  const remote: RemoteOffering = {
    hart: peer.link.peer,
    process: process.id,
    module: program.module,
    get running() {
      return process.status === undefined;
    },
    bind: (id) => peer.rebind(id, process.id),
  };
  return new Process(process, { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream } satisfies Ends, objects, undefined, remote);
}
