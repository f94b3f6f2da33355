/** Figures for Prometheus over HTTP, for this machine only: GET /metrics. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SystemSnapshot } from "#kernel";
import { printMetrics } from "./metrics.ts";

const HOST = "127.0.0.1";
const CLIENTS_MAX = 16;
const PATIENCE_MS = 5000;

export class MetricsServer {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port; // it listens on a port
  }

  /** Port 0 takes any. Keeps no process alive. Rejects with the system's error when the port cannot be had. */
  static async listen(snapshot: () => Promise<SystemSnapshot>, port: number): Promise<MetricsServer> {
    const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS, connectionsCheckingInterval: 1000, keepAliveTimeout: PATIENCE_MS }, (request, response) => {
      void answer(snapshot, request, response);
    });
    server.maxConnections = CLIENTS_MAX;
    server.on("connection", (socket) => socket.unref().setTimeout(PATIENCE_MS, () => socket.destroy()));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, HOST, resolve);
    });
    server.on("error", () => undefined);
    server.unref();
    return new MetricsServer(server);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(snapshot: () => Promise<SystemSnapshot>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const isRead = request.method === "GET" || request.method === "HEAD";
  // A page of another origin must not read it, under a name that leads here.
  const isOurs = /^(127\.0\.0\.1|localhost)(:[0-9]+)?$/.test(request.headers.host ?? "");
  if (request.url?.split("?")[0] !== "/metrics" || !isRead || !isOurs) {
    response.writeHead(!isOurs ? 403 : isRead ? 404 : 405, { "content-type": "text/plain; charset=utf-8" }).end("GET /metrics\n");
    return;
  }
  const { text, contentType } = await printMetrics(await snapshot());
  response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(text) }).end(request.method === "HEAD" ? undefined : text);
}
