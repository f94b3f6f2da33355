/** Node's stat results and times, and what the file-system interface makes of them. */
import { constants } from "node:fs";
import type { BigIntStats } from "node:fs";
import { FileKind } from "#fs";
import type { SetTimes, Stat } from "#fs";

const KINDS: ReadonlyMap<number, FileKind> = new Map([
  [constants.S_IFREG, FileKind.regular],
  [constants.S_IFDIR, FileKind.directory],
  [constants.S_IFLNK, FileKind.symlink],
  [constants.S_IFBLK, FileKind.block],
  [constants.S_IFCHR, FileKind.character],
  [constants.S_IFSOCK, FileKind.socketStream],
]);

export function kindOf(stats: BigIntStats): FileKind {
  return KINDS.get(Number(stats.mode) & constants.S_IFMT) ?? FileKind.unknown;
}

export function toStat(stats: BigIntStats): Stat {
  return {
    dev: stats.dev,
    ino: stats.ino,
    kind: kindOf(stats),
    nlink: stats.nlink,
    size: stats.size,
    atimeNs: stats.atimeNs,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

/**
 * A time as `utimes` takes it. Node hands seconds on as a double, of which the host keeps about
 * 0.3 µs for present dates; whole seconds are exact. An invalid date arrives at the host as
 * "leave it" and infinity as "now" (libuv since 1.51, which every Node that we run on has).
 */
function toTimeLike(time: bigint | "now" | undefined): string | Date {
  if (time === undefined) return new Date(NaN);
  if (time === "now") return "Infinity";
  const magnitude = time < 0n ? -time : time;
  return `${time < 0n ? "-" : ""}${magnitude / 1_000_000_000n}.${String(magnitude % 1_000_000_000n).padStart(9, "0")}`;
}

export function toTimeLikes(times: SetTimes): [atime: string | Date, mtime: string | Date] {
  return [toTimeLike(times.atime), toTimeLike(times.mtime)];
}
