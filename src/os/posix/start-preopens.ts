/**
 * The preopened directories of a program in a session.
 *
 * One that makes POSIX calls learns its working directory by `getcwd` and gets the root alone. For any other,
 * C libraries take a relative path for one from the root; so outside of the root it gets its working
 * directory as "." behind the root and the directories in it. A relative path then leads to the working
 * directory, unless it begins with the name of a directory in the root; and "/" alone means the
 * working directory, too.
 */
import { FileKind, openAt, run, settled } from "#fs";
import type { Directory, MaybeAsync, Steps } from "#fs";

export interface StartPreopen {
  readonly guestPath: string;
  readonly directory: Directory;
  readonly rights: "rw";
}

/** Directories in the root that are listed. */
const LISTED_MAX = 64;

/** Opens them; whoever asks closes them. @throws FsError */
export function startPreopens(root: Directory, cwd: string, knowsCwd: boolean): MaybeAsync<StartPreopen[]> {
  return run(steps(root, cwd, knowsCwd));
}

function* steps(root: Directory, cwd: string, knowsCwd: boolean): Steps<StartPreopen[]> {
  const opened: StartPreopen[] = [{ guestPath: "/", directory: yield* settled(root.reopen()), rights: "rw" }];
  if (knowsCwd || cwd === "/") return opened;
  try {
    for (const { name, kind } of yield* settled(root.entries(0n, LISTED_MAX))) {
      if (kind === FileKind.directory) opened.push({ guestPath: `/${name}`, directory: yield* settled(root.openDirectory(name)), rights: "rw" });
    }
    const here = yield* settled(openAt(root, cwd, {
      root, rooted: true, follow: "always", directory: true, read: true, write: false, create: false, exclusive: false, truncate: false,
    }));
    if (here.kind === "directory") opened.push({ guestPath: ".", directory: here, rights: "rw" });
  } catch (error) {
    for (const { directory } of opened) directory.close();
    throw error;
  }
  return opened;
}
