/**
 * File descriptor numbers of one process: dense, the lowest free number first. An entry is a
 * handle of the process; the handle's rights are the descriptor's base rights. What a
 * descriptor is comes from the handle table at each use, so a handle that was closed by other
 * means is a bad descriptor and nothing worse.
 */
import type { Handle, HandleTable } from "#kernel";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";

interface Entry {
  /** Undefined when the number is taken by nothing, see `retire`. */
  readonly handle: Handle | undefined;
  inheriting: number;
}

/** Numbers that wait for a second close. */
const RETIRED_MAX = 64;
/** Descriptor numbers stay below this, whatever the limits on handles are. */
export const FDS_MAX = 1 << 20;

export class FdTable {
  readonly #handles: HandleTable;
  readonly #entries: (Entry | undefined)[] = [];
  /** The oldest first. */
  readonly #retired: Entry[] = [];
  /** No number below this is free. */
  #firstFree = 0;
  /** Why the last `get` gave nothing: badf or notcapable. */
  errno = 0;

  constructor(handles: HandleTable) {
    this.#handles = handles;
  }

  /** The descriptor behind a claimed number if it has all of `rights`; else undefined, and `errno` says why. */
  get(claimed: number, rights: number): Descriptor | undefined {
    const entry = this.#entries[claimed >>> 0];
    const object = entry?.handle === undefined ? undefined : this.#handles.get(entry.handle);
    if (entry?.handle === undefined || !(object instanceof Descriptor)) {
      this.errno = Errno.badf;
      return undefined;
    }
    if ((this.#handles.rights(entry.handle) & rights) !== rights) {
      this.errno = Errno.notcapable;
      return undefined;
    }
    return object;
  }

  /** Base rights of an open descriptor, 0 for any other number. */
  rights(claimed: number): number {
    const entry = this.#entries[claimed >>> 0];
    return entry?.handle === undefined ? 0 : this.#handles.rights(entry.handle);
  }
  inheriting(claimed: number): number {
    return this.#entries[claimed >>> 0]?.inheriting ?? 0;
  }

  /** Gives `descriptor` the lowest free number from `min` on; undefined when a limit refuses it, and then it is closed unless others hold it. */
  insert(descriptor: Descriptor, rights: number, inheriting: number, min = 0): number | undefined {
    let fd = Math.max(min, this.#firstFree);
    while (this.#entries[fd] !== undefined) fd++;
    if (!this.#hold(fd, descriptor, rights, inheriting)) return undefined;
    if (min <= this.#firstFree) this.#firstFree = fd + 1;
    return fd;
  }

  /** Gives `descriptor` the number `fd`, which is closed first; false when a limit refuses it, and then `fd` is as it was. */
  place(fd: number, descriptor: Descriptor, rights: number, inheriting: number): boolean {
    const before = this.#entries[fd];
    if (!this.#hold(fd, descriptor, rights, inheriting)) return false;
    if (before?.handle !== undefined) this.#handles.close(before.handle);
    return true;
  }

  #hold(fd: number, descriptor: Descriptor, rights: number, inheriting: number): boolean {
    descriptor.retain();
    const handle = fd >= FDS_MAX ? undefined : this.#handles.insert(descriptor, rights & descriptor.rights);
    descriptor.release();
    if (handle === undefined) return false;
    this.#entries[fd] = { handle, inheriting: inheriting & descriptor.inheriting };
    return true;
  }

  /** Takes rights away for good. The caller has checked that `rights` and `inheriting` add none. */
  restrict(fd: number, rights: number, inheriting: number): void {
    const entry = this.#entries[fd >>> 0];
    if (entry?.handle === undefined) return;
    this.#handles.restrict(entry.handle, rights);
    entry.inheriting &= inheriting;
  }

  close(claimed: number): boolean {
    const fd = claimed >>> 0;
    const entry = this.#entries[fd];
    if (entry === undefined) return false;
    this.#entries[fd] = undefined;
    if (fd < this.#firstFree) this.#firstFree = fd;
    return entry.handle === undefined || this.#handles.close(entry.handle);
  }

  /**
   * Closes what `fd` is, and keeps the number from being given out until it is closed once more, or many others were
   * retired since: for a program whose descriptors are closed for it, and which closes them itself afterwards.
   */
  retire(fd: number): void {
    const entry = this.#entries[fd >>> 0];
    if (entry?.handle === undefined) return;
    const retired: Entry = { handle: undefined, inheriting: 0 };
    this.#entries[fd >>> 0] = retired;
    this.#handles.close(entry.handle);
    this.#retired.push(retired);
    const oldest = this.#retired.length > RETIRED_MAX ? this.#retired.shift() : undefined;
    const number = oldest === undefined ? -1 : this.#entries.indexOf(oldest);
    if (number >= 0) this.close(number);
  }

  /** Moves `from` to the number `to`, which is closed; both must be open. */
  renumber(from: number, to: number): boolean {
    if (this.get(from, 0) === undefined || this.get(to, 0) === undefined) return false;
    if (from >>> 0 === to >>> 0) return true;
    const moved = this.#entries[from >>> 0];
    this.close(to);
    this.#entries[to >>> 0] = moved;
    this.#entries[from >>> 0] = undefined;
    this.#firstFree = Math.min(this.#firstFree, from >>> 0);
    while (this.#entries[this.#firstFree] !== undefined) this.#firstFree++;
    return true;
  }
}
