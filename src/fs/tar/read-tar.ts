/**
 * Unpacking an archive into a directory. Nothing of it can get outside: names are walked one by one, and
 * no link is followed, those of the archive itself included.
 */
import { FsError } from "../fs-error.ts";
import type { Directory, Stat } from "../interface.ts";
import { BLOCK_BYTES, EXTENDED_MAX, TypeFlag, decodeExtended, decodeHeader, padded } from "./header.ts";
import type { TarEntry } from "./header.ts";
import { TarError } from "./tar-error.ts";

export interface TarCounts {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
}

/**
 * Makes what the archive has below `root`; a file that is there is replaced, a directory stays.
 *
 * @throws TarError, FsError
 */
export async function readTar(source: AsyncIterable<Uint8Array>, root: Directory): Promise<TarCounts> {
  const input = new Input(source);
  let [files, directories, links] = [0, 0, 0];
  /** Set at the end, when nothing changes them any more. */
  const times: { readonly path: string; readonly mtimeNs: bigint }[] = [];
  for (;;) {
    const offset = input.offset;
    const entry = await nextEntry(input);
    if (entry === undefined) break;
    const { path, type, size, mtimeNs, target } = entry;
    const names = namesOf(path, offset);
    const name = names.pop();
    const entryTimes = { atime: undefined, mtime: mtimeNs };
    if (name === undefined) {
      await input.skip(padded(size));
      continue;
    }
    const dir = await directoryAt(root, names, offset);
    try {
      if (type === TypeFlag.directory) {
        await made(dir.mkdir.bind(dir, name));
        (await opened(dir, name, offset)).close();
        times.push({ path: [...names, name].join("/"), mtimeNs });
        directories++;
        await input.skip(padded(size));
        continue;
      }
      if (type !== TypeFlag.regular && type !== TypeFlag.symlink && type !== TypeFlag.hardLink) throw new TarError("tar/kind", offset, `${path} is neither a file, a directory nor a link`);
      if (type === TypeFlag.hardLink) {
        await hardLink(root, target, dir, name, offset);
        links++;
        await input.skip(padded(size));
        continue;
      }
      await removed(dir, name);
      if (type === TypeFlag.symlink) {
        await dir.symlink(name, target);
        await dir.setEntryTimes(name, entryTimes);
        links++;
        await input.skip(padded(size));
        continue;
      }
      const file = await dir.openFile(name, { read: false, write: true, create: true, exclusive: true, truncate: false });
      try {
        let done = 0;
        for await (const piece of input.pieces(size)) {
          if ((await file.write(done, piece)) < piece.length) throw new FsError("nospc", path);
          done += piece.length;
        }
        await file.setTimes(entryTimes);
      } finally {
        file.close();
      }
      await input.skip(padded(size) - size);
      files++;
    } finally {
      if (dir !== root) dir.close();
    }
  }
  for (const { path, mtimeNs } of times.toReversed()) {
    const names = path.split("/");
    const name = names.pop()!;
    const dir = await directoryAt(root, names, input.offset);
    try {
      await dir.setEntryTimes(name, { atime: undefined, mtime: mtimeNs });
    } finally {
      if (dir !== root) dir.close();
    }
  }
  return { files, directories, links };
}

async function nextEntry(input: Input): Promise<TarEntry | undefined> {
  let changes: Partial<TarEntry> = {};
  for (;;) {
    const offset = input.offset;
    const block = await input.take(BLOCK_BYTES, true);
    // Some archives end without their two blocks of zeros.
    if (block === undefined) return undefined;
    const header = decodeHeader(block);
    if (header === "end") return undefined;
    if (typeof header === "string") throw new TarError("tar/header", offset, header);
    const { type, size } = header;
    if (type !== TypeFlag.extended && type !== TypeFlag.global && type !== TypeFlag.longName && type !== TypeFlag.longLink) return { ...header, ...changes };
    if (size > EXTENDED_MAX) throw new TarError("tar/header", offset, `an extended header of ${size} bytes`);
    const data = (await input.take(padded(size)))!.subarray(0, size);
    if (type === TypeFlag.extended) {
      const extended = decodeExtended(data);
      if (extended === undefined) throw new TarError("tar/header", offset, "a malformed extended header");
      changes = { ...changes, ...extended };
    } else if (type !== TypeFlag.global) {
      const end = data.indexOf(0);
      const text = new TextDecoder().decode(end === -1 ? data : data.subarray(0, end));
      changes = type === TypeFlag.longName ? { ...changes, path: text } : { ...changes, target: text };
    }
  }
}

/** Components of a path inside the archive. @throws TarError */
function namesOf(path: string, offset: number): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new TarError("tar/path", offset, `${JSON.stringify(path)} leads out of the archive`);
  return names;
}

/** The directory at `names`, made where it is missing; `root` itself for none. To be closed, unless it is `root`. */
async function directoryAt(root: Directory, names: readonly string[], offset: number): Promise<Directory> {
  let dir = root;
  for (const name of names) {
    const above = dir;
    try {
      await made(above.mkdir.bind(above, name));
      dir = await opened(above, name, offset);
    } finally {
      if (above !== root) above.close();
    }
  }
  return dir;
}

async function opened(dir: Directory, name: string, offset: number): Promise<Directory> {
  try {
    return await dir.openDirectory(name);
  } catch (error) {
    if (error instanceof FsError && (error.code === "loop" || error.code === "notdir")) throw new TarError("tar/path", offset, `${JSON.stringify(name)} is to be a directory, and is something else`);
    throw error;
  }
}

async function made(mkdir: () => unknown): Promise<void> {
  try {
    await mkdir();
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "exist") throw error;
  }
}

async function removed(dir: Directory, name: string): Promise<void> {
  try {
    await dir.unlink(name);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "noent") throw error;
  }
}

async function hardLink(root: Directory, target: string, dir: Directory, name: string, offset: number): Promise<void> {
  const names = namesOf(target, offset);
  const last = names.pop();
  if (last === undefined) throw new TarError("tar/path", offset, "a link to nothing");
  const from = await directoryAt(root, names, offset);
  try {
    const file = await from.statEntry(last);
    const there = await statOrNothing(dir, name);
    if (there !== undefined && there.dev === file.dev && there.ino === file.ino) return;
    await removed(dir, name);
    await from.link(last, dir, name);
  } finally {
    if (from !== root) from.close();
  }
}

async function statOrNothing(dir: Directory, name: string): Promise<Stat | undefined> {
  try {
    return await dir.statEntry(name);
  } catch (error) {
    if (error instanceof FsError && error.code === "noent") return undefined;
    throw error;
  }
}

/** The archive's bytes in the sizes that are wanted. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; undefined at the end, if that is allowed. @throws TarError */
  async take(count: number, endAllowed = false): Promise<Uint8Array | undefined> {
    const all = new Uint8Array(count);
    let done = 0;
    for await (const piece of this.pieces(count, endAllowed)) {
      all.set(piece, done);
      done += piece.length;
    }
    return done < count ? undefined : all;
  }

  async skip(count: number): Promise<void> {
    const pieces = this.pieces(count);
    while ((await pieces.next()).done !== true);
  }

  /** The next `count` bytes, as they come. */
  async *pieces(count: number, endAllowed = false): AsyncGenerator<Uint8Array, void> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) {
          if (endAllowed && left === count) return;
          throw new TarError("tar/truncated", this.offset, "the archive ends too early");
        }
        this.#rest = next.value;
        continue;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      this.offset += piece.length;
      left -= piece.length;
      yield piece;
    }
  }
}
