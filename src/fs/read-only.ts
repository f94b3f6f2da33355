/**
 * A view of a file system through which nothing can be changed. Reading goes straight to the file
 * system behind; a change fails with `rofs` before it gets there.
 */
import { FsError } from "./fs-error.ts";
import type { DirEntry, Directory, File, FileKind, FileSystem, MaybeAsync, OpenOptions, Space, Stat } from "./interface.ts";
import { mustBeFileSystem } from "./rules.ts";
import { run, settled } from "./maybe-async.ts";
import type { Steps } from "./maybe-async.ts";

/** `fs` itself when it already refuses every change. @throws OptionError */
export function readOnly(fs: FileSystem): FileSystem {
  mustBeFileSystem(fs, "fs");
  return fs.readOnly ? fs : new ReadOnlyFileSystem(fs);
}

class ReadOnlyFileSystem implements FileSystem {
  readonly name: string;
  readonly readOnly = true;
  readonly #inner: FileSystem;

  constructor(inner: FileSystem) {
    this.name = `${inner.name}, read-only`;
    this.#inner = inner;
  }

  root(): MaybeAsync<Directory> {
    return wrapped(this, this.#inner.root());
  }
  space(): Space | undefined {
    return this.#inner.space?.();
  }
}

function wrapped(fs: FileSystem, directory: MaybeAsync<Directory>): MaybeAsync<Directory> {
  return directory instanceof Promise ? directory.then((inner) => new ReadOnlyDirectory(fs, inner)) : new ReadOnlyDirectory(fs, directory);
}

function refuse(): never {
  throw new FsError("rofs");
}

class ReadOnlyDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #inner: Directory;

  constructor(fs: FileSystem, inner: Directory) {
    this.fs = fs;
    this.#inner = inner;
  }

  statEntry(name: string): MaybeAsync<Stat> {
    return this.#inner.statEntry(name);
  }
  openDirectory(name: string): MaybeAsync<Directory> {
    return wrapped(this.fs, this.#inner.openDirectory(name));
  }
  openFile(name: string, options: OpenOptions): MaybeAsync<File> {
    return run(this.#openFile(name, options));
  }
  readlink(name: string): MaybeAsync<string> {
    return this.#inner.readlink(name);
  }
  entries(cookie: bigint, max: number): MaybeAsync<readonly DirEntry[]> {
    return this.#inner.entries(cookie, max);
  }
  reopen(): MaybeAsync<Directory> {
    return wrapped(this.fs, this.#inner.reopen());
  }
  stat(): MaybeAsync<Stat> {
    return this.#inner.stat();
  }
  sync(): void {}
  close(): void {
    this.#inner.close();
  }

  mkdir(): void {
    refuse();
  }
  rmdir(): void {
    refuse();
  }
  unlink(): void {
    refuse();
  }
  symlink(): void {
    refuse();
  }
  link(): void {
    refuse();
  }
  rename(): void {
    refuse();
  }
  setTimes(): void {
    refuse();
  }
  setEntryTimes(): void {
    refuse();
  }

  *#openFile(name: string, options: OpenOptions): Steps<File> {
    if (options.write || options.truncate) refuse();
    if (!options.create) return new ReadOnlyFile(yield* settled(this.#inner.openFile(name, options)));
    // A file that is there may be opened with `create`; only the making is a change.
    try {
      const inner = yield* settled(this.#inner.openFile(name, { ...options, create: false }));
      if (!options.exclusive) return new ReadOnlyFile(inner);
      inner.close();
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      if (error.code === "noent") refuse();
      if (!options.exclusive) throw error;
    }
    throw new FsError("exist");
  }
}

class ReadOnlyFile implements File {
  readonly kind = "file";
  readonly readOnly = true;
  readonly fileKind?: FileKind;
  readonly #inner: File;

  constructor(inner: File) {
    this.#inner = inner;
    if (inner.fileKind !== undefined) this.fileKind = inner.fileKind;
  }

  read(offset: number, into: Uint8Array): MaybeAsync<number> {
    return this.#inner.read(offset, into);
  }
  stat(): MaybeAsync<Stat> {
    return this.#inner.stat();
  }
  sync(): void {}
  close(): void {
    this.#inner.close();
  }

  // As on every file that is not open for writing.
  write(): number {
    throw new FsError("badf", "not open for writing");
  }
  append(): number {
    throw new FsError("badf", "not open for writing");
  }
  truncate(): void {
    throw new FsError("badf", "not open for writing");
  }
  allocate(): void {
    throw new FsError("badf", "not open for writing");
  }
  setTimes(): void {
    refuse();
  }
}
