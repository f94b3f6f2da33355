/** An open regular file of the host. */
import { constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, futimesSync, readSync, writeSync } from "node:fs";
import { FsError, checkByteCount, checkedEnd } from "#fs";
import type { File, SetTimes, Stat } from "#fs";
import { host } from "./host-directory-errors.ts";
import { toStat, toTimeLikes } from "./host-directory-stat.ts";
import type { HostFileSystem } from "./host-directory.ts";

/** Bytes of one read or write of the host; Node's own limit is just below 2 GiB. */
const TRANSFER_BYTES = 1 << 30;

export class HostFile implements File {
  readonly kind = "file";
  readonly #fs: HostFileSystem;
  readonly #read: boolean;
  readonly #write: boolean;
  #fd: number;
  /** A second descriptor that always writes at the end; opened by the first `append`. */
  #appendFd = -1;

  /** Takes `fd` over. */
  constructor(fs: HostFileSystem, fd: number, read: boolean, write: boolean) {
    this.#fs = fs;
    this.#fd = fd;
    this.#read = read;
    this.#write = write;
  }

  get readOnly(): boolean {
    return this.#fs.readOnly;
  }

  read(offset: number, into: Uint8Array): number {
    const fd = this.#open();
    if (!this.#read) throw new FsError("badf", "not open for reading");
    checkByteCount(offset);
    let done = 0;
    return host(() => {
      while (done < into.length) {
        const length = Math.min(into.length - done, TRANSFER_BYTES);
        const count = readSync(fd, into, done, length, offset + done);
        done += count;
        // A short read of a regular file is its end.
        if (count < length) break;
      }
      return done;
    });
  }

  write(offset: number, from: Uint8Array): number {
    const fd = this.#writable();
    checkedEnd(offset, from.length);
    return writeAll(fd, from, offset);
  }

  append(from: Uint8Array): number {
    const fd = this.#writable();
    if (from.length === 0) return 0;
    if (this.#fs.addressing.kind === "descriptor") return writeAll(this.#appender(), from, undefined);
    // Atomic among our own programs only.
    const { size } = host(() => fstatSync(fd, { bigint: true }));
    return writeAll(fd, from, checkedEnd(Number(size), from.length) - from.length);
  }

  truncate(size: number): void {
    const fd = this.#writable();
    checkByteCount(size);
    host(() => ftruncateSync(fd, size));
  }

  /**
   * Node has no `fallocate`: the file is made to reach to the end of the range, its storage is
   * not reserved. A zero in the last byte does that, since `ftruncate` would shrink a file that
   * another program lengthens at the same time.
   */
  allocate(offset: number, length: number): void {
    const fd = this.#writable();
    const end = checkedEnd(offset, length);
    if (length === 0) throw new FsError("inval", "length must be positive");
    host(() => {
      if (fstatSync(fd, { bigint: true }).size < BigInt(end)) writeSync(fd, new Uint8Array(1), 0, 1, end - 1);
    });
  }

  stat(): Stat {
    const fd = this.#open();
    return host(() => toStat(fstatSync(fd, { bigint: true })));
  }

  setTimes(times: SetTimes): void {
    const fd = this.#open();
    if (this.#fs.readOnly) throw new FsError("rofs");
    host(() => futimesSync(fd, ...toTimeLikes(times)));
  }

  sync(dataOnly: boolean): void {
    const fd = this.#open();
    host(() => (dataOnly ? fdatasyncSync(fd) : fsyncSync(fd)));
  }

  close(): void {
    if (this.#fd !== -1) this.#fs.descriptors.close(this.#fd);
    if (this.#appendFd !== -1) this.#fs.descriptors.close(this.#appendFd);
    this.#fd = this.#appendFd = -1;
  }

  #open(): number {
    if (this.#fd === -1) throw new FsError("badf", "closed");
    return this.#fd;
  }

  #writable(): number {
    const fd = this.#open();
    if (!this.#write) throw new FsError("badf", "not open for writing");
    return fd;
  }

  /**
   * Linux opens the same file again through its descriptor, name or no name. `O_APPEND` on the
   * descriptor of `write` would make that append, too.
   */
  #appender(): number {
    if (this.#appendFd === -1) this.#appendFd = this.#fs.descriptors.open(`/proc/self/fd/${this.#fd}`, constants.O_WRONLY | constants.O_APPEND);
    return this.#appendFd;
  }
}

/** At the end when `offset` is undefined. What was written before a failure counts as a short write. */
function writeAll(fd: number, from: Uint8Array, offset: number | undefined): number {
  let done = 0;
  return host(() => {
    while (done < from.length) {
      try {
        done += writeSync(fd, from, done, Math.min(from.length - done, TRANSFER_BYTES), offset === undefined ? null : offset + done);
      } catch (error) {
        if (done > 0) break;
        throw error;
      }
    }
    return done;
  });
}
