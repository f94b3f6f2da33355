/** Starting a program for another hart: the side that runs it. */
import { ServedFileSystem } from "#fs";
import type { FileSystem } from "#fs";
import { LineSink, LineSource, UsageCell } from "#kernel";
import type { Endpoint, Kernel, Line, Process as KernelProcess, ProcessNews, ProcessOrder, SharedJobs } from "#kernel";
import { HandleError, HandleGift } from "../handles.ts";
import type { Process } from "../guest-process.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import type { GivenStreams, Input, OutputEnd } from "../standard-streams.ts";
import type { System } from "../system.ts";
import { endParts } from "./end-parts.ts";
import { HartError } from "./hart-error.ts";
import { LineTransport } from "./line-transport.ts";
import type { EndParts, FilesName, InputName, OutputName, SpawnAsk } from "./messages.ts";
import type { Peer } from "./peer.ts";

/** Opens a file system by the `locator` of the same on another hart. */
export type Reopen = (locator: unknown) => FileSystem & { close(): void };

export interface Server {
  readonly system: System;
  readonly kernel: Kernel;
  readonly jobs: SharedJobs;
  readonly reopen: Reopen | undefined;
  /** Told of every program that was started. */
  started(process: Process): void;
}

/** The line of a process, at its own hart. */
class ProcessLine implements Endpoint {
  target: KernelProcess | undefined = undefined;
  received(): void {
    // Everything about a process is posted.
  }
  posted(value: unknown): void {
    this.target?.kill((value as ProcessOrder).kill); // the other end is a `RemoteProcess`
  }
  /** Whoever started it is gone; it goes on, as it would if its starter had ended. */
  lost(): void {
    // Its streams have ended, which it will meet.
  }
}

export async function serveSpawn(peer: Peer, server: Server, ask: SpawnAsk): Promise<{ readonly id: number }> {
  // What was sent has to be taken or let go, whatever happens.
  const gifts: Record<string, HandleGift> = {};
  for (const [as, name] of ask.handles) {
    const grant = peer.handles.grantFor(name);
    if (grant !== undefined) gifts[as] = new HandleGift(grant);
  }
  try {
    if (Object.keys(gifts).length < ask.handles.length) throw new HandleError("os/object-limit", "one of its handles could not be had on another hart");
    return await serve(peer, server, ask, gifts);
  } finally {
    for (const gift of Object.values(gifts)) gift.discard();
  }
}

async function serve(peer: Peer, server: Server, ask: SpawnAsk, gifts: Readonly<Record<string, HandleGift>>): Promise<{ readonly id: number }> {
  const program = peer.program(ask.program);
  const modules = ask.modules.map(([as, name]) => [as, peer.program(name)] as const);
  const job = server.jobs.find(ask.job);
  if (job === undefined) throw new HartError("os/hart-refused", "its job is over");
  const accept = <T extends Endpoint & { attach(line: Line): void }>(id: number, end: T): T => {
    end.attach(peer.link.accept(id, end));
    return end;
  };
  const atEnd: (() => void)[] = [];
  const files = new Map<number, FileSystem>();
  const open = (name: FilesName): FileSystem => {
    if (name.kind === "locator") {
      if (server.reopen === undefined) throw new HartError("os/hart-elsewhere", "this host cannot open its file systems on another hart");
      const reopened = server.reopen(name.locator);
      atEnd.push(() => reopened.close());
      return reopened;
    }
    let served = files.get(name.line);
    if (served === undefined) {
      const transport = accept(name.line, new LineTransport());
      const made = new ServedFileSystem({
        name: name.name, readOnly: name.readOnly, trusted: true, connect: () => transport,
        // Reading a device may take for ever, and the hart behind it is as sure as this one.
        timeoutMs: Infinity, timer: () => () => undefined,
      });
      files.set(name.line, made);
      atEnd.push(() => transport.close());
      served = made;
    }
    return served;
  };
  const input = (name: InputName): Input => {
    if (name.kind !== "line") return { terminal: false };
    const source = accept(name.line, new LineSource());
    atEnd.push(() => source.close());
    return { source, terminal: name.terminal };
  };
  const output = (name: OutputName): OutputEnd => {
    if (name.kind === "null") return { terminal: false, windowed: true };
    const sink = accept(name.line, new LineSink(name.windowed));
    atEnd.push(() => sink.close());
    return { sink, terminal: name.terminal, windowed: name.windowed };
  };
  const control = new ProcessLine();
  const line = peer.link.accept(ask.process, control);
  try {
    const streams: GivenStreams = { stdin: input(ask.stdin), stdout: output(ask.stdout), stderr: output(ask.stderr) };
    const options: SpawnOptions = {
      ...ask.plain, job, limits: ask.limits,
      // As the modes that lead to the same limits: only "buffer" has one of its own.
      stdout: ask.stdout.kind === "line" && !ask.stdout.windowed ? "buffer" : "null",
      stderr: ask.stderr.kind === "line" && !ask.stderr.windowed ? "buffer" : "null",
      fs: Object.fromEntries(ask.fs.map(([path, name]) => [path, open(name)])),
      ...(ask.imports.length === 0 ? {} : { imports: Object.fromEntries(ask.imports.map(([as, name]) => [as, peer.interface(name)])) }),
      ...(ask.handles.length === 0 ? {} : { handles: gifts }),
      ...(modules.length === 0 ? {} : { modules: Object.fromEntries(modules) }),
      ...(ask.trace ? { trace: (text: string) => line.post({ trace: text } satisfies ProcessNews<EndParts>) } : {}),
    };
    const process = await server.system.spawnHere(program, options, streams);
    const target = process.target as KernelProcess; // it was made here
    control.target = target;
    server.started(process);
    target.usageCell = new UsageCell(ask.usage);
    target.onReap(() => {
      for (const task of atEnd) task();
    });
    const all = [program.module, ...modules.map(([, library]) => library.module)];
    void target.exited.then((status) => {
      line.post({ ended: endParts(status, all), usage: target.usage() } satisfies ProcessNews<EndParts>);
      line.close();
    });
    return { id: target.id };
  } catch (error) {
    for (const task of atEnd) task();
    line.close();
    throw error;
  }
}
