/**
 * A directory of an overlay while somebody has it open: the directories of the layers that it is made
 * of, and its place in the tree, which copying up needs.
 *
 * There is one node per directory at most, so that all handles see it at once when a directory comes into
 * the upper layer. A node keeps the one above it.
 */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { Directory, Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { isOpaque, isWhiteout, orNothing } from "./marks.ts";

/** The topmost thing of a name. */
export interface Found {
  /** Its directory in that layer. */
  readonly layer: Directory;
  /** 0 for the upper layer. */
  readonly depth: number;
  readonly stat: Stat;
  readonly whiteout: boolean;
}

export class OverlayNode {
  // Only renames and removals write these.
  parent: OverlayNode | undefined;
  name: string;
  removed = false;
  /** Undefined until something changes in it. */
  upper: Directory | undefined;
  /** The directories below, the topmost first; never changes. */
  readonly lowers: readonly { readonly directory: Directory; readonly depth: number }[];
  readonly children = new Map<string, OverlayNode>();
  #holds = 1;
  readonly #onEnd: (() => void) | undefined;

  /** Takes the directories over, and a hold on `parent`. */
  constructor(parent: OverlayNode | undefined, name: string, upper: Directory | undefined, lowers: OverlayNode["lowers"], onEnd?: () => void) {
    this.parent = parent;
    this.name = name;
    this.upper = upper;
    this.lowers = lowers;
    this.#onEnd = onEnd;
    parent?.hold();
    parent?.children.set(name, this);
  }

  hold(): this {
    this.#holds++;
    return this;
  }

  release(): void {
    if (--this.#holds > 0) return;
    this.upper?.close();
    for (const { directory } of this.lowers) directory.close();
    this.detach();
    this.#onEnd?.();
  }

  /** Takes it out of the tree. */
  detach(): void {
    const { parent } = this;
    this.parent = undefined;
    if (parent === undefined) return;
    if (parent.children.get(this.name) === this) parent.children.delete(this.name);
    parent.release();
  }

  /** Puts it elsewhere in the tree. */
  moveTo(parent: OverlayNode, name: string): void {
    parent.hold();
    this.detach();
    this.parent = parent;
    this.name = name;
    parent.children.set(name, this);
  }

  /** What is under `name`, from the upper layer down; with `below`, without the upper layer. */
  *find(name: string, below = false): Steps<Found | undefined> {
    if (!below && this.upper !== undefined) {
      const found = yield* lookInto(this.upper, 0, name);
      if (found !== undefined) return found;
    }
    for (const { directory, depth } of this.lowers) {
      const found = yield* lookInto(directory, depth, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether something would show under `name` if the upper layer had nothing there. */
  *showsBelow(name: string): Steps<boolean> {
    const found = yield* this.find(name, true);
    return found !== undefined && !found.whiteout;
  }

  /** The subdirectory `name`, held for the caller. @throws FsError `noent`, `notdir`, `loop` */
  *child(name: string): Steps<OverlayNode> {
    const known = this.children.get(name);
    if (known !== undefined) return known.hold();
    let upper: Directory | undefined;
    const lowers: { readonly directory: Directory; readonly depth: number }[] = [];
    try {
      const layers = this.upper === undefined ? this.lowers : [{ directory: this.upper, depth: 0 }, ...this.lowers];
      for (const { directory, depth } of layers) {
        const found = yield* lookInto(directory, depth, name);
        if (found === undefined) continue;
        if (found.whiteout) break;
        if (found.stat.kind !== FileKind.directory) {
          if (upper === undefined && lowers.length === 0) throw new FsError(found.stat.kind === FileKind.symlink ? "loop" : "notdir");
          break;
        }
        const opened = yield* settled(directory.openDirectory(name));
        if (depth === 0) upper = opened;
        else lowers.push({ directory: opened, depth });
        if (yield* isOpaque(opened)) break;
      }
      if (upper === undefined && lowers.length === 0) throw new FsError("noent");
      return new OverlayNode(this, name, upper, lowers);
    } catch (error) {
      upper?.close();
      for (const { directory } of lowers) directory.close();
      throw error;
    }
  }
}

function* lookInto(layer: Directory, depth: number, name: string): Steps<Found | undefined> {
  const stat = yield* orNothing(() => layer.statEntry(name));
  return stat === undefined ? undefined : { layer, depth, stat, whiteout: yield* isWhiteout(layer, name, stat) };
}
