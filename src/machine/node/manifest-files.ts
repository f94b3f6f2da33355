/** A manifest and the files that it names, as they are on this machine: relative paths begin at a folder. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { IsolaError, reasonText } from "#base";
import { FsError } from "#fs";
import { duplicateKeys } from "./duplicate-keys.ts";
import { hostDirectory } from "./host-directory.ts";
import { volume } from "./volume/volume.ts";
import type { VolumeFileSystem } from "./volume/volume.ts";
import type { HostFileSystem } from "./host-directory.ts";

/** A file that a manifest names, or the manifest itself, cannot be read, or not in one way. */
export class ManifestFileError extends IsolaError {
  readonly code = "node/manifest-file";
  readonly path: string;
  constructor(path: string, problem: string, options: { readonly cause: unknown }) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ManifestFileError(path, `cannot be read: ${reasonText(cause)}`, { cause });
  }
}

/** The document in a file. @throws ManifestFileError when it cannot be read, is no JSON, or says something twice. */
export function readManifestFile(path: string): unknown {
  const text = new TextDecoder().decode(read(path));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ManifestFileError(path, `is no JSON: ${reasonText(cause)}`, { cause });
  }
  const twice = duplicateKeys(text).map(({ path: key, lines: [first, again] }) => `${key} stands there twice, in lines ${first} and ${again}`);
  if (twice.length > 0) throw new ManifestFileError(path, twice.join("; "), { cause: undefined });
  return document;
}

/** Where the relative paths of a manifest in this file begin. */
export function folderOf(path: string): string {
  return dirname(path);
}

/** The beginning of the names of programs that come with this package: "isola:services/kv". */
const BUILT_IN = "isola:";
/** In a checkout, after `npm run build:userland`; in the published package. */
const BUILT_IN_FOLDERS = ["../../../userland/build", "../../userland"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** The file of an image: below `folder`, or of the programs that come with this package. @throws ManifestFileError when there is no such program */
export function imageFile(folder: string, image: string): string {
  if (!image.startsWith(BUILT_IN)) return resolve(folder, image);
  const name = image.slice(BUILT_IN.length);
  const found = /^(?:bin|services)\/[a-z0-9-]+$/.test(name) ? BUILT_IN_FOLDERS.map((root) => join(root, name)).find((path) => existsSync(path)) : undefined;
  if (found === undefined) throw new ManifestFileError(image, "no such program comes with this package", { cause: undefined });
  return found;
}

function folderAt(path: string, write: boolean): HostFileSystem {
  try {
    return hostDirectory(path, { read: true, write });
  } catch (cause) {
    if (!(cause instanceof FsError)) throw cause;
    const problem = cause.code === "noent" ? "there is no such folder" : cause.code === "notdir" ? "it is no folder" : `the folder cannot be opened: ${cause.code}`;
    throw new ManifestFileError(path, problem, { cause });
  }
}

/** Images are binary modules. @throws ManifestFileError, VolumeError from its functions */
export function manifestFiles(folder: string): {
  image(path: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  folder(path: string, write: boolean): HostFileSystem;
  volume(path: string, options: { readonly write: boolean; readonly quota?: number }): VolumeFileSystem;
} {
  return {
    image: async (path) => ({ name: basename(path), bytes: read(imageFile(folder, path)) }),
    folder: (path, write) => folderAt(resolve(folder, path), write),
    volume: (path, { write, quota }) => volume(resolve(folder, path), { readOnly: !write, ...(quota === undefined ? {} : { quota }) }),
  };
}
