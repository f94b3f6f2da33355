/**
 * Several file systems as one: each covers those before it, and the last takes the changes.
 *
 *     overlay(base, additions, memory())
 *
 * The lower layers are never changed, and nobody else may change them meanwhile. What is opened for
 * writing, renamed, linked or given other times is first copied into the upper layer; what is
 * removed is hidden there (marks.ts). One overlay at a time may use an upper layer.
 *
 * Differs from the interface: a directory that lower layers have a part in cannot be renamed (`xdev`, as
 * between file systems; programs then copy it). A file with several names below gets a copy for the
 * one that is changed. A file keeps its inode while it is copied up, until the overlay is made anew.
 *
 * Operations on names happen one after the other. While all layers answer at once, so does the overlay.
 */
import { newDeviceNumber } from "../device-number.ts";
import { FsError } from "../fs-error.ts";
import type { Directory, FileSystem, MaybeAsync, Stat } from "../interface.ts";
import { run, settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { mustBeFileSystem } from "../rules.ts";
import { OverlayDirectory } from "./directory.ts";
import type { OverlayFile } from "./file.ts";
import { MARK, discard } from "./marks.ts";
import { OverlayNode } from "./node.ts";

/** So many that cookies of all layers find room in one. */
const LAYERS_MAX = 16;
/** Bits of an inode number that are the layer's own; above them stands which file system it is of. */
const INODE_BITS = 56n;

/** @throws FsError `inval` for fewer than two layers, or more than 16; OptionError for one that is no file system. */
export function overlay(...layers: readonly FileSystem[]): OverlayFileSystem {
  if (layers.length < 2 || layers.length > LAYERS_MAX) throw new FsError("inval", `an overlay has 2 to ${LAYERS_MAX} layers`);
  layers.forEach((layer, index) => mustBeFileSystem(layer, `layers[${index}]`));
  return new OverlayFileSystem(layers);
}

export class OverlayFileSystem implements FileSystem {
  readonly name = "overlay";
  readonly readOnly: boolean;
  readonly device = newDeviceNumber();
  /** The upper one first. */
  readonly layers: readonly FileSystem[];
  /** Open files of lower layers, by inode, which follow when theirs is copied up. */
  readonly lowerFiles = new Map<bigint, Set<OverlayFile>>();
  /** Inode of the upper layer -> that of the file below that it is a copy of. One for each file of the upper layer at most. */
  readonly copies = new Map<bigint, bigint>();
  readonly #spaces = new Map<string, bigint>();
  #root: OverlayNode | undefined = undefined;
  #tail: Promise<void> | undefined = undefined;
  #temporaries = 0;

  constructor(layers: readonly FileSystem[]) {
    this.layers = layers.toReversed();
    this.readOnly = this.layers[0]!.readOnly;
  }

  root(): MaybeAsync<Directory> {
    return this.inTurn(() => this.#openRoot());
  }

  *#openRoot(): Steps<Directory> {
    if (this.#root !== undefined) return new OverlayDirectory(this, this.#root.hold());
    const opened: Directory[] = [];
    try {
      for (const layer of this.layers) opened.push(yield* settled(layer.root()));
    } catch (error) {
      for (const directory of opened) directory.close();
      throw error;
    }
    const [upper, ...below] = opened;
    this.#root = new OverlayNode(undefined, "", upper, below.map((directory, index) => ({ directory, depth: index + 1 })), () => (this.#root = undefined));
    return new OverlayDirectory(this, this.#root);
  }

  /** Does `steps` after all that were given before. */
  inTurn<T>(steps: () => Steps<T>): MaybeAsync<T> {
    const start = (): MaybeAsync<T> => run(steps());
    const result = this.#tail === undefined ? start() : this.#tail.then(start);
    if (result instanceof Promise) {
      const nothing = (): void => undefined;
      const tail = result.then(nothing, nothing).then(() => {
        if (this.#tail === tail) this.#tail = undefined;
      });
      this.#tail = tail;
    }
    return result;
  }

  /** The same file as it is seen through the overlay. `depth` is the layer's, 0 for the upper one. */
  seen(stat: Stat, depth: number): Stat {
    const own = this.#inode(stat, depth);
    return { ...stat, dev: this.device, ino: depth === 0 ? (this.copies.get(own) ?? own) : own };
  }

  /** Notes that the file `upper` of the upper layer is what was `lower` at `depth`. */
  copied(upper: Stat, lower: Stat, depth: number): void {
    // Other names of the file below stay what they are, and so another file.
    if (lower.nlink === 1n) this.copies.set(this.#inode(upper, 0), this.#inode(lower, depth));
  }

  /** The last name of a file in the upper layer goes: its inode may come again for another. */
  forgotten(upper: Stat): void {
    if (upper.nlink <= 1n) this.copies.delete(this.#inode(upper, 0));
  }

  #inode({ dev, ino }: Stat, depth: number): bigint {
    const key = `${depth} ${dev}`;
    let space = this.#spaces.get(key);
    if (space === undefined) this.#spaces.set(key, (space = BigInt(this.#spaces.size)));
    return BigInt.asUintN(64, (space << INODE_BITS) + BigInt.asUintN(Number(INODE_BITS), ino));
  }

  /** Where things of the upper layer are made before they get their names. To be closed. */
  *workplace(): Steps<Directory> {
    const root = yield* settled(this.layers[0]!.root());
    try {
      try {
        yield* settled(root.mkdir(MARK));
      } catch (error) {
        if (!(error instanceof FsError) || error.code !== "exist") throw error;
      }
      return yield* settled(root.openDirectory(MARK));
    } finally {
      root.close();
    }
  }

  /** A name that is free in `work`; what an earlier run left there goes. */
  *temporary(work: Directory): Steps<string> {
    const name = String(++this.#temporaries);
    yield* discard(work, name);
    return name;
  }
}
