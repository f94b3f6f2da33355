/**
 * Files under a folder of the user's cache directory: `$ISOLA_CACHE`, else `$XDG_CACHE_HOME/isola`, else
 * `~/.cache/isola`. Written to a temporary name and renamed, so a reader never sees half a file;
 * readable by its owner only, since whoever can write here can change what programs do.
 * Oldest entries go when the folder grows beyond `MAX_BYTES`.
 */
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { BlobCache } from "#kernel";

const MAX_BYTES = 1024 ** 3;

export function defaultCacheFolder(): string {
  return process.env["ISOLA_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "isola");
}

export class FolderCache implements BlobCache {
  readonly #folder: string;
  #writes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    try {
      const path = this.#path(key);
      const bytes = await readFile(path);
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
      return bytes;
    } catch {
      return undefined;
    }
  }

  /** Never fails: a cache that cannot be written is only slow. */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.${process.pid}.${this.#writes++}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, path);
      await this.#trim();
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true }).catch(() => undefined);
  }

  #path(key: string): string {
    return join(this.#folder, key.replaceAll(/[^A-Za-z0-9._-]/g, "_"));
  }

  async #trim(): Promise<void> {
    const entries = (await readdir(this.#folder, { withFileTypes: true })).filter((entry) => entry.isFile());
    const files = await Promise.all(entries.map(async ({ name }) => {
      const path = join(this.#folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }));
    let total = files.reduce((sum, file) => sum + file.size, 0);
    files.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const file of files) {
      if (total <= MAX_BYTES) return;
      await rm(file.path, { force: true });
      total -= file.size;
    }
  }
}
