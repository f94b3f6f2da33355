/**
 * TCP on the host, as a driver: a listener on a host port that can be granted to a guest. It
 * opens nothing but what it was told to, and no name is ever looked up.
 *
 * Node's streams stay in paused mode: bytes wait in the socket's own buffer, which stops the
 * peer when it is full, and are taken when the guest reads.
 *
 * A connection or listener keeps the host process alive until it is closed.
 */
import { createServer, isIP } from "node:net";
import type { Server, Socket } from "node:net";
import { IsolaError } from "#base";
import { BROKEN, WaitQueue, WOULD_BLOCK } from "#kernel";
import type { Connection, Listener } from "#net";

/** Bytes that wait in each direction of a connection. */
const CONNECTION_CAPACITY = 64 * 1024;
const BACKLOG = 128;

export class SocketError extends IsolaError {
  readonly code: "net/address" | "net/listen";
  readonly address: string;
  constructor(code: "net/address" | "net/listen", address: string, what: string, options?: { cause?: unknown }) {
    super(`${address}: ${what}`, options);
    this.code = code;
    this.address = address;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "the address is in use already",
  EADDRNOTAVAIL: "the address is none of this machine",
};

/** As in a URL: the colons of an IPv6 address and the one before the port are kept apart. */
function shownAddress(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

class TcpConnection implements Connection {
  readonly peer: string;
  readonly capacity = CONNECTION_CAPACITY;
  readonly readable = new WaitQueue();
  readonly writable = new WaitQueue();
  readonly #socket: Socket;
  #readEnded = false;
  #writeEnded = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.peer = shownAddress(socket.remoteAddress ?? "?", socket.remotePort ?? 0);
    socket.on("readable", () => {
      // At the end of the stream a read of nothing brings on "end", also for those who only watch.
      if (socket.readableLength === 0) socket.read(0);
      this.readable.wakeAll();
    });
    socket.on("drain", () => this.writable.wakeAll());
    // Comes once all bytes were taken.
    socket.on("end", () => this.#over(true, false));
    socket.on("error", () => this.#over(true, true));
    socket.on("close", () => this.#over(true, true));
    socket.read(0);
  }

  get available(): number {
    return this.#socket.readableLength;
  }
  get ended(): boolean {
    return this.#readEnded;
  }
  get room(): number {
    return this.broken ? 0 : Math.max(0, this.capacity - this.#socket.writableLength);
  }
  get broken(): boolean {
    return this.#writeEnded;
  }

  read(into: Uint8Array): number {
    const chunk = this.#take(into.length);
    if (chunk === undefined) return this.#readEnded ? 0 : WOULD_BLOCK;
    into.set(chunk);
    return chunk.length;
  }

  peek(into: Uint8Array): number {
    const chunk = this.#take(into.length);
    if (chunk === undefined) return this.#readEnded ? 0 : WOULD_BLOCK;
    into.set(chunk);
    this.#socket.unshift(chunk);
    return chunk.length;
  }

  write(from: Uint8Array): number {
    if (this.broken) return BROKEN;
    const count = Math.min(from.length, this.room);
    if (count === 0) return WOULD_BLOCK;
    // The host sends later, so it gets a copy.
    this.#socket.write(from.slice(0, count));
    return count;
  }

  shutdown(direction: "read" | "write" | "both"): void {
    if (direction !== "write") {
      this.#socket.resume();
      this.#over(true, false);
    }
    if (direction !== "read" && !this.#writeEnded) {
      this.#socket.end();
      this.#over(false, true);
    }
  }

  close(): void {
    this.shutdown("both");
    // What was written still goes out; after that nothing holds the socket.
    this.#socket.destroySoon();
  }

  #take(max: number): Buffer | undefined {
    if (this.#readEnded && this.#socket.readableLength === 0) return undefined;
    const count = Math.min(max, this.#socket.readableLength);
    // A read of nothing still asks the host for more.
    const chunk: unknown = this.#socket.read(count);
    return chunk instanceof Buffer && chunk.length > 0 ? chunk : undefined;
  }

  #over(reading: boolean, writing: boolean): void {
    this.#readEnded ||= reading;
    this.#writeEnded ||= writing;
    this.readable.wakeAll();
    this.writable.wakeAll();
  }
}

class TcpListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly readable = new WaitQueue();
  readonly #server: Server;
  readonly #waiting: TcpConnection[] = [];

  constructor(server: Server, host: string, port: number) {
    this.#server = server;
    this.port = port;
    this.address = shownAddress(host, port);
    server.on("connection", (socket) => {
      this.#waiting.push(new TcpConnection(socket));
      // Past the backlog the host itself refuses.
      server.maxConnections = this.#waiting.length >= BACKLOG ? 1 : Infinity;
      this.readable.wakeAll();
    });
  }

  get pending(): number {
    return this.#waiting.length;
  }

  accept(): Connection | typeof WOULD_BLOCK {
    const connection = this.#waiting.shift();
    this.#server.maxConnections = Infinity;
    return connection ?? WOULD_BLOCK;
  }

  close(): void {
    this.#server.close();
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.readable.wakeAll();
  }
}
export type { TcpListener };

/**
 * Listens on a host address, given as an IP address, and a port; 0 lets the host choose one.
 *
 * @throws SocketError net/address when `host` is no IP address or `port` no port; net/listen when the host refuses.
 */
export async function listenTcp(host: string, port: number): Promise<TcpListener> {
  const address = shownAddress(host, port);
  if (isIP(host) === 0) throw new SocketError("net/address", address, "not an IP address");
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new SocketError("net/address", address, "not a port");
  const server = createServer({ allowHalfOpen: true, highWaterMark: CONNECTION_CAPACITY });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => reject(new SocketError("net/listen", address, `the host refuses to listen: ${REASONS[cause.code ?? ""] ?? cause.code ?? cause.message}`, { cause })));
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
  const bound = server.address();
  return new TcpListener(server, host, typeof bound === "object" && bound !== null ? bound.port : port);
}
