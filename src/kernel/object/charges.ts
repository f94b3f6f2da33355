/**
 * What the objects that one process made cost: their bytes and the handles that wait in their
 * queues. It is charged to the process and to all jobs above it, and stays charged to the jobs
 * when the process is gone, until the last handle of the object goes (INV-4).
 */
import { assert } from "#base";
import type { Account } from "./account.ts";

/** Memory objects of one process: a host process can hold some thousands in all, whatever their size. */
export const MEMORY_OBJECTS_MAX = 64;

export class Charges {
  readonly account: Account;
  readonly #memoriesMax: number;
  #memories = 0;
  #bytes = 0;
  #handles = 0;
  /** Objects that are not closed yet. */
  #objects = 0;

  constructor(account: Account, memoriesMax: number = MEMORY_OBJECTS_MAX) {
    this.account = account;
    this.#memoriesMax = memoriesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get handles(): number {
    return this.#handles;
  }
  get objects(): number {
    return this.#objects;
  }

  /** A new object of so many bytes; false when an account refuses. */
  open(bytes: number): boolean {
    if (!this.grow(bytes)) return false;
    this.#objects++;
    return true;
  }
  close(bytes: number): void {
    this.#objects--;
    this.shrink(bytes);
  }

  /** As `open`, for an object that is a linear memory of the host. */
  openMemory(bytes: number): boolean {
    if (this.#memories >= this.#memoriesMax || !this.open(bytes)) return false;
    this.#memories++;
    return true;
  }
  closeMemory(bytes: number): void {
    this.#memories--;
    this.close(bytes);
  }

  /** Bytes that come and go while an object lives. */
  grow(bytes: number): boolean {
    if (this.account.charge("memory", bytes) !== undefined) return false;
    this.#bytes += bytes;
    return true;
  }
  shrink(bytes: number): void {
    this.#bytes -= bytes;
    assert(this.#bytes >= 0, "objects give back what they took");
    this.account.refund("memory", bytes);
  }

  /** Handles on their way. */
  holdHandles(count: number): boolean {
    if (this.account.charge("handles", count) !== undefined) return false;
    this.#handles += count;
    return true;
  }
  releaseHandles(count: number): void {
    this.#handles -= count;
    assert(this.#handles >= 0, "messages give back the handles that they held");
    this.account.refund("handles", count);
  }
}
