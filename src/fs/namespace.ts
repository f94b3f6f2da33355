/**
 * A namespace: one tree of names out of several file systems.
 *
 * `new Namespace({ "/": memory(), "/src": hostDirectory("./src") })` is what a program is given to
 * look at. A mount covers what the file system above has under its name; a mount in a place where
 * nothing is brings the directories that lead to it. In an "open" namespace mounts can be added and taken
 * away: walks from the root see it at once, directories that are open may not. A namespace is a file system itself, so
 * it can be mounted, too.
 */
import { FsError } from "./fs-error.ts";
import type { Directory, FileSystem, MaybeAsync } from "./interface.ts";
import { run, settled } from "./maybe-async.ts";
import type { Steps } from "./maybe-async.ts";
import { memory } from "./memory/memory.ts";
import { MountedDirectory } from "./mounted-directory.ts";
import type { MountPoint } from "./mounted-directory.ts";
import { checkName } from "./name.ts";
import { readOnly } from "./read-only.ts";
import { walk } from "./walk.ts";

interface Place extends MountPoint {
  fs: FileSystem | undefined;
  readonly children: Map<string, Place>;
}

const newPlace = (): Place => ({ fs: undefined, bare: readOnly(memory({ limit: 4096 })), children: new Map() });

export class Namespace implements FileSystem {
  readonly name = "namespace";
  readonly readOnly = false;
  /** Absolute paths of the mounts that it was made with in plain form, in the order given. */
  readonly mounts: readonly string[];
  readonly #root: Place;
  readonly #fixed: boolean;

  /** Keys are absolute paths. A "fixed" one stays as it is made. @throws FsError `inval` for any other, or for the same place twice. */
  constructor(mounts: Readonly<Record<string, FileSystem>>, changes: "fixed" | "open" = "fixed") {
    this.#root = newPlace();
    this.#fixed = changes === "fixed";
    this.mounts = Object.entries(mounts).map(([path, fs]) => this.#mount(path, fs));
  }

  /** Mounts `fs` at an absolute path. @throws FsError `inval` for any other path, or when there is a mount. */
  mount(path: string, fs: FileSystem): void {
    this.#mustBeOpen();
    this.#mount(path, fs);
  }

  /** Takes the mount at `path` away; what is open in it stays usable. @throws FsError `inval` when there is none, `busy` when others are below it. */
  unmount(path: string): void {
    this.#mustBeOpen();
    const names = namesOf(path);
    const places = [this.#root];
    for (const name of names) {
      const child = places.at(-1)!.children.get(name);
      if (child === undefined) throw new FsError("inval", "not a mount point");
      places.push(child);
    }
    const place = places.at(-1)!;
    if (place.fs === undefined) throw new FsError("inval", "not a mount point");
    if (place.children.size > 0) throw new FsError("busy", "something is mounted below");
    place.fs = undefined;
    // Places that led here only are no more.
    for (let depth = names.length; depth > 0 && places[depth]!.fs === undefined && places[depth]!.children.size === 0; depth--) {
      places[depth - 1]!.children.delete(names[depth - 1]!);
    }
  }

  root(): MaybeAsync<Directory> {
    const inner = (this.#root.fs ?? this.#root.bare).root();
    // With a single file system there is nothing to cross, and its own directories serve.
    if (this.#root.children.size === 0 && this.#fixed) return inner;
    if (inner instanceof Promise) return inner.then((directory) => new MountedDirectory(directory, this.#root.children));
    return new MountedDirectory(inner, this.#root.children);
  }

  /** Opens the directory at an absolute path, links followed: what a program gets as a preopen. */
  open(path: string): MaybeAsync<Directory> {
    return run(this.#open(path));
  }

  #mustBeOpen(): void {
    if (this.#fixed) throw new FsError("perm", "a namespace that is fixed");
  }

  /** Gives the path in plain form. */
  #mount(path: string, fs: FileSystem): string {
    const names = namesOf(path);
    for (const name of names) checkName(name);
    let place = this.#root;
    for (const name of names) {
      let child = place.children.get(name);
      if (child === undefined) place.children.set(name, (child = newPlace()));
      place = child;
    }
    const plain = `/${names.join("/")}`;
    if (place.fs !== undefined) throw new FsError("inval", `two mounts at ${plain}`);
    place.fs = fs;
    return plain;
  }

  *#open(path: string): Steps<Directory> {
    if (!path.startsWith("/")) throw new FsError("inval", "not an absolute path");
    const below = path.replace(/^\/+/, "");
    const root = yield* settled(this.root());
    try {
      if (below === "") return yield* settled(root.reopen());
      const found = yield* walk(root, below, "always");
      try {
        return yield* settled(found.name === undefined ? found.dir.reopen() : found.dir.openDirectory(found.name));
      } finally {
        found.close();
      }
    } finally {
      root.close();
    }
  }
}

/** @throws FsError `inval` when it is not absolute. */
function namesOf(path: string): string[] {
  if (!path.startsWith("/")) throw new FsError("inval", `mount at ${JSON.stringify(path)}: not an absolute path`);
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
