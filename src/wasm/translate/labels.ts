/** What the passes over a body's events ask about its branches. */
import { EventKind } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { readU32, skipU32 } from "./leb128.ts";

/** Calls `use` with each label of the `br_table` in `[start, end)`, the default last. */
export function forEachLabel(bytes: Uint8Array, start: number, end: number, use: (label: number) => void): void {
  for (let at = skipU32(bytes, start + 1); at < end; at = skipU32(bytes, at)) use(readU32(bytes, at));
}

/** Whether the body can be entered at a handler, from anywhere inside what that stands for. */
export function hasHandlers({ kind, first, length }: BodyEvents): boolean {
  for (let row = first; row < length; row++) {
    if (kind[row] === EventKind.try || kind[row] === EventKind.tryTable) return true;
  }
  return false;
}
