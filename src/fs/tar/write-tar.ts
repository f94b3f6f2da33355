/** A directory with all that is below it as an archive. */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { DirEntry, Directory, MaybeAsync, Stat } from "../interface.ts";
import { BLOCK_BYTES, TypeFlag, encodeHeader, padded } from "./header.ts";

const PIECE_BYTES = 65536;
const NAMES = 256;

/**
 * Writes an archive of what is below `root` by `write`, whose bytes are its own once it is done. Names
 * in order, directories before what is in them, hard links as links. What is neither file, directory nor
 * link is left out, with a call of `skipped`.
 *
 * @throws FsError
 */
export async function writeTar(root: Directory, write: (bytes: Uint8Array) => MaybeAsync<void>, skipped: (path: string) => void = () => undefined): Promise<void> {
  /** First names of files with several. */
  const linked = new Map<string, string>();

  const file = async (dir: Directory, name: string, path: string, { size: claimed, mtimeNs }: Stat): Promise<void> => {
    const size = Number(claimed);
    const opened = await dir.openFile(name, { read: true, write: false, create: false, exclusive: false, truncate: false });
    try {
      await write(encodeHeader({ path, type: TypeFlag.regular, size, mtimeNs, target: "" }));
      for (let done = 0; done < size; ) {
        const piece = new Uint8Array(Math.min(PIECE_BYTES, size - done));
        const count = await opened.read(done, piece);
        if (count === 0) throw new FsError("io", `${path} became shorter while it was read`);
        await write(piece.subarray(0, count));
        done += count;
      }
      if (padded(size) > size) await write(new Uint8Array(padded(size) - size));
    } finally {
      opened.close();
    }
  };

  const directory = async (dir: Directory, prefix: string): Promise<void> => {
    for (const { name } of await sorted(dir)) {
      const path = prefix + name;
      const stat = await dir.statEntry(name);
      const { mtimeNs } = stat;
      const key = `${stat.dev} ${stat.ino}`;
      const first = stat.kind !== FileKind.directory && stat.nlink > 1n ? linked.get(key) : undefined;
      if (first !== undefined) {
        await write(encodeHeader({ path, type: TypeFlag.hardLink, size: 0, mtimeNs, target: first }));
        continue;
      }
      if (stat.nlink > 1n && stat.kind !== FileKind.directory) linked.set(key, path);
      if (stat.kind === FileKind.regular) {
        await file(dir, name, path, stat);
      } else if (stat.kind === FileKind.symlink) {
        await write(encodeHeader({ path, type: TypeFlag.symlink, size: 0, mtimeNs, target: await dir.readlink(name) }));
      } else if (stat.kind === FileKind.directory) {
        await write(encodeHeader({ path: `${path}/`, type: TypeFlag.directory, size: 0, mtimeNs, target: "" }));
        const below = await dir.openDirectory(name);
        try {
          await directory(below, `${path}/`);
        } finally {
          below.close();
        }
      } else {
        skipped(path);
      }
    }
  };

  await directory(root, "");
  await write(new Uint8Array(2 * BLOCK_BYTES));
}

async function sorted(dir: Directory): Promise<DirEntry[]> {
  const found: DirEntry[] = [];
  for (let cookie = 0n; ; ) {
    const listed = await dir.entries(cookie, NAMES);
    const last = listed[listed.length - 1];
    if (last === undefined) break;
    found.push(...listed);
    cookie = last.next;
  }
  return found.sort((one, two) => (one.name < two.name ? -1 : 1));
}
