/**
 * Each kernel call of one process as a line when it ends, as `strace` shows them:
 *
 *     [1.1] 0.000123 fd_write(1, [{"hello\n", 6}], 1, [6]) = 0 <0.000004>
 *     [1.1] 0.000160 fd_read(0, <unfinished …>
 *     [1.2] 0.000171 sched_yield() = 0 <0.000002>
 *     [1.1] 0.104200 <… fd_read resumed> [{"x", 1}], 1, [1]) = 0 <0.104040>
 *
 * Process and thread, seconds since the tracer was made, the call, its answer, and how long it
 * took, waiting included. A call that blocks gets its first line at once, so that what a hanging
 * program waits for can be seen.
 */
import { BLOCK, DIE } from "../calls.ts";
import type { CoreValue, HostFunction } from "../calls.ts";
import type { Kernel } from "../kernel.ts";
import type { Process } from "../process.ts";
import { SHOWN_PARAMS, answerText, wordsOf } from "./call-words.ts";

export type TraceLine = (line: string) => void;

type Call = (...args: unknown[]) => unknown;

/** A call that has not come back; `resumed` writes its last line. */
export interface UnfinishedCall {
  resumed(answer: number): void;
}

export class CallTracer {
  readonly #kernel: Kernel;
  readonly #process: Process;
  readonly #write: TraceLine;
  readonly #startedMs: number;

  constructor(kernel: Kernel, process: Process, write: TraceLine) {
    this.#kernel = kernel;
    this.#process = process;
    this.#write = write;
    this.#startedMs = kernel.machine.now();
  }

  /** `call`, the body of `fn`, with its lines. */
  wrap(fn: HostFunction, call: Call): Call {
    const words = wordsOf(fn);
    const hasResult = fn.type.results.length > 0;
    return (...args) => {
      const core = args.slice(0, SHOWN_PARAMS) as CoreValue[];
      const begun = this.#now();
      const thread = this.#kernel.runningThreadId(this.#process);
      const before = words.before(core);
      const line = (start: string, shown: readonly string[], answer: string): void =>
        this.#line(thread, `${start}${shown.join(", ")}) = ${answer} <${seconds(this.#now() - begun)}>`, start.startsWith("<") ? this.#now() : begun);
      const after = (answer: number): readonly string[] => (answer === DIE || !hasResult ? before : [...before, ...words.after(core, answer).slice(before.length)]);
      const answer = call(...args);
      if (answer === BLOCK && fn.mayBlock) {
        this.#line(thread, `${fn.name}(${before.map((text) => `${text}, `).join("")}<unfinished …>`, begun);
        const unfinished: UnfinishedCall = {
          resumed: (last) => line(`<… ${fn.name} resumed> `, after(last).slice(before.length), answerText(words, last)),
        };
        this.#kernel.whenResumed(unfinished);
      } else {
        line(`${fn.name}(`, after(answer as number), hasResult ? answerText(words, answer as CoreValue) : "?");
      }
      return answer;
    };
  }

  #now(): number {
    return this.#kernel.machine.now() - this.#startedMs;
  }

  #line(thread: number, text: string, atMs: number): void {
    this.#write(`[${this.#process.id}.${thread}] ${seconds(atMs)} ${text}`);
  }
}

/** With microseconds. */
function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(6);
}
