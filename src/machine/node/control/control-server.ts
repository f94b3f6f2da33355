/**
 * Answers questions about one running system on a local socket that only its owner can open.
 *
 * Nothing that a client does holds up the system for long or keeps the host process: one
 * request at a time and a turn of the event loop between any two, bounded lines, a deadline for
 * each request and for reading its answer, few clients at once.
 */
import { chmodSync, unlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import type { SystemSnapshot } from "#kernel";
import { openControlFolder } from "./control-folder.ts";
import { ANSWER_BYTES_MAX, ControlError, REQUEST_BYTES_MAX, parseRequest, printAnswer, printError } from "./control-protocol.ts";

/** What can be asked. */
export interface ControlTarget {
  snapshot(): Promise<SystemSnapshot>;
  /** False when there is no such process. */
  kill(process: number, message: string): Promise<boolean>;
}

const CLIENTS_MAX = 16;
/** For a client to send a whole request, and to take the whole answer. */
const PATIENCE_MS = 5000;
/** Systems in one host process. */
const SYSTEMS_MAX = 1000;
const LINE_END = 0x0a;

export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #onExit: () => void;

  private constructor(path: string, server: Server, target: ControlTarget) {
    this.path = path;
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket, target));
    this.#onExit = () => {
      try {
        unlinkSync(path);
      } catch {
        // Gone already.
      }
    };
    process.once("exit", this.#onExit);
  }

  /** Listens under the name of this host process. @throws ControlFolderError, or the system's error. */
  static async listen(target: ControlTarget, folder: string = openControlFolder(true)!): Promise<ControlServer> { // it was made
    for (let system = 1; ; system++) {
      const path = join(folder, system === 1 ? `${process.pid}.sock` : `${process.pid}.${system}.sock`);
      const server = createServer();
      try {
        await listening(server, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || system === SYSTEMS_MAX) throw error;
        continue;
      }
      chmodSync(path, 0o600);
      server.unref();
      return new ControlServer(path, server, target);
    }
  }

  close(): void {
    process.off("exit", this.#onExit);
    this.#server.close();
    this.#onExit();
    for (const client of this.#clients) client.destroy();
  }

  #serve(socket: Socket, target: ControlTarget): void {
    if (this.#clients.size >= CLIENTS_MAX) {
      socket.on("error", () => undefined);
      socket.end(printError(new ControlError("busy", "too many ask at once")));
      socket.unref();
      return;
    }
    this.#clients.add(socket);
    socket.unref();
    socket.on("error", () => socket.destroy());
    const deadline = setTimeout(() => socket.destroy(), PATIENCE_MS).unref();
    socket.once("close", () => {
      clearTimeout(deadline);
      this.#clients.delete(socket);
    });
    let pending: Buffer = Buffer.alloc(0);
    let isLast = false;
    const say = (text: string): void => {
      if (isLast) socket.end(text);
      else {
        socket.write(text, () => {
          deadline.refresh();
          // The next one, which may be here already, after others had their turn.
          setImmediate(next);
        });
      }
    };
    const next = (): void => {
      if (socket.destroyed) return;
      const end = pending.indexOf(LINE_END);
      if (end === -1 && pending.length <= REQUEST_BYTES_MAX) {
        socket.resume();
        return;
      }
      if (end === -1 || end > REQUEST_BYTES_MAX) {
        isLast = true;
        say(printError(new ControlError("too-long", `a request has at most ${REQUEST_BYTES_MAX} bytes`)));
        return;
      }
      const line = pending.toString("utf8", 0, end);
      pending = pending.subarray(end + 1);
      answer(target, line).then(say, (error: unknown) => {
        // Who does not speak the protocol is not listened to any longer.
        isLast = !(error instanceof ControlError) || error.code !== "control/no-process";
        say(printError(error instanceof ControlError ? error : new ControlError("bad-request", "it could not be answered")));
      });
    };
    socket.on("data", (chunk: Buffer) => {
      if (isLast) return;
      socket.pause();
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      next();
    });
  }
}

async function answer(target: ControlTarget, line: string): Promise<string> {
  const request = parseRequest(line);
  if (request.ask === "kill") {
    if (!await target.kill(request.process, request.message)) throw new ControlError("no-process", `no process ${request.process}`);
    return printAnswer({ killed: request.process });
  }
  const snapshot = await target.snapshot();
  const text = printAnswer(snapshot);
  if (text.length * 3 <= ANSWER_BYTES_MAX || Buffer.byteLength(text) <= ANSWER_BYTES_MAX) return text;
  return printAnswer({ ...snapshot, processes: snapshot.processes.map((process) => ({ ...process, name: process.name.slice(0, 100), job: process.job.slice(0, 100), threads: [] })) });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      // An accept that fails later concerns one client.
      server.on("error", () => undefined);
      resolve();
    });
  });
}
