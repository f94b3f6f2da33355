/**
 * What the nodes of one file system in memory share: its device and inode numbers, its clock and
 * its quota. Everything that a guest can make the host keep is charged here before it is made:
 * data by the capacity of its buffers, nodes and entries at a flat price above their real cost.
 */
import { newDeviceNumber } from "../device-number.ts";
import { FsError } from "../fs-error.ts";

/** Prices in bytes, above what V8 takes for the objects behind them. */
export const NODE_BYTES = 512;
export const ENTRY_BYTES = 192;
export const CHUNK_OVERHEAD_BYTES = 256;

export const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024;
export const DEFAULT_LIMIT_NODES = 1 << 20;

/** Where a file system asks before it takes storage, besides its own limit. */
export interface StorageAccount {
  /** False when that many bytes more are over a limit; nothing is charged then. */
  charge(byteLength: number): boolean;
  refund(byteLength: number): void;
}

export class Volume {
  readonly device = newDeviceNumber();
  readonly now: () => bigint;
  readonly limitBytes: number;
  readonly limitNodes: number;
  #account: StorageAccount | undefined;
  #lastInode = 0n;
  #usedBytes = 0;
  #usedNodes = 0;

  constructor(limitBytes: number, limitNodes: number, now: () => bigint, account: StorageAccount | undefined) {
    this.limitBytes = limitBytes;
    this.limitNodes = limitNodes;
    this.now = now;
    this.#account = account;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }
  get usedNodes(): number {
    return this.#usedNodes;
  }

  /** Numbers are never used twice, so a stale one names nothing. */
  nextInode(): bigint {
    return ++this.#lastInode;
  }

  /** Bytes that the limit of this volume still leaves; the account may leave fewer. */
  get leftBytes(): number {
    return this.limitBytes - this.#usedBytes;
  }

  /** @throws FsError `nospc` over the volume's limit, `dquot` when the account refuses. */
  charge(byteLength: number): void {
    if (byteLength > this.leftBytes) throw new FsError("nospc");
    if (this.#account !== undefined && !this.#account.charge(byteLength)) throw new FsError("dquot");
    this.#usedBytes += byteLength;
  }

  refund(byteLength: number): void {
    this.#usedBytes -= byteLength;
    this.#account?.refund(byteLength);
  }

  /** Refunds everything to the account and charges it no more. */
  leaveAccount(): void {
    this.#account?.refund(this.#usedBytes);
    this.#account = undefined;
  }

  chargeNode(byteLength: number): void {
    if (this.#usedNodes >= this.limitNodes) throw new FsError("nospc", "no more nodes");
    this.charge(byteLength);
    this.#usedNodes++;
  }

  refundNode(byteLength: number): void {
    this.#usedNodes--;
    this.refund(byteLength);
  }
}
