/** Builtins about the flow of commands and the shell itself. */
import { errnoWords } from "../../sdk/errno";
import { integer, integerFits } from "../../sdk/integer";
import { Errno } from "../../sdk/posix";
import { clock_time_get } from "../../sdk/wasi";
import { aliases } from "../aliases";
import { parseNumber } from "../arithmetic";
import { at, Buffer, Bytes, bytes, indexOf, is, parseCount } from "../bytes";
import { findProgram, findStatus, forgetPrograms, knownPlace, knownPrograms, NOT_FOUND } from "../commands";
import { isRunnable, join, modeOf } from "../files";
import { out } from "../output";
import { abandon, complain } from "../report";
import { maySpareStopped, runFile, runText } from "../scripts";
import { dieOf } from "../signals";
import { quoteAlways, runBuiltin, runProgram } from "../simple-command";
import { Option, shell, Unwind } from "../state";
import { Simple } from "../syntax";
import { PATH } from "../variables";
import { misuse, Options, wrong } from "./options";
import { findBuiltin } from "./table";

export function nothing(args: Array<Bytes>): i32 {
  return 0;
}

export function isFalse(args: Array<Bytes>): i32 {
  return 1;
}

/** The number of `break`, `continue`, `exit` and `return`; -1 after an error. */
function numberOf(args: Array<Bytes>, otherwise: i32): i32 {
  if (args.length < 2) return otherwise;
  if (parseNumber(args[1], true) && integerFits && integer >= 0 && integer <= i32.MAX_VALUE) return <i32>integer;
  wrong(args, args[1], "illegal number");
  abandon(2);
  return -1;
}

function leaveLoops(args: Array<Bytes>, unwind: u8): i32 {
  const count = numberOf(args, 1);
  if (count < 0) return 2;
  if (count == 0) {
    wrong(args, args[1], "illegal number");
    abandon(2);
    return 2;
  }
  if (shell.loopDepth == 0) return 0;
  shell.unwind = unwind;
  shell.unwindLoops = min(count, shell.loopDepth);
  return 0;
}

export function breakLoop(args: Array<Bytes>): i32 {
  return leaveLoops(args, Unwind.break_);
}

export function continueLoop(args: Array<Bytes>): i32 {
  return leaveLoops(args, Unwind.continue_);
}

export function returnFrom(args: Array<Bytes>): i32 {
  const status = numberOf(args, shell.status);
  if (status < 0) return 2;
  // Outside of functions and files this ends the shell, as `exit` does.
  shell.unwind = shell.functionDepth > 0 || shell.sourceDepth > 0 ? Unwind.return_ : Unwind.exit;
  shell.status = status & 0xff;
  return status & 0xff;
}

export function exit(args: Array<Bytes>): i32 {
  const status = numberOf(args, shell.status);
  if (status < 0) return 2;
  if (shell.has(Option.interactive) && !shell.isSubshell && !maySpareStopped()) return 1;
  shell.exit(status);
  return status & 0xff;
}

export function evaluateText(args: Array<Bytes>): i32 {
  if (args.length == 1) return 0;
  const text = new Buffer(64);
  for (let index = 1; index < args.length; index++) {
    if (index > 1) text.push(0x20);
    text.append(args[index]);
  }
  return runText(text.copy(), shell.line);
}

export function dot(args: Array<Bytes>): i32 {
  let index = 1;
  if (args.length > 1 && is(args[1], "--")) index++;
  if (index >= args.length) {
    abandon(2);
    return misuse(args, "filename argument required");
  }
  const path = findScript(args[index]);
  const before = shell.status;
  shell.status = 0;
  const errno = path ? runFile(path) : Errno.noent;
  if (errno == Errno.success) return shell.status;
  shell.status = before;
  complain(new Buffer(64).text(".: cannot open ").add(args[index]).text(": ").text(errno == Errno.noent ? "No such file" : errnoWords(errno)).copy());
  abandon(2);
  return 2;
}

/** A name without a slash is looked for along PATH. */
function findScript(name: Bytes): Bytes | null {
  if (indexOf(name, 0x2f) >= 0) return name;
  const path = PATH.value;
  if (!path) return null;
  let from = 0;
  while (from <= path.byteLength) {
    let end = from;
    while (end < path.byteLength && at(path, end) != 0x3a) end++;
    const candidate = join(end == from ? bytes(".") : path.slice(from, end), name);
    if (modeOf(candidate) != 0) return candidate;
    from = end + 1;
  }
  return null;
}

const NOTHING = new Simple(0, [], []);

/** `exec`: the program takes the shell's place, which here means that the shell ends as it does. */
export function exec(args: Array<Bytes>): i32 {
  let index = 1;
  if (args.length > 1 && is(args[1], "--")) index++;
  if (index >= args.length) return 0;
  const command = args.slice(index);
  if (!findProgram(command[0])) {
    const status = findStatus;
    complain(new Buffer(64).text("exec: ").add(command[0]).text(status == NOT_FOUND ? ": not found" : ": Permission denied").copy());
    abandon(status);
    return status;
  }
  const monitor = shell.has(Option.monitor);
  shell.options[Option.monitor] = false;
  NOTHING.text = command[0];
  const status = runProgram(NOTHING, command);
  shell.options[Option.monitor] = monitor;
  shell.replaced = true;
  shell.exit(status);
  if (status > 128 && status < 160) dieOf(status - 128);
  return status;
}

function tell(name: Bytes, kind: string): void {
  out.add(name).text(kind);
}

/** Says what a name means as a command; false when it means nothing. */
function describe(name: Bytes, verbose: bool): bool {
  if (isReserved(name)) {
    tell(name, verbose ? " is a shell keyword\n" : "\n");
    return true;
  }
  const alias = aliases.get(name);
  if (alias) {
    if (verbose) tell(name, " is an alias for ");
    else out.text("alias ").add(name).text("=");
    if (verbose) out.append(alias);
    else quoteAlways(alias, out);
    out.push(0x0a);
    return true;
  }
  const builtin = findBuiltin(name);
  if (builtin && builtin.special) {
    tell(name, verbose ? " is a special shell builtin\n" : "\n");
    return true;
  }
  if (shell.functions.get(name)) {
    tell(name, verbose ? " is a shell function\n" : "\n");
    return true;
  }
  if (builtin) {
    tell(name, verbose ? " is a shell builtin\n" : "\n");
    return true;
  }
  const path = findProgram(name);
  if (!path || !isRunnable(path)) return false;
  if (verbose) out.add(name).text(" is ");
  out.add(path).text("\n");
  return true;
}

function isReserved(name: Bytes): bool {
  const words: StaticArray<string> = ["!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while"];
  for (let index = 0; index < words.length; index++) if (is(name, words[index])) return true;
  return false;
}

export function type(args: Array<Bytes>): i32 {
  let status = 0;
  for (let index = 1; index < args.length; index++) {
    if (describe(args[index], true)) continue;
    tell(args[index], ": not found\n");
    status = 127;
  }
  return status;
}

/** `command`: a builtin or program, past functions; `-v` and `-V` only say what it would be. */
export function command(args: Array<Bytes>): i32 {
  const options = new Options(args, "pvV");
  let standard = false;
  let describes = 0;
  for (let letter = options.next(); letter != 0; letter = options.next()) {
    if (letter == 0x70) standard = true;
    else describes = letter;
  }
  if (options.failed) return 2;
  if (options.index == args.length) return 0;
  if (describes != 0) {
    let status = 0;
    for (let index = options.index; index < args.length; index++) {
      if (describe(args[index], describes == 0x56)) continue;
      if (describes == 0x56) wrong(args, args[index], "not found");
      status = 127;
    }
    return status;
  }
  const rest = args.slice(options.index);
  const builtin = findBuiltin(rest[0]);
  if (!builtin) {
    NOTHING.text = rest[0];
    return runProgram(NOTHING, rest, standard);
  }
  shell.erred = false;
  const status = runBuiltin(builtin, rest);
  // An error of a special builtin ends no shell when it is run so, but for a program that `exec` does not find.
  if (builtin.special && shell.erred && !is(rest[0], "exec")) {
    shell.erred = false;
    shell.unwind = Unwind.none;
  }
  return status;
}

export function hash(args: Array<Bytes>): i32 {
  const options = new Options(args, "r");
  for (let letter = options.next(); letter != 0; letter = options.next()) forgetPrograms();
  if (options.failed) return 2;
  if (args.length == 1) {
    const names = knownPrograms();
    for (let index = 0; index < names.length; index++) out.add(knownPlace(names[index])!).text("\n");
  }
  let status = 0;
  for (let index = options.index; index < args.length; index++) {
    if (indexOf(args[index], 0x2f) >= 0 || findBuiltin(args[index]) || shell.functions.get(args[index])) continue;
    if (!findProgram(args[index])) status = wrong(args, args[index], "not found");
  }
  return status;
}

const time: usize = memory.data(8);

function writeTime(ns: u64): void {
  const ms = ns / 1_000_000;
  out.number(ms / 60_000).text("m").number(ms / 1000 % 60).text(".");
  const rest = ms % 1000;
  out.text(rest < 10 ? "00" : rest < 100 ? "0" : "").number(rest).text("s");
}

/** The processor time of the shell. What its children used is with their job and not known here. */
export function times(args: Array<Bytes>): i32 {
  const used = clock_time_get(2, 1, time) == Errno.success ? load<u64>(time) : 0;
  writeTime(used);
  out.text(" ");
  writeTime(0);
  out.text("\n");
  writeTime(0);
  out.text(" ");
  writeTime(0);
  out.text("\n");
  return 0;
}

function writeOctal(mask: i32): void {
  out.text("0");
  for (let shift = 6; shift >= 0; shift -= 3) out.push(0x30 + (mask >> shift & 7));
  out.text("\n");
}

function writeSymbolic(mask: i32): void {
  const who = "ugo";
  for (let index = 0; index < 3; index++) {
    const allowed = ~(mask >> (6 - 3 * index)) & 7;
    if (index > 0) out.push(0x2c);
    out.push(who.charCodeAt(index));
    out.push(0x3d);
    if (allowed & 4) out.push(0x72);
    if (allowed & 2) out.push(0x77);
    if (allowed & 1) out.push(0x78);
  }
  out.push(0x0a);
}

/** A mask as `u=rwx,go-w` says; -1 when it says nothing. */
function symbolicMask(text: Bytes, before: i32): i32 {
  let allowed = ~before & 0o777;
  let index = 0;
  while (index < text.byteLength) {
    let who = 0;
    for (; index < text.byteLength; index++) {
      const byte = at(text, index);
      if (byte == 0x75) who |= 0o700;
      else if (byte == 0x67) who |= 0o070;
      else if (byte == 0x6f) who |= 0o007;
      else if (byte == 0x61) who = 0o777;
      else break;
    }
    if (who == 0) who = 0o777;
    if (index == text.byteLength) return -1;
    const operator = at(text, index++);
    if (operator != 0x3d && operator != 0x2b && operator != 0x2d) return -1;
    let bits = 0;
    for (; index < text.byteLength && at(text, index) != 0x2c; index++) {
      const byte = at(text, index);
      if (byte == 0x72) bits |= 0o444;
      else if (byte == 0x77) bits |= 0o222;
      else if (byte == 0x78) bits |= 0o111;
      else return -1;
    }
    index++;
    if (operator == 0x2b) allowed |= bits & who;
    else if (operator == 0x2d) allowed &= ~(bits & who);
    else allowed = allowed & ~who | bits & who;
  }
  return ~allowed & 0o777;
}

export function umask(args: Array<Bytes>): i32 {
  const options = new Options(args, "S");
  let symbolic = false;
  for (let letter = options.next(); letter != 0; letter = options.next()) symbolic = true;
  if (options.failed) return 2;
  if (options.index == args.length) {
    if (symbolic) writeSymbolic(shell.umask);
    else writeOctal(shell.umask);
    return 0;
  }
  const text = args[options.index];
  let mask = 0;
  let isOctal = text.byteLength > 0;
  for (let index = 0; index < text.byteLength && isOctal; index++) {
    isOctal = at(text, index) >= 0x30 && at(text, index) <= 0x37;
    mask = mask << 3 | (at(text, index) & 7);
    if (mask > 0o777) return wrong(args, text, "illegal number") + 1;
  }
  if (!isOctal) mask = symbolicMask(text, shell.umask);
  if (mask < 0) return wrong(args, text, "illegal mode") + 1;
  shell.umask = mask;
  return 0;
}

/** The limits that a shell elsewhere could set; here the job that it is in has them, and they are set from outside. */
const LIMIT_NAMES: StaticArray<string> = ["time(seconds)        ", "file(blocks)         ", "data(kbytes)         ", "stack(kbytes)        ", "coredump(blocks)     ", "memory(kbytes)       ", "nofiles              ", "process              ", "vmemory(kbytes)      "];
const LIMIT_LETTERS = "tfdscmnpv";

export function ulimit(args: Array<Bytes>): i32 {
  const options = new Options(args, "HSatfdscmnpv");
  let which = 0x66;
  for (let letter = options.next(); letter != 0; letter = options.next()) if (letter != 0x48 && letter != 0x53) which = letter;
  if (options.failed) return 2;
  if (options.index < args.length) {
    const value = args[options.index];
    if (is(value, "unlimited")) return 0;
    if (parseCount(value) < 0) return wrong(args, value, "illegal number") + 1;
    return misuse(args, "the limits of a job are set from outside");
  }
  if (which != 0x61) {
    out.text("unlimited\n");
    return 0;
  }
  for (let index = 0; index < LIMIT_LETTERS.length; index++) out.text(LIMIT_NAMES[index]).text("unlimited\n");
  return 0;
}
