/**
 * The other harts, as each hart has them: where programs are placed, and what is asked of all.
 *
 * Every hart has a link to every other. Who places a program looks at the faces of all harts,
 * and takes the one with the fewest threads that could run, then the fewest processes.
 */
import { FaceWord, HandlePort, SharedJobs, jobKeys, snapshot } from "#kernel";
import type { ImageCarrier, JobNews, Kernel, LinkEnd, Objects, SharedAccounts, SystemSnapshot } from "#kernel";
import type { Process } from "../guest-process.ts";
import type { Program } from "../program.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import { StandardStreams } from "../standard-streams.ts";
import type { System } from "../system.ts";
import { HartError } from "./hart-error.ts";
import { mergeSnapshots } from "./merge-snapshots.ts";
import type { HartSnapshot, ProgramParts, Question, Questions } from "./messages.ts";
import { Peer } from "./peer.ts";
import type { PeerHost } from "./peer.ts";
import { spawnOn } from "./spawn-ask.ts";
import type { Asker } from "./spawn-ask.ts";
import { serveSpawn } from "./spawn-serve.ts";
import type { Reopen } from "./spawn-serve.ts";
import { serveThread } from "./thread-serve.ts";

/** The slot of the shared accounts that all roots have; it is taken when the table is made. */
export const ROOT_SLOT = { slot: 0, generation: 1 } as const;

/** How long the harts have to end what runs on them when the system is closed. */
const SETTLE_MS = 2000;

export interface HartsOptions {
  readonly system: System;
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly accounts: SharedAccounts;
  /** This hart's own face. */
  readonly face: Int32Array;
  readonly reopen: Reopen | undefined;
}

export class Harts implements PeerHost {
  readonly peers = new Map<number, Peer>();
  readonly #options: HartsOptions;
  readonly #asker: Asker;
  /** Programs here that were started for other harts. */
  readonly #served = new Map<number, Process>();
  /** Set by the hart that has the threads: starts a program on a hart of its own. */
  isolate: ((program: Program, options: SpawnOptions) => Promise<Process>) | undefined = undefined;
  /** Set by the hart that has the threads: ends the others. */
  onClose: (() => Promise<void>) | undefined = undefined;
  /** Set by the hart that has the threads: the host process goes on until `promise` settles. */
  onWait: ((hart: number, promise: Promise<unknown>) => void) | undefined = undefined;

  constructor(options: HartsOptions) {
    this.#options = options;
    const { kernel, objects, accounts } = options;
    const jobs = new SharedJobs(kernel, accounts, accounts.find(ROOT_SLOT)!, (news) => { // taken when the table was made
      for (const peer of this.peers.values()) peer.tell(news);
    });
    this.#asker = { kernel, objects, jobs, streams: new StandardStreams(kernel.machine.stdio) };
  }

  /** This hart's number. */
  get own(): number {
    return this.#options.kernel.hart;
  }

  connect(end: LinkEnd, isolated: boolean): void {
    this.disconnect(end.peer, "another took its place");
    const link = this.#options.kernel.links.connect(end);
    const { kernel, objects } = this.#options;
    const handles = (images: ImageCarrier): HandlePort => new HandlePort(link, kernel, objects, this.#asker.jobs, images);
    this.peers.set(end.peer, new Peer(link, new Int32Array(end.peerFace), this.own, isolated, this, handles));
  }

  /** The hart is dead; what this one has to do with it ends. */
  disconnect(peer: number, reason: string): void {
    this.peers.delete(peer);
    this.#options.kernel.links.disconnect(peer, reason);
  }

  /** As `System.spawn`, on the hart that is named or has the least to do. */
  async spawn(program: Program, options: SpawnOptions): Promise<Process> {
    if (options.isolated !== undefined) {
      if (this.isolate === undefined) throw new HartError("os/hart-none", "only the hart that booted the system can start a hart for one program");
      return this.isolate(program, options);
    }
    let hart = this.#place(options);
    if (this.peers.get(hart)?.isolated === true) throw new HartError("os/hart-elsewhere", `hart ${hart} belongs to one program`);
    if (hart !== this.own && !this.#canCarry(hart, options) && this.peers.has(hart)) {
      if (options.hart !== undefined || this.#tie(options) !== undefined) throw new HartError("os/hart-elsewhere", `one of its handles cannot leave hart ${this.own}`);
      hart = this.own;
    }
    return hart === this.own ? this.#options.system.spawnHere(program, options) : this.spawnOn(hart, program, options);
  }

  /** @throws HartError os/hart-none */
  async spawnOn(hart: number, program: Program, options: SpawnOptions): Promise<Process> {
    const peer = this.peers.get(hart);
    if (peer === undefined) throw new HartError("os/hart-none", `there is no hart ${hart}`);
    Atomics.add(peer.face, FaceWord.processes, 1);
    try {
      const process = await spawnOn(peer, this.#asker, program, options);
      this.waits(peer, process.exited);
      return process;
    } finally {
      Atomics.sub(peer.face, FaceWord.processes, 1);
    }
  }

  /** The one hart where a program can run, and why; undefined when any will do. @throws HartError os/hart-elsewhere when it needs two. */
  #tie({ imports = {}, sockets = [] }: SpawnOptions): { readonly hart: number; readonly what: string } | undefined {
    const harts = new Set(Object.values(imports).map(({ hart }) => hart ?? this.own));
    const [hart] = harts;
    if (harts.size > 1) throw new HartError("os/hart-elsewhere", `the interfaces that it imports are on the harts ${[...harts].join(" and ")}, and a call stays within one`);
    if (sockets.length > 0) {
      if (hart !== undefined && hart !== this.own) throw new HartError("os/hart-elsewhere", `its sockets are on hart ${this.own}, the interfaces that it imports on hart ${hart}`);
      return { hart: this.own, what: "its sockets" };
    }
    if (hart !== undefined) return { hart, what: "the interfaces that it imports" };
    return undefined;
  }

  /** Whether what `options.handles` names can go to another hart: timers cannot, nor ends of channels that have other handles. */
  #canCarry(hart: number, { handles = {} }: SpawnOptions): boolean {
    const objects = Object.values(handles).flatMap(({ object }) => (object === undefined ? [] : [object]));
    return this.peers.get(hart)?.handles.canCarry(objects) === true;
  }

  #place(options: SpawnOptions): number {
    const tie = this.#tie(options);
    if (tie !== undefined) {
      if (options.hart !== undefined && options.hart !== tie.hart) throw new HartError("os/hart-elsewhere", `${tie.what} are on hart ${tie.hart}, so it cannot be started on hart ${options.hart}`);
      return tie.hart;
    }
    if (options.hart !== undefined) return options.hart;
    return this.#quietest();
  }

  #quietest(): number {
    let best = this.own;
    let least = load(this.#options.face);
    for (const [hart, { face, isolated }] of this.peers) {
      const there = isolated ? Infinity : load(face);
      if (there >= least) continue;
      best = hart;
      least = there;
    }
    return best;
  }

  get jobs(): SharedJobs {
    return this.#asker.jobs;
  }

  /** Where one more thread of a process of this hart is to run; undefined for here. */
  placeThread(): Peer | undefined {
    return this.peers.get(this.#quietest());
  }

  /** Of all harts that answer. */
  async snapshot(): Promise<SystemSnapshot> {
    const others = [...this.peers.values()].map((peer) => peer.ask("snapshot", null).catch(() => undefined));
    return mergeSnapshots([this.#snapshotHere(), ...await Promise.all(others)]);
  }

  #snapshotHere(): HartSnapshot {
    const { kernel } = this.#options;
    return { system: snapshot(kernel), jobKeys: jobKeys(kernel) };
  }

  async kill(id: number, message: string): Promise<boolean> {
    const asked = [...this.peers.values()].map((peer) => peer.ask("kill", { id, message }).catch(() => false));
    return (await Promise.all(asked)).includes(true);
  }

  /** Kills what runs on all harts, waits for it, and ends the others. */
  async close(): Promise<void> {
    const { kernel } = this.#options;
    kernel.root.kill({ cause: "shutdown", message: "the system is shutting down" });
    let cancel = (): void => undefined;
    const patience = new Promise<void>((resolve) => (cancel = kernel.machine.timer(SETTLE_MS, resolve, true)));
    const settled = Promise.all([...this.peers.values()].map((peer) => peer.ask("settle", null).catch(() => null)));
    await Promise.race([settled, patience]);
    cancel();
    await this.onClose?.();
  }

  // ---- For peers

  async answer<Q extends Question>(peer: Peer, question: Q, body: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    const { system, kernel, reopen } = this.#options;
    type Answer = Questions[Q]["answer"];
    switch (question) {
      case "spawn": return await serveSpawn(peer, { system, kernel, jobs: this.#asker.jobs, reopen, started: (process) => this.#started(process) }, body as Questions["spawn"]["ask"]) as Answer;
      case "thread": return serveThread(peer, { kernel, jobs: this.#asker.jobs, startThread: (...given) => system.startThreadHere(...given) }, body as Questions["thread"]["ask"]) as Answer;
      case "snapshot": return this.#snapshotHere() as Answer;
      case "kill": {
        const { id, message } = body as Questions["kill"]["ask"];
        return system.killHere(id, message) as Answer;
      }
      case "settle": {
        await Promise.all([...kernel.processes].map(({ exited }) => exited));
        return null as Answer;
      }
      default: throw new HartError("os/hart-refused", `nobody answers "${question}"`);
    }
  }
  served(process: number): Process | undefined {
    return this.#served.get(process);
  }
  #started(process: Process): void {
    this.#served.set(process.id, process);
    void process.exited.then(() => this.#served.delete(process.id));
  }
  waits(peer: Peer, promise: Promise<unknown>): void {
    this.onWait?.(peer.link.peer, promise);
  }
  heard(news: JobNews): void {
    this.#asker.jobs.heard(news);
  }
  partsOf(program: Program): ProgramParts {
    return this.#options.system.partsOf(program);
  }
  programFrom(parts: ProgramParts): Program {
    return this.#options.system.programFrom(parts);
  }
}

/** Threads that could run count first. */
function load(face: Int32Array): number {
  return face[FaceWord.runnable]! * 1e6 + face[FaceWord.processes]!;
}
