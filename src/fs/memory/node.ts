/**
 * The nodes of a file system in memory: regular files, symbolic links, directories.
 *
 * A node lives as long as it has a name or an open handle; when both are gone its storage is given
 * back. A directory has exactly one name; its `links` are 2 (its name and ".") plus one for the
 * ".." of each subdirectory, and 0 once it is removed, after which nothing can be made in it.
 */
import { FileKind } from "../interface.ts";
import type { SetTimes, Stat } from "../interface.ts";
import { utf8Length } from "../name.ts";
import { Chunks } from "./chunks.ts";
import { Entries } from "./entries.ts";
import { NODE_BYTES } from "./volume.ts";
import type { Volume } from "./volume.ts";

abstract class NodeBase {
  readonly volume: Volume;
  readonly inode: bigint;
  readonly #bytes: number;
  // Only the directory operations write `links`; only handles write `opens`.
  links = 0;
  opens = 0;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;

  /** @throws FsError `nospc` or `dquot`. */
  constructor(volume: Volume, extraBytes: number) {
    this.#bytes = NODE_BYTES + extraBytes;
    volume.chargeNode(this.#bytes);
    this.volume = volume;
    this.inode = volume.nextInode();
    this.atimeNs = this.mtimeNs = this.ctimeNs = volume.now();
  }

  abstract readonly size: number;
  abstract readonly kind: FileKind;
  protected abstract clear(): void;

  stat(): Stat {
    return {
      dev: this.volume.device,
      ino: this.inode,
      kind: this.kind,
      nlink: BigInt(this.links),
      size: BigInt(this.size),
      atimeNs: this.atimeNs,
      mtimeNs: this.mtimeNs,
      ctimeNs: this.ctimeNs,
    };
  }

  setTimes(times: SetTimes): void {
    const now = this.volume.now();
    if (times.atime !== undefined) this.atimeNs = times.atime === "now" ? now : times.atime;
    if (times.mtime !== undefined) this.mtimeNs = times.mtime === "now" ? now : times.mtime;
    this.ctimeNs = now;
  }

  /** Contents changed. */
  modified(): void {
    this.mtimeNs = this.ctimeNs = this.volume.now();
  }
  /** Links or attributes changed. */
  changed(): void {
    this.ctimeNs = this.volume.now();
  }
  /** Contents were read. As with `relatime`, only the first access after a change is noted. */
  accessed(): void {
    if (this.atimeNs <= this.mtimeNs || this.atimeNs <= this.ctimeNs) this.atimeNs = this.volume.now();
  }

  opened(): void {
    this.opens++;
  }
  closed(): void {
    this.opens--;
    this.releaseUnused();
  }
  /** To be called after the last name may have gone. */
  releaseUnused(): void {
    if (this.links > 0 || this.opens > 0) return;
    this.clear();
    this.volume.refundNode(this.#bytes);
  }
}

export class RegularNode extends NodeBase {
  readonly kind = FileKind.regular;
  readonly data: Chunks;

  constructor(volume: Volume) {
    super(volume, 0);
    this.data = new Chunks(volume);
  }
  get size(): number {
    return this.data.size;
  }
  protected clear(): void {
    this.data.clear();
  }
}

export class SymlinkNode extends NodeBase {
  readonly kind = FileKind.symlink;
  readonly target: string;

  constructor(volume: Volume, target: string) {
    super(volume, target.length * 2);
    this.target = target;
  }
  get size(): number {
    return utf8Length(this.target);
  }
  protected clear(): void {}
}

export class DirectoryNode extends NodeBase {
  readonly kind = FileKind.directory;
  readonly entries: Entries;
  /** Undefined for the root. */
  parent: DirectoryNode | undefined;

  constructor(volume: Volume, parent: DirectoryNode | undefined) {
    super(volume, 0);
    this.parent = parent;
    this.links = 2;
    this.entries = new Entries(volume);
  }
  get size(): number {
    return this.entries.count;
  }
  protected clear(): void {
    this.entries.clear();
  }

  /** Whether this directory is `other` or above it. */
  contains(other: DirectoryNode): boolean {
    for (let node: DirectoryNode | undefined = other; node !== undefined; node = node.parent) if (node === this) return true;
    return false;
  }
}

export type MemoryNode = RegularNode | SymlinkNode | DirectoryNode;
