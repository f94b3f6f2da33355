/** Handles on one link: exports of this hart, and stand-ins for what is on the other. See handle-name.ts. */
import { assert } from "#base";
import type { Kernel } from "../kernel.ts";
import type { Objects } from "../objects.ts";
import { ChannelEnd } from "../object/channel.ts";
import { Charges } from "../object/charges.ts";
import { Event } from "../object/event.ts";
import { Grant } from "../object/grant.ts";
import type { GrantHolder } from "../object/grant.ts";
import type { KernelObject } from "../object/handle-table.ts";
import { Image } from "../object/image.ts";
import { JobObject } from "../object/job-object.ts";
import { MemoryObject } from "../object/memory-object.ts";
import { ProcessObject } from "../object/process-object.ts";
import { Observer } from "../object/signal-object.ts";
import type { ExitStatus } from "../fault/exit.ts";
import { Process } from "../process.ts";
import { EndBridge } from "./channel-bridge.ts";
import { HOPS_MAX } from "./handle-name.ts";
import type { HandleCarrier, HandleName, Loan, StandInParts } from "./handle-name.ts";
import type { Endpoint, Line, Link } from "./link.ts";
import { ChannelFrame, RemoteChannelEnd } from "./remote-channel.ts";
import type { PostedMessage } from "./remote-channel.ts";
import { RemoteProcess } from "./remote-process.ts";
import type { ProcessOrder } from "./remote-process.ts";
import type { SharedJobs } from "./shared-jobs.ts";
import { EventOrder, EventStandIn, ImageStandIn, JobStandIn, MemoryStandIn, ProcessStandIn } from "./stand-ins.ts";
import type { Home, StandIn } from "./stand-ins.ts";
import { UsageCell } from "./usage-cell.ts";

/** On every line of a handle. */
const Frame = {
  /** To home: no handle is left there. From home: the grant was revoked. */
  end: 8,
  /** From home: the signals of the object are now these. */
  signals: 9,
  /** To home: there is a stand-in, which can be told things. */
  accept: 10,
} as const;

/** What an image is made of, which only the system around the kernel knows how to send. */
export interface ImageCarrier {
  nameOf(payload: object): unknown;
  payloadOf(name: unknown): object;
}

export class HandlePort implements HandleCarrier {
  readonly link: Link;
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly jobs: SharedJobs;
  readonly images: ImageCarrier;
  /** What stand-ins of the other hart's objects cost here. */
  readonly charges: Charges;
  readonly #exports = new Map<number, Export>();

  constructor(link: Link, kernel: Kernel, objects: Objects, jobs: SharedJobs, images: ImageCarrier) {
    this.link = link;
    this.kernel = kernel;
    this.objects = objects;
    this.jobs = jobs;
    this.images = images;
    this.charges = new Charges(kernel.root.account, Infinity);
  }

  /** Handles that are on the other hart. */
  get exported(): number {
    return this.#exports.size;
  }

  canCarry(objects: readonly KernelObject[]): boolean {
    return objects.every((object) => this.#canCarry(object));
  }

  #canCarry(object: KernelObject): boolean {
    const home = homeOf(object);
    // An end has one handle, so one place at which its messages arrive.
    if (object instanceof ChannelEnd && object.references !== 1) return false;
    if (object instanceof RemoteChannelEnd && !object.isUntouched) return false;
    if (home?.line.link === this.link) return true;
    if (home !== undefined && home.hops >= HOPS_MAX) return false;
    if (object instanceof JobObject) return this.jobs.nameOf(object.job) !== "full";
    return object instanceof ChannelEnd || object instanceof Event || object instanceof ProcessObject || object instanceof Image || object instanceof MemoryObject;
  }

  nameOf(grant: Grant): HandleName | undefined {
    const loan = this.lend(grant);
    // After the message that says so, or home would let go of it first.
    if (loan !== undefined) queueMicrotask(() => loan.done());
    return loan?.name;
  }

  lend(grant: Grant): Loan | undefined {
    const { object, rights } = grant;
    if (!this.#canCarry(object) || this.link.dead) {
      grant.lose();
      return undefined;
    }
    const home = homeOf(object);
    if (home?.line.link === this.link) {
      if (object instanceof RemoteChannelEnd) object.flush();
      return {
        name: { home: home.line.id, rights },
        done: () => {
          if (object instanceof ChannelEnd) home.goesHome();
          if (!grant.isRevoked) grant.lose();
        },
        takeBack: () => grant,
      };
    }
    const made = new Export(this, grant, rights, (home?.hops ?? 0) + 1);
    this.#exports.set(made.line.id, made);
    return { name: made.name, done: () => undefined, takeBack: () => made.takeBack() };
  }

  grantFor(name: HandleName | undefined): Grant | undefined {
    if (name === undefined) return undefined;
    if ("home" in name) return this.#exports.get(name.home)?.cameBack(name.rights);
    const stand = new Import(this, name.line, name.hops);
    const object = stand.make(name.parts);
    if (object === undefined) {
      stand.refuse();
      return undefined;
    }
    return stand.root.derive(name.rights);
  }

  exportGone(id: number): void {
    this.#exports.delete(id);
  }
}

/** A grant whose handle is on the other hart. */
class Export implements Endpoint, GrantHolder {
  readonly line: Line;
  readonly name: HandleName;
  readonly #port: HandlePort;
  #grant: Grant | undefined;
  #bridge: EndBridge | undefined = undefined;
  #watch: SignalWatch | undefined = undefined;

  constructor(port: HandlePort, grant: Grant, rights: number, hops: number) {
    this.#port = port;
    this.#grant = grant;
    grant.holder = this;
    this.line = port.link.open(this);
    this.name = { line: this.line.id, rights, hops, parts: this.#parts(grant.object) };
  }

  #parts(object: KernelObject): StandInParts {
    const { line } = this;
    if (object instanceof ChannelEnd) {
      this.#bridge = new EndBridge(object, line, this.#port);
      return { kind: "channel", limits: object.limits, room: object.roomAtPeer };
    }
    if (object instanceof Event) {
      return { kind: "event", signals: object.signals };
    }
    if (object instanceof ProcessObject) return this.#process(object);
    if (object instanceof JobObject) {
      const job = this.#port.jobs.nameOf(object.job);
      assert(job !== "full", "it was named before");
      return { kind: "job", job };
    }
    if (object instanceof Image) return { kind: "image", payload: this.#port.images.nameOf(object.payload) };
    assert(object instanceof MemoryObject, "only what can be carried is exported");
    return { kind: "memory", memory: object.raw, pages: object.pages };
  }

  #process({ process }: ProcessObject): StandInParts {
    if (process instanceof Process) {
      process.usageCell ??= new UsageCell();
      process.usageCell.write(process.usage());
    }
    const usage = process instanceof Process ? process.usageCell! : (process as RemoteProcess<unknown>).cell; // there are no others
    return { kind: "process", id: process.id, name: process.name, status: process.status === undefined ? undefined : withoutTrap(process.status), usage: usage.buffer };
  }

  /** There is a stand-in. */
  #accepted(): void {
    const { line } = this;
    const object = this.#grant?.object;
    this.#bridge?.start();
    if (object instanceof ProcessObject) {
      const { process } = object;
      void process.exited.then((status) => line.post({ ended: withoutTrap(status), usage: process.usage() }));
    } else if (object instanceof Event) {
      this.#watch = new SignalWatch((signals) => line.send(Frame.signals, signals));
      object.observe(this.#watch);
      line.send(Frame.signals, object.signals);
    }
  }

  /** The other hart never had it. */
  takeBack(): Grant {
    const grant = this.#grant;
    assert(grant !== undefined, "a loan is taken back while it is one");
    this.line.send(Frame.end);
    this.#bridge?.stop();
    this.#end();
    grant.holder = undefined;
    return grant;
  }

  /** The other hart sends the handle back; a channel end is as it was, of other objects there is one more handle. */
  cameBack(rights: number): Grant | undefined {
    const grant = this.#grant;
    if (grant === undefined) return undefined;
    if (grant.object instanceof ChannelEnd) {
      this.#bridge?.stop();
      this.#end();
      grant.holder = undefined;
      grant.rights &= rights;
      return grant;
    }
    grant.object.retain();
    return grant.derive(rights);
  }

  received(kind: number, arg: number, bytes: Uint8Array): void {
    const object = this.#grant?.object;
    if (kind === Frame.end) this.lost();
    else if (kind === Frame.accept) this.#accepted();
    else if (this.#bridge !== undefined) this.#bridge.received(kind, arg, bytes);
    else if (object instanceof Event) {
      if (kind === EventOrder.signal) object.signal();
      else object.clear();
    }
  }
  posted(value: unknown): void {
    const object = this.#grant?.object;
    if (this.#bridge !== undefined) this.#bridge.posted(value as PostedMessage); // the other end is a stand-in
    else if (object instanceof ProcessObject) object.process.kill((value as ProcessOrder).kill);
  }
  /** No handle is left on the other hart. */
  lost(): void {
    const grant = this.#grant;
    if (grant === undefined) return;
    this.#bridge?.stop();
    this.#end();
    if (!grant.isRevoked) {
      grant.end();
      grant.object.release();
    }
  }
  revoked(grant: Grant): void {
    this.line.send(Frame.end);
    this.#bridge?.stop();
    this.#end();
    grant.object.release();
  }

  #end(): void {
    this.#watch?.observed?.unobserve(this.#watch);
    this.#bridge = undefined;
    this.#grant = undefined;
    this.line.close();
    this.#port.exportGone(this.line.id);
  }
}

class SignalWatch extends Observer {
  readonly #changed: (signals: number) => void;
  constructor(changed: (signals: number) => void) {
    super();
    this.#changed = changed;
  }
  signalsChanged(signals: number): void {
    this.#changed(signals);
  }
}

/** The traps of another hart's program are told in words. */
function withoutTrap(status: ExitStatus): ExitStatus {
  return status.kind === "fault" ? { kind: "fault", fault: { ...status.fault, trap: undefined, core: undefined } } : status;
}

/** The line of a stand-in. */
class Import implements Endpoint, Home {
  readonly line: Line;
  readonly hops: number;
  /** What all handles here are derived from; it is nobody's, and has no reference. */
  root!: Grant;
  readonly #port: HandlePort;
  #object: KernelObject & StandIn | undefined = undefined;
  #process: RemoteProcess<ExitStatus> | undefined = undefined;
  #over = false;

  constructor(port: HandlePort, line: number, hops: number) {
    this.#port = port;
    this.hops = hops;
    this.line = port.link.accept(line, this);
  }

  /** The stand-in, with the reference of the handle that is to be made; undefined when there is no room. */
  make(parts: StandInParts): KernelObject | undefined {
    const object = this.#make(parts);
    if (object === undefined) return undefined;
    this.#object = object;
    object.retain();
    this.root = new Grant(object, -1);
    this.line.send(Frame.accept);
    return object;
  }

  #make(parts: StandInParts): (KernelObject & StandIn) | undefined {
    const { charges, objects, kernel, jobs, images } = this.#port;
    switch (parts.kind) {
      case "event": return charges.open(Event.cost) ? new EventStandIn(charges, this, parts.signals) : undefined;
      case "image": return charges.open(Image.cost) ? new ImageStandIn(images.payloadOf(parts.payload), charges, this) : undefined;
      case "memory": return new MemoryStandIn(parts.memory, parts.pages, charges, this);
      case "job": {
        const job = jobs.find(parts.job);
        return job === undefined ? undefined : new JobStandIn(job, this);
      }
      case "process": {
        const { id, name, status, usage } = parts;
        const process = new RemoteProcess<ExitStatus>(this.line.link.peer, {
          name, cell: new UsageCell(usage), now: () => kernel.machine.now(), received: (end) => end, onTrace: undefined, onEnd: () => undefined,
        });
        process.id = id;
        process.attach({ post: (value) => this.line.post(value), close: () => undefined });
        if (status !== undefined) process.posted({ ended: status, usage: new UsageCell(usage).read() });
        this.#process = process;
        return new ProcessStandIn(process, this);
      }
      case "channel": return charges.open(ChannelEnd.cost(parts.limits))
        ? new RemoteChannelEnd(parts.limits, charges, objects.undertaker, this, this.#port, parts.room) : undefined;
    }
  }

  // ---- From the stand-in

  tell(kind: number, arg?: number, bytes?: Uint8Array): void {
    if (!this.#over) this.line.send(kind, arg, bytes);
  }
  post(message: PostedMessage): void {
    if (!this.#over) this.line.post(message);
  }
  release(): void {
    if (this.#over) return;
    this.line.send(Frame.end);
    this.#finish();
  }
  /** The only handle on a channel end went back to its home, which must not take that for its end. */
  goesHome(): void {
    this.#finish();
  }
  /** There is no room here. */
  refuse(): void {
    this.release();
  }

  // ---- From home

  received(kind: number, arg: number, bytes: Uint8Array): void {
    const object = this.#object;
    if (kind === Frame.end) {
      this.#revoke();
    } else if (object instanceof RemoteChannelEnd) {
      if (kind === ChannelFrame.message) object.arrived(bytes);
      else if (kind === ChannelFrame.room) object.roomAtHome(arg);
      else object.peerGone();
    } else if (object instanceof EventStandIn) object.mirror(arg);
  }
  posted(value: unknown): void {
    if (this.#object instanceof RemoteChannelEnd) this.#object.arrivedWith(value as PostedMessage); // its home sends nothing else
    else this.#process?.posted(value);
  }
  /** Home is dead. What needs it ends; bytes and programs are here as well. */
  lost(reason: string): void {
    const object = this.#object;
    if (object instanceof RemoteChannelEnd) object.peerGone();
    else if (object instanceof ProcessStandIn) this.#process?.lost(reason);
    else if (object instanceof EventStandIn) this.#revoke();
    this.#finish();
  }

  #revoke(): void {
    this.#finish();
    this.root.revoke(this.#port.objects.undertaker);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.line.close();
  }
}

/** The line to the home of a stand-in. */
function homeOf(object: KernelObject): Import | undefined {
  return "home" in object && object.home instanceof Import ? object.home : undefined;
}
