/**
 * An open directory of a volume. All operations on names are here; each checks what can be checked,
 * then does one statement, which happens or not, and only then changes what is in memory.
 *
 * Spec: POSIX.1-2024, rename, link, unlink, rmdir, mkdir, openat.
 */
import { FileKind, FsError, checkLinkTarget, checkName } from "#fs";
import type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, SetTimes, Stat } from "#fs";
import { truncateData } from "./file-data.ts";
import { VolumeFile } from "./file.ts";
import { Held } from "./held.ts";
import type { Node } from "./node.ts";
import type { Store } from "./store.ts";
import type { EntryRow } from "./tables.ts";
import { entryPrice } from "./usage.ts";

/** Names of one listing; who wants more asks again. */
const LIST_MAX = 16_384;

export class VolumeDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #held: Held;

  constructor(fs: FileSystem, node: Node) {
    this.fs = fs;
    this.#held = new Held(node);
  }

  statEntry(name: string): Stat {
    return this.#node(name).stat();
  }

  openDirectory(name: string): VolumeDirectory {
    const { ino, kind } = this.#entry(name);
    if (kind === FileKind.symlink) throw new FsError("loop");
    if (kind !== FileKind.directory) throw new FsError("notdir");
    return new VolumeDirectory(this.fs, this.#store.nodes.get(ino));
  }

  openFile(name: string, options: OpenOptions): File {
    checkName(name);
    const here = this.#held.open();
    const { store } = here;
    const entry = store.tables.findEntry(here.ino, name);
    if (entry !== undefined && options.create && options.exclusive) throw new FsError("exist");
    if (options.write || options.truncate) store.refuseReadOnly();
    let node: Node;
    if (entry === undefined) {
      if (!options.create) throw new FsError("noent");
      store.refuseReadOnly();
      checkNotRemoved(here);
      node = store.create(here, name, FileKind.regular);
      node.nlink = 1;
    } else {
      if (entry.kind === FileKind.symlink) throw new FsError("loop");
      if (entry.kind === FileKind.directory) throw new FsError("isdir");
      node = store.nodes.get(entry.ino);
      if (options.truncate) truncateData(node, 0);
    }
    return new VolumeFile(node, options.read, options.write);
  }

  readlink(name: string): string {
    const node = this.#node(name);
    if (node.target === undefined) throw new FsError("inval", "not a symbolic link");
    node.accessed();
    return node.target;
  }

  mkdir(name: string): void {
    const here = this.#free(name);
    const node = this.#store.create(here, name, FileKind.directory);
    // Its name and its "."; and its ".." for the directory above.
    node.nlink = 2;
    here.nlink++;
  }

  symlink(name: string, target: string): void {
    checkName(name);
    this.#changing();
    checkLinkTarget(target);
    this.#store.create(this.#free(name), name, FileKind.symlink, target).nlink = 1;
  }

  rmdir(name: string): void {
    const here = this.#changing();
    const entry = this.#entry(name);
    if (entry.kind !== FileKind.directory) throw new FsError("notdir");
    const node = this.#store.nodes.get(entry.ino);
    if (node.size > 0) throw new FsError("notempty");
    this.#remove(here, entry);
    here.nlink--;
    this.#gone(node);
  }

  unlink(name: string): void {
    const here = this.#changing();
    const entry = this.#entry(name);
    if (entry.kind === FileKind.directory) throw new FsError("isdir");
    const node = this.#store.nodes.get(entry.ino);
    this.#remove(here, entry);
    this.#unlinked(node);
  }

  link(name: string, to: Directory, toName: string): void {
    this.#changing();
    const node = this.#node(name);
    const there = this.#sameFs(to).#free(toName);
    if (node.kind === FileKind.directory) throw new FsError("perm", "a directory has one name only");
    const { tables } = this.#store;
    const price = entryPrice(toName);
    this.#store.charge(price);
    try {
      tables.addEntry(there.ino, this.#store.newEntry(toName, node));
    } catch (error) {
      this.#store.usage.refund(price);
      throw error;
    }
    there.size++;
    there.modified();
    node.nlink++;
    node.changed();
  }

  rename(name: string, to: Directory, toName: string): void {
    checkName(toName);
    const here = this.#changing();
    const there = this.#sameFs(to).#held.open();
    const entry = this.#entry(name);
    checkNotRemoved(there);
    const { nodes, tables, usage } = this.#store;
    const moved = nodes.get(entry.ino);
    if (entry.kind === FileKind.directory && this.#contains(moved, there)) throw new FsError("inval", "a directory cannot move below itself");
    const target = tables.findEntry(there.ino, toName);
    if (target?.ino === entry.ino) return;
    const replaced = target === undefined ? undefined : nodes.get(target.ino);
    if (replaced !== undefined) {
      if (replaced.kind === FileKind.directory && this.#contains(replaced, here)) throw new FsError("notempty");
      if (entry.kind === FileKind.directory) {
        if (replaced.kind !== FileKind.directory) throw new FsError("notdir");
        if (replaced.size > 0) throw new FsError("notempty");
      } else if (replaced.kind === FileKind.directory) {
        throw new FsError("isdir");
      }
    }
    // A name that is taken over keeps its place in listings, so that one under way shows it once.
    const seq = target?.seq ?? this.#store.newEntry(toName, moved).seq;
    const price = (target === undefined ? entryPrice(toName) : 0) - entryPrice(name);
    if (price > 0) this.#store.charge(price);
    try {
      tables.moveEntry(here.ino, name, there.ino, toName, seq);
    } catch (error) {
      if (price > 0) usage.refund(price);
      throw error;
    }
    if (price < 0) usage.refund(-price);
    here.size--;
    if (target === undefined) there.size++;
    if (entry.kind === FileKind.directory) {
      here.nlink--;
      there.nlink++;
      moved.parent = there.ino;
    }
    moved.changed();
    here.modified();
    there.modified();
    if (replaced === undefined) return;
    if (replaced.kind === FileKind.directory) {
      there.nlink--;
      this.#gone(replaced);
    } else {
      this.#unlinked(replaced);
    }
  }

  setEntryTimes(name: string, times: SetTimes): void {
    checkName(name);
    this.#changing();
    this.#node(name).setTimes(times);
  }

  entries(cookie: bigint, max: number): readonly DirEntry[] {
    const here = this.#held.open();
    // Cookies are guests' words; ours are all safe integers.
    const after = cookie > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Math.max(0, Number(cookie));
    const found = here.store.tables.listEntries(here.ino, after, Math.min(max, LIST_MAX));
    here.accessed();
    return found.map(({ name, ino, kind, seq }) => ({ name, ino: BigInt(ino), kind, next: BigInt(seq) }));
  }

  reopen(): VolumeDirectory {
    return new VolumeDirectory(this.fs, this.#held.open());
  }

  stat(): Stat {
    return this.#held.open().stat();
  }

  setTimes(times: SetTimes): void {
    this.#changing().setTimes(times);
  }

  sync(): MaybeAsync<void> {
    return this.#held.open().store.transactions.sync();
  }

  close(): void {
    this.#held.close();
  }

  get #store(): Store {
    return this.#held.open().store;
  }

  /** This directory, in which something is about to change. */
  #changing(): Node {
    const here = this.#held.open();
    here.store.refuseReadOnly();
    here.store.enter();
    return here;
  }

  #entry(name: string): EntryRow {
    checkName(name);
    const here = this.#held.open();
    const entry = here.store.tables.findEntry(here.ino, name);
    if (entry === undefined) throw new FsError("noent");
    return entry;
  }

  #node(name: string): Node {
    return this.#store.nodes.get(this.#entry(name).ino);
  }

  /** This directory, in which `name` is valid and not taken. */
  #free(name: string): Node {
    checkName(name);
    const here = this.#changing();
    if (here.store.tables.findEntry(here.ino, name) !== undefined) throw new FsError("exist");
    checkNotRemoved(here);
    return here;
  }

  #sameFs(to: Directory): VolumeDirectory {
    if (!(to instanceof VolumeDirectory) || to.fs !== this.fs) throw new FsError("xdev");
    return to;
  }

  /** Whether `directory` is `below` or above it. */
  #contains(directory: Node, below: Node): boolean {
    for (let ino = below.ino; ino !== 0; ino = this.#store.nodes.parentOf(ino)) if (ino === directory.ino) return true;
    return false;
  }

  #remove(here: Node, { name }: EntryRow): void {
    here.store.tables.removeEntry(here.ino, name);
    here.store.usage.refund(entryPrice(name));
    here.size--;
    here.modified();
  }

  /** The directory `node` has lost its name. */
  #gone(node: Node): void {
    node.nlink = 0;
    node.changed();
    node.store.releaseUnused(node);
  }

  #unlinked(node: Node): void {
    node.nlink--;
    node.changed();
    node.store.releaseUnused(node);
  }
}

function checkNotRemoved(directory: Node): void {
  if (directory.nlink === 0) throw new FsError("noent", "the directory was removed");
}
