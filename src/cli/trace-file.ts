/** The file of `--trace-file`: each line is there as soon as its call has ended. */
import { closeSync, openSync, writeSync } from "node:fs";
import { CliError, systemReason } from "./cli-error.ts";
import { complain } from "./standard-streams.ts";
import { harmless } from "./text.ts";

export class TraceFile {
  readonly #path: string;
  #fd: number | undefined;

  /** Written anew. @throws CliError */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, "w", 0o600);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  readonly write = (line: string): void => {
    if (this.#fd === undefined) return;
    try {
      writeSync(this.#fd, `${harmless(line)}\n`);
    } catch (error) {
      // Told once; the program goes on.
      complain(`isola: ${this.#failure(error).message}`);
      this.close();
    }
  };

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #failure(error: unknown): CliError {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    return new CliError(`cannot write the trace to ${this.#path}: ${reason}`, { cause: error });
  }
}
