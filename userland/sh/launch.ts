/**
 * Starting things: programs, and subshells for everything that is no program. What is started gets the table of
 * descriptors as it is at that moment.
 */
import { errnoWords } from "../sdk/errno";
import { Errno, pipe, Signal, sigaction, SignalAction, spawn, SpawnFlag } from "../sdk/posix";
import { fd_close } from "../sdk/wasi";
import { Builtin, findBuiltin } from "./builtins/table";
import { Buffer, Bytes, bytes, decimal } from "./bytes";
import { findProgram, findStatus, forgetProgram, NOT_FOUND, NOT_RUNNABLE } from "./commands";
import { descriptors, freeNumber, listPairs, pairs, setPair } from "./descriptors";
import { expandFields } from "./expand";
import { inSubshell } from "./interpreter";
import { assignTemporarily, hasSubstitution, runBuiltin, traceCommand } from "./simple-command";
import { writeAll } from "./output";
import { applyRedirects, redirectMark, redirectTo, undoRedirects } from "./redirection";
import { complain } from "./report";
import { Option, shell, Unwind } from "./state";
import { encodeState } from "./subshell";
import { Assignment, Node, NodeKind, Part, Simple, Word } from "./syntax";
import { beginJournal, endJournal, environment } from "./variables";

/** As much as a pipe takes at once for sure, so that writing it needs nobody who reads. */
const PIPE_ROOM = 16384;

/** The process group for what is started: -1 the shell's, 0 a new one. */
let group: i32 = -1;
/** The group becomes the terminal's foreground group. */
let foreground: bool = false;

export function launchInto(newGroup: i32, newForeground: bool): void {
  group = newGroup;
  foreground = newForeground;
}

/** When nothing was started: the status that the command has by that. */
export let launchedStatus: i32 = 0;
const words: usize = memory.data(16);

/** The path of the shell's own program. */
let ownPath: Bytes = bytes("/bin/sh");

export function setOwnPath(path: Bytes): void {
  ownPath = path;
}

function pack(list: Array<Bytes>): Bytes {
  let length = 0;
  for (let index = 0; index < list.length; index++) length += list[index].byteLength + 1;
  const packed = new Buffer(length);
  for (let index = 0; index < list.length; index++) {
    packed.append(list[index]);
    packed.push(0);
  }
  return packed.copy();
}

let spawnErrno: u32 = 0;

/** Starts a file with the pairs that were written; answers its pid, or 0 with the errno in `spawnErrno`. */
function spawnFile(path: Bytes, args: Array<Bytes>, count: i32): i32 {
  const argv = pack(args);
  const env = environment();
  let flags: u32 = 0;
  if (group >= 0) flags |= SpawnFlag.group;
  if (foreground) flags |= SpawnFlag.foreground;
  spawnErrno = spawn(changetype<usize>(path), path.byteLength, changetype<usize>(argv), argv.byteLength, changetype<usize>(env), env.byteLength, pairs, count, flags, max(group, 0), words);
  if (spawnErrno == Errno.notty && foreground) {
    // Its input is no terminal; the caller sees to the group.
    spawnErrno = spawn(changetype<usize>(path), path.byteLength, changetype<usize>(argv), argv.byteLength, changetype<usize>(env), env.byteLength, pairs, count, flags & ~SpawnFlag.foreground, max(group, 0), words);
  }
  return spawnErrno == Errno.success ? load<i32>(words) : 0;
}

/** Tells why a command cannot be run; answers its status. */
function refuse(name: Bytes, why: string, status: i32): i32 {
  complain(new Buffer().add(name).text(": ").text(why).copy());
  launchedStatus = status;
  return 0;
}

/** Starts a program by its name; answers its pid, or 0 with `launchedStatus`. */
export function launchProgram(args: Array<Bytes>, standardPath: bool = false): i32 {
  const name = args[0];
  let path = findProgram(name, standardPath);
  for (let attempt = 0; path; attempt++) {
    const pid = spawnFile(path, args, listPairs());
    if (pid > 0) return pid;
    if (spawnErrno == Errno.noexec) return launchScript(path, args);
    // A place that was remembered may be out of date.
    if (spawnErrno != Errno.noent || attempt > 0) break;
    forgetProgram(name);
    path = findProgram(name, standardPath);
  }
  if (!path) return findStatus == NOT_RUNNABLE ? refuse(name, "Permission denied", NOT_RUNNABLE) : refuse(name, "not found", NOT_FOUND);
  if (spawnErrno == Errno.noent) return refuse(name, "not found", NOT_FOUND);
  return refuse(name, errnoWords(spawnErrno), NOT_RUNNABLE);
}

/** A file that is no program is a script for the shell. */
function launchScript(path: Bytes, args: Array<Bytes>): i32 {
  const script = args.slice(0);
  script[0] = path;
  script.unshift(bytes("sh"));
  const pid = spawnFile(ownPath, script, listPairs());
  return pid > 0 ? pid : refuse(args[0], "Exec format error", NOT_RUNNABLE);
}

/** Starts a subshell for a command; answers its pid, or 0 with `launchedStatus`. */
export function launchSubshell(command: Node): i32 {
  const state = encodeState(command);
  let errno = pipe(words + 4, words + 8);
  if (errno != Errno.success) return refuse(bytes("subshell"), errnoWords(errno), 2);
  const read = <i32>load<u32>(words, 4);
  const write = <i32>load<u32>(words, 8);
  const isSmall = state.length <= PIPE_ROOM;
  if (isSmall) writeAll(write, state.address, state.length);
  const number = freeNumber();
  let count = listPairs();
  setPair(count++, number, read);
  const pid = spawnFile(ownPath, [bytes("sh"), bytes("--subshell"), decimal(number)], count);
  errno = spawnErrno;
  fd_close(read);
  if (!isSmall && pid > 0) {
    // It may end before it has read all.
    sigaction(Signal.PIPE, SignalAction.ignore, words + 12);
    writeAll(write, state.address, state.length);
    sigaction(Signal.PIPE, load<u32>(words, 12), 0);
  }
  fd_close(write);
  return pid > 0 ? pid : refuse(bytes("subshell"), errnoWords(errno), 2);
}

function literalWord(text: Bytes): Word {
  const part = new Part();
  part.quoted = true;
  part.text = text;
  const word = new Word([part]);
  word.literal = text;
  return word;
}

/** The command that these arguments are. */
function literalCommand(line: i32, assignments: Array<Assignment>, args: Array<Bytes>): Simple {
  const all = new Array<Word>();
  for (let index = 0; index < args.length; index++) all.push(literalWord(args[index]));
  return new Simple(line, assignments, all);
}

/** Has a text written to a descriptor of the process, by a subshell, since a pipe may not take it at once. */
export function feed(text: Bytes, write: i32): void {
  const from = redirectMark();
  descriptors.hold(write);
  // The second holder is the caller, who closes it.
  descriptors.hold(write);
  redirectTo(1, write);
  const savedGroup = group;
  const savedForeground = foreground;
  launchInto(-1, false);
  launchSubshell(literalCommand(shell.line, [], [bytes("printf"), bytes("%s"), text]));
  launchInto(savedGroup, savedForeground);
  undoRedirects(from);
}

/**
 * Starts a command that runs beside the shell; answers its pid, or 0 with `launchedStatus` when nothing had to be
 * started. A simple command is expanded here, where that has no effect on the shell; only what is no program then
 * needs a subshell. `captures`: what a builtin writes to descriptor 1 may be gathered, for a pipe or a substitution.
 */
export function launch(node: Node, captures: bool, mayBlock: bool): i32 {
  if (node.kind != NodeKind.simple) return launchSubshell(node.kind == NodeKind.subshell ? inSubshell(node) : node);
  const simple = changetype<Simple>(node);
  if (simple.words.length == 0 || !mayBlock && hasSubstitution(simple)) return launchSubshell(node);
  const journal = beginJournal();
  const from = redirectMark();
  const pid = launchSimple(simple, captures);
  undoRedirects(from);
  endJournal(journal);
  // An error in it is an error of the subshell that it would be.
  if (shell.unwind == Unwind.exit) {
    shell.unwind = Unwind.none;
    launchedStatus = shell.status;
    return 0;
  }
  return pid;
}

function launchSimple(node: Simple, captures: bool): i32 {
  const line = shell.line;
  shell.line = node.line;
  const args = new Array<Bytes>();
  for (let index = 0; index < node.words.length && shell.unwind == Unwind.none; index++) expandFields(node.words[index], args);
  let pid = 0;
  if (shell.unwind == Unwind.none) {
    const builtin = args.length > 0 && !shell.functions.get(args[0]) ? findBuiltin(args[0]) : null;
    if (args.length == 0 || builtin && !(captures && builtin.pure) || shell.functions.get(args[0])) {
      const command = literalCommand(node.line, node.assignments, args);
      command.redirects = node.redirects;
      pid = launchSubshell(args.length == 0 ? node : command);
    } else {
      if (shell.has(Option.xtrace)) traceCommand(node.assignments, args);
      launchedStatus = 2;
      if (applyRedirects(node.redirects) && assignTemporarily(node.assignments)) pid = builtin ? runCaptured(builtin, args) : launchProgram(args);
      if (shell.unwind != Unwind.none) launchedStatus = shell.status;
    }
  }
  shell.line = line;
  return pid;
}

/** A builtin that leaves no trace runs in this shell: nothing is started. */
function runCaptured(builtin: Builtin, args: Array<Bytes>): i32 {
  launchedStatus = runBuiltin(builtin, args);
  return 0;
}

/** Writes what a builtin of a pipeline wrote into the pipe. */
export function pour(text: Buffer, write: i32): void {
  if (text.length <= PIPE_ROOM) writeAll(write, text.address, text.length);
  else feed(text.copy(), write);
}
