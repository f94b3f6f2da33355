/**
 * The embedder's way into any file system, by path: reading and writing whole files, looking
 * around, making and removing. Paths begin at the root, with or without "/"; links are followed, and lead nowhere
 * outside the file system.
 */
import { joinBytes, mustBeAmount } from "#base";
import { FsError } from "./fs-error.ts";
import { FileKind } from "./interface.ts";
import type { Directory, File, FileSystem, MaybeAsync, Stat } from "./interface.ts";
import { mustBeFileSystem } from "./rules.ts";
import { openAt, resolve, statAt } from "./walk.ts";
import type { Resolved } from "./walk.ts";

/** Bytes that `read` holds at most, unless told. */
const READ_MAX = 256 << 20;
/** Bytes that are read or written at once. */
const BLOCK = 1 << 20;
/** Entries that are listed at once. */
const LISTED = 1024;

export class Files {
  readonly fs: FileSystem;

  /** @throws OptionError */
  constructor(fs: FileSystem) {
    mustBeFileSystem(fs, "fs");
    this.fs = fs;
  }

  /** All bytes of a file. @throws FsError, `fbig` when it has more than `maxBytes`, 256 MiB unless told; OptionError. */
  async read(path: string, maxBytes: number = READ_MAX): Promise<Uint8Array<ArrayBuffer>> {
    mustBeAmount(maxBytes, "maxBytes");
    return this.#withFile(path, { read: true, write: false }, async (file) => {
      const parts: Uint8Array[] = [];
      let length = 0;
      // The size is no promise: devices have none, and files grow.
      for (;;) {
        const block = new Uint8Array(BLOCK);
        const count = await file.read(length, block);
        if (count === 0) break;
        length += count;
        if (length > maxBytes) throw new FsError("fbig", path);
        parts.push(block.subarray(0, count));
      }
      return joinBytes(parts);
    });
  }

  /** The file as UTF-8 text; malformed bytes become U+FFFD. */
  async readText(path: string, maxBytes?: number): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(path, maxBytes));
  }

  /** Makes or replaces a file. A string becomes UTF-8. @throws FsError, `nospc` when not all of it fits. */
  async write(path: string, data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    // Types are erased; before the file is emptied for what has no bytes.
    if (!(bytes instanceof Uint8Array)) throw new FsError("inval", `${path}: what is written must be text or a Uint8Array`);
    await this.#withFile(path, { read: false, write: true }, async (file) => {
      for (let at = 0; at < bytes.length; ) {
        const count = await file.write(at, bytes.subarray(at, at + BLOCK));
        if (count === 0) throw new FsError("nospc", path);
        at += count;
      }
    });
  }

  /** Names in a directory. */
  list(path: string): Promise<string[]> {
    return this.#withDirectory(path, async (directory) => {
      const names: string[] = [];
      for (let cookie = 0n; ; ) {
        const entries = await directory.entries(cookie, LISTED);
        const last = entries[entries.length - 1];
        if (last === undefined) return names;
        for (const { name } of entries) names.push(name);
        cookie = last.next;
      }
    });
  }

  /** What is at `path`, or undefined when nothing is. */
  async stat(path: string): Promise<Stat | undefined> {
    try {
      return await this.#withRoot((root) => statAt(root, relative(path), "always"));
    } catch (error) {
      if (error instanceof FsError && (error.code === "noent" || error.code === "notdir")) return undefined;
      throw error;
    }
  }

  /** Makes a directory and those on the way; nothing happens when it is there. */
  async mkdir(path: string): Promise<void> {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    for (let count = 1; count <= parts.length; count++) {
      await this.#at(parts.slice(0, count).join("/"), async ({ dir, name }) => {
        if (name === undefined) return;
        try {
          await dir.mkdir(name);
        } catch (error) {
          if (!(error instanceof FsError) || error.code !== "exist") throw error;
          (await dir.openDirectory(name)).close();
        }
      });
    }
  }

  /** Removes a file or link, or a directory with all that is in it; nothing happens when it is not there. */
  async remove(path: string): Promise<void> {
    try {
      await this.#at(path, async ({ dir, name }) => {
        if (name === undefined) throw new FsError("busy", path);
        await removeAll(dir, name);
      }, "never");
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "noent") throw error;
    }
  }

  /** As rename(2), within this file system. */
  rename(from: string, to: string): Promise<void> {
    return this.#at(from, (source) => this.#at(to, async (target) => {
      if (source.name === undefined || target.name === undefined) throw new FsError("busy");
      await source.dir.rename(source.name, target.dir, target.name);
    }, "never"), "never");
  }

  /** Makes everything that was written durable, as far as the file system can. */
  sync(): Promise<void> {
    return this.#withRoot(async (root) => root.sync(false));
  }

  async #withRoot<T>(act: (root: Directory) => T | Promise<T>): Promise<T> {
    const root = await this.fs.root();
    try {
      return await act(root);
    } finally {
      root.close();
    }
  }

  #at<T>(path: string, act: (found: Resolved) => Promise<T>, follow: "always" | "never" = "always"): Promise<T> {
    return this.#withRoot(async (root) => {
      const found = await named(path, () => resolve(root, relative(path), follow));
      try {
        return await act(found);
      } finally {
        found.close();
      }
    });
  }

  #withFile<T>(path: string, use: { readonly read: boolean; readonly write: boolean }, act: (file: File) => Promise<T>): Promise<T> {
    const options = { ...use, create: use.write, truncate: use.write, exclusive: false, directory: false, follow: "always" } as const;
    return this.#opened(path, options, (opened) => {
      if (opened.kind === "directory") throw new FsError("isdir", path);
      return act(opened);
    });
  }

  #withDirectory<T>(path: string, act: (directory: Directory) => Promise<T>): Promise<T> {
    const options = { read: true, write: false, create: false, truncate: false, exclusive: false, directory: true, follow: "always" } as const;
    return this.#opened(path, options, (opened) => {
      if (opened.kind !== "directory") throw new FsError("notdir", path);
      return act(opened);
    });
  }

  #opened<T>(path: string, options: Parameters<typeof openAt>[2], act: (opened: File | Directory) => Promise<T>): Promise<T> {
    return this.#withRoot(async (root) => {
      const opened = await named(path, () => openAt(root, relative(path), options));
      try {
        return await act(opened);
      } finally {
        opened.close();
      }
    });
  }
}

/** What `opening` gives; an error that says no more than its code says for which path. */
async function named<T>(path: string, opening: () => MaybeAsync<T>): Promise<T> {
  try {
    return await opening();
  } catch (error) {
    throw error instanceof FsError && error.message === error.code ? new FsError(error.code, path) : error;
  }
}

function relative(path: string): string {
  const below = path.replace(/^\/+/, "");
  return below === "" ? "." : below;
}

/** Depth is bounded by a list of its own, not by the host's stack. */
async function removeAll(dir: Directory, name: string): Promise<void> {
  const open: { readonly dir: Directory; readonly name: string; readonly owned: boolean }[] = [{ dir, name, owned: false }];
  try {
    for (let top = open[open.length - 1]; top !== undefined; top = open[open.length - 1]) {
      const { kind } = await top.dir.statEntry(top.name);
      if (kind !== FileKind.directory) {
        await top.dir.unlink(top.name);
        leave(open);
        continue;
      }
      const inner = await top.dir.openDirectory(top.name);
      const [first] = await inner.entries(0n, 1);
      if (first !== undefined) {
        open.push({ dir: inner, name: first.name, owned: true });
        continue;
      }
      inner.close();
      await top.dir.rmdir(top.name);
      leave(open);
    }
  } finally {
    while (open.length > 0) leave(open);
  }
}

function leave(open: { readonly dir: Directory; readonly owned: boolean }[]): void {
  const left = open.pop();
  if (left?.owned === true) left.dir.close();
}
