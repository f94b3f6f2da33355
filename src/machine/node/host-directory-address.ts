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
import type { BigIntStats } from "node:fs";
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
  /** To be called after an open of the directory itself, or of the entry `opened` in it. @throws FsError `noent` when it is not where it should be. */
  verify(anchor: Anchor, opened?: { readonly name: string; readonly fd: number }): void;
}

const byDescriptor: Addressing = {
  kind: "descriptor",
  entry: (anchor, name) => `/proc/self/fd/${anchor.fd}/${name}`,
  // The final "." is what O_NOFOLLOW then looks at.
  self: (anchor) => `/proc/self/fd/${anchor.fd}/.`,
  verify: () => {},
};

function same(one: BigIntStats, two: BigIntStats): boolean {
  return one.dev === two.dev && one.ino === two.ino;
}

function byPath(root: string): Addressing {
  const checked = (anchor: Anchor): string => {
    let path = root;
    let stats = lstatSync(path, { bigint: true });
    for (const name of anchor.trail) {
      path += `/${name}`;
      stats = lstatSync(path, { bigint: true });
      if (!stats.isDirectory()) throw new FsError("noent", "the directory was moved");
    }
    if (!same(stats, fstatSync(anchor.fd, { bigint: true }))) throw new FsError("noent", "the directory was moved");
    return path;
  };
  return {
    kind: "path",
    entry: (anchor, name) => `${checked(anchor)}/${name}`,
    self: (anchor) => checked(anchor),
    verify: (anchor, opened) => {
      const path = checked(anchor);
      if (opened !== undefined && !same(lstatSync(`${path}/${opened.name}`, { bigint: true }), fstatSync(opened.fd, { bigint: true }))) {
        throw new FsError("noent", "the file was moved");
      }
    },
  };
}

/** `root` is the real path of the directory that is open as `fd`. */
export function chooseAddressing(fd: number, root: string, wanted: "descriptor" | "path" | undefined): Addressing {
  if (wanted === "path") return byPath(root);
  try {
    if (same(statSync(byDescriptor.self({ fd, trail: [] }), { bigint: true }), fstatSync(fd, { bigint: true }))) return byDescriptor;
  } catch {
    // No /proc here.
  }
  if (wanted === "descriptor") throw new FsError("notsup", "/proc/self/fd is not there");
  return byPath(root);
}
