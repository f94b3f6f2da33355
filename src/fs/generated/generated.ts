/** A file system whose tree is made by code as it is looked at: `/proc`, `/dev`. */
import type { Directory, FileSystem } from "../interface.ts";
import { OpenGeneratedDirectory, OpenTexts } from "./directory.ts";
import type { GeneratedDirectory } from "./node.ts";

export interface GeneratedOptions {
  readonly name: string;
  /** False when devices in it can be written to; names can be made in neither case. */
  readonly readOnly: boolean;
  /** What every node has as its times, in nanoseconds since the epoch. */
  readonly timeNs: () => bigint;
}

/** A file system with `root` as its root. */
export function generated(root: GeneratedDirectory, options: GeneratedOptions): FileSystem {
  const texts = new OpenTexts();
  const fs: FileSystem = {
    name: options.name,
    readOnly: options.readOnly,
    root: (): Directory => new OpenGeneratedDirectory(fs, root, texts, options.timeNs),
  };
  return fs;
}
