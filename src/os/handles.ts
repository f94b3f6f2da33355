/**
 * Kernel objects as the host holds them, and handles on them as gifts to programs.
 *
 * A gift is used once: by a spawn or by a message. What is not used keeps its object alive until
 * `discard`.
 */
import { IsolaError, mustBe } from "#base";
import type { OptionRule } from "#base";
import { ChannelEnd, Event, FULL_RIGHTS, Grant, KIND_TABLE, MESSAGE_HANDLES_MAX, MemoryObject, RIGHT_TABLE, SIGNAL_TABLE, Signal, Status, rightsOf, statusName } from "#kernel";
import type { JobObject, ObjectKindName, Objects, ProcessObject, RightName, SignalName, SignalObject } from "#kernel";
import { woken } from "./streams.ts";

export type HandleErrorCode = "os/handle-closed" | "os/handle-spent" | "os/handle-rights" | "os/channel-closed" | "os/channel-message" | "os/object-limit";

/** A handle or a channel was used in a way that it does not allow, or cannot be had. */
export class HandleError extends IsolaError {
  readonly code: HandleErrorCode;
  constructor(code: HandleErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A handle on its way to a program. */
export class HandleGift {
  readonly kind: ObjectKindName;
  #grant: Grant | undefined;

  /** Has the grant, and a reference to its object, from now on. */
  constructor(grant: Grant) {
    this.#grant = grant;
    this.kind = kindOf(grant.object as SignalObject);
  }

  /** Undefined when it was given away or revoked. */
  get object(): SignalObject | undefined {
    return this.#grant?.isRevoked === false ? this.#grant.object as SignalObject : undefined;
  }
  get rights(): number {
    return this.#grant?.isRevoked === false ? this.#grant.rights : 0;
  }

  /** For whoever puts it where it goes. @throws HandleError os/handle-spent */
  take(): Grant {
    const grant = this.#grant;
    if (grant === undefined) throw new HandleError("os/handle-spent", `this handle on ${withArticle(this.kind)} was given away already`);
    this.#grant = undefined;
    return grant;
  }

  /** Lets go of it. */
  discard(): void {
    if (this.#grant !== undefined) letGo(this.take());
  }
}

/** Ends a grant that nobody holds. */
export function letGo(grant: Grant): void {
  if (grant.isRevoked) return;
  grant.end();
  grant.object.release();
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

function kindOf(object: SignalObject): ObjectKindName {
  return KIND_TABLE.find(({ number }) => number === object.kind)!.name; // every object has its row
}

const mustBeRights = namesIn("rights", RIGHT_TABLE);
const mustBeSignals = namesIn("signals", SIGNAL_TABLE);
const mustBeMessage = mustBe("a string or a Uint8Array", (value) => typeof value === "string" || value instanceof Uint8Array);
const mustBeGifts = mustBe("a list of handles to give away", (value) => Array.isArray(value) && value.every((one) => one instanceof HandleGift));

function namesIn(what: string, table: readonly { readonly name: string }[]): OptionRule {
  return mustBe(`names of ${what}, of ${table.map(({ name }) => name).join(", ")}`, (value) => Array.isArray(value) && value.every((one) => table.some(({ name }) => name === one)));
}

/** The bits of rights that somebody names. @throws OptionError */
function askedRights(rights: readonly RightName[]): number {
  mustBeRights(rights, "rights");
  return rightsOf(rights);
}

/** One object as the host holds it. */
export class HostHandle<T extends SignalObject = SignalObject> implements Disposable {
  readonly kind: ObjectKindName;
  protected readonly objects: Objects;
  #grant: Grant | undefined;
  readonly #object: T;

  /** Has the grant, and a reference to its object, from now on. */
  constructor(grant: Grant, objects: Objects) {
    this.#grant = grant;
    this.#object = grant.object as T;
    this.kind = kindOf(this.#object);
    this.objects = objects;
    grant.holder = { revoked: () => this.#lost() };
  }

  /** @throws HandleError os/handle-closed */
  protected get object(): T {
    if (this.#grant === undefined) throw new HandleError("os/handle-closed", `this handle on ${withArticle(this.kind)} was closed`);
    return this.#object;
  }
  protected get isOpen(): boolean {
    return this.#grant !== undefined;
  }

  /** A handle for a program, with all rights of this one or those named. @throws HandleError os/handle-rights, os/handle-closed; OptionError for names that there are not */
  handle(rights?: readonly RightName[]): HandleGift {
    const { object } = this;
    const grant = this.#grant!; // as `object` is there
    const asked = rights === undefined ? grant.rights : askedRights(rights);
    if ((asked & ~grant.rights) !== 0) throw new HandleError("os/handle-rights", `this handle on ${withArticle(this.kind)} lacks some of the rights ${(rights ?? []).join(", ")}`);
    object.retain();
    return new HandleGift(grant.derive(asked));
  }

  /** This handle itself, which the host then has no more: the way to give an end of a channel so that its closing is seen. */
  give(): HandleGift {
    if (!this.isOpen) throw new HandleError("os/handle-closed", `this handle on ${withArticle(this.kind)} was closed`);
    const grant = this.#grant!; // open
    this.#grant = undefined;
    grant.holder = undefined;
    this.#object.handleGone();
    return new HandleGift(grant);
  }

  /** Closes every handle that was made from this one, wherever it is. */
  revoke(): void {
    this.#grant?.revoke(this.objects.undertaker);
  }

  /** The signals that are up now. */
  get signals(): readonly SignalName[] {
    return namesOf(this.object.signals);
  }

  /** Resolves with the signals that are up once one of those named is. @throws HandleError os/handle-closed when it is closed first; OptionError for names that there are not. */
  async wait(...names: readonly SignalName[]): Promise<readonly SignalName[]> {
    mustBeSignals(names, "names");
    const mask = names.reduce((bits, name) => bits | Signal[name], 0);
    while ((this.object.signals & mask) === 0) await woken(this.object.waiters);
    return namesOf(this.object.signals & mask);
  }

  close(): void {
    const grant = this.#grant;
    if (grant === undefined) return;
    this.#grant = undefined;
    this.#object.handleGone();
    letGo(grant);
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #lost(): void {
    this.#grant = undefined;
    this.#object.handleGone();
    this.#object.release();
  }
}

function namesOf(signals: number): SignalName[] {
  return SIGNAL_TABLE.filter(({ bit }) => (signals & bit) !== 0).map(({ name }) => name);
}

export interface ReceivedMessage {
  readonly bytes: Uint8Array;
  /** Undefined for one that was revoked on its way. */
  readonly handles: readonly (HostHandle | undefined)[];
}

/** One end of a channel. */
export class HostChannel extends HostHandle<ChannelEnd> {
  /**
   * Resolves once the message is in the queue. The bytes may be reused when it has. Handles are spent in any case.
   *
   * @throws HandleError os/channel-closed when the other end is gone, os/channel-message when the
   * message can never go, os/object-limit, os/handle-spent, os/handle-closed; OptionError.
   */
  async send(bytes: Uint8Array | string, gifts: readonly HandleGift[] = []): Promise<void> {
    mustBeGifts(gifts, "gifts");
    try {
      mustBeMessage(bytes, "bytes");
    } catch (error) {
      for (const gift of gifts) gift.discard();
      throw error;
    }
    const copy = typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes);
    const grants = gifts.map((gift) => gift.take());
    const refuse = (status: number): never => {
      for (const grant of grants) letGo(grant);
      const code = status === Status.peer_closed ? "os/channel-closed" : status === Status.limit ? "os/object-limit" : "os/channel-message";
      throw new HandleError(code, `the message cannot be sent: ${statusName(status).replaceAll("_", " ")}`);
    };
    if (grants.length > MESSAGE_HANDLES_MAX) refuse(Status.invalid_argument);
    for (;;) {
      if (!this.isOpen) refuse(Status.peer_closed);
      const end = this.object;
      const status = end.canSend(copy.length);
      if (status === Status.would_block) {
        await woken(end.waiters);
        continue;
      }
      if (status !== Status.ok) refuse(status);
      const live = grants.filter((grant) => !grant.isRevoked);
      const held = live.length === 0 ? Status.ok : end.holdHandles(live.map(({ object }) => object));
      if (held !== Status.ok) refuse(held);
      end.send(copy, grants);
      return;
    }
  }

  /** The next message, or undefined when the other end is gone and everything was received. @throws HandleError os/handle-closed */
  async receive(): Promise<ReceivedMessage | undefined> {
    for (;;) {
      const end = this.object;
      const message = end.receive();
      if (message !== undefined) {
        return { bytes: message.bytes, handles: message.grants.map((grant) => (grant.isRevoked ? undefined : hostHandle(grant, this.objects))) };
      }
      if ((end.signals & Signal.peer_closed) !== 0) return undefined;
      await woken(end.waiters);
    }
  }
}

export class HostEvent extends HostHandle<Event> {
  signal(): void {
    this.object.signal();
  }
  clear(): void {
    this.object.clear();
  }
}

export class HostMemory extends HostHandle<MemoryObject> {
  /** The bytes themselves: programs that hold it may write them at any time. */
  get bytes(): Uint8Array {
    return this.object.bytes;
  }
}

/** The host's hold on something that came in a message. */
export function hostHandle(grant: Grant, objects: Objects): HostHandle {
  const { object } = grant;
  if (object instanceof ChannelEnd) return new HostChannel(grant, objects);
  if (object instanceof Event) return new HostEvent(grant, objects);
  if (object instanceof MemoryObject) return new HostMemory(grant, objects);
  return new HostHandle(grant, objects);
}

/** A grant with all rights on an object that has no holder yet, and a reference to it. */
export function newGrant(object: SignalObject): Grant {
  object.retain();
  return new Grant(object, FULL_RIGHTS[kindOf(object)]);
}

/** What an object that is always there, a process or a job, gives out. @throws HandleError os/handle-rights */
export function giftOf(object: ProcessObject | JobObject, rights: readonly RightName[] | undefined): HandleGift {
  const full = FULL_RIGHTS[kindOf(object)];
  const asked = rights === undefined ? full : askedRights(rights);
  if ((asked & ~full) !== 0) throw new HandleError("os/handle-rights", `${withArticle(kindOf(object))} knows no such rights: ${(rights ?? []).join(", ")}`);
  object.retain();
  return new HandleGift(new Grant(object, asked));
}
