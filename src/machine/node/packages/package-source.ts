/**
 * Where the files of a package come from: an unpacked folder or an archive. Both are read, never
 * run, and give nothing that is outside of them.
 */
import { closeSync, constants, fstatSync, openSync, readSync, readdirSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { readArchive } from "./package-archive.ts";
import { PackageError } from "./package-error.ts";
import { FILES_MAX } from "./package-limits.ts";
import { plainPath } from "./package-path.ts";

export interface PackageFiles {
  /** Names of the files right in `folder`; "" is the package itself. */
  list(folder: string): readonly string[];
  /** The file at `path`, which is in plain form; undefined when there is none. @throws PackageError package/too-large, package/source */
  read(path: string, maxBytes: number): Uint8Array | undefined;
}

/** @throws PackageError package/source when it is no folder that can be read. */
export function filesOfFolder(folder: string): PackageFiles {
  const root = told(folder, () => realpathSync(folder));
  /** The real path of what is at `path`, links followed; undefined when it is not there. A link out of the package is refused. */
  const realOf = (path: string): string | undefined => {
    let real: string;
    try {
      real = realpathSync(join(root, path));
    } catch {
      return undefined;
    }
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw new PackageError("package/source", `"${path}" of the package leads out of it`);
    return real;
  };
  return {
    list: (path) => {
      const real = realOf(path);
      if (real === undefined) return [];
      const found = told(path, () => readdirSync(real, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
      if (found.length > FILES_MAX) throw new PackageError("package/too-large", `"${path}" has more than ${FILES_MAX} files`);
      return found.map(({ name }) => name).sort();
    },
    read: (path, maxBytes) => {
      const real = realOf(path);
      return real === undefined ? undefined : told(path, () => readRegular(real, path, maxBytes));
    },
  };
}

/** @throws PackageError package/archive, package/too-large */
export async function filesOfArchive(zipped: Uint8Array): Promise<PackageFiles> {
  const files = await readArchive(zipped);
  return {
    list: (folder) => {
      const before = folder === "" ? "" : `${folder}/`;
      return [...files.keys()].filter((path) => path.startsWith(before) && !path.slice(before.length).includes("/")).map((path) => path.slice(before.length)).sort();
    },
    read: (path, maxBytes) => {
      const bytes = files.get(plainPath(path) ?? "");
      if (bytes !== undefined && bytes.length > maxBytes) throw tooLarge(path, maxBytes);
      return bytes;
    },
  };
}

/** Devices and pipes could block for ever: they are opened without waiting, and refused. */
function readRegular(real: string, path: string, maxBytes: number): Uint8Array | undefined {
  const fd = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return undefined;
    if (!stats.isFile()) throw new PackageError("package/source", `"${path}" of the package is no regular file`);
    if (stats.size > maxBytes) throw tooLarge(path, maxBytes);
    const bytes = new Uint8Array(stats.size);
    let length = 0;
    for (let count = 1; count > 0 && length < bytes.length; length += count) count = readSync(fd, bytes, length, bytes.length - length, length);
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function tooLarge(path: string, maxBytes: number): PackageError {
  return new PackageError("package/too-large", `"${path}" of the package has more than ${maxBytes} bytes`);
}

function told<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof PackageError) throw error;
    throw new PackageError("package/source", `"${path}" cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
