/** An open regular file of a volume. The handle, not the node, knows whether it may read and write. */
import { FsError, checkByteCount, checkedEnd } from "#fs";
import type { File, MaybeAsync, SetTimes, Stat } from "#fs";
import { allocateData, readData, truncateData, writeData } from "./file-data.ts";
import { Held } from "./held.ts";
import type { Node } from "./node.ts";

export class VolumeFile implements File {
  readonly kind = "file";
  readonly #read: boolean;
  readonly #write: boolean;
  readonly #held: Held;

  constructor(node: Node, read: boolean, write: boolean) {
    this.#held = new Held(node);
    this.#read = read;
    this.#write = write;
  }

  read(offset: number, into: Uint8Array): number {
    const node = this.#held.open();
    if (!this.#read) throw new FsError("badf", "not open for reading");
    checkByteCount(offset);
    const done = readData(node, offset, into);
    if (into.length > 0) node.accessed();
    return done;
  }

  write(offset: number, from: Uint8Array): number {
    const node = this.#writable();
    checkedEnd(offset, from.length);
    return writeData(node, offset, from);
  }

  append(from: Uint8Array): number {
    const node = this.#writable();
    return writeData(node, node.size, from);
  }

  truncate(size: number): void {
    const node = this.#writable();
    checkByteCount(size);
    truncateData(node, size);
  }

  allocate(offset: number, length: number): MaybeAsync<void> {
    const node = this.#writable();
    checkedEnd(offset, length);
    if (length === 0) throw new FsError("inval", "length must be positive");
    return allocateData(node, offset, length);
  }

  stat(): Stat {
    return this.#held.open().stat();
  }

  setTimes(times: SetTimes): void {
    const node = this.#held.open();
    node.store.refuseReadOnly();
    node.store.enter();
    node.setTimes(times);
  }

  sync(): MaybeAsync<void> {
    return this.#held.open().store.transactions.sync();
  }

  close(): void {
    this.#held.close();
  }

  #writable(): Node {
    const node = this.#held.open();
    if (!this.#write) throw new FsError("badf", "not open for writing");
    return node;
  }
}
