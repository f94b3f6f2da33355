/**
 * An open directory of an overlay.
 *
 * Listings go through the lower layers first, and then show what only the upper one has. So an
 * entry keeps its place when it is copied up, and a listing under way shows it once. A cookie is that of
 * the layer times the number of layers, plus which of them it is.
 *
 * Spec: POSIX.1-2024, rename, link, unlink, rmdir, mkdir, openat.
 */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, SetTimes, Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { checkLinkTarget, checkName } from "../name.ts";
import { CREATE_NEW, copyUp, putInPlace, putWhiteout, upperOf } from "./copy-up.ts";
import { OverlayFile } from "./file.ts";
import { listMerged } from "./listing.ts";
import { MARK, WHITEOUT, checkTarget, clearMarks, makeOpaque } from "./marks.ts";
import type { Found, OverlayNode } from "./node.ts";
import type { OverlayFileSystem } from "./overlay.ts";
import { statDirectory, statFound } from "./stat.ts";

export class OverlayDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #fs: OverlayFileSystem;
  #node: OverlayNode | undefined;

  /** Takes a hold of `node` over. */
  constructor(fs: OverlayFileSystem, node: OverlayNode) {
    this.fs = this.#fs = fs;
    this.#node = node;
  }

  statEntry(name: string): MaybeAsync<Stat> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      return yield* statFound(fs, node, name, yield* present(node, name));
    });
  }

  openDirectory(name: string): MaybeAsync<Directory> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      yield* present(node, name);
      return new OverlayDirectory(fs, yield* node.child(name));
    });
  }

  openFile(name: string, options: OpenOptions): MaybeAsync<File> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn((node) => openFile(fs, node, name, options));
  }

  readlink(name: string): MaybeAsync<string> {
    checkName(name);
    return this.#inTurn(function* (node) {
      const { layer, stat } = yield* present(node, name);
      if (stat.kind !== FileKind.symlink) throw new FsError("inval", "not a symbolic link");
      return yield* settled(layer.readlink(name));
    });
  }

  mkdir(name: string): MaybeAsync<void> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      const hidden = yield* absent(node, name);
      const upper = yield* upperOf(node);
      if (!hidden) return yield* settled(upper.mkdir(name));
      // It must not show what the whiteout has hidden.
      yield* putInPlace(fs, upper, name, function* (work, temporary) {
        yield* settled(work.mkdir(temporary));
        const made = yield* settled(work.openDirectory(temporary));
        try {
          yield* makeOpaque(made);
        } finally {
          made.close();
        }
        // A directory cannot take the place of a link.
        yield* settled(upper.unlink(name));
      });
    });
  }

  symlink(name: string, target: string): MaybeAsync<void> {
    checkName(name);
    checkLinkTarget(target);
    checkTarget(target);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      const hidden = yield* absent(node, name);
      const upper = yield* upperOf(node);
      if (!hidden) return yield* settled(upper.symlink(name, target));
      yield* putInPlace(fs, upper, name, function* (work, temporary) {
        yield* settled(work.symlink(temporary, target));
      });
    });
  }

  rmdir(name: string): MaybeAsync<void> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      const { stat } = yield* present(node, name, "perm");
      if (stat.kind !== FileKind.directory) throw new FsError("notdir");
      const child = yield* node.child(name);
      try {
        if ((yield* listMerged(fs, child, 0n, 1)).length > 0) throw new FsError("notempty");
        const below = yield* node.showsBelow(name);
        const upper = yield* upperOf(node);
        if (child.upper !== undefined) {
          yield* clearMarks(child.upper);
          yield* settled(upper.rmdir(name));
        }
        removed(child);
        if (below) yield* putWhiteout(fs, upper, name);
      } finally {
        child.release();
      }
    });
  }

  unlink(name: string): MaybeAsync<void> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      const found = yield* present(node, name, "perm");
      if (found.stat.kind === FileKind.directory) throw new FsError("isdir");
      const below = yield* node.showsBelow(name);
      const upper = yield* upperOf(node);
      if (below) yield* putWhiteout(fs, upper, name);
      else yield* settled(upper.unlink(name));
      unlinked(fs, node, name, found);
    });
  }

  link(name: string, to: Directory, toName: string): MaybeAsync<void> {
    checkName(name);
    checkName(toName);
    const fs = this.#fs;
    const into = this.#sameFs(to);
    return this.#inTurn(function* (node) {
      const found = yield* present(node, name, "perm");
      const there = into.#open();
      const hidden = yield* absent(there, toName);
      if (found.stat.kind === FileKind.directory) throw new FsError("perm", "a directory has one name only");
      const upper = found.depth === 0 ? found.layer : yield* copyUp(fs, node, name, found);
      const upperThere = yield* upperOf(there);
      if (!hidden) return yield* settled(upper.link(name, upperThere, toName));
      yield* putInPlace(fs, upperThere, toName, function* (work, temporary) {
        yield* settled(upper.link(name, work, temporary));
      });
    });
  }

  rename(name: string, to: Directory, toName: string): MaybeAsync<void> {
    checkName(name);
    checkName(toName);
    const fs = this.#fs;
    const into = this.#sameFs(to);
    return this.#inTurn(function* (here) {
      const there = into.#open();
      const found = yield* present(here, name, "perm");
      if (toName === MARK) throw new FsError("perm", "this name is the overlay's own");
      if (there.removed) throw new FsError("noent", "the directory was removed");
      const target = yield* there.find(toName);
      const replaced = target === undefined || target.whiteout ? undefined : target;
      const move = { fs, here, name, there, toName, found, replaced };
      if (found.stat.kind === FileKind.directory) yield* renameDirectory(move);
      else yield* renameFile(move);
    });
  }

  setEntryTimes(name: string, times: SetTimes): MaybeAsync<void> {
    checkName(name);
    const fs = this.#fs;
    return this.#inTurn(function* (node) {
      const found = yield* present(node, name, "perm");
      if (found.stat.kind === FileKind.directory) {
        const child = yield* node.child(name);
        try {
          yield* settled((yield* upperOf(child)).setTimes(times));
        } finally {
          child.release();
        }
        return;
      }
      const upper = found.depth === 0 ? found.layer : yield* copyUp(fs, node, name, found);
      yield* settled(upper.setEntryTimes(name, times));
    });
  }

  entries(cookie: bigint, max: number): MaybeAsync<readonly DirEntry[]> {
    const fs = this.#fs;
    return this.#inTurn((node) => listMerged(fs, node, cookie, max));
  }

  reopen(): MaybeAsync<Directory> {
    return new OverlayDirectory(this.#fs, this.#open().hold());
  }

  stat(): MaybeAsync<Stat> {
    const fs = this.#fs;
    return this.#inTurn((node) => statDirectory(fs, node));
  }

  setTimes(times: SetTimes): MaybeAsync<void> {
    return this.#inTurn(function* (node) {
      yield* settled((yield* upperOf(node)).setTimes(times));
    });
  }

  sync(dataOnly: boolean): MaybeAsync<void> {
    return this.#open().upper?.sync(dataOnly);
  }

  close(): void {
    const node = this.#node;
    this.#node = undefined;
    node?.release();
  }

  #open(): OverlayNode {
    if (this.#node === undefined) throw new FsError("badf", "closed");
    return this.#node;
  }

  /** Does `steps` on this directory when its turn comes, closed meanwhile or not. */
  #inTurn<T>(steps: (node: OverlayNode) => Steps<T>): MaybeAsync<T> {
    const node = this.#open().hold();
    return this.#fs.inTurn(function* () {
      try {
        return yield* steps(node);
      } finally {
        node.release();
      }
    });
  }

  #sameFs(to: Directory): OverlayDirectory {
    this.#open();
    if (!(to instanceof OverlayDirectory) || to.fs !== this.fs) throw new FsError("xdev");
    return to;
  }
}

/** What is under `name`. @throws FsError `noent`, or for the overlay's own name as told */
function* present(node: OverlayNode, name: string, reserved: "noent" | "perm" = "noent"): Steps<Found> {
  if (name === MARK) throw new FsError(reserved, "this name is the overlay's own");
  const found = yield* node.find(name);
  if (found === undefined || found.whiteout) throw new FsError("noent");
  return found;
}

/** Sees that `name` is free; answers whether the upper layer has a whiteout there. @throws FsError `exist`, `perm`, `noent` in a removed directory */
function* absent(node: OverlayNode, name: string): Steps<boolean> {
  if (name === MARK) throw new FsError("perm", "this name is the overlay's own");
  const found = yield* node.find(name);
  if (found !== undefined && !found.whiteout) throw new FsError("exist");
  if (node.removed) throw new FsError("noent", "the directory was removed");
  return found?.depth === 0;
}

function* openFile(fs: OverlayFileSystem, node: OverlayNode, name: string, options: OpenOptions): Steps<File> {
  const found = name === MARK ? undefined : yield* node.find(name);
  if (found === undefined || found.whiteout) {
    if (!options.create) throw new FsError("noent");
    const hidden = yield* absent(node, name);
    const upper = yield* upperOf(node);
    if (!hidden) return new OverlayFile(fs, yield* settled(upper.openFile(name, options)), 0, options.read);
    yield* putInPlace(fs, upper, name, function* (work, temporary) {
      (yield* settled(work.openFile(temporary, CREATE_NEW))).close();
    });
    return new OverlayFile(fs, yield* settled(upper.openFile(name, { ...options, exclusive: false })), 0, options.read);
  }
  if (options.create && options.exclusive) throw new FsError("exist");
  const { stat, layer, depth } = found;
  if (stat.kind === FileKind.symlink) throw new FsError("loop");
  if (stat.kind === FileKind.directory) throw new FsError("isdir");
  const existing = { ...options, create: false };
  if (depth === 0) return new OverlayFile(fs, yield* settled(layer.openFile(name, existing)), 0, options.read);
  if ((options.write || options.truncate) && stat.kind === FileKind.regular) {
    const upper = yield* copyUp(fs, node, name, found, options.truncate);
    return new OverlayFile(fs, yield* settled(upper.openFile(name, existing)), 0, options.read);
  }
  // To be read, or a device, which is no data of the layer.
  const inner = yield* settled(layer.openFile(name, existing));
  return new OverlayFile(fs, inner, depth, options.read, { node, name, ino: fs.seen(stat, depth).ino });
}

interface Move {
  readonly fs: OverlayFileSystem;
  readonly here: OverlayNode;
  readonly name: string;
  readonly there: OverlayNode;
  readonly toName: string;
  readonly found: Found;
  readonly replaced: Found | undefined;
}

function* renameFile({ fs, here, name, there, toName, found, replaced }: Move): Steps<void> {
  if (replaced !== undefined && fs.seen(replaced.stat, replaced.depth).ino === fs.seen(found.stat, found.depth).ino) return;
  if (replaced?.stat.kind === FileKind.directory) throw new FsError(isAbove(there, toName, here) ? "notempty" : "isdir");
  const upper = found.depth === 0 ? found.layer : yield* copyUp(fs, here, name, found);
  const upperThere = yield* upperOf(there);
  if (!(yield* here.showsBelow(name))) {
    yield* settled(upper.rename(name, upperThere, toName));
  } else {
    // The whiteout is ready before, so that nothing but the two renames is left to fail.
    yield* putInPlace(fs, upper, name, function* (work, temporary) {
      yield* settled(work.symlink(temporary, WHITEOUT));
      yield* settled(upper.rename(name, upperThere, toName));
    });
  }
  if (replaced !== undefined) unlinked(fs, there, toName, replaced);
}

function* renameDirectory({ fs, here, name, there, toName, replaced }: Move): Steps<void> {
  if (here === there && name === toName) return;
  if (isAbove(here, name, there)) throw new FsError("inval", "a directory cannot move below itself");
  if (replaced !== undefined && replaced.stat.kind !== FileKind.directory) throw new FsError("notdir");
  const moved = yield* here.child(name);
  let gone: OverlayNode | undefined;
  try {
    if (replaced !== undefined) {
      gone = yield* there.child(toName);
      if ((yield* listMerged(fs, gone, 0n, 1)).length > 0) throw new FsError("notempty");
    }
    if (moved.upper === undefined || moved.lowers.length > 0) throw new FsError("xdev", "a lower layer has a part in the directory");
    const upper = yield* upperOf(here);
    const upperThere = yield* upperOf(there);
    // What is below its new name must not show in it.
    if (yield* there.showsBelow(toName)) yield* makeOpaque(moved.upper);
    const target = yield* there.find(toName);
    if (target?.depth === 0 && target.whiteout) yield* settled(upperThere.unlink(toName));
    if (gone?.upper !== undefined) yield* clearMarks(gone.upper);
    yield* settled(upper.rename(name, upperThere, toName));
    if (gone !== undefined) removed(gone);
    moved.moveTo(there, toName);
    if (yield* here.showsBelow(name)) yield* putWhiteout(fs, upper, name);
  } finally {
    moved.release();
    gone?.release();
  }
}

/** Whether the directory `name` of `parent` is `node` or above it. */
function isAbove(parent: OverlayNode, name: string, node: OverlayNode): boolean {
  for (let at: OverlayNode | undefined = node; at !== undefined; at = at.parent) if (at.parent === parent && at.name === name) return true;
  return false;
}

/** The directory has lost its name. */
function removed(node: OverlayNode): void {
  node.removed = true;
  node.detach();
}

/** `name` does not stand for the file `found` any more. */
function unlinked(fs: OverlayFileSystem, node: OverlayNode, name: string, { stat, depth }: Found): void {
  if (depth === 0) fs.forgotten(stat);
  else for (const file of fs.lowerFiles.get(fs.seen(stat, depth).ino) ?? []) file.lost(node, name);
}
