/**
 * What is mounted in a session. Its programs can mount more, of the kinds that it was given makers for,
 * and take away what they mounted; what the session began with stays.
 */
import type { MountLine, Mounts } from "#abi";
import { IsolaError, KernelBug } from "#base";
import { FsError, Namespace } from "#fs";
import type { FileSystem } from "#fs";

/** Makes a file system of one kind from the source that `mount` names. What it throws of Isola's errors is `io` for the program, an FsError as it is. */
export type MountKind = (source: string) => FileSystem | Promise<FileSystem>;

/** Mounts that programs may add in all. */
const ADDED_MAX = 64;

interface Mounted extends MountLine {
  readonly fs: FileSystem;
  readonly added: boolean;
}

export class SessionMounts implements Mounts {
  readonly namespace: Namespace;
  readonly #kinds: Readonly<Record<string, MountKind>> | undefined;
  readonly #mounted: Mounted[];
  /** Paths of mounts that are being made. */
  readonly #making = new Set<string>();

  /** @throws FsError when the file systems make no tree. */
  constructor(fs: Readonly<Record<string, FileSystem>>, kinds: Readonly<Record<string, MountKind>> | undefined) {
    this.namespace = new Namespace(fs, "open");
    this.#kinds = kinds;
    this.#mounted = Object.entries(fs).map(([path, mounted]) => ({ kind: mounted.name, source: mounted.name, path, readOnly: mounted.readOnly, fs: mounted, added: false }));
  }

  get list(): readonly Mounted[] {
    return this.#mounted;
  }

  async mount(kind: string, source: string, path: string): Promise<void> {
    if (this.#kinds === undefined) throw new FsError("perm", "nothing can be mounted in this session");
    const make = Object.hasOwn(this.#kinds, kind) ? this.#kinds[kind] : undefined;
    if (make === undefined) throw new FsError("nodev", kind);
    if (this.#mounted.filter(({ added }) => added).length + this.#making.size >= ADDED_MAX) throw new FsError("nospc", "too many mounts");
    if (this.#making.has(path) || this.#mounted.some((mounted) => mounted.path === path)) throw new FsError("busy", path);
    this.#making.add(path);
    try {
      const fs = await made(kind, make, source);
      this.namespace.mount(path, fs);
      this.#mounted.push({ kind, source, path, readOnly: fs.readOnly, fs, added: true });
    } finally {
      this.#making.delete(path);
    }
  }

  unmount(path: string): void {
    const index = this.#mounted.findIndex((mounted) => mounted.path === path);
    const mounted = this.#mounted[index];
    if (mounted === undefined) throw new FsError("inval", "not a mount point");
    if (!mounted.added) throw new FsError("perm", "the session began with it");
    if (this.#mounted.some((other) => other.path.startsWith(`${path}/`))) throw new FsError("busy", "something is mounted below");
    this.namespace.unmount(path);
    this.#mounted.splice(index, 1);
  }
}

async function made(kind: string, make: MountKind, source: string): Promise<FileSystem> {
  let fs: FileSystem;
  try {
    fs = await make(source);
  } catch (error) {
    throw error instanceof IsolaError && !(error instanceof KernelBug) ? new FsError("io", error.message) : error;
  }
  // Types are erased; mounted it would end every program that comes near.
  if (typeof (fs as Partial<FileSystem> | undefined)?.root !== "function") throw new TypeError(`what makes mounts of kind "${kind}" gave no file system`);
  return fs;
}
