/**
 * Layouts of the records that cross the border, for both dialects: `wasi_snapshot_preview1`
 * and the older `wasi_unstable` ("preview 0"). They differ in the link count of a filestat (u64
 * or u32, which moves all that follows), in the numbers of `whence`, and in the subscription of a
 * clock, which in preview 0 begins with an identifier.
 *
 * Spec: WASI preview 1 and preview 0, typenames.
 */
import type { Stat } from "#fs";
import type { GuestMemory } from "../guest-memory.ts";

export const Whence = { set: 0, current: 1, end: 2 } as const;
export type Whence = (typeof Whence)[keyof typeof Whence];

export interface Dialect {
  readonly moduleName: string;
  /** `whence` by its number in this dialect. */
  readonly whence: readonly Whence[];
  readonly filestatSize: number;
  readonly filestatNlink64: boolean;
  readonly subscriptionSize: number;
  /** Offset of the clock id in a subscription; timeout, precision and flags follow at 8, 16 and 24 bytes. */
  readonly subscriptionClock: number;
}

export const PREVIEW1: Dialect = {
  moduleName: "wasi_snapshot_preview1",
  whence: [Whence.set, Whence.current, Whence.end],
  filestatSize: 64,
  filestatNlink64: true,
  subscriptionSize: 48,
  subscriptionClock: 16,
};
export const PREVIEW0: Dialect = {
  moduleName: "wasi_unstable",
  whence: [Whence.current, Whence.end, Whence.set],
  filestatSize: 56,
  filestatNlink64: false,
  subscriptionSize: 56,
  subscriptionClock: 24,
};

export const FDSTAT_SIZE = 24;
export const PRESTAT_SIZE = 8;
export const DIRENT_SIZE = 24;
export const EVENT_SIZE = 32;

export const FdFlag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
export const FD_FLAGS_ALL = 31;
export const FstFlag = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
export const FST_FLAGS_ALL = 15;
export const LOOKUP_SYMLINK_FOLLOW = 1;
export const OFlag = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const;
export const OFLAGS_ALL = 15;
export const EventType = { clock: 0, fdRead: 1, fdWrite: 2 } as const;
export const EVENT_HANGUP = 1;
export const SUBSCRIPTION_CLOCK_ABSTIME = 1;
export const RiFlag = { peek: 1, waitall: 2 } as const;
export const SdFlag = { read: 1, write: 2 } as const;
export const ADVICE_MAX = 5;

const U64_MAX = (1n << 64n) - 1n;
const U32_MAX = (1n << 32n) - 1n;

/** A value as the u64 nearest to it. */
export function clampU64(value: bigint): bigint {
  return value < 0n ? 0n : value > U64_MAX ? U64_MAX : value;
}

/** Writes a filestat; the caller has checked `dialect.filestatSize` bytes at `addr`. */
export function writeFilestat(memory: GuestMemory, dialect: Dialect, addr: number, stat: Stat): void {
  memory.fill(addr, dialect.filestatSize, 0);
  memory.setU64(addr, clampU64(stat.dev));
  memory.setU64(addr + 8, clampU64(stat.ino));
  memory.setU8(addr + 16, stat.kind);
  let at = addr + 24;
  if (dialect.filestatNlink64) {
    memory.setU64(at, clampU64(stat.nlink));
    at += 8;
  } else {
    const nlink = clampU64(stat.nlink);
    memory.setU32(addr + 20, Number(nlink > U32_MAX ? U32_MAX : nlink));
  }
  memory.setU64(at, clampU64(stat.size));
  memory.setU64(at + 8, clampU64(stat.atimeNs));
  memory.setU64(at + 16, clampU64(stat.mtimeNs));
  memory.setU64(at + 24, clampU64(stat.ctimeNs));
}

/** Writes an event; the caller has checked EVENT_SIZE bytes at `addr`. */
export function writeEvent(memory: GuestMemory, addr: number, userdata: bigint, errno: number, type: number, byteLength: number, flags: number): void {
  memory.fill(addr, EVENT_SIZE, 0);
  memory.setU64(addr, userdata);
  memory.setU16(addr + 8, errno);
  memory.setU8(addr + 10, type);
  memory.setU64Number(addr + 16, byteLength);
  memory.setU16(addr + 24, flags);
}
