/** The file service protocol over a line between harts. */
import { FIRST_KIND } from "#kernel";
import type { Endpoint, Line } from "#kernel";
import type { Transport } from "#fs";

const Kind = { message: FIRST_KIND, end: FIRST_KIND + 1 } as const;

export class LineTransport implements Transport, Endpoint {
  #line: Line | undefined = undefined;
  readonly #queue: Uint8Array[] = [];
  #wake: (() => void) | undefined = undefined;

  attach(line: Line): void {
    this.#line = line;
  }

  send(message: Uint8Array): Promise<void> {
    if (this.#line === undefined) return Promise.reject(new Error("the line is closed"));
    this.#line.send(Kind.message, 0, message);
    return Promise.resolve();
  }
  async receive(): Promise<Uint8Array | undefined> {
    while (this.#queue.length === 0 && this.#line !== undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#queue.shift();
  }
  close(): void {
    this.#line?.send(Kind.end);
    this.#end();
  }

  received(kind: number, _arg: number, bytes: Uint8Array): void {
    if (kind === Kind.message) {
      this.#queue.push(bytes);
      this.#wake?.();
    } else this.#end();
  }
  posted(): void {
    // The protocol is bytes.
  }
  lost(): void {
    this.#end();
  }

  #end(): void {
    this.#line?.close();
    this.#line = undefined;
    this.#wake?.();
  }
}
