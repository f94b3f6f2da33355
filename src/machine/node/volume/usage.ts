/**
 * What a volume holds, against its quota. Everything that a guest can make it hold is charged before
 * it is made, at a price at or above what it takes in the file; `isola volume check` counts again.
 */
import { FsError, utf8Length } from "#fs";
import type { Quota } from "./schema.ts";

/** A row of a file, directory or link, and what a link's target takes. */
export const INODE_BYTES = 128;
/** A name in two trees. */
export const ENTRY_BYTES = 64;
/** A block besides its data. */
export const BLOCK_OVERHEAD_BYTES = 64;

export const inodePrice = (target: string | undefined): number => INODE_BYTES + (target === undefined ? 0 : utf8Length(target));
export const entryPrice = (name: string): number => ENTRY_BYTES + 2 * utf8Length(name);

export class Usage {
  quota: Quota;
  #bytes: number;
  #inodes: number;

  constructor(quota: Quota, bytes: number, inodes: number) {
    this.quota = quota;
    this.#bytes = bytes;
    this.#inodes = inodes;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get inodes(): number {
    return this.#inodes;
  }
  get leftBytes(): number {
    return this.quota.bytes - this.#bytes;
  }

  /** @throws FsError `nospc` */
  charge(bytes: number): void {
    if (bytes > this.leftBytes) throw new FsError("nospc", "the volume's quota is used up");
    this.#bytes += bytes;
  }
  refund(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** An inode and its first name. @throws FsError `nospc`, and then charges nothing. */
  chargeInode(bytes: number): void {
    if (this.#inodes >= this.quota.inodes) throw new FsError("nospc", "no more inodes");
    this.charge(bytes);
    this.#inodes++;
  }
  refundInode(bytes: number): void {
    this.refund(bytes);
    this.#inodes--;
  }
}
