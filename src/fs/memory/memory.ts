/**
 * A file system in memory: POSIX semantics, a quota, and a way in for the embedder.
 *
 * All operations are synchronous. What is stored counts against `limit` and, when there is one,
 * against an account; the accounting covers names and nodes too, so that millions of empty files
 * cost what they cost.
 */
import { KernelBug, checkOptions, eachOf, mustBe, mustBeAmount, mustBeFunction, mustBeObject } from "#base";
import type { OptionRules } from "#base";
import { FsError } from "../fs-error.ts";
import type { Directory, File, FileSystem, MaybeAsync, Space, Stat } from "../interface.ts";
import { PATH_MAX } from "../name.ts";
import { openAt, resolve } from "../walk.ts";
import { MemoryDirectory } from "./directory.ts";
import { DirectoryNode } from "./node.ts";
import { DEFAULT_LIMIT_BYTES, DEFAULT_LIMIT_NODES, Volume } from "./volume.ts";
import type { StorageAccount } from "./volume.ts";

export interface MemoryOptions {
  /** Files to begin with, by path; directories on the way are made. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Bytes that may be stored, with what nodes and names cost. 256 MiB unless told. */
  readonly limit?: number;
  /** Files, directories and links that may exist. 1,048,576 unless told. */
  readonly maxNodes?: number;
  /** Nanoseconds since the epoch. The host's wall clock in milliseconds unless told. */
  readonly now?: () => bigint;
  /** Charged and refunded along with the limit. */
  readonly account?: StorageAccount;
}

const mustBeData = mustBe("a string or a Uint8Array", (value) => typeof value === "string" || value instanceof Uint8Array);
const OPTIONS: OptionRules<MemoryOptions> = {
  files: eachOf(mustBeData),
  limit: mustBeAmount,
  maxNodes: mustBeAmount,
  now: mustBeFunction,
  account: mustBeObject,
};

/** A new file system. @throws FsError when `files` do not fit or a path is wrong; OptionError. */
export function memory(options: MemoryOptions = {}): MemoryFileSystem {
  const fs = new MemoryFileSystem(options);
  for (const [path, data] of Object.entries(options.files ?? {})) fs.writeFile(path, data);
  return fs;
}

export class MemoryFileSystem implements FileSystem {
  readonly name = "memory";
  readonly readOnly = false;
  readonly #volume: Volume;
  readonly #root: DirectoryNode;

  constructor(options: MemoryOptions) {
    checkOptions(options, OPTIONS);
    const { limit = DEFAULT_LIMIT_BYTES, maxNodes = DEFAULT_LIMIT_NODES, now = () => BigInt(Date.now()) * 1_000_000n } = options;
    this.#volume = new Volume(limit, maxNodes, now, options.account);
    this.#root = new DirectoryNode(this.#volume, undefined);
  }

  root(): MemoryDirectory {
    return new MemoryDirectory(this, this.#root);
  }

  /** What is charged at this moment. */
  usage(): { readonly bytes: number; readonly nodes: number } {
    return { bytes: this.#volume.usedBytes, nodes: this.#volume.usedNodes };
  }

  space(): Space {
    return { used: this.#volume.usedBytes, total: this.#volume.limitBytes };
  }

  /** Gives everything back to the account, which goes (its job ended); the files stay and are charged to nobody. */
  leaveAccount(): void {
    this.#volume.leaveAccount();
  }

  // For the embedder. Paths begin at the root, with or without "/"; links are followed.

  /** All bytes of a file, in an array of the caller's. */
  readFile(path: string): Uint8Array {
    return this.#with(path, { read: true, write: false, create: false, truncate: false }, (file) => {
      const size = Number(immediate(file.stat()).size);
      // Only a sparse file can be larger than what the limit lets exist.
      if (size > this.#volume.limitBytes) throw new FsError("fbig", path);
      const bytes = new Uint8Array(size);
      immediate(file.read(0, bytes));
      return bytes;
    });
  }

  /** The file as UTF-8 text; malformed bytes become U+FFFD. */
  readText(path: string): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.readFile(path));
  }

  /** Makes or replaces a file, and the directories on the way. `data` is copied; a string becomes UTF-8. @throws FsError, OptionError */
  writeFile(path: string, data: string | Uint8Array): void {
    mustBeData(data, "data");
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const slash = path.lastIndexOf("/");
    if (slash > 0) this.mkdir(path.slice(0, slash));
    this.#with(path, { read: false, write: true, create: true, truncate: true }, (file) => {
      if (immediate(file.write(0, bytes)) < bytes.length) throw new FsError("nospc", path);
    });
  }

  /** Makes a directory and those on the way; nothing happens when it is there. */
  mkdir(path: string): void {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    for (let count = 1; count <= parts.length; count++) {
      this.#at(parts.slice(0, count).join("/"), (dir, name) => {
        if (name === undefined) return;
        try {
          immediate(dir.mkdir(name));
        } catch (error) {
          if (!(error instanceof FsError) || error.code !== "exist") throw error;
          immediate(dir.openDirectory(name)).close();
        }
      });
    }
  }

  /** Names in a directory, in the order of their making. */
  list(path: string): string[] {
    const dir = this.#directory(path);
    try {
      return immediate(dir.entries(0n, Infinity)).map((entry) => entry.name);
    } finally {
      dir.close();
    }
  }

  /** What is at `path`, links followed, or undefined when nothing is. */
  stat(path: string): Stat | undefined {
    try {
      return this.#at(path, (dir, name) => immediate(name === undefined ? dir.stat() : dir.statEntry(name)));
    } catch (error) {
      if (error instanceof FsError && (error.code === "noent" || error.code === "notdir")) return undefined;
      throw error;
    }
  }

  /** Removes a file or link, or a directory with all that is in it; nothing happens when it is not there. */
  remove(path: string): void {
    const root = this.root();
    try {
      const found = immediate(resolve(root, relative(path), "never"));
      try {
        if (found.name === undefined) throw new FsError("busy", path);
        removeAll(found.dir, found.name);
      } finally {
        found.close();
      }
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "noent") throw error;
    } finally {
      root.close();
    }
  }

  #at<T>(path: string, act: (dir: Directory, name: string | undefined) => T): T {
    const root = this.root();
    try {
      const found = immediate(resolve(root, relative(path), "always"));
      try {
        return act(found.dir, found.name);
      } finally {
        found.close();
      }
    } finally {
      root.close();
    }
  }

  #directory(path: string): Directory {
    return this.#at(path, (dir, name) => immediate(name === undefined ? dir.reopen() : dir.openDirectory(name)));
  }

  #with<T>(path: string, options: FileUse, act: (file: File) => T): T {
    const root = this.root();
    try {
      const opened = immediate(openAt(root, relative(path), { ...options, exclusive: false, directory: false, follow: "always" }));
      try {
        if (opened.kind === "directory") throw new FsError("isdir", path);
        return act(opened);
      } finally {
        opened.close();
      }
    } finally {
      root.close();
    }
  }
}

interface FileUse {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
}

function relative(path: string): string {
  const from = /^\/*/.exec(path)![0].length;
  if (path.length - from > PATH_MAX) throw new FsError("nametoolong");
  return from === path.length ? "." : path.slice(from);
}

/** Depth is bounded by the host's stack only, so it walks with a list of its own. */
function removeAll(dir: Directory, name: string): void {
  const removed: { readonly dir: Directory; readonly name: string }[] = [{ dir, name }];
  while (removed.length > 0) {
    const top = removed[removed.length - 1]!;
    try {
      immediate(top.dir.unlink(top.name));
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "isdir") throw error;
      const below = immediate(top.dir.openDirectory(top.name));
      const first = immediate(below.entries(0n, 1))[0];
      if (first !== undefined) {
        removed.push({ dir: below, name: first.name });
        continue;
      }
      below.close();
      immediate(top.dir.rmdir(top.name));
    }
    removed.pop();
    if (top.dir !== dir) top.dir.close();
  }
}

/** Nothing here ever waits. */
function immediate<T>(value: MaybeAsync<T>): T {
  if (value instanceof Promise) throw new KernelBug("a file system in memory answered later");
  return value;
}
