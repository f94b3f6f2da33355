/**
 * The file-system interface: what stands behind every path and descriptor.
 *
 * It is shaped like the `*at` calls: a `Directory` is an open directory and acts on its
 * entries by single name (never a path, never "." or "..", never empty, no "/"). Walking a path
 * and following links happens above, in `walk.ts`, one component at a time, and `namespace.ts`
 * joins trees, so an implementation cannot be led out of its tree, and a host directory stays
 * race-free.
 *
 * An operation returns its value at once or a promise of it (`MaybeAsync`); it fails with
 * `FsError`. No operation blocks the host thread for longer than a disk access.
 * Offsets and sizes are numbers up to 2^53-1 bytes. Times are nanoseconds since the epoch.
 */
export type MaybeAsync<T> = T | Promise<T>;

export const FileKind = { unknown: 0, block: 1, character: 2, directory: 3, regular: 4, socketDgram: 5, socketStream: 6, symlink: 7 } as const;
export type FileKind = (typeof FileKind)[keyof typeof FileKind];

export interface Stat {
  /** Device and inode: equal exactly when two names are the same file. */
  readonly dev: bigint;
  readonly ino: bigint;
  readonly kind: FileKind;
  readonly nlink: bigint;
  readonly size: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** The name stands for this descriptor of the program that looks, such as /dev/stdin: what that is says its own stat. */
  readonly own?: number;
}
/** A time to set: nanoseconds, "now", or undefined to leave it. */
export interface SetTimes {
  readonly atime: bigint | "now" | undefined;
  readonly mtime: bigint | "now" | undefined;
}
export interface DirEntry {
  readonly name: string;
  readonly ino: bigint;
  readonly kind: FileKind;
  /** Cookie with which to resume after this entry; stable while other entries come and go. Never 0; 0 starts at the beginning. */
  readonly next: bigint;
}
export interface OpenOptions {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  /** With `create`: fail with `exist` when the name is taken, be it by a link. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

interface Node {
  stat(): MaybeAsync<Stat>;
  setTimes(times: SetTimes): MaybeAsync<void>;
  /** Makes data (and, unless `dataOnly`, metadata) durable as far as the implementation can. */
  sync(dataOnly: boolean): MaybeAsync<void>;
  /** Gives the node back. Idempotent. An unlinked file lives until its last close. */
  close(): void;
}

export interface File extends Node {
  readonly kind: "file";
  /** What its `stat` says, when that is not a regular file: a device. */
  readonly fileKind?: FileKind;
  /** Its file system takes no changes. */
  readonly readOnly?: boolean;
  /** Reads at `offset` into `into`; returns the bytes read, 0 at the end. `into` is never guest memory that could change or detach. */
  read(offset: number, into: Uint8Array): MaybeAsync<number>;
  /** Writes all or fails; a quota or full disk gives `nospc` or a short count. */
  write(offset: number, from: Uint8Array): MaybeAsync<number>;
  /** Writes at the end, atomically with finding the end; returns count written. */
  append(from: Uint8Array): MaybeAsync<number>;
  truncate(size: number): MaybeAsync<void>;
  /** Makes sure that [offset, offset+length) exists; never shrinks. */
  allocate(offset: number, length: number): MaybeAsync<void>;
}

export interface Directory extends Node {
  readonly kind: "directory";
  /** File system this belongs to; links and renames across file systems give `xdev`. */
  readonly fs: FileSystem;
  statEntry(name: string): MaybeAsync<Stat>;
  /** Opens a subdirectory. `notdir` when it is something else, `loop` when it is a symbolic link. */
  openDirectory(name: string): MaybeAsync<Directory>;
  /** Opens or creates a regular file. `isdir` for a directory, `loop` for a symbolic link, `notsup` for devices and pipes. */
  openFile(name: string, options: OpenOptions): MaybeAsync<File>;
  readlink(name: string): MaybeAsync<string>;
  mkdir(name: string): MaybeAsync<void>;
  rmdir(name: string): MaybeAsync<void>;
  /** Removes a name that is no directory (`isdir`). */
  unlink(name: string): MaybeAsync<void>;
  symlink(name: string, target: string): MaybeAsync<void>;
  /** Hard link to `name` under `toName` in `to`; never follows a link. */
  link(name: string, to: Directory, toName: string): MaybeAsync<void>;
  /** POSIX rename: replaces a file or an empty directory; a directory never moves into its own subtree. */
  rename(name: string, to: Directory, toName: string): MaybeAsync<void>;
  setEntryTimes(name: string, times: SetTimes): MaybeAsync<void>;
  /** Entries after `cookie`, at most `max`, without "." and "..". */
  entries(cookie: bigint, max: number): MaybeAsync<readonly DirEntry[]>;
  /** Another open directory on the same node. */
  reopen(): MaybeAsync<Directory>;
}

export interface Space {
  readonly used: number;
  readonly total: number;
}

export interface FileSystem {
  readonly name: string;
  /** No operation changes anything; writes give `rofs`. */
  readonly readOnly: boolean;
  /** By what the machine's driver opens the same file system on another hart, as plain data; others are asked over messages. */
  readonly locator?: unknown;
  /** Bytes in use and in all, where they are counted; for those who list mounts. */
  space?(): Space | undefined;
  /** The root, opened anew. */
  root(): MaybeAsync<Directory>;
}
