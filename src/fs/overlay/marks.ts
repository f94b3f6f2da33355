/**
 * How an upper layer says what it hides of the layers below.
 *
 * - A *whiteout* is a symbolic link, under the name that it hides, to a place that no program can name
 *   (see `checkTarget`). Being one entry of that very name, it is made and replaced in one step.
 * - The name `MARK` is the overlay's own in every directory. In an *opaque* directory, which hides
 *   the directories of the same name below, it is a link that says so; in the root it is the directory in
 *   which things are made before they get their names.
 */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { Directory, Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";

export const MARK = ".isola-overlay";
export const OPAQUE = "opaque";
export const WHITEOUT = "/.isola-overlay/whiteout";

/** @throws FsError `perm` for a link that would be taken for a whiteout. */
export function checkTarget(target: string): void {
  if (target === WHITEOUT) throw new FsError("perm", "this target is the overlay's own");
}

/** What `act` gives, or undefined where nothing is. */
export function* orNothing<T>(act: () => T | Promise<T>): Steps<T | undefined> {
  try {
    return yield* settled(act());
  } catch (error) {
    if (error instanceof FsError && error.code === "noent") return undefined;
    throw error;
  }
}

/** Whether what `stat` tells of, under `name` in `layer`, is a whiteout. */
export function* isWhiteout(layer: Directory, name: string, stat: Stat): Steps<boolean> {
  return stat.kind === FileKind.symlink && (yield* orNothing(() => layer.readlink(name))) === WHITEOUT;
}

export function* isOpaque(directory: Directory): Steps<boolean> {
  try {
    return (yield* settled(directory.readlink(MARK))) === OPAQUE;
  } catch (error) {
    // In a root it is a directory.
    if (error instanceof FsError && (error.code === "noent" || error.code === "inval")) return false;
    throw error;
  }
}

export function* makeOpaque(directory: Directory): Steps<void> {
  try {
    yield* settled(directory.symlink(MARK, OPAQUE));
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "exist") throw error;
  }
}

/** Removes whiteouts and marks, which is all that a directory has when it looks empty. */
export function* clearMarks(directory: Directory): Steps<void> {
  for (;;) {
    const listed = yield* settled(directory.entries(0n, 64));
    if (listed.length === 0) return;
    for (const { name, kind } of listed) {
      if (kind !== FileKind.symlink) throw new FsError("notempty");
      yield* settled(directory.unlink(name));
    }
  }
}

/** Removes the temporary thing `name`, a directory with marks only at most, if it is there. */
export function* discard(work: Directory, name: string): Steps<void> {
  try {
    yield* settled(work.unlink(name));
  } catch (error) {
    if (!(error instanceof FsError) || (error.code !== "noent" && error.code !== "isdir")) throw error;
    if (error.code === "noent") return;
    const left = yield* settled(work.openDirectory(name));
    try {
      yield* clearMarks(left);
    } finally {
      left.close();
    }
    yield* settled(work.rmdir(name));
  }
}
