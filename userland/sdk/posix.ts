/**
 * The POSIX calls of Isola for AssemblyScript. Written by tools/generate.ts; docs/posix.md says
 * what each means. Every call answers an `Errno`.
 */

export namespace Errno {
  export const success: u32 = 0;
  export const too_big: u32 = 1;
  export const acces: u32 = 2;
  export const addrinuse: u32 = 3;
  export const addrnotavail: u32 = 4;
  export const afnosupport: u32 = 5;
  export const again: u32 = 6;
  export const already: u32 = 7;
  export const badf: u32 = 8;
  export const badmsg: u32 = 9;
  export const busy: u32 = 10;
  export const canceled: u32 = 11;
  export const child: u32 = 12;
  export const connaborted: u32 = 13;
  export const connrefused: u32 = 14;
  export const connreset: u32 = 15;
  export const deadlk: u32 = 16;
  export const destaddrreq: u32 = 17;
  export const dom: u32 = 18;
  export const dquot: u32 = 19;
  export const exist: u32 = 20;
  export const fault: u32 = 21;
  export const fbig: u32 = 22;
  export const hostunreach: u32 = 23;
  export const idrm: u32 = 24;
  export const ilseq: u32 = 25;
  export const inprogress: u32 = 26;
  export const intr: u32 = 27;
  export const inval: u32 = 28;
  export const io: u32 = 29;
  export const isconn: u32 = 30;
  export const isdir: u32 = 31;
  export const loop: u32 = 32;
  export const mfile: u32 = 33;
  export const mlink: u32 = 34;
  export const msgsize: u32 = 35;
  export const multihop: u32 = 36;
  export const nametoolong: u32 = 37;
  export const netdown: u32 = 38;
  export const netreset: u32 = 39;
  export const netunreach: u32 = 40;
  export const nfile: u32 = 41;
  export const nobufs: u32 = 42;
  export const nodev: u32 = 43;
  export const noent: u32 = 44;
  export const noexec: u32 = 45;
  export const nolck: u32 = 46;
  export const nolink: u32 = 47;
  export const nomem: u32 = 48;
  export const nomsg: u32 = 49;
  export const noprotoopt: u32 = 50;
  export const nospc: u32 = 51;
  export const nosys: u32 = 52;
  export const notconn: u32 = 53;
  export const notdir: u32 = 54;
  export const notempty: u32 = 55;
  export const notrecoverable: u32 = 56;
  export const notsock: u32 = 57;
  export const notsup: u32 = 58;
  export const notty: u32 = 59;
  export const nxio: u32 = 60;
  export const overflow: u32 = 61;
  export const ownerdead: u32 = 62;
  export const perm: u32 = 63;
  export const pipe: u32 = 64;
  export const proto: u32 = 65;
  export const protonosupport: u32 = 66;
  export const prototype: u32 = 67;
  export const range: u32 = 68;
  export const rofs: u32 = 69;
  export const spipe: u32 = 70;
  export const srch: u32 = 71;
  export const stale: u32 = 72;
  export const timedout: u32 = 73;
  export const txtbsy: u32 = 74;
  export const xdev: u32 = 75;
  export const notcapable: u32 = 76;
}

export namespace Signal {
  /** the terminal is gone */
  export const HUP: u32 = 1;
  /** interrupt from the terminal, ^C */
  export const INT: u32 = 2;
  /** quit from the terminal, ^\ */
  export const QUIT: u32 = 3;
  /** `unreachable` was executed */
  export const ILL: u32 = 4;
  /** the program gave up */
  export const ABRT: u32 = 6;
  /** division by zero or overflow */
  export const FPE: u32 = 8;
  /** end; can be neither caught nor blocked */
  export const KILL: u32 = 9;
  /** free for use */
  export const USR1: u32 = 10;
  /** any other trap */
  export const SEGV: u32 = 11;
  /** free for use */
  export const USR2: u32 = 12;
  /** written to a pipe that nobody reads */
  export const PIPE: u32 = 13;
  /** free for use; the system sends none */
  export const ALRM: u32 = 14;
  /** a request to end */
  export const TERM: u32 = 15;
  /** a child ended, stopped or went on */
  export const CHLD: u32 = 17;
  /** go on when stopped */
  export const CONT: u32 = 18;
  /** stop; can be neither caught nor blocked */
  export const STOP: u32 = 19;
  /** stop from the terminal, ^Z */
  export const TSTP: u32 = 20;
  /** read from the terminal in the background */
  export const TTIN: u32 = 21;
  /** write to the terminal in the background */
  export const TTOU: u32 = 22;
  /** the terminal has another size */
  export const WINCH: u32 = 28;
}

export namespace SpawnFlag {
  /** the child goes into the process group `pgid`; 0 makes one with the child's number */
  export const group: u32 = 1;
  /** the child's group becomes the foreground group of the terminal behind the child's descriptor 0, before the child runs */
  export const foreground: u32 = 2;
  /** signals that the caller ignores are not ignored in the child */
  export const default_signals: u32 = 4;
}

export namespace WaitOption {
  /** does not block: the pid is 0 when there is nothing to tell */
  export const nohang: u32 = 1;
  /** tells of children that stopped, too */
  export const untraced: u32 = 2;
  /** tells of children that went on, too */
  export const continued: u32 = 8;
}

export namespace SignalAction {
  /** what the signal does by itself */
  export const standard: u32 = 0;
  /** nothing */
  export const ignore: u32 = 1;
  /** the export `__isola_signal` is called */
  export const handle: u32 = 2;
}

export namespace MaskChange {
  /** adds the set */
  export const block: u32 = 0;
  /** takes the set out */
  export const unblock: u32 = 1;
  /** the set and no other */
  export const set: u32 = 2;
}

export namespace InputFlag {
  /** a carriage return reads as a line feed */
  export const icrnl: u32 = 256;
}

export namespace OutputFlag {
  /** what is written is treated at all */
  export const opost: u32 = 1;
  /** a line feed goes out with a carriage return before it */
  export const onlcr: u32 = 4;
}

export namespace LocalFlag {
  /** ^C, ^\ and ^Z are signals */
  export const isig: u32 = 1;
  /** input comes by lines that can be edited */
  export const icanon: u32 = 2;
  /** input is shown */
  export const echo: u32 = 8;
  /** writing in the background stops */
  export const tostop: u32 = 256;
}

export namespace ModeBit {
  /** the bits that say what it is */
  export const kinds: u32 = 61440;
  /** a pipe */
  export const fifo: u32 = 4096;
  /** a terminal or another device */
  export const character: u32 = 8192;
  /** a directory */
  export const directory: u32 = 16384;
  /** a file */
  export const regular: u32 = 32768;
  /** a symbolic link */
  export const link: u32 = 40960;
  /** a socket */
  export const socket: u32 = 49152;
}

/** The number that a descriptor has in the child, and its number here. 8 bytes. */
@unmanaged
export class FdPair {
  child: u32 = 0; // at 0
  parent: u32 = 0; // at 4
}

/** How a terminal treats bytes. 16 bytes. */
@unmanaged
export class Attributes {
  iflag: u32 = 0; // at 0
  oflag: u32 = 0; // at 4
  cflag: u32 = 0; // at 8
  lflag: u32 = 0; // at 12
}

/** Starts the file, looked up from the working directory and nowhere else, as a child. The child has the listed descriptors under the numbers listed, shared as after `dup`, and no others but the mounts; it has the working directory and the blocked signals of the caller. A file that begins with `#!` is run by the interpreter that it names. */
@external("isola_posix", "spawn")
export declare function spawn(path: usize, path_length: usize, argv: usize, argv_length: usize, env: usize, env_length: usize, fds: usize, fds_count: u32, flags: u32, pgid: u32, pid: usize): u32;

/** Blocks until a child has something to tell, and takes that: above 0 this child, -1 any, 0 one of the caller's group, below -1 one of that group. `child` when there is no such child, `intr` when a signal was caught. */
@external("isola_posix", "waitpid")
export declare function waitpid(pid: i32, options: u32, who: usize, status: usize): u32;

/** The caller's own number. */
@external("isola_posix", "getpid")
export declare function getpid(pid: usize): u32;

/** The number of its parent; 0 when that is gone or is the host. */
@external("isola_posix", "getppid")
export declare function getppid(pid: usize): u32;

/** The process group of a process of this session; 0 is the caller. */
@external("isola_posix", "getpgid")
export declare function getpgid(pid: i32, pgid: usize): u32;

/** Puts the caller (0) or a child into a group of this session; 0 makes one with its own number. `perm` for a leader of a session. */
@external("isola_posix", "setpgid")
export declare function setpgid(pid: i32, pgid: u32): u32;

/** The number of the session: the pid of its leader. */
@external("isola_posix", "getsid")
export declare function getsid(sid: usize): u32;

/** Makes the caller the leader of a new session without a terminal. `perm` when it leads a group. */
@external("isola_posix", "setsid")
export declare function setsid(sid: usize): u32;

/** Sends a signal: above 0 to that process, 0 to the caller's group, -1 to all that it sees, below -1 to that group. A program sees its session, and its own children in others. Signal 0 only checks. */
@external("isola_posix", "kill")
export declare function kill(pid: i32, sig: u32): u32;

/** Says what a signal does to the caller: 0 what it does by itself, 1 nothing, 2 `__isola_signal` is called with its number, at the next safepoint or when a blocking call is left with `intr`. The handler runs on the stack that it interrupts and must not block: a call in it that would block answers `again`. */
@external("isola_posix", "sigaction")
export declare function sigaction(sig: u32, action: u32, old: usize): u32;

/** Changes which signals wait instead of arriving: adds the set (0), takes it out (1), or sets it (2). */
@external("isola_posix", "sigprocmask")
export declare function sigprocmask(how: u32, set: u64, old: usize): u32;

/** The signals that wait because they are blocked. */
@external("isola_posix", "sigpending")
export declare function sigpending(set: usize): u32;

/** Blocks until a signal was caught, and answers `intr`. */
@external("isola_posix", "pause")
export declare function pause(): u32;

/** Makes a pipe, and a descriptor on each end. */
@external("isola_posix", "pipe")
export declare function pipe(read: usize, write: usize): u32;

/** Makes a second number for the descriptor, the lowest free one from `min` on. */
@external("isola_posix", "dup")
export declare function dup(fd: u32, min: u32, made: usize): u32;

/** Makes `to` a second number for the descriptor; what `to` was is closed. */
@external("isola_posix", "dup2")
export declare function dup2(fd: u32, to: u32): u32;

/** Changes the working directory. */
@external("isola_posix", "chdir")
export declare function chdir(path: usize, path_length: usize): u32;

/** Writes the path of the working directory, without a NUL. `range` when it does not fit; the length is written then too. */
@external("isola_posix", "getcwd")
export declare function getcwd(into: usize, into_length: usize, length: usize): u32;

/** Answers 0 for a terminal and `notty` for anything else. */
@external("isola_posix", "isatty")
export declare function isatty(fd: u32): u32;

/** Reads how the terminal treats bytes. */
@external("isola_posix", "tcgetattr")
export declare function tcgetattr(fd: u32, attributes: usize): u32;

/** Changes how the terminal treats bytes; bits that it does not know are dropped. */
@external("isola_posix", "tcsetattr")
export declare function tcsetattr(fd: u32, attributes: usize): u32;

/** The foreground group of the terminal. */
@external("isola_posix", "tcgetpgrp")
export declare function tcgetpgrp(fd: u32, pgid: usize): u32;

/** Makes a group of this session the foreground group of its terminal. */
@external("isola_posix", "tcsetpgrp")
export declare function tcsetpgrp(fd: u32, pgid: u32): u32;

/** The size of the terminal, in characters; 0 when nobody knows. */
@external("isola_posix", "winsize")
export declare function winsize(fd: u32, rows: usize, columns: usize): u32;

/** Writes what is mounted, a line `kind source path options` each. `range` when it does not fit; the length is written then too. */
@external("isola_posix", "mounts")
export declare function mounts(into: usize, into_length: usize, length: usize): u32;

/** Mounts a file system at a directory, for the whole session: one of the kinds that the session offers. `perm` when it lets nothing be mounted, `nodev` for a kind that it does not offer. */
@external("isola_posix", "mount")
export declare function mount(kind: usize, kind_length: usize, source: usize, source_length: usize, path: usize, path_length: usize): u32;

/** Takes away what `mount` mounted there. What is open in it stays usable. */
@external("isola_posix", "unmount")
export declare function unmount(path: usize, path_length: usize): u32;

/** Kind and permissions, as in `st_mode`. */
@external("isola_posix", "fd_mode")
export declare function fd_mode(fd: u32, mode: usize): u32;

/** Kind and permissions of what a path leads to; with `follow` 0 of a symbolic link itself. */
@external("isola_posix", "path_mode")
export declare function path_mode(path: usize, path_length: usize, follow: u32, mode: usize): u32;
