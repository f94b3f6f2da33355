/**
 * A descriptor of the program's own that was opened by name, such as /dev/stdout: whoever opens files for
 * programs makes a second number for the descriptor of it. Nobody else can do anything with it.
 */
import { FsError } from "./fs-error.ts";
import { FileKind } from "./interface.ts";
import type { File, Stat } from "./interface.ts";

export class OwnDescriptor implements File {
  readonly kind = "file";
  readonly fileKind = FileKind.character;
  readonly number: number;
  readonly #stat: Stat;

  constructor(number: number, stat: Stat) {
    this.number = number;
    this.#stat = stat;
  }

  stat(): Stat {
    return this.#stat;
  }
  close(): void {
    // It holds nothing.
  }

  read(): number {
    throw new FsError("nxio", "whose descriptor is meant is for its program to know");
  }
  write(): number {
    return this.read();
  }
  append(): number {
    return this.read();
  }
  truncate(): void {
    this.read();
  }
  allocate(): void {
    this.read();
  }
  setTimes(): void {
    throw new FsError("perm");
  }
  sync(): void {
    this.read();
  }
}
