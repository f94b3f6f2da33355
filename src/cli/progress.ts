/**
 * One line on a terminal that says what is being compiled, when that takes long. Phases that
 * keep the host thread busy cannot be interrupted, so the line is also brought up to date when a phase begins.
 */
import { printBytes } from "./text.ts";

const PATIENCE_MS = 500;
const REDRAW_MS = 200;

const PHASES = { hash: "reading", decode: "decoding", validate: "checking", translate: "translating", compile: "compiling" } as const;

export class Progress {
  readonly #what: string;
  readonly #started = performance.now();
  #phase: keyof typeof PHASES = "hash";
  #timer: NodeJS.Timeout | undefined = undefined;
  #shown = false;

  constructor(name: string, byteLength: number) {
    this.#what = `${name} (${printBytes(byteLength)})`;
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  enter(phase: keyof typeof PHASES): void {
    this.#phase = phase;
    this.#draw();
  }

  /** Takes the line away. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#shown) process.stderr.write("\r\x1b[K");
    this.#shown = false;
  }

  #draw(): void {
    const elapsed = performance.now() - this.#started;
    if (this.#timer === undefined || elapsed < PATIENCE_MS) return;
    this.#shown = true;
    process.stderr.write(`\r\x1b[Kisola: ${PHASES[this.#phase]} ${this.#what}, ${(elapsed / 1000).toFixed(1)} s`);
  }
}
