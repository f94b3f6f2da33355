/**
 * Kernel calls as people read them, in traces and in fault reports. An ABI gives the words for
 * its functions; a function without words shows its plain numbers.
 */
import { BLOCK, DIE } from "../calls.ts";
import type { CallWords, CoreValue, HostFunction } from "../calls.ts";

/** Parameters of one call that are kept and shown. */
export const SHOWN_PARAMS = 12;

/** What a call answered: a value, nothing, or that it has not come back. */
export type CallAnswer = CoreValue | undefined;

/** One call of a process, in words. */
export interface CallRecord {
  /** Which thread made it; 0 when it was made inside a gate, on the stack of a caller. */
  readonly thread: number;
  readonly name: string;
  /** The arguments as a list: `3, follow, "a.txt"`. Of buffers the addresses; paths are read when the record is made. */
  readonly args: string;
  /** "0", "44 (noent)"; "?" for a call that did not come back. */
  readonly answer: string;
}

export function plainWords(): CallWords {
  const texts = (args: readonly CoreValue[]): string[] => args.map(String);
  return { before: texts, after: texts, answer: String };
}

export function wordsOf(fn: HostFunction): CallWords {
  return fn.words ?? plainWords();
}

/** How a call ended: in the ABI's words, or "?" when it did not come back. Nothing for a function without result. */
export function answerText(words: CallWords, answer: CallAnswer): string {
  return answer === undefined || answer === BLOCK || answer === DIE ? "?" : words.answer(answer);
}

/** `fd_close(4) = 0`, one line. */
export function printCall({ name, args, answer }: CallRecord): string {
  return `${name}(${args}) = ${answer}`;
}
