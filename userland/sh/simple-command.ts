/**
 * Simple commands: expansion, assignments, redirections, and then a function, a builtin or a program.
 *
 * Spec: POSIX XCU 2.9.1.
 */
import { errnoWords } from "../sdk/errno";
import { Errno } from "../sdk/posix";
import { Builtin, findBuiltin } from "./builtins/table";
import { restoreOptions } from "./builtins/variables";
import { at, Buffer, Bytes, is, isNameByte } from "./bytes";
import { expandFields, expandText } from "./expand";
import { Job, Process, waitForeground } from "./jobs";
import { launchedStatus, launchInto, launchProgram } from "./launch";
import { flush, writeError } from "./output";
import { applyRedirects, keepRedirects, redirectMark, undoRedirects } from "./redirection";
import { abandon, complain, fail } from "./report";
import { run } from "./interpreter";
import { handleSignals, hasSignals } from "./signals";
import { enterLevel, leaveLevel } from "./stack";
import { Option, shell, Unwind } from "./state";
import { Assignment, FunctionDefinition, NodeKind, NO_REDIRECTS, PartKind, Simple, Word, Wrapped } from "./syntax";
import { addFlags, assign, PS4, restore, save, Variable, VariableFlag, variableMark } from "./variables";
import { parseQuoted } from "./word-reader";
import { setForeground, terminalFd } from "./terminal";

/** Gives variables values that stay. False after an error. */
function assignAll(list: Array<Assignment>): bool {
  for (let index = 0; index < list.length; index++) {
    const value = expandText(list[index].value);
    if (shell.unwind != Unwind.none) return false;
    const target = list[index].variable;
    if (!assign(target, value)) {
      refuseAssignment(target);
      return false;
    }
    if (shell.has(Option.allexport)) addFlags(target, VariableFlag.exported);
  }
  return true;
}

function refuseAssignment(target: Variable): void {
  fail(new Buffer().add(target.name).text(": is read only").copy(), 2);
}

/** Gives variables values for one command, exported; the caller restores them. False after an error. */
export function assignTemporarily(list: Array<Assignment>): bool {
  for (let index = 0; index < list.length; index++) {
    const value = expandText(list[index].value);
    if (shell.unwind != Unwind.none) return false;
    const target = list[index].variable;
    if (target.readonly) {
      refuseAssignment(target);
      return false;
    }
    save(target);
    assign(target, value);
    addFlags(target, VariableFlag.exported);
  }
  return true;
}

/** Whether a word needs a command to be run. */
function substitutes(word: Word): bool {
  if (word.literal) return false;
  for (let index = 0; index < word.parts.length; index++) {
    const part = word.parts[index];
    if (part.kind == PartKind.command) return true;
    const inner = part.word;
    if (inner && substitutes(inner)) return true;
  }
  return false;
}

/** Whether the expansion of a command's words needs commands to be run. */
export function hasSubstitution(node: Simple): bool {
  for (let index = 0; index < node.words.length; index++) if (substitutes(node.words[index])) return true;
  for (let index = 0; index < node.assignments.length; index++) if (substitutes(node.assignments[index].value)) return true;
  for (let index = 0; index < node.redirects.length; index++) if (substitutes(node.redirects[index].word)) return true;
  return false;
}

/** Writes a word so that a shell would read it as it is. */
export function quote(text: Bytes, into: Buffer): void {
  let plain = text.byteLength > 0;
  for (let index = 0; index < text.byteLength && plain; index++) {
    const byte = at(text, index);
    plain = isNameByte(byte) || byte >= 0x80 || byte == 0x2d || byte == 0x2e || byte == 0x2f || byte == 0x3a || byte == 0x3d || byte == 0x2b || byte == 0x2c || byte == 0x25 || byte == 0x40 || byte == 0x5d || byte == 0x5b && text.byteLength == 1;
  }
  if (plain) {
    into.append(text);
    return;
  }
  quoteAlways(text, into);
}

export function quoteAlways(text: Bytes, into: Buffer): void {
  into.push(0x27);
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (byte == 0x27) into.text("'\\''");
    else into.push(byte);
  }
  into.push(0x27);
}

/** `set -x` */
export function traceCommand(assignments: Array<Assignment>, args: Array<Bytes>): void {
  const line = new Buffer(64);
  const prompt = PS4.value;
  if (prompt) {
    // The prompt is expanded without being traced itself.
    shell.options[Option.xtrace] = false;
    const word = parseQuoted(prompt);
    line.append(word ? expandText(word) : prompt);
    shell.options[Option.xtrace] = true;
  }
  for (let index = 0; index < assignments.length; index++) {
    if (index > 0) line.push(0x20);
    line.add(assignments[index].variable.name).text("=");
    const value = assignments[index].variable.value;
    if (value && value.byteLength > 0) quote(value, line);
  }
  for (let index = 0; index < args.length; index++) {
    if (index > 0 || assignments.length > 0) line.push(0x20);
    quote(args[index], line);
  }
  line.push(0x0a);
  writeError(line.copy());
}

const NO_ARGS: Array<Bytes> = [];

/** Runs a simple command; answers its status, which is `$?` then. */
export function runSimple(node: Simple): i32 {
  shell.line = node.line;
  if (hasSignals()) {
    handleSignals();
    if (shell.unwind != Unwind.none) return shell.status;
  }
  shell.substitutionStatus = -1;
  const args = new Array<Bytes>();
  const words = node.words;
  for (let index = 0; index < words.length; index++) {
    expandFields(words[index], args);
    if (shell.unwind != Unwind.none) return shell.status;
  }
  if (args.length == 0) return assignOnly(node);
  const name = args[0];
  const builtin = findBuiltin(name);
  if (builtin && builtin.special) return runSpecial(node, builtin, args);
  const definition = shell.functions.get(name);
  const marked = variableMark();
  const from = redirectMark();
  let status = 2;
  if (applyRedirects(node.redirects) && assignTemporarily(node.assignments)) {
    if (shell.has(Option.xtrace)) traceCommand(node.assignments, args);
    if (definition) status = callFunction(definition, args);
    else if (builtin) status = runBuiltin(builtin, args);
    else status = runProgram(node, args);
  } else if (shell.unwind != Unwind.none) status = shell.status;
  // What `local` saved is for the end of the function.
  if (!builtin || !builtin.saves) restore(marked);
  undoRedirects(from);
  // A trap that ran meanwhile may have ended the shell, with its own status.
  if (shell.unwind != Unwind.exit) shell.status = status;
  return shell.status;
}

/** A command without a name: its assignments stay, its redirections do not. */
function assignOnly(node: Simple): i32 {
  const from = redirectMark();
  const redirected = applyRedirects(node.redirects);
  undoRedirects(from);
  if (shell.unwind != Unwind.none) return shell.status;
  if (!redirected) return shell.status = 2;
  if (!assignAll(node.assignments)) return shell.status;
  if (shell.has(Option.xtrace)) traceCommand(node.assignments, NO_ARGS);
  return shell.status = max(shell.substitutionStatus, 0);
}

/** A special builtin: assignments stay, and an error in a redirection ends the shell. */
function runSpecial(node: Simple, builtin: Builtin, args: Array<Bytes>): i32 {
  const from = redirectMark();
  if (!applyRedirects(node.redirects)) {
    undoRedirects(from);
    if (shell.unwind == Unwind.none) abandon(2);
    return shell.status;
  }
  if (!assignAll(node.assignments)) {
    undoRedirects(from);
    return shell.status;
  }
  if (node.assignments.length > 0 && is(args[0], "exec")) for (let index = 0; index < node.assignments.length; index++) addFlags(node.assignments[index].variable, VariableFlag.exported);
  if (shell.has(Option.xtrace)) traceCommand(node.assignments, args);
  const status = runBuiltin(builtin, args);
  if (is(args[0], "exec") && args.length == 1) keepRedirects(from);
  else undoRedirects(from);
  return shell.status = status;
}

/** Runs a builtin and writes what it gathered. */
export function runBuiltin(builtin: Builtin, args: Array<Bytes>): i32 {
  const status = builtin.run(args);
  const errno = flush();
  if (errno == Errno.success) return status;
  complain(new Buffer().add(args[0]).text(": write error: ").text(errnoWords(errno)).copy());
  return status == 0 ? 1 : status;
}

/** Calls a function: its positional parameters, `local` variables and options after `local -` are its own. */
function callFunction(definition: FunctionDefinition, args: Array<Bytes>): i32 {
  if (!enterLevel()) {
    fail(new Buffer().add(args[0]).text(": maximum function nesting exceeded").copy(), 2);
    return shell.status;
  }
  const parameters = shell.positional;
  const locals = shell.localsFrom;
  const options = shell.localOptions;
  const loops = shell.loopDepth;
  shell.positional = args.slice(1);
  shell.localsFrom = variableMark();
  shell.localOptions = null;
  shell.loopDepth = 0;
  shell.functionDepth++;
  const body = definition.body;
  run(body.kind == NodeKind.group && body.redirects === NO_REDIRECTS ? changetype<Wrapped>(body).command : body);
  leaveLevel();
  shell.functionDepth--;
  if (shell.unwind == Unwind.return_) shell.unwind = Unwind.none;
  restore(shell.localsFrom);
  shell.localsFrom = locals;
  const before = shell.localOptions;
  if (before) restoreOptions(before);
  shell.localOptions = options;
  shell.loopDepth = loops;
  shell.positional = parameters;
  return shell.status;
}

/** Runs a program and waits for it. */
export function runProgram(node: Simple, args: Array<Bytes>, standardPath: bool = false): i32 {
  const monitored = shell.has(Option.monitor);
  launchInto(monitored ? 0 : -1, monitored);
  const pid = launchProgram(args, standardPath);
  launchInto(-1, false);
  if (pid == 0) return launchedStatus;
  const job = new Job();
  job.processes.push(new Process(pid));
  if (monitored) {
    job.group = pid;
    if (terminalFd() >= 0) setForeground(pid);
    job.text = node.text;
  }
  return waitForeground(job);
}
