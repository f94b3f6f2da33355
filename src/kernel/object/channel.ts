/**
 * A channel: two ends, each with a bounded queue of the messages that the other end sent.
 *
 * A message is bytes and handles, and arrives whole and in order or not at all. The bytes are
 * copied once on the way in, by the sender, and once on the way out (INV-6). A handle in a
 * message is in nobody's table; it counts against the accounts of the channel's maker, and a
 * revoked one arrives as none.
 *
 * - The room of both queues is charged when the channel is made, so a send never meets a limit of
 *   memory: it finds room or it does not.
 * - When an end closes, what was sent to it is dropped; what it had sent can still be received.
 * - Ends in queues never form a cycle (INV-3): a channel that only its own queue leads to would
 *   never close.
 *
 * An end knows of the other only what `ChannelPeer` says, so that the other may be on another hart:
 * there the peer is a stand-in that sends messages. An end whose handle went to another hart stays
 * where it was made, as a *bridged* end, and what happens to it is told to its bridge.
 */
import { Ring, assert } from "#base";
import type { Charges } from "./charges.ts";
import type { Grant, GrantHolder } from "./grant.ts";
import type { HandleTable, KernelObject } from "./handle-table.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";
import { Status } from "./status.ts";
import type { Undertaker } from "./undertaker.ts";

export interface ChannelLimits {
  /** Messages in each direction, 1 to `MESSAGES_MAX`. */
  readonly messages: number;
  /** Bytes in each direction, and of one message, 0 to `CHANNEL_BYTES_MAX`. */
  readonly bytes: number;
}
export const MESSAGES_MAX = 65_536;
export const CHANNEL_BYTES_MAX = 64 * 1024 * 1024;
/** Handles in one message. */
export const MESSAGE_HANDLES_MAX = 64;
/** What an empty channel and a place for a message cost, about. */
const END_BYTES = 512;
const MESSAGE_BYTES = 256;
/** Ends in queues that a search for cycles looks at before it gives up, and refuses. */
const SEARCH_MAX = 1024;

const NO_GRANTS: readonly Grant[] = [];

export interface Message {
  readonly bytes: Uint8Array;
  readonly grants: readonly Grant[];
}

/** The other end, as an end knows it. */
export interface ChannelPeer {
  /** Messages and bytes that may go there now. */
  readonly room: { readonly messages: number; readonly bytes: number };
  hasRoom(byteLength: number): boolean;
  /** Whether handles on `objects` may go there: ok, cycle, limit or denied. Charges them when ok. */
  hold(objects: readonly KernelObject[]): number;
  deliver(message: Message): void;
  /** A message of so many bytes was taken from the end that asks. */
  roomMade(byteLength: number): void;
  peerGone(): void;
}

/** Where the handle of a bridged end is. */
export interface ChannelBridge {
  /** A message came into the queue. */
  delivered(): void;
  /** The other end has taken a message of so many bytes. */
  roomMade(byteLength: number): void;
  peerGone(): void;
  canCarry(objects: readonly KernelObject[]): boolean;
}

export class ChannelEnd extends SignalObject implements GrantHolder, ChannelPeer {
  readonly objectKind = "channel";
  readonly kind = ObjectKind.channel;
  readonly limits: ChannelLimits;
  readonly charges: Charges;
  readonly #undertaker: Undertaker;
  readonly #queue = new Ring<Message>();
  #bytes = 0;
  /** Grants in the queue on other ends. */
  #endsQueued = 0;
  #peer: ChannelPeer | undefined = undefined;
  /** Set while its only handle is on another hart. */
  bridge: ChannelBridge | undefined = undefined;
  /** What the last send that found no room asked for, in bytes. */
  #wanted: number;

  /** Use `pair`: it charges what the object costs. */
  constructor(limits: ChannelLimits, charges: Charges, undertaker: Undertaker) {
    super(Signal.writable);
    this.limits = limits;
    this.charges = charges;
    this.#undertaker = undertaker;
    this.#wanted = Math.min(1, limits.bytes);
  }

  /** A new channel; undefined when an account refuses. Limits are checked by the caller. */
  static pair(limits: ChannelLimits, charges: Charges, undertaker: Undertaker): readonly [ChannelEnd, ChannelEnd] | undefined {
    const cost = ChannelEnd.cost(limits);
    if (!charges.open(cost)) return undefined;
    if (!charges.open(cost)) {
      charges.close(cost);
      return undefined;
    }
    const ends = [new ChannelEnd(limits, charges, undertaker), new ChannelEnd(limits, charges, undertaker)] as const;
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return ends;
  }

  /** Makes `peer` the other end. For whoever makes ends whose other end is elsewhere. */
  protected connect(peer: ChannelPeer): void {
    this.#peer = peer;
  }

  /** What one end is charged. */
  static cost({ messages, bytes }: ChannelLimits): number {
    return END_BYTES + messages * MESSAGE_BYTES + bytes;
  }

  /** What the other end's queue has room for; a channel whose other end is gone or elsewhere as well has none to tell. */
  get roomAtPeer(): { readonly messages: number; readonly bytes: number } {
    return this.#peer?.room ?? { messages: 0, bytes: 0 };
  }
  /** What its own queue has room for. */
  get room(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.limits.messages - this.#queue.length, bytes: this.limits.bytes - this.#bytes };
  }

  /** Messages that wait to be received here. */
  get queued(): number {
    return this.#queue.length;
  }
  get queuedBytes(): number {
    return this.#bytes;
  }

  /**
   * Whether a message of so many bytes could go now: ok, would_block, too_large or peer_closed. With
   * would_block, `writable` from now on means room for this message.
   */
  canSend(byteLength: number): number {
    const peer = this.#peer;
    if (peer === undefined) return Status.peer_closed;
    if (byteLength > this.limits.bytes) return Status.too_large;
    if (peer.hasRoom(byteLength)) return Status.ok;
    this.#wanted = byteLength;
    this.lower(Signal.writable);
    return Status.would_block;
  }

  /** Whether handles on `objects` may wait in the other end's queue: ok, cycle or limit. Charges them when ok. */
  holdHandles(objects: readonly KernelObject[]): number {
    return this.#peer === undefined ? Status.peer_closed : this.#peer.hold(objects);
  }

  /** Sends what `canSend` and, if there are grants, `holdHandles` just admitted. The bytes and the grants, with their references, are given away. */
  send(bytes: Uint8Array, grants: readonly Grant[] = NO_GRANTS): void {
    const peer = this.#peer!; // `canSend` saw it
    peer.deliver({ bytes, grants });
    this.#wanted = Math.min(1, this.limits.bytes);
    if (!peer.hasRoom(this.#wanted)) this.lower(Signal.writable);
  }

  /** The message that would be received next. */
  peek(): Message | undefined {
    return this.#queue.peek();
  }
  /** The message that is `index` places behind that. For a bridge. */
  messageAt(index: number): Message | undefined {
    return this.#queue.at(index);
  }

  /** Takes the next message. Its grants, those that are not revoked, belong to the caller, who has made room for them. */
  receive(): Message | undefined {
    const message = this.#queue.peek();
    if (message === undefined) return undefined;
    if (message.grants.length > 0) this.#letGo(message.grants);
    this.#taken(message);
    return message;
  }

  #taken(message: Message): void {
    this.#queue.shift();
    this.#bytes -= message.bytes.length;
    if (this.#queue.length === 0) this.lower(Signal.readable);
    this.#peer?.roomMade(message.bytes.length);
  }

  /** Puts back a message that a bridge took and nobody received. Handles that the charges refuse are lost, as if revoked. */
  untake(message: Message): void {
    if (message.grants.length > 0 && !this.charges.holdHandles(message.grants.filter(({ isRevoked }) => !isRevoked).length)) {
      for (const grant of message.grants) if (!grant.isRevoked) grant.lose();
    }
    this.#queue.unshift(message);
    this.#bytes += message.bytes.length;
    this.keep(message.grants);
    this.raise(Signal.readable);
  }

  /**
   * Takes the next message and puts its handles into `table`; gives them, 0 for each that was revoked.
   * Undefined when there is no message or the table refuses one of them: then nothing has moved.
   */
  receiveInto(table: HandleTable): readonly number[] | undefined {
    const message = this.#queue.peek();
    if (message === undefined) return undefined;
    const { grants } = message;
    const handles: number[] = [];
    // Before they are charged anew: a process at its limit can receive what it sent itself.
    const held = this.#letGo(grants);
    for (const grant of grants) {
      const handle = grant.isRevoked ? 0 : table.put(grant);
      if (handle === undefined) {
        for (const put of handles) if (put !== 0) table.take(put);
        assert(this.charges.holdHandles(held), "what was just refunded can be charged");
        this.keep(grants);
        return undefined;
      }
      handles.push(handle);
    }
    this.#taken(message);
    return handles;
  }

  /** A grant in the queue was revoked: its place in the message stays empty. */
  revoked(grant: Grant): void {
    this.charges.releaseHandles(1);
    if (grant.object instanceof ChannelEnd) this.#endsQueued--;
    grant.object.release();
  }

  /** Grants in the queue, for the sums of invariants. */
  *grantsQueued(): IterableIterator<Grant> {
    for (const { grants } of this.#queue) for (const grant of grants) if (!grant.isRevoked) yield grant;
  }

  protected closed(): void {
    const peer = this.#peer;
    this.#peer = undefined;
    peer?.peerGone();
    this.#undertaker.bury(() => {
      for (let message = this.receive(); message !== undefined; message = this.receive()) {
        for (const grant of message.grants) {
          if (grant.isRevoked) continue;
          grant.end();
          grant.object.release();
        }
      }
      this.charges.close(ChannelEnd.cost(this.limits));
    });
  }

  // ---- What the other end may ask

  hasRoom(byteLength: number): boolean {
    return this.#queue.length < this.limits.messages && this.#bytes + byteLength <= this.limits.bytes;
  }

  hold(objects: readonly KernelObject[]): number {
    for (const object of objects) if (object instanceof ChannelEnd && object.#leadsTo(this)) return Status.cycle;
    if (this.bridge?.canCarry(objects) === false) return Status.denied;
    return this.charges.holdHandles(objects.length) ? Status.ok : Status.limit;
  }

  deliver(message: Message): void {
    this.#queue.push(message);
    this.#bytes += message.bytes.length;
    if (message.grants.length > 0) this.keep(message.grants);
    this.raise(Signal.readable);
    this.bridge?.delivered();
  }

  /** Holds grants that are in the queue, and were charged. */
  protected keep(grants: readonly Grant[]): void {
    for (const grant of grants) {
      if (grant.isRevoked) continue;
      grant.holder = this;
      if (grant.object instanceof ChannelEnd) this.#endsQueued++;
    }
  }

  peerGone(): void {
    this.#peer = undefined;
    this.change(Signal.peer_closed, Signal.writable);
    this.bridge?.peerGone();
  }

  /** The other end has taken a message. */
  roomMade(byteLength: number): void {
    const peer = this.#peer;
    if (peer !== undefined && peer.hasRoom(this.#wanted)) this.raise(Signal.writable);
    // Another sender may want less than the last that was refused.
    this.waiters.wakeAll();
    this.bridge?.roomMade(byteLength);
  }

  /** Grants leave the queue; gives how many there were. */
  #letGo(grants: readonly Grant[]): number {
    let held = 0;
    for (const grant of grants) {
      if (grant.isRevoked) continue;
      held++;
      grant.holder = undefined;
      if (grant.object instanceof ChannelEnd) this.#endsQueued--;
    }
    this.charges.releaseHandles(held);
    return held;
  }

  /** Whether `end` is this one or waits, however deep, in its queue; also when that is too much to find out. */
  #leadsTo(end: ChannelEnd): boolean {
    const seen = new Set<ChannelEnd>([this]);
    for (const at of seen) {
      if (at === end || seen.size > SEARCH_MAX) return true;
      if (at.#endsQueued === 0) continue;
      for (const { object } of at.grantsQueued()) if (object instanceof ChannelEnd) seen.add(object);
    }
    return false;
  }
}
