/** Running texts: the script, files for `.`, texts for `eval` and traps, command lines. */
import { Errno } from "../sdk/posix";
import { fd_close, Right } from "../sdk/wasi";
import { Buffer, Bytes } from "./bytes";
import { open, opened, readSome, readToEnd } from "./files";
import { Source, TextSource } from "./input";
import { run } from "./interpreter";
import { hasStopped, notifyJobs } from "./jobs";
import { Lexer } from "./lexer";
import { writeError } from "./output";
import { Parsed, parsedCommand, parseLine } from "./parser";
import { abandon, complain } from "./report";
import { handleSignals, hasSignals } from "./signals";
import { Option, shell, Unwind } from "./state";

/** A script on standard input: read by lines, so that the commands find what follows theirs. */
export class LineSource extends Source {
  constructor(private readonly real: i32) {
    super();
  }

  read(into: Buffer): bool {
    const from = into.length;
    while (true) {
      const before = into.length;
      const errno = readSome(this.real, into, 1);
      if (errno == Errno.intr) {
        if (hasSignals()) handleSignals();
        if (shell.unwind == Unwind.none) continue;
      }
      if (errno != Errno.success || into.length == before || into.at(into.length - 1) == 0x0a) break;
    }
    showVerbose(into, from);
    return into.length > from;
  }
}

/** `set -v` */
export function showVerbose(text: Buffer, from: i32): void {
  if (shell.has(Option.verbose)) writeError(text.slice(from, text.length));
}

/** Tells of an error of syntax; answers the status for it. */
function tellSyntax(lexer: Lexer): i32 {
  complain(lexer.message, lexer.messageLine);
  return shell.status = 2;
}

/** Runs all of a script. Ends early when the shell unwinds. */
export function runLexer(lexer: Lexer): void {
  while (shell.unwind == Unwind.none) {
    const found = parseLine(lexer);
    if (shell.unwind != Unwind.none) return;
    if (found == Parsed.end) return;
    if (found == Parsed.error) {
      tellSyntax(lexer);
      shell.unwind = Unwind.exit;
      return;
    }
    if (found == Parsed.command && !shell.has(Option.noexec)) {
      run(parsedCommand!);
      if (hasSignals()) handleSignals();
    }
  }
}

/** How deep texts and files are in one another. */
const DEPTH_MAX = 200;
let depth = 0;

/** Whether one more text may run in those that run. */
function enter(): bool {
  if (depth < DEPTH_MAX) {
    depth++;
    return true;
  }
  complain(String.UTF8.encode("eval and . are nested too deeply"));
  shell.status = 2;
  shell.unwind = Unwind.exit;
  return false;
}

/** Runs a text as commands; an error of syntax ends the shell as one of a special builtin does. */
export function runText(text: Bytes, line: i32): i32 {
  if (!enter()) return shell.status;
  const lexer = new Lexer(new TextSource(text));
  lexer.input.line = max(line, 1);
  const before = shell.status;
  shell.status = 0;
  let ran = false;
  while (shell.unwind == Unwind.none) {
    const found = parseLine(lexer);
    if (found == Parsed.end || shell.unwind != Unwind.none) break;
    if (found == Parsed.error) {
      tellSyntax(lexer);
      abandon(shell.status);
      break;
    }
    if (found != Parsed.command || shell.has(Option.noexec)) continue;
    // The commands see the status from before the text.
    if (!ran) shell.status = before;
    ran = true;
    run(parsedCommand!);
  }
  depth--;
  return shell.status;
}

/** Runs a file in this shell: `.`. Answers an errno. */
export function runFile(path: Bytes): u32 {
  const errno = open(path, 0, Right.read | Right.poll | Right.filestat, 0);
  if (errno != Errno.success) return errno;
  const real = opened;
  const text = new Buffer(4096);
  const readErrno = readToEnd(real, text);
  fd_close(real);
  if (readErrno != Errno.success) return readErrno;
  const line = shell.line;
  shell.sourceDepth++;
  runText(text.copy(), 1);
  shell.sourceDepth--;
  shell.line = line;
  if (shell.unwind == Unwind.return_) shell.unwind = Unwind.none;
  return Errno.success;
}

/** An interactive shell: reads, runs and goes on after every error, until the end of the input or `exit`. */
export function runInteractive(lexer: Lexer): void {
  let ends = 0;
  while (true) {
    notifyJobs();
    const found = parseLine(lexer);
    if (lexer.input.source.interrupted || shell.unwind == Unwind.prompt) {
      lexer.input.source.interrupted = false;
      giveUp(lexer);
      continue;
    }
    if (shell.unwind == Unwind.exit) return;
    if (found == Parsed.end) {
      const stays = shell.has(Option.ignoreeof) && ++ends <= 10;
      if (!stays && maySpareStopped()) return;
      lexer.reset();
      lexer.input.discard();
      if (stays) complain(String.UTF8.encode("use \"exit\" to leave the shell"));
      continue;
    }
    ends = 0;
    // An end that was met in a here-document ends only that.
    lexer.input.readOn();
    if (found == Parsed.error) {
      tellSyntax(lexer);
      giveUp(lexer);
      continue;
    }
    if (found != Parsed.command || shell.has(Option.noexec)) continue;
    const warned = shell.warned;
    run(parsedCommand!);
    if (warned) shell.warned = false;
    if (hasSignals()) handleSignals();
    if (shell.unwind == Unwind.exit) return;
    if (shell.unwind != Unwind.none) giveUp(lexer);
  }
}

/** Before an interactive shell ends: false, once, when that would end jobs that are stopped. */
export function maySpareStopped(): bool {
  if (shell.warned || !hasStopped()) return true;
  shell.warned = true;
  complain(String.UTF8.encode("there are stopped jobs"));
  return false;
}

/** Back to the prompt: nothing is left of what ran. */
function giveUp(lexer: Lexer): void {
  shell.unwind = Unwind.none;
  shell.loopDepth = 0;
  shell.functionDepth = 0;
  shell.sourceDepth = 0;
  shell.tested = 0;
  lexer.reset();
  lexer.input.discard();
  depth = 0;
}
