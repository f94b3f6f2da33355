/**
 * From a path to a directory and a name, one component at a time.
 *
 * A walk begins at an open directory and cannot leave it: ".." goes back along the directories
 * that this walk has opened and fails with `notcapable` at the first, absolute paths and absolute
 * links fail with `notcapable`, and a link's target is walked by the same rules. As each component
 * is opened below the open directory before it, another program that moves things meanwhile can
 * make a walk fail but not lead it out. Where a `root` is given, absolute links lead there, ".." of
 * the root is the root, and ".." of a base whose `place` is known is what is above it.
 *
 * Every directory that a walk opens it closes, on every way out, but for the one it answers with.
 * When all steps are synchronous so is the whole.
 *
 * Spec: POSIX.1-2024 base definitions 4.16, Pathname Resolution; WASI preview 1, path lookup.
 */
import { FsError } from "./fs-error.ts";
import { FileKind } from "./interface.ts";
import type { Directory, File, MaybeAsync, OpenOptions, Stat } from "./interface.ts";
import { run, settled } from "./maybe-async.ts";
import type { Steps } from "./maybe-async.ts";
import { PATH_MAX, utf8Length } from "./name.ts";

/** Links that one walk follows. */
export const LINKS_MAX = 40;
/** Components that one walk visits, with those of the links that it follows. */
export const STEPS_MAX = 4096;

/**
 * What to do when the last component is a symbolic link: `never` follow it (to make, remove or
 * rename the name itself, also when a slash stands behind it), follow it when a `slash` stands
 * behind it (to look at a name or open it without following), or `always`.
 */
export type Follow = "never" | "slash" | "always";

/** What a walk may do besides going down from its base. */
export interface WalkOptions {
  /** Where absolute links lead; stays open. Without it they fail with `notcapable`. */
  readonly root?: Directory | undefined;
  /** The base is the root: the path may be absolute, too. */
  readonly rooted?: boolean;
  /** Where the base is, as an absolute path from `root` without links. */
  readonly place?: string;
  /** Gets the names on the way from the base, or from the root after an absolute link, links and ".." resolved. */
  readonly trail?: string[];
}
const NO_OPTIONS: WalkOptions = {};

/** Where a path leads. The last component may or may not exist. */
export class Resolved {
  readonly dir: Directory;
  /** Valid in `dir`; undefined when the path is `dir` itself, as with ".", "a/.." and "a/.". */
  readonly name: string | undefined;
  /** The path, or the last link in it, ends in a slash: it can only mean a directory. */
  readonly trailingSlash: boolean;
  readonly #owned: boolean;

  constructor(dir: Directory, name: string | undefined, trailingSlash: boolean, owned: boolean) {
    this.dir = dir;
    this.name = name;
    this.trailingSlash = trailingSlash;
    this.#owned = owned;
  }

  /** Gives back what the walk opened; the base stays open. To keep `dir`, `reopen` it first. */
  close(): void {
    if (this.#owned) this.dir.close();
  }
}

/**
 * Walks `path` from `base`.
 *
 * @throws FsError `noent` for an empty path or a missing directory on the way, `notcapable`,
 * `notdir`, `loop`, `nametoolong`, `inval` for a NUL, `ilseq`, and whatever the file system fails with.
 */
export function resolve(base: Directory, path: string, follow: Follow, options?: WalkOptions): MaybeAsync<Resolved> {
  return run(walk(base, path, follow, options));
}

export interface OpenAtOptions extends OpenOptions, WalkOptions {
  readonly follow: Follow;
  /** Only a directory will do. */
  readonly directory: boolean;
}

/**
 * Opens what is at `path`. A directory is opened also without `directory`, provided that it is
 * not to be written, truncated or created (`isdir`). `create` with `directory` gives `inval`.
 */
export function openAt(base: Directory, path: string, options: OpenAtOptions): MaybeAsync<File | Directory> {
  return run(openSteps(base, path, options));
}

/** What is at `path`. */
export function statAt(base: Directory, path: string, follow: Follow, options?: WalkOptions): MaybeAsync<Stat> {
  return run(statSteps(base, path, follow, options));
}

/**
 * The path of the directory at `path`, from the root that `base` is: absolute, without links, ".", ".."
 * and repeated slashes.
 *
 * @throws as `resolve`; FsError `notdir` when it is none.
 */
export function realPath(base: Directory, path: string): MaybeAsync<string> {
  return run(realPathSteps(base, path));
}

function* realPathSteps(base: Directory, path: string): Steps<string> {
  const trail: string[] = [];
  const found = yield* walk(base, path, "always", { root: base, rooted: true, trail });
  try {
    if (found.name === undefined) return `/${trail.join("/")}`;
    (yield* settled(found.dir.openDirectory(found.name))).close();
    return `/${[...trail, found.name].join("/")}`;
  } finally {
    found.close();
  }
}

function* openSteps(base: Directory, path: string, options: OpenAtOptions): Steps<File | Directory> {
  if (options.create && options.directory) throw new FsError("inval", "create makes no directory");
  if (options.create && options.exclusive) return yield* openWalked(base, path, "never", options);
  if (options.follow === "always" && !path.endsWith("/")) {
    // Few last components are links, and opening one says so: this saves a look at all others.
    try {
      return yield* openWalked(base, path, "never", options);
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "loop") throw error;
    }
  }
  return yield* openWalked(base, path, options.follow, options);
}

function* openWalked(base: Directory, path: string, follow: Follow, options: OpenAtOptions): Steps<File | Directory> {
  const changes = options.write || options.truncate || options.create;
  const found = yield* walk(base, path, follow, options);
  const { dir, name } = found;
  try {
    if (name === undefined) {
      if (options.create && options.exclusive) throw new FsError("exist");
      if (changes) throw new FsError("isdir");
      return yield* settled(dir.reopen());
    }
    if (options.directory || found.trailingSlash) {
      if (options.create) throw new FsError("isdir");
      const opened = yield* settled(dir.openDirectory(name));
      if (!changes) return opened;
      opened.close();
      throw new FsError("isdir");
    }
    try {
      const opened = dir.openFile(name, options);
      return opened instanceof Promise ? yield* settled(opened) : opened;
    } catch (error) {
      if (changes || !(error instanceof FsError) || error.code !== "isdir") throw error;
    }
    return yield* settled(dir.openDirectory(name));
  } finally {
    found.close();
  }
}

function* statSteps(base: Directory, path: string, follow: Follow, options?: WalkOptions): Steps<Stat> {
  // As in opening: the look that is wanted tells whether it is a link.
  const first = follow === "always" && !path.endsWith("/") ? "never" : follow;
  const stat = yield* statWalked(base, path, first, options);
  return stat.kind === FileKind.symlink && follow !== first ? yield* statWalked(base, path, follow, options) : stat;
}

function* statWalked(base: Directory, path: string, follow: Follow, options?: WalkOptions): Steps<Stat> {
  const found = yield* walk(base, path, follow, options);
  try {
    const stat = yield* settled(found.name === undefined ? found.dir.stat() : found.dir.statEntry(found.name));
    if (found.trailingSlash && stat.kind !== FileKind.directory) throw new FsError("notdir");
    return stat;
  } finally {
    found.close();
  }
}

/** `resolve` as steps of a larger procedure. */
export function* walk(base: Directory, path: string, follow: Follow, options: WalkOptions = NO_OPTIONS): Steps<Resolved> {
  const { root, trail } = options;
  checkPath(path, options.rooted === true);
  /** Components still to come, the next one last. */
  const pending: string[] = [];
  let trailingSlash = push(pending, path);
  /** Open directories below `base` on the way here. */
  const opened: Directory[] = [];
  /** How many of them ".." cannot leave; below that, the base. */
  let floor = 0;
  let links = 0;
  let answer: Resolved | undefined;
  try {
    for (let steps = 0; ; steps++) {
      const dir = opened.length === 0 ? base : opened[opened.length - 1]!;
      const name = pending.pop();
      if (name === undefined) return (answer = new Resolved(dir, undefined, trailingSlash, opened.length > 0));
      if (steps >= STEPS_MAX) throw new FsError("loop", "too many components");
      if (name === ".") continue;
      if (name === "..") {
        if (opened.length > floor) {
          opened.pop()!.close();
          trail?.pop();
        } else if (floor === 0 && options.rooted !== true) {
          if (root === undefined || options.place === undefined) throw new FsError("notcapable", "the path leads out of its directory");
          opened.push(yield* settled(root.reopen()));
          floor = 1;
          // What is above is a place to go through, not a name to act on.
          if (pending.length === 0) pending.push(".");
          push(pending, options.place.slice(0, options.place.lastIndexOf("/")));
        }
        continue;
      }
      let target: string | undefined;
      if (pending.length > 0) {
        const child = yield* openChild(dir, name);
        if (child !== undefined) {
          opened.push(child);
          trail?.push(name);
          continue;
        }
        if (++links > LINKS_MAX) throw new FsError("loop");
        target = yield* targetOf(dir, name);
        if (target === undefined) {
          // The link went away between the two looks at it.
          pending.push(name);
          continue;
        }
      } else {
        if (follow === "always" || (follow === "slash" && trailingSlash)) target = yield* targetOfLink(dir, name);
        if (target === undefined) return (answer = new Resolved(dir, name, trailingSlash, opened.length > 0));
        if (++links > LINKS_MAX) throw new FsError("loop");
      }
      if (target.startsWith("/")) {
        if (root === undefined) throw new FsError("notcapable", "an absolute link");
        const start = yield* settled(root.reopen());
        for (const dir of opened.splice(0, opened.length, start)) dir.close();
        floor = 1;
        trail?.splice(0);
      }
      const last = pending.length === 0;
      const slash = push(pending, target);
      if (last && slash) trailingSlash = true;
    }
  } finally {
    for (const dir of opened) if (dir !== answer?.dir) dir.close();
  }
}

function checkPath(path: string, rooted: boolean): void {
  if (path === "") throw new FsError("noent", "empty path");
  if (path.length > PATH_MAX || utf8Length(path) > PATH_MAX) throw new FsError("nametoolong");
  if (path.includes("\0")) throw new FsError("inval", "NUL in a path");
  if (!rooted && path.startsWith("/")) throw new FsError("notcapable", "an absolute path");
}

/** Puts the components of `path` before those of `pending`; true when a slash ends it. */
function push(pending: string[], path: string): boolean {
  const parts = path.split("/");
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index]!;
    if (part !== "") pending.push(part);
  }
  return path.endsWith("/");
}

/** The subdirectory, or undefined when `name` is a symbolic link. */
function* openChild(dir: Directory, name: string): Steps<Directory | undefined> {
  try {
    const opened = dir.openDirectory(name);
    return opened instanceof Promise ? yield* settled(opened) : opened;
  } catch (error) {
    if (error instanceof FsError && error.code === "loop") return undefined;
    throw error;
  }
}

/** What the link `name` holds, or undefined when it is no link now. */
function* targetOf(dir: Directory, name: string): Steps<string | undefined> {
  try {
    return yield* settled(dir.readlink(name));
  } catch (error) {
    if (error instanceof FsError && error.code === "inval") return undefined;
    throw error;
  }
}

/** As `targetOf`, for a name that need not exist and mostly is no link. */
function* targetOfLink(dir: Directory, name: string): Steps<string | undefined> {
  try {
    const found = dir.statEntry(name);
    const stat = found instanceof Promise ? yield* settled(found) : found;
    if (stat.kind !== FileKind.symlink) return undefined;
  } catch (error) {
    if (error instanceof FsError && error.code === "noent") return undefined;
    throw error;
  }
  return yield* targetOf(dir, name);
}
