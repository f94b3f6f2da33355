/** The entries of a directory of an overlay, out of all its layers. */
import type { DirEntry } from "../interface.ts";
import { settled } from "../maybe-async.ts";
import type { Steps } from "../maybe-async.ts";
import { MARK, orNothing } from "./marks.ts";
import type { OverlayNode } from "./node.ts";
import type { OverlayFileSystem } from "./overlay.ts";
import { statFound } from "./stat.ts";

/** Names asked of a layer at a time. */
const BATCH = 64;

/**
 * Entries after `cookie`, at most `max`. A name is listed with the topmost lower layer that has something
 * under it, a whiteout too, else with the upper one.
 */
export function* listMerged(fs: OverlayFileSystem, node: OverlayNode, cookie: bigint, max: number): Steps<readonly DirEntry[]> {
  const found: DirEntry[] = [];
  if (node.removed) return found;
  const sections = BigInt(fs.layers.length);
  let section = Number(cookie % sections);
  let after = cookie / sections;
  while (section < fs.layers.length && found.length < max) {
    const layer = section === fs.layers.length - 1 ? node.upper : node.lowers[section]?.directory;
    const listed = layer === undefined ? [] : yield* settled(layer.entries(after, Math.min(BATCH, max - found.length)));
    if (listed.length === 0) {
      section++;
      after = 0n;
      continue;
    }
    for (const { name, next } of listed) {
      after = next;
      if (name === MARK || (yield* listedBefore(node, section, name))) continue;
      const entry = yield* entryOf(fs, node, name);
      if (entry !== undefined) found.push({ ...entry, next: next * sections + BigInt(section) });
    }
  }
  return found;
}

function* listedBefore(node: OverlayNode, section: number, name: string): Steps<boolean> {
  for (const { directory } of node.lowers.slice(0, section)) if ((yield* orNothing(() => directory.statEntry(name))) !== undefined) return true;
  return false;
}

function* entryOf(fs: OverlayFileSystem, node: OverlayNode, name: string): Steps<Omit<DirEntry, "next"> | undefined> {
  const found = yield* node.find(name);
  if (found === undefined || found.whiteout) return undefined;
  const { kind } = found.stat;
  return { name, kind, ino: (yield* statFound(fs, node, name, found)).ino };
}
