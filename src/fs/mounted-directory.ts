/**
 * A directory as it is seen in a namespace: its own entries, and in their place or besides them
 * the mounts that lie right below it.
 *
 * Every directory of a namespace with mounts is one of these, also where no mount is near, so that
 * renames and links always have two of a kind and reach the directories behind. A mount point can
 * be neither removed nor renamed (`busy`), and nothing can be made in its place (`exist`).
 */
import { FsError } from "./fs-error.ts";
import { FileKind } from "./interface.ts";
import type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, SetTimes, Stat } from "./interface.ts";
import { run, settled } from "./maybe-async.ts";
import type { Steps } from "./maybe-async.ts";

/** A place in the tree of mounts. */
export interface MountPoint {
  /** What is mounted here; undefined for a place that only leads to mounts further down. */
  readonly fs: FileSystem | undefined;
  /** An empty directory for when `fs` is undefined and the file system above has none here either. */
  readonly bare: FileSystem;
  readonly children: ReadonlyMap<string, MountPoint>;
}

const NO_MOUNTS: ReadonlyMap<string, MountPoint> = new Map();

export class MountedDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #inner: Directory;
  readonly #mounts: ReadonlyMap<string, MountPoint>;

  /** Takes `inner` over: closing this closes it. */
  constructor(inner: Directory, mounts: ReadonlyMap<string, MountPoint>) {
    this.fs = inner.fs;
    this.#inner = inner;
    this.#mounts = mounts;
  }

  statEntry(name: string): MaybeAsync<Stat> {
    const mount = this.#mounts.get(name);
    return mount === undefined ? this.#inner.statEntry(name) : run(this.#statMount(name, mount));
  }

  openDirectory(name: string): MaybeAsync<Directory> {
    const mount = this.#mounts.get(name);
    if (mount !== undefined) return run(this.#openMount(name, mount));
    const inner = this.#inner.openDirectory(name);
    return inner instanceof Promise ? inner.then((directory) => new MountedDirectory(directory, NO_MOUNTS)) : new MountedDirectory(inner, NO_MOUNTS);
  }

  openFile(name: string, options: OpenOptions): MaybeAsync<File> {
    if (!this.#mounts.has(name)) return this.#inner.openFile(name, options);
    throw new FsError(options.create && options.exclusive ? "exist" : "isdir");
  }

  readlink(name: string): MaybeAsync<string> {
    if (this.#mounts.has(name)) throw new FsError("inval", "not a symbolic link");
    return this.#inner.readlink(name);
  }

  mkdir(name: string): MaybeAsync<void> {
    this.#refuseMount(name, "exist");
    return this.#inner.mkdir(name);
  }
  symlink(name: string, target: string): MaybeAsync<void> {
    this.#refuseMount(name, "exist");
    return this.#inner.symlink(name, target);
  }
  rmdir(name: string): MaybeAsync<void> {
    this.#refuseMount(name, "busy");
    return this.#inner.rmdir(name);
  }
  unlink(name: string): MaybeAsync<void> {
    this.#refuseMount(name, "isdir");
    return this.#inner.unlink(name);
  }

  link(name: string, to: Directory, toName: string): MaybeAsync<void> {
    this.#refuseMount(name, "perm");
    if (to instanceof MountedDirectory) to.#refuseMount(toName, "exist");
    return this.#inner.link(name, MountedDirectory.#behind(to), toName);
  }
  rename(name: string, to: Directory, toName: string): MaybeAsync<void> {
    this.#refuseMount(name, "busy");
    if (to instanceof MountedDirectory) to.#refuseMount(toName, "busy");
    return this.#inner.rename(name, MountedDirectory.#behind(to), toName);
  }

  setEntryTimes(name: string, times: SetTimes): MaybeAsync<void> {
    const mount = this.#mounts.get(name);
    return mount === undefined ? this.#inner.setEntryTimes(name, times) : run(this.#setMountTimes(name, mount, times));
  }

  /** Mounts come first and have the cookies 1 to n; those of other entries are moved up by n. */
  entries(cookie: bigint, max: number): MaybeAsync<readonly DirEntry[]> {
    return this.#mounts.size === 0 ? this.#inner.entries(cookie, max) : run(this.#entries(cookie, max));
  }

  reopen(): MaybeAsync<Directory> {
    const inner = this.#inner.reopen();
    return inner instanceof Promise ? inner.then((directory) => new MountedDirectory(directory, this.#mounts)) : new MountedDirectory(inner, this.#mounts);
  }
  stat(): MaybeAsync<Stat> {
    return this.#inner.stat();
  }
  setTimes(times: SetTimes): MaybeAsync<void> {
    return this.#inner.setTimes(times);
  }
  sync(dataOnly: boolean): MaybeAsync<void> {
    return this.#inner.sync(dataOnly);
  }
  close(): void {
    this.#inner.close();
  }

  static #behind(to: Directory): Directory {
    return to instanceof MountedDirectory ? to.#inner : to;
  }

  #refuseMount(name: string, code: "busy" | "exist" | "isdir" | "perm"): void {
    if (this.#mounts.has(name)) throw new FsError(code, "a mount point");
  }

  *#openMount(name: string, mount: MountPoint): Steps<Directory> {
    if (mount.fs !== undefined) return new MountedDirectory(yield* settled(mount.fs.root()), mount.children);
    try {
      return new MountedDirectory(yield* settled(this.#inner.openDirectory(name)), mount.children);
    } catch (error) {
      if (!(error instanceof FsError) || !["noent", "notdir", "loop"].includes(error.code)) throw error;
    }
    return new MountedDirectory(yield* settled(mount.bare.root()), mount.children);
  }

  *#statMount(name: string, mount: MountPoint): Steps<Stat> {
    const opened = yield* this.#openMount(name, mount);
    try {
      return yield* settled(opened.stat());
    } finally {
      opened.close();
    }
  }

  /** 0 when that cannot be told: what is mounted may be broken, and the directory that it is in can be listed all the same. */
  *#inoOf(name: string, mount: MountPoint): Steps<bigint> {
    try {
      return (yield* this.#statMount(name, mount)).ino;
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      return 0n;
    }
  }

  *#setMountTimes(name: string, mount: MountPoint, times: SetTimes): Steps<void> {
    const opened = yield* this.#openMount(name, mount);
    try {
      yield* settled(opened.setTimes(times));
    } finally {
      opened.close();
    }
  }

  *#entries(cookie: bigint, max: number): Steps<readonly DirEntry[]> {
    const found: DirEntry[] = [];
    const shift = BigInt(this.#mounts.size);
    let next = 0n;
    for (const [name, mount] of this.#mounts) {
      if (++next <= cookie) continue;
      if (found.length >= max) return found;
      found.push({ name, ino: yield* this.#inoOf(name, mount), kind: FileKind.directory, next });
    }
    let after = cookie > shift ? cookie - shift : 0n;
    while (found.length < max) {
      const listed = yield* settled(this.#inner.entries(after, max - found.length));
      const last = listed[listed.length - 1];
      if (last === undefined) break;
      after = last.next;
      for (const entry of listed) if (!this.#mounts.has(entry.name)) found.push({ ...entry, next: entry.next + shift });
    }
    return found;
  }
}
