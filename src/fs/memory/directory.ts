/**
 * An open directory in memory. All operations on names are here; each checks everything that can
 * fail before it changes anything.
 *
 * Spec: POSIX.1-2024, rename, link, unlink, rmdir, mkdir, openat.
 */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { DirEntry, Directory, File, FileSystem, OpenOptions, SetTimes, Stat } from "../interface.ts";
import { checkLinkTarget, checkName } from "../name.ts";
import { MemoryFile } from "./file.ts";
import { Held } from "./held.ts";
import { DirectoryNode, RegularNode, SymlinkNode } from "./node.ts";
import type { MemoryNode } from "./node.ts";

export class MemoryDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #held: Held<DirectoryNode>;

  constructor(fs: FileSystem, node: DirectoryNode) {
    this.fs = fs;
    this.#held = new Held(node);
  }

  statEntry(name: string): Stat {
    return this.#entry(name).stat();
  }

  openDirectory(name: string): MemoryDirectory {
    const node = this.#entry(name);
    if (node.kind === FileKind.symlink) throw new FsError("loop");
    if (node.kind !== FileKind.directory) throw new FsError("notdir");
    return new MemoryDirectory(this.fs, node);
  }

  openFile(name: string, options: OpenOptions): File {
    checkName(name);
    const here = this.#held.open();
    let node = here.entries.get(name);
    if (node === undefined) {
      if (!options.create) throw new FsError("noent");
      node = this.#create(here, name, (volume) => new RegularNode(volume));
    } else {
      if (options.create && options.exclusive) throw new FsError("exist");
      if (node.kind === FileKind.symlink) throw new FsError("loop");
      if (node.kind === FileKind.directory) throw new FsError("isdir");
      if (options.truncate) {
        node.data.truncate(0);
        node.modified();
      }
    }
    return new MemoryFile(node, options.read, options.write);
  }

  readlink(name: string): string {
    const node = this.#entry(name);
    if (node.kind !== FileKind.symlink) throw new FsError("inval", "not a symbolic link");
    node.accessed();
    return node.target;
  }

  mkdir(name: string): void {
    const here = this.#free(name);
    this.#create(here, name, (volume) => new DirectoryNode(volume, here));
    here.links++;
  }

  symlink(name: string, target: string): void {
    checkLinkTarget(target);
    this.#create(this.#free(name), name, (volume) => new SymlinkNode(volume, target));
  }

  rmdir(name: string): void {
    const here = this.#held.open();
    const node = this.#entry(name);
    if (node.kind !== FileKind.directory) throw new FsError("notdir");
    if (node.entries.count > 0) throw new FsError("notempty");
    here.entries.remove(name);
    here.modified();
    this.#removeDirectory(here, node);
  }

  unlink(name: string): void {
    const here = this.#held.open();
    const node = this.#entry(name);
    if (node.kind === FileKind.directory) throw new FsError("isdir");
    here.entries.remove(name);
    here.modified();
    this.#unlinked(node);
  }

  link(name: string, to: Directory, toName: string): void {
    const node = this.#entry(name);
    const there = this.#sameFs(to).#free(toName);
    if (node.kind === FileKind.directory) throw new FsError("perm", "a directory has one name only");
    if (there.links === 0) throw new FsError("noent", "the directory was removed");
    there.entries.add(toName, node);
    node.links++;
    node.changed();
    there.modified();
  }

  rename(name: string, to: Directory, toName: string): void {
    checkName(toName);
    const here = this.#held.open();
    const there = this.#sameFs(to).#held.open();
    const moved = this.#entry(name);
    if (there.links === 0) throw new FsError("noent");
    if (moved.kind === FileKind.directory && moved.contains(there)) throw new FsError("inval", "a directory cannot move below itself");
    const replaced = there.entries.get(toName);
    if (replaced === moved) return;
    if (replaced === undefined) {
      // The new entry is charged first, so that a full quota leaves all as it was.
      there.entries.add(toName, moved);
    } else {
      if (replaced.kind === FileKind.directory && replaced.contains(here)) throw new FsError("notempty");
      if (moved.kind === FileKind.directory) {
        if (replaced.kind !== FileKind.directory) throw new FsError("notdir");
        if (replaced.entries.count > 0) throw new FsError("notempty");
      } else if (replaced.kind === FileKind.directory) {
        throw new FsError("isdir");
      }
      there.entries.replace(toName, moved);
    }
    here.entries.remove(name);
    if (moved.kind === FileKind.directory) {
      here.links--;
      there.links++;
      moved.parent = there;
    }
    if (replaced?.kind === FileKind.directory) this.#removeDirectory(there, replaced);
    else if (replaced !== undefined) this.#unlinked(replaced);
    moved.changed();
    here.modified();
    there.modified();
  }

  setEntryTimes(name: string, times: SetTimes): void {
    this.#entry(name).setTimes(times);
  }

  entries(cookie: bigint, max: number): readonly DirEntry[] {
    const here = this.#held.open();
    const found: DirEntry[] = [];
    for (const entry of here.entries.after(cookie, max)) {
      // `after` gives entries that are there, hence with a node.
      const node = entry.node!;
      found.push({ name: entry.name, ino: node.inode, kind: node.kind, next: entry.cookie });
    }
    here.accessed();
    return found;
  }

  reopen(): MemoryDirectory {
    return new MemoryDirectory(this.fs, this.#held.open());
  }

  stat(): Stat {
    return this.#held.open().stat();
  }

  setTimes(times: SetTimes): void {
    this.#held.open().setTimes(times);
  }

  sync(): void {
    this.#held.open();
  }

  close(): void {
    this.#held.close();
  }

  #entry(name: string): MemoryNode {
    checkName(name);
    const node = this.#held.open().entries.get(name);
    if (node === undefined) throw new FsError("noent");
    return node;
  }

  /** This directory, in which `name` is valid and not taken. */
  #free(name: string): DirectoryNode {
    checkName(name);
    const here = this.#held.open();
    if (here.entries.get(name) !== undefined) throw new FsError("exist");
    return here;
  }

  #sameFs(to: Directory): MemoryDirectory {
    if (!(to instanceof MemoryDirectory) || to.fs !== this.fs) throw new FsError("xdev");
    return to;
  }

  /** Makes a node and its entry, or neither. */
  #create<T extends MemoryNode>(here: DirectoryNode, name: string, make: (volume: DirectoryNode["volume"]) => T): T {
    if (here.links === 0) throw new FsError("noent", "the directory was removed");
    const node = make(here.volume);
    try {
      here.entries.add(name, node);
    } catch (error) {
      node.links = 0;
      node.releaseUnused();
      throw error;
    }
    // A directory counts its own name and "." from the start.
    if (node.kind !== FileKind.directory) node.links = 1;
    here.modified();
    return node;
  }

  #removeDirectory(parent: DirectoryNode, node: DirectoryNode): void {
    parent.links--;
    node.links = 0;
    node.changed();
    node.releaseUnused();
  }

  #unlinked(node: MemoryNode): void {
    node.links--;
    node.changed();
    node.releaseUnused();
  }
}
