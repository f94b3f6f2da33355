/**
 * What a generated tree is made of. A node says what it is when it is looked at; nothing is stored.
 *
 * A directory lists its names and finds one by name, both anew each time, so a tree of 10,000
 * processes costs nothing until somebody looks. The inode of a node is what its maker says; it must tell
 * nodes of one tree apart.
 */
import type { File, MaybeAsync, OpenOptions, Stat } from "../interface.ts";

export type GeneratedNode = GeneratedDirectory | GeneratedText | GeneratedDevice | GeneratedLink;

export interface GeneratedDirectory {
  readonly kind: "directory";
  readonly ino: bigint;
  /** Names in a stable order, each of which `find` finds unless it has gone meanwhile. */
  names(): readonly string[];
  /** `name` is valid UTF-16 without "/", not "." and not "..". */
  find(name: string): GeneratedNode | undefined;
}

/** A file whose text is made when it is opened, and stays as it was until that descriptor is closed. */
export interface GeneratedText {
  readonly kind: "text";
  readonly ino: bigint;
  text(): string;
}

/** A character device: what is open of it decides what reading and writing mean. */
export interface GeneratedDevice {
  readonly kind: "device";
  readonly ino: bigint;
  open(options: OpenOptions, stat: Stat): MaybeAsync<File>;
  /** The descriptor of its own that a program finds here. */
  readonly own?: number;
}

export interface GeneratedLink {
  readonly kind: "link";
  readonly ino: bigint;
  target(): string;
}

/** A directory whose entries are known. */
export function fixedDirectory(ino: bigint, entries: Readonly<Record<string, GeneratedNode>>): GeneratedDirectory {
  const found = new Map(Object.entries(entries));
  const names = [...found.keys()];
  return { kind: "directory", ino, names: () => names, find: (name) => found.get(name) };
}
