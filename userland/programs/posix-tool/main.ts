/** One program with many uses, by its first argument. */
import * as posix from "../../sdk/posix";
import { OUT, OUT2, args, bytesOf, chdir, environment, fd_close, fd_seek, getcwd, getpid, lengthOf, open, print, proc_exit, readBytes, readText, sleep, spawn, spawnErrno, statusText, waitErrno, waitFor, waitedFor, write, writeBytes } from "./lib";
import { jobs } from "./jobs";
import { signals } from "./signals";
export { __isola_signal } from "./signals";

const BLOCK: u32 = 65536;
/** Of path_open. */
const CREATE: u32 = 1;

export function _start(): void {
  const words = args();
  const verb = words[1];
  const rest = words.slice(2);
  if (verb == "echo") print(`${rest.join(" ")}\n`);
  else if (verb == "both") both();
  else if (verb == "cat") cat();
  else if (verb == "exit") proc_exit(u32.parse(rest[0]));
  else if (verb == "trap") trap(rest[0]);
  else if (verb == "spin") for (;;) spins++;
  else if (verb == "sleep") sleep(u64.parse(rest[0]));
  else if (verb == "env") print(`${environment().join("\n")}\n`);
  else if (verb == "args") print(`${words.join("|")}\n`);
  else if (verb == "cwd") print(`${getcwd()}\n`);
  else if (verb == "read") print(`[${readText(0)}]`);
  else if (verb == "run") run(rest);
  else if (verb == "pipeline") pipeline(rest);
  else if (verb == "chdir") cd(rest);
  else if (verb == "offset") offset(rest[0]);
  else if (verb == "fds") fds();
  else if (verb == "orphan") orphan(rest[0]);
  else if (verb == "loop") loop(rest[0], i32.parse(rest[1]));
  else if (verb == "flood") flood(u64.parse(rest[0]));
  else if (verb == "drain") drain();
  else if (verb == "many") many(rest[0]);
  else if (verb == "zombies") zombies();
  else if (verb == "modes") modes(rest);
  else if (verb == "long") long(i32.parse(rest[0]));
  else if (verb == "hostile") hostile();
  else if (verb == "mount") mount(rest);
  else if (!signals(verb, rest) && !jobs(verb, rest)) proc_exit(98);
}

/** Mounts what the words name, puts a file there and reads it back, lists the mounts, and unmounts. */
function mount(words: string[]): void {
  const path = bytesOf(words[2]);
  const errno = posix.mount(bytesOf(words[0]), lengthOf(words[0]), bytesOf(words[1]), lengthOf(words[1]), path, lengthOf(words[2]));
  print(`mount ${errno}\n`);
  if (errno != 0) return;
  const file = `${words[2].substring(1)}/f`;
  const made = open(file, CREATE);
  write(made, "mounted");
  fd_close(made);
  print(`[${readText(open(file))}]\n`);
  const text = heap.alloc(BLOCK);
  if (posix.mounts(text, BLOCK, OUT) == 0) print(String.UTF8.decodeUnsafe(text, load<u32>(OUT)));
  print(`unmount ${posix.unmount(path, lengthOf(words[2]))}\n`);
  print(`gone ${open(file)}\n`);
}

let spins: u64 = 0;

/** A word to each output. */
function both(): void {
  print("out ");
  write(2, "err ");
  print("out\n");
}

function cat(): void {
  const at = heap.alloc(BLOCK);
  for (;;) {
    const count = readBytes(0, at, BLOCK);
    if (count <= 0) return;
    writeBytes(1, at, count);
  }
}

function trap(kind: string): void {
  if (kind == "unreachable") unreachable();
  if (kind == "divide") spins = spins / (spins - spins);
  store<u32>(0xffff_fff0, 1);
}

/** Starts a file, waits for it and says how it ended. */
function run(argv: string[]): void {
  const pid = spawn(argv);
  if (pid < 0) return print(`errno ${spawnErrno}\n`);
  const status = waitFor(pid);
  print(status < 0 ? `waitpid errno ${waitErrno}\n` : `${waitedFor == pid ? "" : "another: "}${statusText(status)}\n`);
}

/** Commands between "|" words, connected by pipes; the end of each. */
function pipeline(words: string[]): void {
  const pids: i32[] = [];
  let input: u32 = 0;
  let argv: string[] = [];
  for (let index = 0; index <= words.length; index++) {
    if (index < words.length && words[index] != "|") {
      argv.push(words[index]);
      continue;
    }
    const last = index == words.length;
    let read: u32 = 0;
    let output: u32 = 1;
    if (!last) {
      posix.pipe(OUT, OUT2);
      read = load<u32>(OUT);
      output = load<u32>(OUT2);
    }
    pids.push(spawn(argv, [0, input, 1, output, 2, 2]));
    if (input != 0) fd_close(input);
    if (output != 1) fd_close(output);
    input = read;
    argv = [];
  }
  for (let index = 0; index < pids.length; index++) {
    const status = waitFor(pids[index]);
    print(`${index}: ${statusText(status)}\n`);
  }
}

function cd(paths: string[]): void {
  for (let index = 0; index < paths.length; index++) {
    const errno = chdir(paths[index]);
    print(errno == 0 ? `${getcwd()}\n` : `errno ${errno}\n`);
  }
  run(["/bin/tool", "cwd"]);
}

/** A child writes through a descriptor that it shares with us. */
function offset(path: string): void {
  const fd = open(path, 1);
  write(fd, "one ");
  posix.dup(fd, 40, OUT);
  const copy = load<u32>(OUT);
  waitFor(spawn(["/bin/tool", "echo", "two"], [1, fd]));
  write(copy, "three");
  fd_seek(fd, 0, 1, OUT2);
  print(`${copy} ${load<u64>(OUT2)}\n`);
}

/** The errnos of pipe, dup and dup2, and the lowest numbers. */
function fds(): void {
  posix.dup(1, 0, OUT);
  const lowest = load<u32>(OUT);
  posix.dup(1, 10, OUT);
  const ten = load<u32>(OUT);
  const closed = fd_close(lowest);
  posix.dup(1, 0, OUT);
  print(`${lowest} ${ten} ${closed} ${load<u32>(OUT)}\n`);
  print(`${posix.dup(77, 0, OUT)} ${posix.dup(1, 1 << 20, OUT)} ${posix.dup2(77, 5)} ${posix.dup2(1, 1 << 20)} ${posix.dup2(1, 1)} ${posix.dup(1, 0, 0xffff_fffe)} ${posix.pipe(0xffff_fffe, OUT)}\n`);
  posix.pipe(OUT, OUT2);
  const read = load<u32>(OUT);
  const written = load<u32>(OUT2);
  posix.dup2(written, 1);
  print("through the pipe");
  fd_close(written);
  posix.dup2(ten, 1);
  print(`[${readText(read)}][${readText(read)}]\n`);
  print(`${write(1, "")} ${write(read, "x")} ${posix.isatty(1)} ${posix.isatty(77)}\n`);
}

/** The child's parent ends before the child, which then tells who its parent is. */
function orphan(step: string): void {
  if (step == "top") {
    waitFor(spawn(["/bin/tool", "orphan", "middle"]));
    return;
  }
  if (step == "middle") {
    print(`${spawn(["/bin/tool", "orphan", "end"]) > 0}\n`);
    return;
  }
  sleep(30);
  posix.getppid(OUT);
  print(`parent ${load<u32>(OUT)}\n`);
}

function loop(path: string, count: i32): void {
  let ok = 0;
  for (let index = 0; index < count; index++) if (waitFor(spawn([path, "exit", "7"])) == 7 << 8) ok++;
  print(`${ok}\n`);
}

/** Writes so many bytes in blocks of 64 KiB. */
function flood(count: u64): void {
  const at = heap.alloc(BLOCK);
  memory.fill(at, 0x61, BLOCK);
  for (let left = count; left > 0; left -= min(left, BLOCK)) if (writeBytes(1, at, min<u64>(left, BLOCK) as u32) != 0) proc_exit(1);
}
/** Reads to the end and says how much it was. */
function drain(): void {
  const at = heap.alloc(BLOCK);
  let sum: u64 = 0;
  for (;;) {
    const count = readBytes(0, at, BLOCK);
    if (count <= 0) break;
    sum += count;
  }
  print(`${sum}\n`);
}

/** Starts children without waiting for them until that is refused; then waits for all, and starts as many again. */
function zombies(): void {
  let count = 0;
  while (spawn(["/bin/tool", "exit", "0"]) >= 0) count++;
  const errno = spawnErrno;
  let ended = 0;
  while (waitFor(-1) == 0) ended++;
  let more = 0;
  while (spawn(["/bin/tool", "exit", "0"]) >= 0) more++;
  print(`${count} ${errno == 6 ? "again" : `errno ${errno}`} ${ended} ${more}\n`);
}

function long(length: i32): void {
  run(["/bin/tool", "exit", "0", "x".repeat(length)]);
}

const PAIRS = memory.data(16);

/** Arguments that make no sense, one kind at a time. */
function hostile(): void {
  const path = bytesOf("/bin/tool");
  const far: usize = 0xffff_fff0;
  store<u32>(PAIRS, 0);
  store<u32>(PAIRS + 4, 1);
  store<u32>(PAIRS + 8, 0);
  store<u32>(PAIRS + 12, 77);
  const errnos: u32[] = [
    posix.spawn(path, 9, path, 10, 0, 0, PAIRS, 0xffff_ffff, 0, 0, OUT),
    posix.spawn(far, 200, path, 10, 0, 0, PAIRS, 0, 0, 0, OUT),
    posix.spawn(path, 9, far, 200, 0, 0, PAIRS, 0, 0, 0, OUT),
    posix.spawn(path, 9, path, 10, 0, 0, PAIRS, 0, 0, 0, far + 14),
    posix.spawn(path, 9, path, 10, 0, 0, PAIRS, 2, 0, 0, OUT),
    posix.spawn(path, 9, path, 9, 0, 0, PAIRS, 0, 0, 0, OUT),
    posix.spawn(path, 9, path, 10, path, 10, PAIRS, 0, 0, 0, OUT),
    posix.spawn(path, 9, path, 10, 0, 0, PAIRS, 0, 1, 1_000_000, OUT),
    posix.spawn(path, 9, path, 10, 0, 0, PAIRS, 0, 8, 0, OUT),
    posix.sigprocmask(3, 0, 0),
    posix.waitpid(-1, 64, OUT, OUT2),
    posix.spawn(0, 5000, path, 10, 0, 0, PAIRS, 0, 0, 0, OUT),
    posix.spawn(path, 0, path, 10, 0, 0, PAIRS, 0, 0, 0, OUT),
  ];
  print(`${errnos.join(" ")}\n`);
  let errno: u32 = 0;
  let made = 0;
  while ((errno = posix.dup(1, 0, OUT)) == 0) made++;
  print(`${errno} ${posix.pipe(OUT, OUT2)} ${made - 1}\n`);
  print(`${posix.getcwd(OUT, 0, OUT2)} ${load<u32>(OUT2) + 4}\n`);
}

/** Starts itself without end, and does not wait; says how the first refusal was. */
function many(depth: string): void {
  for (;;) {
    const pid = spawn(["/bin/tool", "many", depth]);
    if (pid >= 0) continue;
    print(`errno ${spawnErrno} in ${getpid() > 0}\n`);
    sleep(60_000);
  }
}

/** Kind and permissions of each path, of the path itself and of what it leads to, in octal; and of what is open there. */
function modes(paths: string[]): void {
  for (let index = 0; index < paths.length; index++) {
    const path = bytesOf(paths[index]);
    const length = lengthOf(paths[index]);
    const itself = posix.path_mode(path, length, 0, OUT) == 0 ? load<u32>(OUT).toString(8) : "-";
    const errno = posix.path_mode(path, length, 1, OUT);
    const followed = errno == 0 ? load<u32>(OUT).toString(8) : `errno ${errno}`;
    const fd = open(paths[index].substring(1), 0, (1 << 1) | (1 << 21));
    const opened = fd >= 0 && posix.fd_mode(fd, OUT) == 0 ? load<u32>(OUT).toString(8) : "-";
    print(`${itself} ${followed} ${opened}\n`);
  }
  posix.pipe(OUT, OUT2);
  const read = load<u32>(OUT);
  posix.fd_mode(read, OUT);
  print(`${load<u32>(OUT).toString(8)} ${posix.fd_mode(77, OUT)} ${posix.path_mode(0, 1, 2, OUT)}\n`);
}
