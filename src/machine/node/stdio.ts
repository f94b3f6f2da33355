/**
 * The standard streams of the Node process as streams of the kernel.
 *
 * Standard input is not touched before a program asks for it, so that what nobody reads stays
 * there for others, and Node may exit. Writes are copied into Node's stream; while that
 * is full, the writer waits.
 */
import type { Readable, Writable } from "node:stream";
import { isatty } from "node:tty";
import { BROKEN, WOULD_BLOCK, WaitQueue } from "#kernel";
import type { ByteSink, ByteSource, HostStdio } from "#kernel";

/** Input that is read ahead of the program. */
const READ_AHEAD = 64 * 1024;

class HostSource implements ByteSource {
  readonly readable = new WaitQueue();
  readonly #open: () => Readable;
  readonly #chunks: Uint8Array[] = [];
  #stream: Readable | undefined = undefined;
  #buffered = 0;
  #ended = false;

  constructor(open: () => Readable) {
    this.#open = open;
  }

  get available(): number {
    this.#start();
    return this.#buffered;
  }
  get ended(): boolean {
    return this.#ended;
  }

  read(into: Uint8Array): number {
    const chunk = this.#chunks[0];
    if (chunk === undefined) {
      this.#start();
      return this.#ended ? 0 : WOULD_BLOCK;
    }
    const count = Math.min(into.length, chunk.length);
    into.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    this.#buffered -= count;
    if (this.#buffered < READ_AHEAD) this.#stream?.resume();
    return count;
  }

  /** Lets Node exit; what was read ahead stays for the next program. */
  close(): void {
    this.#stream?.pause();
  }

  #start(): void {
    if (this.#stream !== undefined) {
      if (!this.#ended && this.#buffered < READ_AHEAD) this.#stream.resume();
      return;
    }
    let stream: Readable;
    try {
      stream = this.#stream = this.#open();
    } catch {
      // A host without a usable standard input.
      this.#ended = true;
      return;
    }
    const end = (): void => {
      this.#ended = true;
      this.readable.wakeAll();
    };
    stream.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      if (this.#buffered >= READ_AHEAD) stream.pause();
      this.readable.wakeAll();
    });
    stream.once("end", end);
    stream.once("close", end);
    stream.once("error", end);
  }
}

class HostSink implements ByteSink {
  readonly writable = new WaitQueue();
  readonly #open: () => Writable;
  #stream: Writable | undefined = undefined;
  #full = false;
  #broken = false;

  constructor(open: () => Writable) {
    this.#open = open;
  }

  get room(): number {
    return this.#full || this.#broken ? 0 : 64 * 1024;
  }
  get broken(): boolean {
    return this.#broken;
  }

  write(from: Uint8Array): number {
    if (this.#broken) return BROKEN;
    if (this.#full) return WOULD_BLOCK;
    const stream = this.#stream ?? this.#start();
    if (!stream.write(from.slice())) {
      this.#full = true;
      stream.once("drain", () => {
        this.#full = false;
        this.writable.wakeAll();
      });
    }
    return from.length;
  }

  close(): void {
    // The host's own; other programs and the host go on using it.
  }

  #start(): Writable {
    const stream = this.#stream = this.#open();
    // EPIPE: whoever read our output has gone.
    stream.on("error", () => {
      this.#broken = true;
      this.#full = false;
      this.writable.wakeAll();
    });
    return stream;
  }
}

export function hostStdio(): HostStdio {
  const fds = { stdin: 0, stdout: 1, stderr: 2 } as const;
  return {
    stdin: new HostSource(() => process.stdin),
    stdout: new HostSink(() => process.stdout),
    stderr: new HostSink(() => process.stderr),
    isTerminal: (stream) => isatty(fds[stream]),
  };
}
