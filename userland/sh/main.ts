/**
 * `sh`: the shell of POSIX.
 *
 *     sh [-abCefhimnsuvx] [-o option] [file [argument...]]
 *     sh -c [options] commands [name [argument...]]
 *     sh --subshell N      only the shell itself starts this: its state comes over descriptor N
 *
 * Spec: POSIX XCU sh, 2.
 */
import { errnoWords } from "../sdk/errno";
import { environment } from "../sdk/environment";
import { Errno, getpid, getppid } from "../sdk/posix";
import { argv } from "../sdk/program";
import { fd_close, fd_fdstat_get, proc_exit, Right } from "../sdk/wasi";
import { addAllBuiltins } from "./builtins/all";
import { learnDirectory } from "./builtins/directory";
import { readOptions, setOption } from "./builtins/variables";
import { Buffer, Bytes, bytes, decimal, indexOf, is, parseCount } from "./bytes";
import { findShell } from "./commands";
import { descriptors } from "./descriptors";
import { TerminalSource } from "./edit/terminal-source";
import { expandText } from "./expand";
import { isMount, open, opened, readToEnd } from "./files";
import { Source, TextSource } from "./input";
import { run } from "./interpreter";
import { hangUp } from "./jobs";
import { setOwnPath } from "./launch";
import { Lexer } from "./lexer";
import { flush, writeError } from "./output";
import { complain } from "./report";
import { LineSource, runFile, runInteractive, runLexer } from "./scripts";
import { learnIgnored, noteSignal, runExitTrap, settleSignals } from "./signals";
import { Option, shell, Unwind } from "./state";
import { takeState } from "./subshell";
import { isTerminal, leaveTerminal, terminalFd } from "./terminal";
import { assign, ENV, HOME, IFS, importEnvironment, OPTIND, PPID, PS1, PS2, PS4, VariableFlag } from "./variables";
import { parseQuoted } from "./word-reader";

/** Called by the system when a signal arrives that the shell handles. */
export function __isola_signal(signal: i32): void {
  noteSignal(signal);
}

const word: usize = memory.data(32);

/** The descriptors that the shell was given are the script's. */
function takeDescriptors(): void {
  for (let fd = 0; fd < 10; fd++) {
    if (fd > 2 && isMount(fd) || fd_fdstat_get(fd, word) != Errno.success) continue;
    descriptors.hold(fd);
    descriptors.replace(fd, fd);
  }
}

function takeEnvironment(): void {
  const given = environment();
  for (let index = 0; index < given.length; index++) importEnvironment(given[index]);
  assign(IFS, bytes(" \t\n"));
  IFS.flags &= ~VariableFlag.exported;
  assign(OPTIND, bytes("1"));
  if (!PS1.value) assign(PS1, bytes("$PWD $ "));
  if (!PS2.value) assign(PS2, bytes("> "));
  if (!PS4.value) assign(PS4, bytes("+ "));
  getppid(word);
  assign(PPID, decimal(load<u32>(word)));
  learnDirectory();
}

export function _start(): void {
  addAllBuiltins();
  getpid(word);
  shell.ownPid = load<i32>(word);
  shell.pid = shell.ownPid;
  const args = argv.slice(0);
  if (args.length == 3 && is(args[1], "--subshell")) runSubshell(args[2]);
  else {
    takeDescriptors();
    takeEnvironment();
    runShell(args);
  }
  finish();
}

/** The end: the trap for it, and what is left in the terminal's care. */
function finish(): void {
  if (!shell.replaced) runExitTrap();
  flush();
  if (shell.has(Option.interactive) && !shell.isSubshell) {
    hangUp();
    leaveTerminal();
  }
  proc_exit(shell.status & 0xff);
}

function runSubshell(number: Bytes): void {
  const real = parseCount(number);
  const command = real >= 0 ? takeState(real) : null;
  if (real >= 0) fd_close(real);
  if (!command) {
    takeDescriptors();
    writeError(bytes("sh: no state of a shell\n"));
    shell.status = 2;
    return;
  }
  settleSignals();
  // Its parent looked it up already; the place is the same.
  run(command);
}

/** Finds the file of this shell, to start others of it. */
function learnOwnPath(name: Bytes): void {
  if (indexOf(name, 0x2f) >= 0) {
    setOwnPath(name);
    return;
  }
  const found = findShell();
  if (found) setOwnPath(found);
}

function runShell(args: Array<Bytes>): void {
  if (args.length == 0) args.push(bytes("sh"));
  shell.name = args[0];
  const isLogin = args[0].byteLength > 0 && load<u8>(changetype<usize>(args[0])) == 0x2d;
  shell.options[Option.hashall] = true;
  let index = readOptions(args, 1, true);
  if (index < 0) {
    shell.status = 2;
    return;
  }
  let script: Source | null = null;
  if (shell.has(Option.command)) {
    if (index == args.length) {
      complain(bytes("-c requires an argument"));
      shell.status = 2;
      return;
    }
    script = new TextSource(args[index++]);
    if (index < args.length) shell.name = args[index++];
  } else if (index < args.length && !shell.has(Option.stdin)) {
    const path = args[index++];
    const text = readScript(path);
    if (!text) return;
    shell.name = path;
    script = new TextSource(text);
  }
  shell.positional = args.slice(index);
  if (!script) {
    shell.options[Option.stdin] = true;
    if (shell.positional.length == 0 && isTerminal(0) && isTerminal(2)) shell.options[Option.interactive] = true;
  }
  learnIgnored();
  learnOwnPath(args[0]);
  if (isLogin) readProfile();
  if (!shell.has(Option.interactive)) {
    runLexer(new Lexer(script ? script : new LineSource(0)));
    return;
  }
  setOption(Option.monitor, true);
  if (terminalFd() < 0) shell.options[Option.monitor] = false;
  settleSignals();
  if (!isLogin) readProfile();
  readEnv();
  if (shell.unwind == Unwind.exit) return;
  shell.unwind = Unwind.none;
  runInteractive(new Lexer(script ? script : new TerminalSource(0)));
}

/** The text of a script; null, with the status, when it cannot be read. */
function readScript(path: Bytes): Bytes | null {
  const errno = open(path, 0, Right.read | Right.poll | Right.filestat, 0);
  const text = new Buffer(4096);
  if (errno == Errno.success) {
    const readErrno = readToEnd(opened, text);
    fd_close(opened);
    if (readErrno == Errno.success) return text.copy();
    shell.status = 126;
  } else shell.status = errno == Errno.noent || errno == Errno.notdir ? 127 : 126;
  writeError(new Buffer().add(shell.name).text(": cannot open ").add(path).text(": ").text(errno == Errno.noent ? "No such file" : errnoWords(errno != Errno.success ? errno : Errno.isdir)).text("\n").copy());
  return null;
}

/** `~/.profile`, of a shell that a person uses. */
function readProfile(): void {
  const home = HOME.value;
  if (!home) return;
  runFile(new Buffer().add(home).text("/.profile").copy());
  if (shell.unwind == Unwind.prompt) shell.unwind = Unwind.none;
}

/** The file that ENV names, after its parameters were expanded. */
function readEnv(): void {
  const value = ENV.value;
  if (!value || shell.unwind != Unwind.none) return;
  const text = parseQuoted(value);
  if (!text) return;
  const path = expandText(text);
  if (shell.unwind == Unwind.none && path.byteLength > 0) runFile(path);
}

