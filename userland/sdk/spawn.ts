/**
 * Starting other programs. A name without a slash is looked for in the directories of PATH, "/bin"
 * when there is no PATH. A file that is no program but is there ends the search.
 */
import { COLON, SLASH } from "./ascii";
import { Bytes, bytes, copyOf, indexOf } from "./bytes";
import { Buffer } from "./buffer";
import { environment, variable } from "./environment";
import { Stat } from "./files";
import { isProgram, permissions } from "./mode";
import { out } from "./output";
import { join } from "./path";
import { Errno, spawn, waitpid } from "./posix";
import { complainErrno } from "./program";

const PID = memory.data(4);
const STATUS = memory.data(4);
/** Pairs of numbers, in the child and here: its standard streams. */
const STANDARD = memory.data<u32>([0, 0, 1, 1, 2, 2]);
const NOT_FOUND: i32 = 127;
const NO_PROGRAM: i32 = 126;
const SIGNALLED: i32 = 128;

/** The file that a name stands for; null when none is found. */
export function findProgram(name: Bytes): Bytes | null {
  if (indexOf(name, SLASH) >= 0) return exists(name) ? name : null;
  const found = findPrograms(name, true);
  return found.length > 0 ? found[0] : null;
}

/** The files of that name in the directories of PATH that can be run; with `first` only the first. */
export function findPrograms(name: Bytes, first: bool): Bytes[] {
  const found: Bytes[] = [];
  const path = variable("PATH") || bytes("/bin");
  for (let from = 0; name.byteLength > 0 && from <= path.byteLength; ) {
    let to = indexOf(path, COLON, from);
    if (to < 0) to = path.byteLength;
    const directory = to == from ? bytes(".") : copyOf(changetype<usize>(path) + from, to - from);
    const file = join(directory, name);
    if (exists(file)) {
      found.push(file);
      if (first) break;
    }
    from = to + 1;
  }
  return found;
}

function exists(path: Bytes): bool {
  const stat = new Stat();
  if (stat.read(path) != Errno.success || !stat.isFile) return false;
  return path.byteLength > 0 && isProgram(permissions(path, stat.kind));
}

/** Why a name stands for no program: what it leads to is none, or there is nothing. */
function whyNone(name: Bytes): u32 {
  if (indexOf(name, SLASH) < 0) return Errno.noent;
  const errno = new Stat().read(name);
  return errno == Errno.success ? Errno.acces : errno;
}

/** Starts a program with the standard streams, its input being `input`. Answers its number, or below zero an errno with its sign turned. */
export function start(argv: Bytes[], env: Bytes[] = environment(), input: u32 = 0): i32 {
  const path = findProgram(argv[0]);
  if (!path) return -<i32>whyNone(argv[0]);
  out.flush();
  const words = joined(argv);
  const variables = joined(env);
  store<u32>(STANDARD, input, 4);
  const errno = spawn(changetype<usize>(path), path.byteLength, words.address, words.length, variables.address, variables.length, STANDARD, 3, 0, 0, PID);
  return errno == Errno.success ? load<i32>(PID) : -<i32>errno;
}

/** Waits for a child; its status as shells tell it: above 128 the signal that ended it. */
export function wait(pid: i32): i32 {
  let errno = Errno.intr;
  while (errno == Errno.intr) errno = waitpid(pid, 0, PID, STATUS);
  if (errno != Errno.success) return NOT_FOUND;
  const status = load<u32>(STATUS);
  return (status & 0x7f) == 0 ? <i32>(status >> 8 & 0xff) : SIGNALLED + <i32>(status & 0x7f);
}

/** Runs a program to its end. When it cannot be started, says so, and answers 127, or 126 when it is there. */
export function run(argv: Bytes[], env: Bytes[] = environment(), input: u32 = 0): i32 {
  const pid = start(argv, env, input);
  if (pid > 0) return wait(pid);
  complainErrno(argv[0], -pid);
  return -pid == Errno.noent ? NOT_FOUND : NO_PROGRAM;
}

/** Strings with a NUL behind each. */
function joined(list: Bytes[]): Buffer {
  const made = new Buffer(256);
  for (let index = 0; index < list.length; index++) {
    made.append(list[index]);
    made.push(0);
  }
  return made;
}
