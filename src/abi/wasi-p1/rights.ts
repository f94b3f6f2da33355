/**
 * WASI rights: what a descriptor may be used for. They are 30 bits, so inside the system they are
 * one small integer; only the border of a call converts from and to the u64 of the ABI. The base
 * rights of a descriptor are the rights of its kernel handle.
 *
 * Spec: WASI preview 1, typenames, rights.
 */
export const Right = {
  fdDatasync: 1 << 0,
  fdRead: 1 << 1,
  fdSeek: 1 << 2,
  fdFdstatSetFlags: 1 << 3,
  fdSync: 1 << 4,
  fdTell: 1 << 5,
  fdWrite: 1 << 6,
  fdAdvise: 1 << 7,
  fdAllocate: 1 << 8,
  pathCreateDirectory: 1 << 9,
  pathCreateFile: 1 << 10,
  pathLinkSource: 1 << 11,
  pathLinkTarget: 1 << 12,
  pathOpen: 1 << 13,
  fdReaddir: 1 << 14,
  pathReadlink: 1 << 15,
  pathRenameSource: 1 << 16,
  pathRenameTarget: 1 << 17,
  pathFilestatGet: 1 << 18,
  pathFilestatSetSize: 1 << 19,
  pathFilestatSetTimes: 1 << 20,
  fdFilestatGet: 1 << 21,
  fdFilestatSetSize: 1 << 22,
  fdFilestatSetTimes: 1 << 23,
  pathSymlink: 1 << 24,
  pathRemoveDirectory: 1 << 25,
  pathUnlinkFile: 1 << 26,
  pollFdReadwrite: 1 << 27,
  sockShutdown: 1 << 28,
  sockAccept: 1 << 29,
} as const;
export type RightName = keyof typeof Right;

/** Every right that exists. */
export const ALL_RIGHTS = (1 << 30) - 1;

/** What can be done with a regular file at all. */
export const FILE_RIGHTS =
  Right.fdDatasync | Right.fdRead | Right.fdSeek | Right.fdFdstatSetFlags | Right.fdSync | Right.fdTell | Right.fdWrite | Right.fdAdvise |
  Right.fdAllocate | Right.fdFilestatGet | Right.fdFilestatSetSize | Right.fdFilestatSetTimes | Right.pollFdReadwrite;

/** What can be done with a directory at all. */
export const DIRECTORY_RIGHTS =
  Right.fdDatasync | Right.fdFdstatSetFlags | Right.fdSync | Right.pathCreateDirectory | Right.pathCreateFile | Right.pathLinkSource |
  Right.pathLinkTarget | Right.pathOpen | Right.fdReaddir | Right.pathReadlink | Right.pathRenameSource | Right.pathRenameTarget |
  Right.pathFilestatGet | Right.pathFilestatSetSize | Right.pathFilestatSetTimes | Right.fdFilestatGet | Right.fdFilestatSetTimes |
  Right.pathSymlink | Right.pathRemoveDirectory | Right.pathUnlinkFile;

/** What a directory can pass on to what is opened through it. */
export const DIRECTORY_INHERITING = DIRECTORY_RIGHTS | FILE_RIGHTS;

/** A byte stream without a position; the absence of seek and tell is how C libraries know a terminal. */
export const SOURCE_RIGHTS = Right.fdRead | Right.fdFdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;
export const SINK_RIGHTS = Right.fdWrite | Right.fdFdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;
export const TERMINAL_RIGHTS = SOURCE_RIGHTS | SINK_RIGHTS;
export const CONNECTION_RIGHTS = SOURCE_RIGHTS | SINK_RIGHTS | Right.sockShutdown;
export const LISTENER_RIGHTS = Right.sockAccept | Right.fdRead | Right.fdFdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;

/** Rights for which a file must be opened for reading, and for writing. */
export const READING_RIGHTS = Right.fdRead;
export const WRITING_RIGHTS = Right.fdWrite | Right.fdAllocate | Right.fdFilestatSetSize;

/** The known rights in a u64 of the ABI. */
export function rightsFromU64(claimed: bigint): number {
  return Number(claimed & BigInt(ALL_RIGHTS));
}
/** True when a u64 of the ABI names rights that do not exist. */
export function hasUnknownRights(claimed: bigint): boolean {
  return BigInt.asUintN(64, claimed) >> 30n !== 0n;
}
