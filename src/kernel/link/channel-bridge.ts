/**
 * The home of a channel end whose only handle is on another hart.
 *
 * What is in the end's queue is sent on and stays in the queue until the other hart says that it was taken, so
 * nothing is lost or doubled when the handle comes back. A message with handles leaves the queue
 * when it is sent, because its handles do; so it is sent only once all before it were taken, and the next
 * one after it was. Until then its handles can be taken back: the other hart makes stand-ins for them only
 * when the message is received there.
 */
import type { ChannelBridge, ChannelEnd, Message } from "../object/channel.ts";
import { Grant } from "../object/grant.ts";
import type { KernelObject } from "../object/handle-table.ts";
import { Signal } from "../object/rights.ts";
import { Status } from "../object/status.ts";
import type { HandleCarrier, Loan } from "./handle-name.ts";
import type { Line } from "./link.ts";
import { ChannelFrame } from "./remote-channel.ts";
import type { PostedMessage } from "./remote-channel.ts";

export class EndBridge implements ChannelBridge {
  readonly #end: ChannelEnd;
  readonly #line: Line;
  readonly #carrier: HandleCarrier;
  /** Messages at the head of the queue that were sent and not taken. */
  #sent = 0;
  /** A message with handles that was sent and not taken. */
  #withHandles: { readonly bytes: Uint8Array; readonly loans: readonly (Loan | undefined)[] } | undefined = undefined;
  #toldGone = false;

  constructor(end: ChannelEnd, line: Line, carrier: HandleCarrier) {
    this.#end = end;
    this.#line = line;
    this.#carrier = carrier;
  }

  /** Begins, once the other hart knows of the line. */
  start(): void {
    this.#end.bridge = this;
    this.#pump();
  }

  /** Ends; what was sent and not taken is in the queue again. */
  stop(): void {
    this.#end.bridge = undefined;
    const message = this.#withHandles;
    if (message === undefined) return;
    this.#withHandles = undefined;
    this.#end.untake({ bytes: message.bytes, grants: message.loans.map((loan) => loan?.takeBack() ?? Grant.lost(this.#end)) });
  }

  // ---- From the end

  delivered(): void {
    this.#pump();
  }
  roomMade(byteLength: number): void {
    this.#line.send(ChannelFrame.room, byteLength);
  }
  peerGone(): void {
    this.#pump();
  }
  canCarry(objects: readonly KernelObject[]): boolean {
    return this.#carrier.canCarry(objects);
  }

  // ---- From the other hart

  received(kind: number, arg: number, bytes: Uint8Array): void {
    if (kind === ChannelFrame.taken) this.#taken(arg);
    else if (kind === ChannelFrame.message && this.#hasPeer) this.#end.send(bytes);
  }
  posted({ bytes, handles }: PostedMessage): void {
    const grants: Grant[] = handles.map((name) => this.#carrier.grantFor(name) ?? Grant.lost(this.#end));
    const live = grants.filter(({ isRevoked }) => !isRevoked);
    const held = live.length === 0 ? Status.ok : this.#end.holdHandles(live.map(({ object }) => object));
    if (held !== Status.ok) for (const grant of live) grant.lose();
    if (this.#hasPeer) this.#end.send(bytes, grants);
    else if (held === Status.ok) for (const grant of live) grant.lose();
  }

  /** Room was counted where the message comes from; one that was put back may have taken it since, which does no harm. */
  get #hasPeer(): boolean {
    return (this.#end.signals & Signal.peer_closed) === 0;
  }

  #taken(count: number): void {
    for (let left = count; left > 0; left--) {
      if (this.#withHandles !== undefined) {
        for (const loan of this.#withHandles.loans) loan?.done();
        this.#withHandles = undefined;
      } else if (this.#sent > 0) {
        this.#sent--;
        this.#end.receive();
      }
    }
    this.#pump();
  }

  #pump(): void {
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      if (message.grants.length > 0) return this.#sendWithHandles(message);
      this.#sent++;
      this.#line.send(ChannelFrame.message, 0, message.bytes);
    }
    const nothingLeft = this.#withHandles === undefined && this.#end.messageAt(this.#sent) === undefined;
    if (!nothingLeft || this.#toldGone || (this.#end.signals & Signal.peer_closed) === 0) return;
    this.#toldGone = true;
    this.#line.send(ChannelFrame.peerGone);
  }

  /** The next message that can be sent now. */
  #next(): Message | undefined {
    if (this.#withHandles !== undefined) return undefined;
    const message = this.#end.messageAt(this.#sent);
    return message !== undefined && message.grants.length > 0 && this.#sent > 0 ? undefined : message;
  }

  #sendWithHandles(message: Message): void {
    // Still bridged, so this does not come back here before the names are made.
    this.#withHandles = { bytes: message.bytes, loans: [] };
    const { bytes, grants } = this.#end.receive()!; // it was looked at
    const loans = grants.map((grant) => (grant.isRevoked ? undefined : this.#carrier.lend(grant)));
    this.#withHandles = { bytes, loans };
    this.#line.post({ bytes, handles: loans.map((loan) => loan?.name) } satisfies PostedMessage);
  }
}
