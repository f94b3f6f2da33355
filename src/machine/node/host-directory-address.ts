/**
 * How an entry of an open directory is named to the host, which has no `openat` for us.
 *
 * On Linux `/proc/self/fd/N/name` begins at the directory that is open as N, wherever it has been
 * moved, and `name` is a single component, which no call here follows: nothing in between can be
 * swapped. That is as good as `openat`.
 *
 * Elsewhere the path of the directory is used, and before and after each use it is checked
 * component by component that the path still leads, over no link, to the directory that is open.
 * That is weaker: a program of the host that swaps directories at the right moment can have a
 * name made or removed outside (an opened file or directory is checked after and given up), and a
 * directory that was renamed while open is `noent` from then on.
 */
import { fstatSync, lstatSync, statSync } from "node:fs";
import { FsError } from "#fs";

/** An open directory of the host. */
export interface Anchor {
  readonly fd: number;
  /** Names from the root of the granted directory. */
  readonly trail: readonly string[];
}

export interface Addressing {
  readonly kind: "descriptor" | "path";
  /** A host path for an entry. */
  entry(anchor: Anchor, name: string): string;
  /** A host path for the directory itself. */
  self(anchor: Anchor): string;
  /** To be called with what an open gave, before it is used. @throws FsError `noent` when it is not where it should be. */
  verify(anchor: Anchor): void;
}

const byDescriptor: Addressing = {
  kind: "descriptor",
  entry: (anchor, name) => `/proc/self/fd/${anchor.fd}/${name}`,
  // The final "." is what O_NOFOLLOW then looks at.
  self: (anchor) => `/proc/self/fd/${anchor.fd}/.`,
  verify: () => {},
};

function byPath(root: string): Addressing {
  const checked = (anchor: Anchor): string => {
    let path = root;
    let stats = lstatSync(path, { bigint: true });
    for (const name of anchor.trail) {
      path += `/${name}`;
      stats = lstatSync(path, { bigint: true });
      if (!stats.isDirectory()) throw new FsError("noent", "the directory was moved");
    }
    const open = fstatSync(anchor.fd, { bigint: true });
    if (stats.dev !== open.dev || stats.ino !== open.ino) throw new FsError("noent", "the directory was moved");
    return path;
  };
  return {
    kind: "path",
    entry: (anchor, name) => `${checked(anchor)}/${name}`,
    self: (anchor) => checked(anchor),
    verify: (anchor) => void checked(anchor),
  };
}

/** `root` is the real path of the directory that is open as `fd`. */
export function chooseAddressing(fd: number, root: string, wanted: "descriptor" | "path" | undefined): Addressing {
  if (wanted === "path") return byPath(root);
  try {
    const open = fstatSync(fd, { bigint: true });
    const found = statSync(byDescriptor.self({ fd, trail: [] }), { bigint: true });
    if (found.dev === open.dev && found.ino === open.ino) return byDescriptor;
  } catch {
    // No /proc here.
  }
  if (wanted === "descriptor") throw new FsError("notsup", "/proc/self/fd is not there");
  return byPath(root);
}
