/**
 * What a service and its supervisor say to each other on the control channel. All numbers are u32,
 * little-endian; a message begins with its kind.
 *
 *     to the service    1 PING number     answer with PONG and the same number
 *                       2 STOP            end within your grace
 *                       3 CLIENT offer, name in UTF-8, and one handle: a channel to a new client of the offer with
 *                         this index (among the offers of channels, in the order of the manifest)
 *     from the service  1 READY           it has what it needs; means something to services that are ready by message
 *                       2 PONG number
 *
 * A service that connects to another has a channel for it under the name of its use. A message on it, whatever it says,
 * asks for a connection; the answer is two u32, status and generation, and with status 0 the handle of a channel.
 */

const ToService = { ping: 1, stop: 2, client: 3 } as const;
const FromService = { ready: 1, pong: 2 } as const;

/** Messages that wait for a service; more clients are told that it is busy. */
export const CONTROL_LIMITS = { messages: 64, bytes: 16_384 } as const;
/** Requests of one client that wait, and answers to it. */
export const CONNECTOR_LIMITS = { messages: 4, bytes: 1024 } as const;

export const ConnectStatus = {
  ok: 0,
  /** The service was given up. */
  failed: 1,
  /** It was stopped, or has done its work. */
  stopped: 2,
  /** Too many new clients wait for it. */
  busy: 3,
  /** The client has as many connections as it may, or its job no room for another. */
  limit: 4,
} as const;
export type ConnectStatus = (typeof ConnectStatus)[keyof typeof ConnectStatus];

function words(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, index) => view.setUint32(index * 4, number, true));
  return bytes;
}

export function pingMessage(number: number): Uint8Array {
  return words(ToService.ping, number);
}
export function stopMessage(): Uint8Array {
  return words(ToService.stop);
}
export function clientMessage(offer: number, client: string): Uint8Array {
  const head = words(ToService.client, offer);
  const name = new TextEncoder().encode(client);
  const bytes = new Uint8Array(head.length + name.length);
  bytes.set(head);
  bytes.set(name, head.length);
  return bytes;
}
export function connectAnswer(status: ConnectStatus, generation: number): Uint8Array {
  return words(status, generation);
}

export type FromServiceMessage = { readonly kind: "ready" } | { readonly kind: "pong"; readonly number: number };

/** Undefined for what is no message: services are not trusted to know the protocol. */
export function parseFromService(bytes: Uint8Array): FromServiceMessage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return undefined;
  const kind = view.getUint32(0, true);
  if (kind === FromService.ready) return { kind: "ready" };
  if (kind === FromService.pong && bytes.length >= 8) return { kind: "pong", number: view.getUint32(4, true) };
  return undefined;
}
