/** Bringing directories, files and links of lower layers into the upper one, with their times. */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { Directory, File, Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { WHITEOUT, discard } from "./marks.ts";
import type { Found, OverlayNode } from "./node.ts";
import type { OverlayFileSystem } from "./overlay.ts";

/** Bytes copied at a time; such pieces that are all zero are left out, so holes stay holes. */
const PIECE_BYTES = 65536;
export const READ = { read: true, write: false, create: false, exclusive: false, truncate: false } as const;
export const CREATE_NEW = { read: true, write: true, create: true, exclusive: true, truncate: false } as const;

/** The directory in the upper layer, made there if need be. @throws FsError `noent` for one that was removed */
export function* upperOf(node: OverlayNode): Steps<Directory> {
  if (node.upper !== undefined) return node.upper;
  if (node.removed || node.parent === undefined) throw new FsError("noent", "the directory was removed");
  const above = yield* upperOf(node.parent);
  const times = yield* settled(node.lowers[0]!.directory.stat());
  const aboveTimes = yield* settled(above.stat());
  yield* settled(above.mkdir(node.name));
  const upper = yield* settled(above.openDirectory(node.name));
  try {
    yield* settled(upper.setTimes({ atime: times.atimeNs, mtime: times.mtimeNs }));
    yield* settled(above.setTimes({ atime: aboveTimes.atimeNs, mtime: aboveTimes.mtimeNs }));
  } catch (error) {
    upper.close();
    throw error;
  }
  return (node.upper = upper);
}

/** Makes something in the workplace by `make`, and then gives it its name in `into`, over what is there. */
export function* putInPlace(fs: OverlayFileSystem, into: Directory, name: string, make: (work: Directory, temporary: string) => Steps<void>): Steps<void> {
  const work = yield* fs.workplace();
  try {
    const temporary = yield* fs.temporary(work);
    try {
      yield* make(work, temporary);
      yield* settled(work.rename(temporary, into, name));
    } catch (error) {
      yield* discard(work, temporary);
      throw error;
    }
  } finally {
    work.close();
  }
}

/** Hides `name` of the layers below; what the upper layer has there, unless a directory, goes. */
export function* putWhiteout(fs: OverlayFileSystem, into: Directory, name: string): Steps<void> {
  yield* putInPlace(fs, into, name, function* (work, temporary) {
    yield* settled(work.symlink(temporary, WHITEOUT));
  });
}

/** Copies the file or link `found` below `node` into the upper layer; with `empty`, without its data. */
export function* copyUp(fs: OverlayFileSystem, node: OverlayNode, name: string, found: Found, empty = false): Steps<Directory> {
  const upper = yield* upperOf(node);
  const { layer, stat, depth } = found;
  if (stat.kind !== FileKind.regular && stat.kind !== FileKind.symlink) throw new FsError("notsup", "neither a file nor a link");
  const times = { atime: stat.atimeNs, mtime: stat.mtimeNs };
  const aboveTimes = yield* settled(upper.stat());
  yield* putInPlace(fs, upper, name, function* (work, temporary) {
    if (stat.kind === FileKind.symlink) {
      yield* settled(work.symlink(temporary, yield* settled(layer.readlink(name))));
      yield* settled(work.setEntryTimes(temporary, times));
      return;
    }
    const from = yield* settled(layer.openFile(name, READ));
    try {
      const to = yield* settled(work.openFile(temporary, CREATE_NEW));
      try {
        if (!empty) yield* copyData(from, to, stat);
        yield* settled(to.setTimes(times));
      } finally {
        to.close();
      }
    } finally {
      from.close();
    }
  });
  yield* settled(upper.setTimes({ atime: aboveTimes.atimeNs, mtime: aboveTimes.mtimeNs }));
  const copy = yield* settled(upper.statEntry(name));
  fs.copied(copy, stat, depth);
  for (const file of fs.lowerFiles.get(fs.seen(stat, depth).ino) ?? []) yield* file.follow(node, name, upper);
  return upper;
}

function* copyData(from: File, to: File, { size }: Stat): Steps<void> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let offset = 0; ; ) {
    const count = yield* settled(from.read(offset, piece));
    if (count === 0) break;
    const data = piece.subarray(0, count);
    if (data.some((byte) => byte !== 0) && (yield* settled(to.write(offset, data))) < count) throw new FsError("nospc");
    offset += count;
  }
  if ((yield* settled(to.stat())).size < size) yield* settled(to.truncate(Number(size)));
}
