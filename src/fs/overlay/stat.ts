/** What things are, seen through an overlay. */
import { FileKind } from "../interface.ts";
import type { Stat } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import type { Found, OverlayNode } from "./node.ts";
import type { OverlayFileSystem } from "./overlay.ts";

export function* statDirectory(fs: OverlayFileSystem, node: OverlayNode): Steps<Stat> {
  const lower = node.lowers[0];
  const top = yield* settled((node.upper ?? lower!.directory).stat());
  // Whether it is in the upper layer too must not show in its inode.
  const ino = lower === undefined ? fs.seen(top, 0).ino : fs.seen(yield* settled(lower.directory.stat()), lower.depth).ino;
  return { ...top, dev: fs.device, ino, nlink: node.removed ? 0n : top.nlink };
}

export function* statFound(fs: OverlayFileSystem, node: OverlayNode, name: string, { stat, depth }: Found): Steps<Stat> {
  if (stat.kind !== FileKind.directory) return fs.seen(stat, depth);
  const child = yield* node.child(name);
  try {
    return yield* statDirectory(fs, child);
  } finally {
    child.release();
  }
}
