/**
 * A channel end whose other end, and whose own home, are on another hart.
 *
 * Its home sends it what is in the real queue and keeps it until told that it was taken, so that the
 * limits of the channel hold as if both ends were in one place. What is sent from here goes only when the
 * queue at home has room, which is counted here.
 */
import type { Charges } from "../object/charges.ts";
import { ChannelEnd } from "../object/channel.ts";
import type { ChannelLimits, ChannelPeer, Message } from "../object/channel.ts";
import { Grant } from "../object/grant.ts";
import type { HandleTable, KernelObject } from "../object/handle-table.ts";
import { Status } from "../object/status.ts";
import type { Undertaker } from "../object/undertaker.ts";
import type { HandleCarrier, HandleName } from "./handle-name.ts";
import type { Home, StandIn } from "./stand-ins.ts";

/** What goes over the line of a channel end, in either direction. */
export const ChannelFrame = {
  /** The bytes are a message without handles. */
  message: 16,
  /** So many messages were taken. */
  taken: 17,
  /** From home: the other end has taken a message of so many bytes. */
  room: 18,
  /** From home: the other end is gone, and nothing follows. */
  peerGone: 19,
} as const;

/** A message with handles, which is posted. */
export interface PostedMessage {
  readonly bytes: Uint8Array;
  readonly handles: readonly (HandleName | undefined)[];
}

/** A message whose handles are names as long as it waits here. */
class NamedMessage implements Message {
  readonly bytes: Uint8Array;
  grants: readonly Grant[];
  names: PostedMessage["handles"] | undefined;

  /** `places` are as many grants as there will be. */
  constructor({ bytes, handles }: PostedMessage, places: readonly Grant[]) {
    this.bytes = bytes;
    this.names = handles;
    this.grants = places;
  }
}

/** Handles in messages that this hart has sent and that were not taken. */
const HANDLES_MAX = 1024;

export class RemoteChannelEnd extends ChannelEnd implements StandIn {
  readonly home: Home;
  readonly #carrier: HandleCarrier;
  readonly #far: FarEnd;

  /** `room` is what the queue at home has left. What it costs was charged. */
  constructor(limits: ChannelLimits, charges: Charges, undertaker: Undertaker, home: Home & { post(message: PostedMessage): void }, carrier: HandleCarrier, room: { readonly messages: number; readonly bytes: number }) {
    super(limits, charges, undertaker);
    this.home = home;
    this.#carrier = carrier;
    this.#far = new FarEnd(limits, home, carrier, room, () => this.queued === 0);
    this.connect(this.#far);
  }

  /** A message without handles has come. */
  arrived(bytes: Uint8Array): void {
    this.deliver({ bytes, grants: [] });
  }
  /** A message with handles has come. */
  arrivedWith(message: PostedMessage): void {
    this.deliver(new NamedMessage(message, message.handles.map(() => Grant.lost(this))));
  }

  override receive(): Message | undefined {
    this.#findHandles();
    const message = super.receive();
    // Home is told also when the other end is gone; but not what is dropped when this one closes.
    if (message !== undefined && !this.isClosed) this.#far.took();
    return message;
  }
  override receiveInto(table: HandleTable): readonly number[] | undefined {
    this.#findHandles();
    const handles = super.receiveInto(table);
    if (handles !== undefined) this.#far.took();
    return handles;
  }

  /** Whether all that waits here can still be received elsewhere. */
  get isUntouched(): boolean {
    const next = this.peek();
    return !(next instanceof NamedMessage && next.names === undefined);
  }
  /** Tells home of everything that was taken. */
  flush(): void {
    this.#far.flush();
  }

  /** Makes handles of the names in the next message, which somebody is about to receive. */
  #findHandles(): void {
    const message = this.peek();
    // Once it is closed nobody receives them.
    if (this.isClosed || !(message instanceof NamedMessage) || message.names === undefined) return;
    const grants = message.names.map((name) => this.#carrier.grantFor(name) ?? Grant.lost(this));
    message.names = undefined;
    const live = grants.filter(({ isRevoked }) => !isRevoked);
    if (!this.charges.holdHandles(live.length)) for (const grant of live) grant.lose();
    message.grants = grants;
    this.keep(grants);
  }
  protected override closed(): void {
    super.closed();
    this.home.release();
  }

  /** The other end has taken a message of so many bytes. */
  roomAtHome(byteLength: number): void {
    this.#far.taken(byteLength);
    this.roomMade(byteLength);
  }
}

/** The other end as this one sees it. */
class FarEnd implements ChannelPeer {
  readonly #limits: ChannelLimits;
  readonly #home: Home & { post(message: PostedMessage): void };
  readonly #carrier: HandleCarrier;
  readonly #allTaken: () => boolean;
  #messages: number;
  #bytes: number;
  /** Messages with handles that were not taken, by their number in the order of sending. */
  readonly #withHandles: { readonly number: number; readonly count: number }[] = [];
  #handlesHeld = 0;
  #sent = 0;
  #taken = 0;
  /** Messages taken here of which home does not know. */
  #untold = 0;

  constructor(limits: ChannelLimits, home: Home & { post(message: PostedMessage): void }, carrier: HandleCarrier, room: { readonly messages: number; readonly bytes: number }, allTaken: () => boolean) {
    this.#limits = limits;
    this.#home = home;
    this.#carrier = carrier;
    this.#allTaken = allTaken;
    this.#messages = room.messages;
    this.#bytes = room.bytes;
  }

  get room(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#messages, bytes: this.#bytes };
  }
  hasRoom(byteLength: number): boolean {
    return this.#messages > 0 && this.#bytes >= byteLength;
  }
  hold(objects: readonly KernelObject[]): number {
    if (!this.#carrier.canCarry(objects)) return Status.denied;
    return this.#handlesHeld + objects.length > HANDLES_MAX ? Status.limit : Status.ok;
  }
  deliver({ bytes, grants }: Message): void {
    this.#messages--;
    this.#bytes -= bytes.length;
    this.#sent++;
    if (grants.length > 0) this.#withHandles.push({ number: this.#sent, count: grants.length });
    this.#handlesHeld += grants.length;
    if (grants.length === 0) this.#home.tell(ChannelFrame.message, 0, bytes);
    else this.#home.post({ bytes, handles: grants.map((grant) => (grant.isRevoked ? undefined : this.#carrier.nameOf(grant))) });
  }
  roomMade(): void {
    // The end tells of what it took itself, whether or not it still has a peer.
  }
  /** A message was taken here: home is told of several at once, unless it may wait for this one. */
  took(): void {
    this.#untold++;
    if (this.#allTaken() || this.#untold * 2 >= this.#limits.messages) this.flush();
  }
  flush(): void {
    if (this.#untold > 0) this.#home.tell(ChannelFrame.taken, this.#untold);
    this.#untold = 0;
  }
  peerGone(): void {
    // The end tells its home itself, whether or not it still has a peer.
  }

  taken(byteLength: number): void {
    this.#messages++;
    this.#bytes += byteLength;
    this.#taken++;
    if (this.#withHandles[0]?.number === this.#taken) this.#handlesHeld -= this.#withHandles.shift()!.count;
  }
}
