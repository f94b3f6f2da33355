/** What the guests of these tests share: arguments, writing, and the calls with strings instead of addresses. */
import * as posix from "../../sdk/posix";
import { Errno } from "../../sdk/posix";

@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(argc: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "args_get")
declare function args_get(argv: usize, buffer: usize): u32;
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(list: usize, buffer: usize): u32;
@external("wasi_snapshot_preview1", "fd_write")
export declare function fd_write(fd: u32, iovs: usize, count: u32, written: usize): u32;
@external("wasi_snapshot_preview1", "fd_read")
export declare function fd_read(fd: u32, iovs: usize, count: u32, read: usize): u32;
@external("wasi_snapshot_preview1", "fd_close")
export declare function fd_close(fd: u32): u32;
@external("wasi_snapshot_preview1", "fd_seek")
export declare function fd_seek(fd: u32, offset: i64, whence: u32, position: usize): u32;
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(fd: u32, lookup: u32, path: usize, length: u32, oflags: u32, base: u64, inheriting: u64, fdflags: u32, opened: usize): u32;
@external("wasi_snapshot_preview1", "poll_oneoff")
declare function poll_oneoff(subscriptions: usize, events: usize, count: u32, made: usize): u32;
@external("wasi_snapshot_preview1", "proc_exit")
export declare function proc_exit(status: u32): void;

export const OUT = memory.data(8);
export const OUT2 = memory.data(8);
const IOVEC = memory.data(8);
const SUBSCRIPTION = memory.data(48, 8);
const EVENT = memory.data(32, 8);

/** As many bytes as `text` has in UTF-8, with a NUL behind; the address. */
export function bytesOf(text: string): usize {
  return changetype<usize>(String.UTF8.encode(text, true));
}
export function lengthOf(text: string): u32 {
  return String.UTF8.byteLength(text);
}

function strings(count: u32, list: usize): string[] {
  const found: string[] = [];
  for (let index: u32 = 0; index < count; index++) found.push(String.UTF8.decodeUnsafe(load<u32>(list + index * 4), 1 << 20, true));
  return found;
}
export function args(): string[] {
  args_sizes_get(OUT, OUT2);
  const count = load<u32>(OUT);
  const list = heap.alloc(count * 4 + 4);
  args_get(list, heap.alloc(load<u32>(OUT2) + 1));
  return strings(count, list);
}
export function environment(): string[] {
  environ_sizes_get(OUT, OUT2);
  const count = load<u32>(OUT);
  const list = heap.alloc(count * 4 + 4);
  environ_get(list, heap.alloc(load<u32>(OUT2) + 1));
  return strings(count, list);
}

/** Writes all of it; the errno. */
export function writeBytes(fd: u32, at: usize, length: u32): u32 {
  while (length > 0) {
    store<u32>(IOVEC, at as u32);
    store<u32>(IOVEC + 4, length);
    const errno = fd_write(fd, IOVEC, 1, OUT);
    if (errno != 0) return errno;
    at += load<u32>(OUT);
    length -= load<u32>(OUT);
  }
  return 0;
}
export function write(fd: u32, text: string): u32 {
  return writeBytes(fd, bytesOf(text), lengthOf(text));
}
export function print(text: string): void {
  write(1, text);
}

export let readErrno: u32 = 0;
/** Bytes read, 0 at the end; -1 after an error, which is `readErrno`. */
export function readBytes(fd: u32, at: usize, length: u32): i32 {
  store<u32>(IOVEC, at as u32);
  store<u32>(IOVEC + 4, length);
  readErrno = fd_read(fd, IOVEC, 1, OUT);
  return readErrno == 0 ? load<u32>(OUT) : -1;
}
const TEXT = memory.data(4096);
/** What one read gives, as text; "" at the end, "errno N" after an error. */
export function readText(fd: u32): string {
  const count = readBytes(fd, TEXT, 4096);
  return count < 0 ? `errno ${readErrno}` : String.UTF8.decodeUnsafe(TEXT, count);
}

/** Opens a path below the root; the descriptor, or the errno negated. */
export function open(path: string, oflags: u32 = 0, rights: u64 = (1 << 1) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 21)): i32 {
  const errno = path_open(3, 1, bytesOf(path), lengthOf(path), oflags, rights, rights, 0, OUT);
  return errno == 0 ? load<u32>(OUT) as i32 : -(errno as i32);
}

/** Waits; the errno. */
export function sleep(ms: u64): u32 {
  memory.fill(SUBSCRIPTION, 0, 48);
  store<u32>(SUBSCRIPTION + 16, 1);
  store<u64>(SUBSCRIPTION + 24, ms * 1_000_000);
  return poll_oneoff(SUBSCRIPTION, EVENT, 1, OUT);
}

/** Strings with a NUL behind each. */
class List {
  at: usize = 0;
  length: u32 = 0;
  constructor(items: string[]) {
    for (let index = 0; index < items.length; index++) this.length += lengthOf(items[index]) + 1;
    this.at = heap.alloc(this.length + 1);
    let to = this.at;
    for (let index = 0; index < items.length; index++) {
      memory.copy(to, bytesOf(items[index]), lengthOf(items[index]) + 1);
      to += lengthOf(items[index]) + 1;
    }
  }
}

export let spawnErrno: u32 = 0;
/** Starts a file with descriptors `child, parent, …`; the pid, or -1 after an error, which is `spawnErrno`. */
export function spawn(argv: string[], fds: u32[] = [0, 0, 1, 1, 2, 2], flags: u32 = 0, pgid: u32 = 0, env: string[] = []): i32 {
  const list = new List(argv);
  const variables = new List(env);
  const pairs = heap.alloc(fds.length * 4 + 8);
  for (let index = 0; index < fds.length; index++) store<u32>(pairs + index * 4, fds[index]);
  const path = argv[0];
  spawnErrno = posix.spawn(bytesOf(path), lengthOf(path), list.at, list.length, variables.at, variables.length, pairs, fds.length / 2, flags, pgid, OUT);
  return spawnErrno == 0 ? load<u32>(OUT) as i32 : -1;
}

export let waitErrno: u32 = 0;
export let waitedFor: i32 = 0;
/** The status; -1 after an error, which is `waitErrno`. `waitedFor` is whose it is. */
export function waitFor(pid: i32, options: u32 = 0): i32 {
  waitErrno = posix.waitpid(pid, options, OUT, OUT2);
  if (waitErrno != 0) return -1;
  waitedFor = load<u32>(OUT);
  return load<u32>(OUT2) as i32;
}

/** "exit 3", "signal 15", "stopped 20", "continued". */
export function statusText(status: i32): string {
  if (status == 0xffff) return "continued";
  if ((status & 0xff) == 0x7f) return `stopped ${status >> 8}`;
  return (status & 0x7f) == 0 ? `exit ${status >> 8}` : `signal ${status & 0x7f}`;
}

export function getpid(): u32 {
  posix.getpid(OUT);
  return load<u32>(OUT);
}
export function getcwd(): string {
  const errno = posix.getcwd(TEXT, 4096, OUT);
  return errno == 0 ? String.UTF8.decodeUnsafe(TEXT, load<u32>(OUT)) : `errno ${errno}`;
}
export function chdir(path: string): u32 {
  return posix.chdir(bytesOf(path), lengthOf(path));
}

/** Ends with a message when `got` is not what is expected. */
export function expect(what: string, got: u32, expected: u32): void {
  if (got == expected) return;
  write(2, `${what}: ${got} instead of ${expected}\n`);
  proc_exit(99);
}
export { Errno };
