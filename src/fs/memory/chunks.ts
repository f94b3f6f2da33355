/**
 * The bytes of a file in memory, in chunks of 64 KiB that exist only where something was written.
 *
 * Invariants: a byte that no chunk covers is zero; a chunk may be shorter than 64 KiB (the first
 * grows by doubling, so that small files stay small) and what lies behind its capacity is zero;
 * within a chunk everything at or after `size` is zero, so a file that grows again shows no old
 * bytes. Each chunk's capacity is charged to the volume. Callers have
 * checked that ranges are counts of bytes and end within 2^53-1.
 */
import { FsError } from "../fs-error.ts";
import { CHUNK_OVERHEAD_BYTES } from "./volume.ts";
import type { Volume } from "./volume.ts";

export const CHUNK_BYTES = 65536;
const SMALLEST_BYTES = 256;

export class Chunks {
  readonly #volume: Volume;
  readonly #chunks = new Map<number, Uint8Array>();
  #size = 0;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  get size(): number {
    return this.#size;
  }

  read(offset: number, into: Uint8Array): number {
    const length = Math.min(into.length, this.#size - offset);
    if (length <= 0) return 0;
    let done = 0;
    while (done < length) {
      const index = Math.floor((offset + done) / CHUNK_BYTES);
      const start = (offset + done) % CHUNK_BYTES;
      const part = Math.min(length - done, CHUNK_BYTES - start);
      const chunk = this.#chunks.get(index);
      const present = chunk === undefined ? 0 : Math.max(0, Math.min(part, chunk.length - start));
      if (present > 0) into.set(chunk!.subarray(start, start + present), done);
      if (present < part) into.fill(0, done + present, done + part);
      done += part;
    }
    return done;
  }

  /** Writes as much as the quota allows. @throws FsError when that is nothing. */
  write(offset: number, from: Uint8Array): number {
    if (from.length === 0) return 0;
    let done = 0;
    while (done < from.length) {
      const index = Math.floor((offset + done) / CHUNK_BYTES);
      const start = (offset + done) % CHUNK_BYTES;
      const part = Math.min(from.length - done, CHUNK_BYTES - start);
      let chunk: Uint8Array;
      try {
        chunk = this.#grown(index, start + part);
      } catch (error) {
        if (done > 0 && error instanceof FsError) break;
        throw error;
      }
      chunk.set(from.subarray(done, done + part), start);
      done += part;
      // After each part, so that a short write leaves a file that agrees with itself.
      if (offset + done > this.#size) this.#size = offset + done;
    }
    return done;
  }

  truncate(size: number): void {
    if (size < this.#size) {
      const last = Math.floor(size / CHUNK_BYTES);
      const inLast = size % CHUNK_BYTES;
      for (const [index, chunk] of this.#chunks) {
        if (index > last || (index === last && inLast === 0)) this.#drop(index, chunk);
      }
      this.#chunks.get(last)?.fill(0, inLast);
    }
    this.#size = size;
  }

  /** Takes the storage for [offset, offset + length) and makes the file reach there, or changes nothing. */
  allocate(offset: number, length: number): void {
    const end = offset + length;
    const first = Math.floor(offset / CHUNK_BYTES);
    const last = Math.floor((end - 1) / CHUNK_BYTES);
    // The range is the guest's claim; it is priced before any loop over it.
    let present = 0;
    for (const index of this.#chunks.keys()) if (index >= first && index <= last) present++;
    if ((last - first + 1 - present) * CHUNK_BYTES > this.#volume.leftBytes) throw new FsError("nospc");
    const fresh: number[] = [];
    try {
      for (let index = first; index <= last; index++) {
        if (!this.#chunks.has(index)) fresh.push(index);
        this.#grown(index, index === last ? end - index * CHUNK_BYTES : CHUNK_BYTES);
      }
    } catch (error) {
      for (const index of fresh) {
        const chunk = this.#chunks.get(index);
        if (chunk !== undefined) this.#drop(index, chunk);
      }
      throw error;
    }
    if (end > this.#size) this.#size = end;
  }

  /** Gives all storage back. */
  clear(): void {
    this.truncate(0);
  }

  /** The chunk `index` with at least `capacity` bytes. */
  #grown(index: number, capacity: number): Uint8Array {
    const old = this.#chunks.get(index);
    if (old !== undefined && old.length >= capacity) return old;
    let byteLength = CHUNK_BYTES;
    if (index === 0) for (byteLength = SMALLEST_BYTES; byteLength < capacity; ) byteLength *= 2;
    const price = old === undefined ? byteLength + CHUNK_OVERHEAD_BYTES : byteLength - old.length;
    this.#volume.charge(price);
    let grown: Uint8Array;
    try {
      grown = new Uint8Array(byteLength);
    } catch {
      // The host itself has no more memory.
      this.#volume.refund(price);
      throw new FsError("nospc", "the host is out of memory");
    }
    if (old !== undefined) grown.set(old);
    this.#chunks.set(index, grown);
    return grown;
  }

  #drop(index: number, chunk: Uint8Array): void {
    this.#chunks.delete(index);
    this.#volume.refund(chunk.length + CHUNK_OVERHEAD_BYTES);
  }
}
