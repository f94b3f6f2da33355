/**
 * The calls of WASI preview 1 that programs here use, as they are. Every call answers an `Errno`
 * of `posix.ts`. Addresses are addresses in the program's memory.
 *
 * Spec: WASI preview 1, wasi_snapshot_preview1.
 */

export namespace Kind {
  export const unknown: u8 = 0;
  export const blockDevice: u8 = 1;
  export const characterDevice: u8 = 2;
  export const directory: u8 = 3;
  export const file: u8 = 4;
  export const datagramSocket: u8 = 5;
  export const streamSocket: u8 = 6;
  export const link: u8 = 7;
}

export namespace OpenFlag {
  export const create: u32 = 1;
  export const directory: u32 = 2;
  export const exclusive: u32 = 4;
  export const truncate: u32 = 8;
}

export namespace FdFlag {
  export const append: u32 = 1;
}

/** What may be asked of an open file; the host refuses what the directory cannot pass on. */
export namespace Right {
  export const read: u64 = 1 << 1;
  export const seek: u64 = 1 << 2;
  export const tell: u64 = 1 << 5;
  export const write: u64 = 1 << 6;
  export const readdir: u64 = 1 << 14;
  export const filestat: u64 = 1 << 21;
  export const setSize: u64 = 1 << 22;
  export const setTimes: u64 = 1 << 23;
  export const poll: u64 = 1 << 27;
}

export namespace TimeFlag {
  export const access: u32 = 1;
  export const accessNow: u32 = 2;
  export const modification: u32 = 4;
  export const modificationNow: u32 = 8;
}

export namespace Clock {
  export const realtime: u32 = 0;
  export const monotonic: u32 = 1;
}

export namespace Whence {
  export const set: u32 = 0;
  export const current: u32 = 1;
  export const end: u32 = 2;
}

/** For the calls that look up a path: the last link is followed. */
export const FOLLOW: u32 = 1;

@external("wasi_snapshot_preview1", "args_get")
export declare function args_get(argv: usize, strings: usize): u32;
@external("wasi_snapshot_preview1", "args_sizes_get")
export declare function args_sizes_get(count: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "environ_get")
export declare function environ_get(environ: usize, strings: usize): u32;
@external("wasi_snapshot_preview1", "environ_sizes_get")
export declare function environ_sizes_get(count: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "clock_time_get")
export declare function clock_time_get(clock: u32, precision: u64, time: usize): u32;
@external("wasi_snapshot_preview1", "fd_close")
export declare function fd_close(fd: u32): u32;
@external("wasi_snapshot_preview1", "fd_fdstat_get")
export declare function fd_fdstat_get(fd: u32, stat: usize): u32;
@external("wasi_snapshot_preview1", "fd_filestat_get")
export declare function fd_filestat_get(fd: u32, stat: usize): u32;
@external("wasi_snapshot_preview1", "fd_filestat_set_times")
export declare function fd_filestat_set_times(fd: u32, access: u64, modification: u64, flags: u32): u32;
@external("wasi_snapshot_preview1", "fd_prestat_get")
export declare function fd_prestat_get(fd: u32, prestat: usize): u32;
@external("wasi_snapshot_preview1", "fd_prestat_dir_name")
export declare function fd_prestat_dir_name(fd: u32, into: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "fd_read")
export declare function fd_read(fd: u32, buffers: usize, count: u32, read: usize): u32;
@external("wasi_snapshot_preview1", "fd_readdir")
export declare function fd_readdir(fd: u32, into: usize, length: usize, cookie: u64, used: usize): u32;
@external("wasi_snapshot_preview1", "fd_seek")
export declare function fd_seek(fd: u32, offset: i64, whence: u32, position: usize): u32;
@external("wasi_snapshot_preview1", "fd_write")
export declare function fd_write(fd: u32, buffers: usize, count: u32, written: usize): u32;
@external("wasi_snapshot_preview1", "path_create_directory")
export declare function path_create_directory(fd: u32, path: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "path_filestat_get")
export declare function path_filestat_get(fd: u32, lookup: u32, path: usize, length: usize, stat: usize): u32;
@external("wasi_snapshot_preview1", "path_filestat_set_times")
export declare function path_filestat_set_times(fd: u32, lookup: u32, path: usize, length: usize, access: u64, modification: u64, flags: u32): u32;
@external("wasi_snapshot_preview1", "path_link")
export declare function path_link(fd: u32, lookup: u32, path: usize, length: usize, toFd: u32, toPath: usize, toLength: usize): u32;
@external("wasi_snapshot_preview1", "path_open")
export declare function path_open(fd: u32, lookup: u32, path: usize, length: usize, flags: u32, rights: u64, inheriting: u64, fdFlags: u32, opened: usize): u32;
@external("wasi_snapshot_preview1", "path_readlink")
export declare function path_readlink(fd: u32, path: usize, length: usize, into: usize, intoLength: usize, used: usize): u32;
@external("wasi_snapshot_preview1", "path_remove_directory")
export declare function path_remove_directory(fd: u32, path: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "path_rename")
export declare function path_rename(fd: u32, path: usize, length: usize, toFd: u32, toPath: usize, toLength: usize): u32;
@external("wasi_snapshot_preview1", "path_symlink")
export declare function path_symlink(target: usize, targetLength: usize, fd: u32, path: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "path_unlink_file")
export declare function path_unlink_file(fd: u32, path: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "poll_oneoff")
export declare function poll_oneoff(subscriptions: usize, events: usize, count: u32, happened: usize): u32;
@external("wasi_snapshot_preview1", "proc_exit")
export declare function proc_exit(status: u32): void;
