/**
 * Operations on a file system as values, and a side that does them and answers in a form that can be
 * compared with the answers of another file system, or of the same one after a crash.
 *
 * Not compared: times, inode numbers, sizes and link counts of directories.
 */
import { strict as assert } from "node:assert";
import { FileKind, FsError, openAt, resolve } from "#fs";
import type { Directory, File, Follow, MaybeAsync, OpenOptions } from "#fs";

export type Operation =
  | { readonly do: "mkdir" | "rmdir" | "unlink" | "readlink" | "stat" | "list" | "hold"; readonly path: string; readonly follow: Follow }
  | { readonly do: "symlink"; readonly path: string; readonly target: string }
  | { readonly do: "link" | "rename"; readonly path: string; readonly to: string }
  | { readonly do: "open"; readonly path: string; readonly follow: Follow; readonly options: OpenOptions; readonly directory: boolean }
  | { readonly do: "read" | "truncate" | "allocate"; readonly slot: number; readonly offset: number }
  | { readonly do: "write" | "append"; readonly slot: number; readonly offset: number; readonly data: Uint8Array }
  | { readonly do: "base"; readonly slot: number };

export const CREATE: OpenOptions = { read: true, write: true, create: true, exclusive: false, truncate: false };
/** What is there before the first operation. */
export const BEGINNING: readonly Operation[] = [
  { do: "mkdir", path: "a", follow: "never" },
  { do: "mkdir", path: "a/b", follow: "never" },
  { do: "mkdir", path: "b", follow: "never" },
  { do: "symlink", path: "c", target: "a/b" },
  { do: "open", path: "a/c", follow: "never", options: CREATE, directory: false },
  { do: "open", path: "b/a", follow: "never", options: CREATE, directory: false },
];

function sync<T>(value: MaybeAsync<T>): Exclude<T, Promise<unknown>> {
  assert.ok(!(value instanceof Promise));
  return value as Exclude<T, Promise<unknown>>;
}

/** One of the sides of a comparison: a tree, the files and directories held open, and where paths begin. */
export class Side {
  readonly #root: Directory;
  #base: Directory;
  readonly #files: File[] = [];
  readonly #directories: Directory[] = [];

  constructor(root: Directory) {
    this.#root = root;
    this.#base = root;
  }

  /** The answer in a form that can be compared. */
  apply(operation: Operation): string {
    try {
      return this.#apply(operation) ?? "done";
    } catch (error) {
      if (error instanceof FsError) return error.code;
      throw error;
    }
  }

  close(): void {
    for (const file of this.#files) file.close();
    for (const directory of this.#directories) directory.close();
    this.#root.close();
  }

  #apply(operation: Operation): string | undefined {
    switch (operation.do) {
      case "mkdir": return this.#at(operation.path, "never", (dir, name) => name === undefined ? "itself" : done(sync(dir.mkdir(name))));
      case "rmdir": return this.#at(operation.path, "never", (dir, name) => name === undefined ? "itself" : done(sync(dir.rmdir(name))));
      case "unlink": return this.#at(operation.path, "never", (dir, name) => name === undefined ? "itself" : done(sync(dir.unlink(name))));
      case "readlink": return this.#at(operation.path, "never", (dir, name) => name === undefined ? "itself" : sync(dir.readlink(name)));
      case "symlink": return this.#at(operation.path, "never", (dir, name) => name === undefined ? "itself" : done(sync(dir.symlink(name, operation.target))));
      case "stat": return this.#at(operation.path, operation.follow, (dir, name) => {
        const stat = sync(name === undefined ? dir.stat() : dir.statEntry(name));
        return stat.kind === FileKind.directory ? "directory" : `${stat.kind} ${stat.nlink} ${stat.size}`;
      });
      case "list": return this.#at(operation.path, operation.follow, (dir, name) => {
        const listed = sync(name === undefined ? dir.reopen() : dir.openDirectory(name));
        try {
          return sync(listed.entries(0n, 100)).map((entry) => `${entry.name}:${entry.kind}`).sort().join();
        } finally {
          listed.close();
        }
      });
      case "hold": return this.#at(operation.path, operation.follow, (dir, name) => {
        this.#directories.push(sync(name === undefined ? dir.reopen() : dir.openDirectory(name)));
        return "held";
      });
      // Later paths begin at a directory that may have been moved or removed since.
      case "base": {
        this.#base = this.#directories[operation.slot] ?? this.#root;
        return undefined;
      }
      case "link":
      case "rename": return this.#at(operation.path, "never", (dir, name) => this.#at(operation.to, "never", (toDir, toName) => {
        if (name === undefined || toName === undefined) return "itself";
        return done(sync(operation.do === "link" ? dir.link(name, toDir, toName) : dir.rename(name, toDir, toName)));
      }));
      case "open": {
        const opened = sync(openAt(this.#base, operation.path, { ...operation.options, follow: operation.follow, directory: operation.directory }));
        if (opened.kind === "file") this.#files.unshift(opened);
        else opened.close();
        return opened.kind;
      }
      default: return this.#onFile(operation);
    }
  }

  #onFile(operation: Extract<Operation, { slot: number }>): string | undefined {
    const file = this.#files[operation.slot];
    if (file === undefined) return "no file";
    if (operation.do === "read") {
      const into = new Uint8Array(300_000).fill(1);
      const count = sync(file.read(operation.offset, into));
      return `${count} ${hashOf(into.subarray(0, count))}`;
    }
    if (operation.do === "truncate") sync(file.truncate(operation.offset));
    else if (operation.do === "allocate") sync(file.allocate(0, operation.offset));
    else if (operation.do === "write") return String(sync(file.write(operation.offset, operation.data)));
    else if (operation.do === "append") return String(sync(file.append(operation.data)));
    const { size, nlink } = sync(file.stat());
    return `${size} ${nlink}`;
  }

  #at(path: string, follow: Follow, act: (dir: Directory, name: string | undefined) => string): string {
    const found = sync(resolve(this.#base, path, follow));
    try {
      return act(found.dir, found.name);
    } finally {
      found.close();
    }
  }

  /** Everything below the root, with contents; names of the same file share a number. */
  dump(): string[] {
    const lines: string[] = [];
    const seen = new Map<bigint, number>();
    const visit = (dir: Directory, prefix: string): void => {
      const entries = [...sync(dir.entries(0n, 1000))].sort((one, two) => (one.name < two.name ? -1 : 1));
      for (const { name, ino, kind } of entries) {
        if (kind === FileKind.directory) {
          lines.push(`${prefix}${name}/`);
          const below = sync(dir.openDirectory(name));
          visit(below, `${prefix}${name}/`);
          below.close();
          continue;
        }
        if (!seen.has(ino)) seen.set(ino, seen.size);
        const { nlink, size } = sync(dir.statEntry(name));
        let content: string;
        if (kind === FileKind.symlink) content = sync(dir.readlink(name));
        else {
          const file = sync(dir.openFile(name, { read: true, write: false, create: false, exclusive: false, truncate: false }));
          const bytes = new Uint8Array(Number(size));
          sync(file.read(0, bytes));
          file.close();
          content = hashOf(bytes);
        }
        lines.push(`${prefix}${name} kind ${kind} file ${seen.get(ino)} links ${nlink} size ${size}: ${content}`);
      }
    };
    visit(this.#root, "");
    return lines;
  }
}

function done(_: void): string {
  return "done";
}

function hashOf(bytes: Uint8Array): string {
  let hash = bytes.length;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
  return String(hash);
}
