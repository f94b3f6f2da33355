/** A text that was made when it was opened. */
import { checkByteCount } from "../byte-count.ts";
import { FsError } from "../fs-error.ts";
import type { File, Stat } from "../interface.ts";

export class TextFile implements File {
  readonly kind = "file";
  readonly readOnly = true;
  readonly #bytes: Uint8Array;
  readonly #stat: Stat;
  readonly #closed: () => void;
  #open = true;

  /** `closed` is told once. */
  constructor(bytes: Uint8Array, stat: Stat, closed: () => void) {
    this.#bytes = bytes;
    this.#stat = stat;
    this.#closed = closed;
  }

  read(offset: number, into: Uint8Array): number {
    this.#check();
    checkByteCount(offset);
    const part = this.#bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }
  stat(): Stat {
    this.#check();
    return this.#stat;
  }
  sync(): void {
    this.#check();
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
  }

  write(): number {
    throw new FsError("badf", "not open for writing");
  }
  append(): number {
    throw new FsError("badf", "not open for writing");
  }
  truncate(): void {
    throw new FsError("badf", "not open for writing");
  }
  allocate(): void {
    throw new FsError("badf", "not open for writing");
  }
  setTimes(): void {
    throw new FsError("rofs");
  }

  #check(): void {
    if (!this.#open) throw new FsError("badf", "closed");
  }
}
