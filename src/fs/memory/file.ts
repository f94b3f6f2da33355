/** An open regular file in memory. The handle, not the node, knows whether it may read and write. */
import { checkByteCount, checkedEnd } from "../byte-count.ts";
import { FsError } from "../fs-error.ts";
import type { File, SetTimes, Stat } from "../interface.ts";
import { Held } from "./held.ts";
import type { RegularNode } from "./node.ts";

export class MemoryFile implements File {
  readonly kind = "file";
  readonly #read: boolean;
  readonly #write: boolean;
  readonly #held: Held<RegularNode>;

  constructor(node: RegularNode, read: boolean, write: boolean) {
    this.#held = new Held(node);
    this.#read = read;
    this.#write = write;
  }

  read(offset: number, into: Uint8Array): number {
    const node = this.#held.open();
    if (!this.#read) throw new FsError("badf", "not open for reading");
    checkByteCount(offset);
    const done = node.data.read(offset, into);
    if (into.length > 0) node.accessed();
    return done;
  }

  write(offset: number, from: Uint8Array): number {
    const node = this.#writable();
    checkedEnd(offset, from.length);
    const done = node.data.write(offset, from);
    if (done > 0) node.modified();
    return done;
  }

  append(from: Uint8Array): number {
    const node = this.#writable();
    return this.write(node.data.size, from);
  }

  truncate(size: number): void {
    const node = this.#writable();
    checkByteCount(size);
    node.data.truncate(size);
    node.modified();
  }

  allocate(offset: number, length: number): void {
    const node = this.#writable();
    checkedEnd(offset, length);
    if (length === 0) throw new FsError("inval", "length must be positive");
    node.data.allocate(offset, length);
    node.modified();
  }

  stat(): Stat {
    return this.#held.open().stat();
  }

  setTimes(times: SetTimes): void {
    this.#held.open().setTimes(times);
  }

  sync(): void {
    this.#held.open();
  }

  close(): void {
    this.#held.close();
  }

  #writable(): RegularNode {
    const node = this.#held.open();
    if (!this.#write) throw new FsError("badf", "not open for writing");
    return node;
  }
}
