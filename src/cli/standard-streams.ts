/**
 * Our own lines on standard output and error, and the way out: nothing that was written is lost, unless its
 * reader has gone or, after a kill, does not read.
 */
import type { Writable } from "node:stream";
import { EXIT, systemReason } from "./cli-error.ts";
import { harmless } from "./text.ts";

/** How long a stream whose reader does not read holds up the end, where it must not for ever. */
const FLUSH_MS = 1000;

/** One report on standard error, each line of it harmless to a terminal. */
export function complain(text: string): void {
  process.stderr.write(`${harmless(text)}\n`);
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * Watches standard output and error for failures. A reader that has gone is no error to tell anybody of;
 * `stdoutBroken` is called once, with the reason in words, or undefined when the reader has gone.
 */
export function watchOutput(stdoutBroken: (reason: string | undefined) => void): void {
  process.stdout.once("error", (error: Error & { code?: string }) => {
    stdoutBroken(error.code === "EPIPE" ? undefined : (systemReason(error) ?? error.message));
    process.stdout.on("error", () => undefined);
  });
  process.stderr.on("error", () => undefined);
}

/** For commands that only print: ends quietly when nobody reads. */
export function exitWhenUnread(): void {
  watchOutput((reason) => {
    if (reason !== undefined) complain(`isola: cannot write standard output: ${reason}`);
    process.exit(reason === undefined ? EXIT.brokenPipe : EXIT.error);
  });
}

function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("close", resolve);
    stream.write("", () => resolve());
  });
}

/** Waits until all is written, at most `FLUSH_MS` when `bounded`: a killed program must not be kept alive by its reader. */
export async function flushOutput(bounded: boolean): Promise<void> {
  const done = Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Node tells of a failed write after its callback.
  const told = done.then(() => new Promise((resolve) => setImmediate(resolve)));
  await (bounded ? Promise.race([told, new Promise((resolve) => setTimeout(resolve, FLUSH_MS))]) : told);
}
