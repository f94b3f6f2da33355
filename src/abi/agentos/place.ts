/**
 * Which place a path means that a program of these packages names in a call of its own.
 *
 * Their C library takes its working directory for the root, and so do they: "/x" may have been "x". As with
 * the directories that such a program gets (a path that begins with a directory of the root is one from the
 * root, any other leads from the working directory), so with the paths here.
 */
import { FileKind, FsError, run, settled } from "#fs";
import type { Directory, MaybeAsync, Steps } from "#fs";
import { absolutePath } from "../posix/absolute-path.ts";

/** The absolute path that `path` means for a program whose working directory is `cwd`. "" is that directory. @throws FsError */
export function placeOf(root: Directory, cwd: string, path: string): MaybeAsync<string> {
  return run(placeSteps(root, cwd, path));
}

/** `placeOf` as steps of a larger procedure. */
export function* placeSteps(root: Directory, cwd: string, path: string): Steps<string> {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.length === 0) return cwd;
  if (!path.startsWith("/") || cwd === "/") return absolutePath(cwd, path);
  return (yield* isDirectory(root, names[0]!)) ? path : absolutePath(cwd, names.join("/"));
}

function* isDirectory(root: Directory, name: string): Steps<boolean> {
  if (name === "..") return false;
  try {
    return (yield* settled(root.statEntry(name))).kind === FileKind.directory;
  } catch (error) {
    if (error instanceof FsError) return false;
    throw error;
  }
}
