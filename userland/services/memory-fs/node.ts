/**
 * Files, directories and links in this program's memory.
 *
 * A node lives as long as it has a name or is open. Entries of a directory are kept in the order in which they
 * were made, each with a cookie that only grows, so a listing goes on where it stopped whatever came and went.
 */
import { Data, Quota } from "./data";

export namespace Kind {
  export const directory: u32 = 3;
  export const regular: u32 = 4;
  export const symlink: u32 = 7;
}

export class Entry {
  constructor(
    public name: string,
    public node: Node,
    public cookie: u64,
  ) {}
}

let nextIno: u64 = 1;

export class Node {
  readonly ino: u64 = nextIno++;
  /** Names; a directory has one, and one for itself. */
  links: u32 = 1;
  opens: u32 = 0;
  accessed: u64 = 0;
  modified: u64 = 0;
  changed: u64 = 0;
  // A regular file:
  readonly data: Data;
  // A symbolic link:
  target: string = "";
  // A directory:
  entries: Entry[] = [];
  index: Map<string, Entry> | null = null;
  parent: Node | null = null;
  nextCookie: u64 = 1;

  constructor(
    readonly kind: u32,
    quota: Quota,
    now: u64,
  ) {
    this.data = new Data(quota);
    this.accessed = this.modified = this.changed = now;
    if (kind == Kind.directory) {
      this.index = new Map<string, Entry>();
      this.links = 2;
    }
  }

  find(name: string): Node | null {
    const index = this.index!;
    return index.has(name) ? index.get(name).node : null;
  }

  add(name: string, node: Node): void {
    const entry = new Entry(name, node, this.nextCookie++);
    this.entries.push(entry);
    this.index!.set(name, entry);
  }

  remove(name: string): void {
    const entry = this.index!.get(name);
    this.index!.delete(name);
    this.entries.splice(this.placeAfter(entry.cookie - 1), 1);
  }

  /** Where in `entries` the first with a cookie above `cookie` is. */
  placeAfter(cookie: u64): i32 {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle].cookie > cookie) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether this is `other` or above it. */
  contains(other: Node): bool {
    for (let at: Node | null = other; at; at = at.parent) if (at === this) return true;
    return false;
  }

  touch(now: u64): void {
    this.modified = this.changed = now;
  }

  /** Gives back what it holds once nobody can reach it. */
  release(): void {
    if (this.opens == 0 && this.links == 0) this.data.truncate(0);
  }
}
