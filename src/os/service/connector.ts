/**
 * How clients get channels to a service, whichever process stands behind it at the moment. The supervisor makes a channel, gives
 * one end to the client and the other to the service, and keeps nothing: what they say to each other it does not see.
 */
import { IsolaError } from "#base";
import type { Charges } from "#kernel";
import type { HostChannel } from "../handles.ts";
import type { System } from "../system.ts";
import { ConnectStatus, clientMessage, connectAnswer } from "./control-message.ts";
import type { ChannelPlan } from "./plan.ts";
import type { ServiceState } from "./service-machine.ts";

/** A service, as those see it who connect others to it. */
export interface Connectable {
  readonly generation: number;
  /** Nothing of it will be started any more. */
  readonly closed: boolean;
  /** To the process that lives. */
  readonly control: HostChannel | undefined;
  /** Resolves once it has come to rest. */
  reached(): Promise<ServiceState>;
  nextChange(): Promise<void>;
}

/** One who connects: who it is for the service, and what pays for the connections to this offer alone. */
export interface Client {
  readonly name: string;
  readonly charges: Charges;
}

export interface Connection {
  readonly status: ConnectStatus;
  /** The client's, with status ok. */
  readonly end?: HostChannel;
}

/** Waits while there will be a process; never fails otherwise than by its status. */
export async function connect(system: System, service: Connectable, { name, charges }: Client, offer: ChannelPlan): Promise<Connection> {
  for (;;) {
    const state = await service.reached();
    if (service.closed || state === "stopped" || state === "done") return { status: ConnectStatus.stopped };
    if (state === "failed") return { status: ConnectStatus.failed };
    const { control } = service;
    if (control === undefined || control.signals.includes("peer_closed")) {
      // It has just ended, and that is not told yet.
      await service.nextChange();
      continue;
    }
    if (!control.signals.includes("writable")) return { status: ConnectStatus.busy };
    // Each connection is two objects until both ends are closed.
    if (charges.objects > 2 * (offer.perUser - 1)) return { status: ConnectStatus.limit };
    let ends: readonly [HostChannel, HostChannel];
    try {
      ends = system.channel({ messages: offer.messages, bytes: offer.bytes, charges });
    } catch (error) {
      if (!(error instanceof IsolaError)) throw error;
      return { status: ConnectStatus.limit };
    }
    const [end, theirs] = ends;
    try {
      await control.send(clientMessage(offer.index, name), [theirs.give()]);
      return { status: ConnectStatus.ok, end };
    } catch (error) {
      if (!(error instanceof IsolaError)) throw error;
      end.close();
      // The account that the handles in its queue are charged to is full; else it ended just now.
      if (service.control === control && !control.signals.includes("peer_closed")) return { status: ConnectStatus.limit };
    }
  }
}

/** Answers what a client asks for on `ask`, for as long as the client lives. */
export async function serveConnector(system: System, ask: HostChannel, service: Connectable, client: Client, offer: ChannelPlan): Promise<void> {
  try {
    for (let message = await ask.receive(); message !== undefined; message = await ask.receive()) {
      for (const handle of message.handles) handle?.close();
      const { status, end } = await connect(system, service, client, offer);
      await ask.send(connectAnswer(status, service.generation), end === undefined ? [] : [end.give()]);
    }
  } catch (error) {
    // The client is gone.
    if (!(error instanceof IsolaError)) throw error;
  }
  ask.close();
}
