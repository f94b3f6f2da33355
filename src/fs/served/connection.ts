/**
 * Requests under way to a file service, and the answers to them.
 *
 * The service is a program like any other: it may answer nonsense, twice, or never. An answer
 * without a request is dropped; a request that is not answered in time fails with `io`, and so do
 * all of them when the service ends.
 */
import { FsError } from "../fs-error.ts";
import { decodeAnswer, encodeRequest, errorOf } from "./protocol.ts";
import type { Answer, Request } from "./protocol.ts";

/** A way to a service: one message out, one message in. */
export interface Transport {
  /** Resolves once the message is on its way. Rejects when the service has gone. */
  send(message: Uint8Array): Promise<void>;
  /** The next message; undefined when the service has gone. */
  receive(): Promise<Uint8Array | undefined>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: FsError) => void;
  readonly cancelTimer: () => void;
}

export interface ConnectionOptions {
  readonly timeoutMs: number;
  /** Runs `task` after so many milliseconds; answers a function that cancels it. */
  readonly timer: (ms: number, task: () => void) => () => void;
}

export class Connection {
  readonly #transport: Transport;
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended = false;

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    void this.#listen();
  }

  /** The service has gone; every request fails. */
  get ended(): boolean {
    return this.#ended;
  }

  /** @throws FsError with what the service refused, or `io`. */
  ask(request: Request): Promise<Answer> {
    if (this.#ended) return Promise.reject(gone());
    let id = this.#nextId;
    while (this.#waiting.has(id)) id = (id % 0xffff_ffff) + 1;
    this.#nextId = (id % 0xffff_ffff) + 1;
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#options.timer(this.#options.timeoutMs, () => {
        this.#waiting.delete(id);
        reject(new FsError("io", `the service did not answer within ${this.#options.timeoutMs} ms`));
      });
      this.#waiting.set(id, { resolve, reject, cancelTimer });
      this.#transport.send(encodeRequest(id, request)).catch(() => this.end());
    });
  }

  /** Says what nobody waits for: that something is not open any more. */
  tell(request: Request): void {
    if (!this.#ended) this.#transport.send(encodeRequest(0, request)).catch(() => this.end());
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#transport.close();
    for (const { reject, cancelTimer } of this.#waiting.values()) {
      cancelTimer();
      reject(gone());
    }
    this.#waiting.clear();
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#transport.receive();
        if (message === undefined) break;
        this.#take(message);
      }
    } catch {
      // The way to the service is closed from here.
    }
    this.end();
  }

  #take(message: Uint8Array): void {
    const answer = decodeAnswer(message);
    const waiting = answer === undefined ? undefined : this.#waiting.get(answer.id);
    if (answer === undefined || waiting === undefined) return;
    this.#waiting.delete(answer.id);
    waiting.cancelTimer();
    if (answer.errno === 0) waiting.resolve(answer);
    else waiting.reject(errorOf(answer.errno));
  }
}

function gone(): FsError {
  return new FsError("io", "the service has ended");
}
