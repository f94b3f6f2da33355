/**
 * A guest's linear memory, as host functions may touch it.
 *
 * Every address and length comes from the guest and is a claim: `has` checks it with arithmetic
 * that cannot overflow, and the accessors may be used only on a range that it admitted during the
 * same call. Growing the memory detaches its buffer, so each call starts with `begin`. The bytes
 * of a shared memory can change at any time: what is checked is copied first, and read once.
 *
 * Addresses and lengths arrive as i32 and mean u32.
 */
import { assert } from "#base";

/** Longest scatter/gather list, as IOV_MAX on other systems. */
export const IOVECS_MAX = 1024;
/** Most bytes that one call moves; what exceeds it is a short read or write. Keeps a single call well below a quantum. */
export const TRANSFER_MAX = 1024 * 1024;
/** Scratch buffers up to this size are kept for the next call; they start small, since thousands of processes have one each. */
const SCRATCH_KEPT = 64 * 1024;
const SCRATCH_FIRST = 1024;
const IOVECS_FIRST = 16;
const IOVEC_SIZE = 8;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);
const NO_LIST = new Uint32Array(0);
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined = undefined;
  #bytes: Uint8Array = NO_BYTES;
  #view: DataView = NO_VIEW;
  #scratch: Uint8Array<ArrayBuffer> | undefined = undefined;
  #scratchView: Uint8Array<ArrayBuffer> | undefined = undefined;
  #iovAddr: Uint32Array<ArrayBuffer> = NO_LIST;
  #iovLength: Uint32Array<ArrayBuffer> = NO_LIST;
  #iovCount = 0;
  #iovTotal = 0;

  /** Must come before the first call that has an address among its arguments. */
  attach(memory: WebAssembly.Memory): void {
    assert(this.#memory === undefined || this.#memory === memory, "a process has one memory");
    this.#memory = memory;
    this.#refresh();
  }

  /** Starts a call: the views below are those of the memory as it is now. */
  begin(): void {
    // A detached buffer has no bytes. A shared one never detaches; `has` looks again when it is too short.
    if (this.#bytes.byteLength === 0) this.#refresh();
  }

  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  /** True when `byteLength` bytes from `addr` on are in the memory. */
  has(addr: number, byteLength: number): boolean {
    const end = (addr >>> 0) + (byteLength >>> 0);
    if (end <= this.#bytes.byteLength) return true;
    this.#refresh();
    return end <= this.#bytes.byteLength;
  }

  /** True when `count` items of `size` bytes from `addr` on are in the memory; `count` is a claim too. */
  hasItems(addr: number, count: number, size: number): boolean {
    const end = (addr >>> 0) + (count >>> 0) * size;
    if (end <= this.#bytes.byteLength) return true;
    this.#refresh();
    return end <= this.#bytes.byteLength;
  }

  u8(addr: number): number {
    return this.#view.getUint8(addr >>> 0);
  }
  u16(addr: number): number {
    return this.#view.getUint16(addr >>> 0, true);
  }
  u32(addr: number): number {
    return this.#view.getUint32(addr >>> 0, true);
  }
  u64(addr: number): bigint {
    return this.#view.getBigUint64(addr >>> 0, true);
  }
  setU8(addr: number, value: number): void {
    this.#view.setUint8(addr >>> 0, value);
  }
  setU16(addr: number, value: number): void {
    this.#view.setUint16(addr >>> 0, value, true);
  }
  setU32(addr: number, value: number): void {
    this.#view.setUint32(addr >>> 0, value, true);
  }
  setU64(addr: number, value: bigint): void {
    this.#view.setBigUint64(addr >>> 0, value, true);
  }
  /** A whole number below 2^53 as u64, without a bigint. */
  setU64Number(addr: number, value: number): void {
    this.#view.setUint32(addr >>> 0, value >>> 0, true);
    this.#view.setUint32((addr >>> 0) + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  /** Copies `from` to `addr`. */
  write(addr: number, from: Uint8Array): void {
    this.#bytes.set(from, addr >>> 0);
  }
  /** Copies from `addr` as many bytes as `into` has. */
  read(addr: number, into: Uint8Array): void {
    into.set(this.#bytes.subarray(addr >>> 0, (addr >>> 0) + into.length));
  }
  /** A copy of `byteLength` bytes at `addr`, in memory that nobody shares. */
  copy(addr: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(byteLength >>> 0);
    copy.set(this.#bytes.subarray(addr >>> 0, (addr >>> 0) + (byteLength >>> 0)));
    return copy;
  }
  fill(addr: number, byteLength: number, value: number): void {
    this.#bytes.fill(value, addr >>> 0, (addr >>> 0) + (byteLength >>> 0));
  }

  /** The string at `addr`, or undefined when its bytes are no UTF-8. */
  string(addr: number, byteLength: number): string | undefined {
    const scratch = this.scratch(byteLength >>> 0);
    scratch.set(this.#bytes.subarray(addr >>> 0, (addr >>> 0) + (byteLength >>> 0)));
    try {
      return DECODER.decode(scratch);
    } catch {
      return undefined;
    }
  }

  encode(text: string): Uint8Array<ArrayBuffer> {
    return ENCODER.encode(text);
  }

  /**
   * Takes in a list of `count` (address, length) pairs. The list is read once; later
   * `gather` and `scatter` use what was read. False when the list or a buffer of it lies
   * outside the memory. `count` must not exceed IOVECS_MAX.
   */
  readIovecs(addr: number, count: number): boolean {
    assert(count >>> 0 <= IOVECS_MAX, "count of a list is checked first");
    if (!this.hasItems(addr, count, IOVEC_SIZE)) return false;
    if (count > this.#iovAddr.length) {
      const capacity = count <= IOVECS_FIRST ? IOVECS_FIRST : IOVECS_MAX;
      this.#iovAddr = new Uint32Array(capacity);
      this.#iovLength = new Uint32Array(capacity);
    }
    let at = addr >>> 0;
    let total = 0;
    for (let index = 0; index < count; index++, at += IOVEC_SIZE) {
      const buffer = this.#view.getUint32(at, true);
      const length = this.#view.getUint32(at + 4, true);
      if (length !== 0 && !this.has(buffer, length)) return false;
      this.#iovAddr[index] = buffer;
      this.#iovLength[index] = length;
      total += length;
    }
    this.#iovCount = count;
    this.#iovTotal = total;
    return true;
  }

  /** Bytes that the list of `readIovecs` spans, at most TRANSFER_MAX. */
  get iovTotal(): number {
    return Math.min(this.#iovTotal, TRANSFER_MAX);
  }

  /** Reads the buffers of the list, in order, into a scratch of `iovTotal` bytes, or of `max` when that is less. */
  gather(max = Infinity): Uint8Array<ArrayBuffer> {
    const total = Math.min(this.iovTotal, max);
    const into = this.scratch(total);
    let at = 0;
    for (let index = 0; index < this.#iovCount && at < total; index++) {
      const addr = this.#iovAddr[index]!;
      const length = Math.min(this.#iovLength[index]!, total - at);
      this.#copyOut(into, at, addr, length);
      at += length;
    }
    return into;
  }

  /** Writes the first `byteLength` bytes of `from` to the buffers of the list, in order. */
  scatter(from: Uint8Array, byteLength: number): void {
    let at = 0;
    for (let index = 0; index < this.#iovCount && at < byteLength; index++) {
      const length = Math.min(this.#iovLength[index]!, byteLength - at);
      if (length === 0) continue;
      const addr = this.#iovAddr[index]!;
      if (at === 0 && length === from.length) this.#bytes.set(from, addr);
      else this.#bytes.set(from.subarray(at, at + length), addr);
      at += length;
    }
  }

  /** The list as it is now, for a call that goes on later; pass it to `scatterList`. */
  saveIovecs(): IovecList {
    return { addrs: this.#iovAddr.slice(0, this.#iovCount), lengths: this.#iovLength.slice(0, this.#iovCount) };
  }
  /** As `scatter`, with a saved list, after a `begin` of a later turn. A memory never shrinks, so the list still fits. */
  scatterList(list: IovecList, from: Uint8Array, byteLength: number): void {
    this.#iovAddr = list.addrs;
    this.#iovLength = list.lengths;
    this.#iovCount = list.addrs.length;
    this.scatter(from, byteLength);
  }

  /**
   * A buffer of exactly `byteLength` bytes for the rest of this call. The next call gets the same
   * bytes, so whoever needs it longer calls `keepScratch` first.
   */
  scratch(byteLength: number): Uint8Array<ArrayBuffer> {
    if (byteLength > SCRATCH_KEPT) return new Uint8Array(byteLength);
    if (this.#scratchView?.length === byteLength) return this.#scratchView;
    if (this.#scratch === undefined || this.#scratch.length < byteLength) {
      let size = this.#scratch?.length ?? SCRATCH_FIRST;
      while (size < byteLength) size *= 2;
      this.#scratch = new Uint8Array(size);
    }
    this.#scratchView = this.#scratch.subarray(0, byteLength);
    return this.#scratchView;
  }
  /** Gives the last scratch to the caller for good. */
  keepScratch(): void {
    this.#scratch = this.#scratchView = undefined;
  }

  #copyOut(into: Uint8Array, at: number, addr: number, length: number): void {
    // For a few bytes a loop beats the two calls and the view of `set`.
    if (length <= 32) {
      for (let index = 0; index < length; index++) into[at + index] = this.#bytes[addr + index]!;
    } else {
      into.set(this.#bytes.subarray(addr, addr + length), at);
    }
  }

  #refresh(): void {
    const buffer = this.#memory?.buffer;
    if (buffer === undefined || buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}

/** A scatter list that outlives its call. */
export interface IovecList {
  readonly addrs: Uint32Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

/** An i64 argument of a call as the u64 that it means. */
export function asU64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
