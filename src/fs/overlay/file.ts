/**
 * An open file of an overlay: of the upper layer, or of a lower one, for reading only. When the latter
 * is copied up, its handles go on with the copy.
 */
import { FsError } from "../fs-error.ts";
import type { Directory, File, FileKind, MaybeAsync, SetTimes, Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { READ, copyUp } from "./copy-up.ts";
import type { OverlayNode } from "./node.ts";
import type { OverlayFileSystem } from "./overlay.ts";

/** Where a file of a lower layer is. */
interface Place {
  readonly node: OverlayNode;
  readonly name: string;
  readonly ino: bigint;
}

export class OverlayFile implements File {
  readonly kind = "file";
  readonly fileKind?: FileKind;
  readonly #fs: OverlayFileSystem;
  readonly #read: boolean;
  #inner: File;
  #depth: number;
  /** Undefined for a file of the upper layer. */
  #place: Place | undefined;
  /** A file of a lower layer has lost its name. */
  #removed = false;
  #open = true;

  /** Takes `inner` over, and holds the node of `place` as long as the file is one of a lower layer. */
  constructor(fs: OverlayFileSystem, inner: File, depth: number, read: boolean, place?: Place) {
    this.#fs = fs;
    this.#inner = inner;
    this.#depth = depth;
    this.#read = read;
    this.#place = place;
    if (inner.fileKind !== undefined) this.fileKind = inner.fileKind;
    if (place === undefined) return;
    place.node.hold();
    const files = fs.lowerFiles.get(place.ino);
    if (files === undefined) fs.lowerFiles.set(place.ino, new Set([this]));
    else files.add(this);
  }

  read(offset: number, into: Uint8Array): MaybeAsync<number> {
    return this.#opened().read(offset, into);
  }
  write(offset: number, from: Uint8Array): MaybeAsync<number> {
    return this.#opened().write(offset, from);
  }
  append(from: Uint8Array): MaybeAsync<number> {
    return this.#opened().append(from);
  }
  truncate(size: number): MaybeAsync<void> {
    return this.#opened().truncate(size);
  }
  allocate(offset: number, length: number): MaybeAsync<void> {
    return this.#opened().allocate(offset, length);
  }
  sync(dataOnly: boolean): MaybeAsync<void> {
    return this.#opened().sync(dataOnly);
  }

  stat(): MaybeAsync<Stat> {
    const stat = this.#opened().stat();
    return stat instanceof Promise ? stat.then((value) => this.#seen(value)) : this.#seen(stat);
  }

  setTimes(times: SetTimes): MaybeAsync<void> {
    return this.#place === undefined ? this.#opened().setTimes(times) : this.#fs.inTurn(() => this.#setLowerTimes(times));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#leave();
    this.#inner.close();
  }

  /** Its file, below `node`, was copied to `upper`. */
  *follow(node: OverlayNode, name: string, upper: Directory): Steps<void> {
    // Of several names below, the others stay with their own file.
    if (this.#place?.node !== node || this.#place.name !== name) return;
    const copy = yield* settled(upper.openFile(name, { ...READ, read: this.#read }));
    if (!this.#open) return copy.close();
    this.#leave();
    this.#inner.close();
    this.#inner = copy;
    this.#depth = 0;
  }

  /** `name` below `node` was removed or replaced. */
  lost(node: OverlayNode, name: string): void {
    if (this.#place?.node === node && this.#place.name === name) this.#removed = true;
  }

  *#setLowerTimes(times: SetTimes): Steps<void> {
    const place = this.#place;
    if (place !== undefined) {
      const found = yield* place.node.find(place.name);
      if (this.#removed || found === undefined || found.depth === 0) throw new FsError("rofs", "a removed file of a lower layer");
      yield* copyUp(this.#fs, place.node, place.name, found);
    }
    yield* settled(this.#inner.setTimes(times));
  }

  #opened(): File {
    if (!this.#open) throw new FsError("badf", "closed");
    return this.#inner;
  }

  #seen(stat: Stat): Stat {
    const seen = this.#fs.seen(stat, this.#depth);
    return this.#removed ? { ...seen, nlink: seen.nlink - 1n } : seen;
  }

  #leave(): void {
    const place = this.#place;
    if (place === undefined) return;
    this.#place = undefined;
    const files = this.#fs.lowerFiles.get(place.ino);
    files?.delete(this);
    if (files?.size === 0) this.#fs.lowerFiles.delete(place.ino);
    place.node.release();
  }
}
