/**
 * Work that the end of one object leaves behind, done one after the other and never nested: a
 * queue of a channel may hold the last handle of another channel, whose queue holds the next,
 * as many deep as a program likes. One per kernel.
 */
export class Undertaker {
  readonly #work: (() => void)[] = [];
  #busy = false;

  /** Runs `task` now, or after the task or the `whole` that is under way. */
  bury(task: () => void): void {
    this.#work.push(task);
    if (!this.#busy) this.#drain();
  }

  /** Runs `body` first, and what it buries after it. */
  whole(body: () => void): void {
    if (this.#busy) return body();
    this.#busy = true;
    try {
      body();
    } finally {
      this.#busy = false;
      this.#drain();
    }
  }

  #drain(): void {
    this.#busy = true;
    try {
      for (let task = this.#work.pop(); task !== undefined; task = this.#work.pop()) task();
    } finally {
      this.#busy = false;
    }
  }
}
