/**
 * Compound commands, lists and pipelines. `run` answers the status, which is `$?` then; when `shell.unwind` is set
 * afterwards, every caller leaves what it is doing until somebody takes the unwinding as his.
 *
 * Spec: POSIX XCU 2.9.2 to 2.9.5, and `set -e` there.
 */
import { errnoWords } from "../sdk/errno";
import { globMatches } from "../sdk/glob";
import { Errno, pipe } from "../sdk/posix";
import { fd_close, Right } from "../sdk/wasi";
import { findBuiltin } from "./builtins/table";
import { Buffer, Bytes, bytes, equal } from "./bytes";
import { descriptors } from "./descriptors";
import { assignOrFail, expandFields, expandPattern, expandText } from "./expand";
import { open, opened } from "./files";
import { announce, Job, noticeQuietly, Process, register, waitForeground } from "./jobs";
import { launch, launchedStatus, launchInto, launchSubshell, pour } from "./launch";
import { beginCapture, endCapture } from "./output";
import { applyRedirects, redirectMark, redirectTo, undoRedirects } from "./redirection";
import { fail } from "./report";
import { hasSubstitution, runSimple } from "./simple-command";
import { handleSignals, hasSignals, heedInterrupts, ignoreInterrupts } from "./signals";
import { enterLevel, leaveLevel } from "./stack";
import { Option, shell, Unwind } from "./state";
import { AndOr, CaseOf, ForLoop, FunctionDefinition, IfElse, Node, NodeKind, NO_REDIRECTS, Pair, Several, Simple, Wrapped } from "./syntax";
import { setForeground, terminalFd } from "./terminal";


/** Runs a command. */
export function run(node: Node): i32 {
  if (shell.options[Option.noexec]) return shell.status;
  if (node.kind == NodeKind.simple) return ended(runSimple(changetype<Simple>(node)));
  if (!enterLevel()) {
    fail(bytes("commands are nested too deeply"), 2);
    return shell.status;
  }
  if (node.redirects === NO_REDIRECTS) runCompound(node);
  else {
    const from = redirectMark();
    shell.line = node.line;
    if (node.kind == NodeKind.subshell || applyRedirects(node.redirects)) runCompound(node);
    else if (shell.unwind == Unwind.none) ended(shell.status = 2);
    undoRedirects(from);
  }
  leaveLevel();
  return shell.status;
}

/** `set -e`: a command that failed ends the shell, where nobody looks at its status. `return` counts where it stands. */
function ended(status: i32): i32 {
  const goesOn = shell.unwind == Unwind.none || shell.unwind == Unwind.return_;
  if (status != 0 && shell.options[Option.errexit] && shell.tested == 0 && goesOn) shell.unwind = Unwind.exit;
  return status;
}

function runCompound(node: Node): void {
  switch (node.kind) {
    case NodeKind.list: {
      const commands = changetype<Several>(node).commands;
      for (let index = 0; index < commands.length && shell.unwind == Unwind.none; index++) run(commands[index]);
      return;
    }
    case NodeKind.andOr: return runAndOr(changetype<AndOr>(node));
    case NodeKind.pipeline: return runPipeline(changetype<Several>(node));
    case NodeKind.background: return runBackground(changetype<Wrapped>(node));
    case NodeKind.subshell: return runSubshell(node);
    case NodeKind.group:
      run(changetype<Wrapped>(node).command);
      return;
    case NodeKind.ifElse: return runIf(changetype<IfElse>(node));
    case NodeKind.whileLoop: return runLoop(changetype<Pair>(node), false);
    case NodeKind.untilLoop: return runLoop(changetype<Pair>(node), true);
    case NodeKind.forLoop: return runFor(changetype<ForLoop>(node));
    case NodeKind.caseOf: return runCase(changetype<CaseOf>(node));
    case NodeKind.functionDefinition: {
      const definition = changetype<FunctionDefinition>(node);
      shell.functions.set(definition.name, definition);
      shell.status = 0;
    }
  }
}

/** Runs a command whose status is looked at, so that `set -e` does not count in it. */
function runTested(node: Node): i32 {
  shell.tested++;
  const status = run(node);
  shell.tested--;
  return status;
}

function runAndOr(node: AndOr): void {
  const commands = node.commands;
  const last = commands.length - 1;
  let status = 0;
  for (let index = 0; index <= last; index++) {
    if (index > 0 && (status == 0) != node.isAnd[index - 1]) continue;
    // Only the last command of all is one that nobody looks at.
    status = index < last ? runTested(commands[index]) : run(commands[index]);
    if (shell.unwind != Unwind.none) return;
  }
}

function runIf(node: IfElse): void {
  for (let index = 0; index < node.conditions.length; index++) {
    const status = runTested(node.conditions[index]);
    if (shell.unwind != Unwind.none) return;
    if (status == 0) {
      run(node.bodies[index]);
      return;
    }
  }
  const otherwise = node.otherwise;
  if (otherwise) run(otherwise);
  else shell.status = 0;
}

/** After the body of a loop: whether the loop is left. */
function leavesLoop(): bool {
  if (hasSignals()) handleSignals();
  if (shell.unwind == Unwind.none) return false;
  if (shell.unwind != Unwind.break_ && shell.unwind != Unwind.continue_) return true;
  if (--shell.unwindLoops > 0) return true;
  const isBreak = shell.unwind == Unwind.break_;
  shell.unwind = Unwind.none;
  return isBreak;
}

function runLoop(node: Pair, until: bool): void {
  let status = 0;
  shell.loopDepth++;
  while (true) {
    const condition = runTested(node.left);
    if (shell.unwind != Unwind.none) {
      if (leavesLoop()) break;
      continue;
    }
    if ((condition == 0) == until) break;
    status = run(node.right);
    if (leavesLoop()) {
      if (shell.unwind == Unwind.none) status = 0;
      break;
    }
  }
  shell.loopDepth--;
  if (shell.unwind == Unwind.none || shell.unwind == Unwind.break_ || shell.unwind == Unwind.continue_) shell.status = status;
}

function runFor(node: ForLoop): void {
  let values: Array<Bytes>;
  const words = node.words;
  if (words) {
    values = new Array<Bytes>();
    for (let index = 0; index < words.length; index++) {
      expandFields(words[index], values);
      if (shell.unwind != Unwind.none) return;
    }
  } else values = shell.positional;
  let status = 0;
  shell.loopDepth++;
  for (let index = 0; index < values.length; index++) {
    shell.line = node.line;
    assignOrFail(node.variable, values[index]);
    if (shell.unwind != Unwind.none) break;
    status = run(node.body);
    if (leavesLoop()) {
      if (shell.unwind == Unwind.none) status = 0;
      break;
    }
  }
  shell.loopDepth--;
  if (shell.unwind == Unwind.none || shell.unwind == Unwind.break_ || shell.unwind == Unwind.continue_) shell.status = status;
}

function runCase(node: CaseOf): void {
  shell.line = node.line;
  const subject = expandText(node.word);
  if (shell.unwind != Unwind.none) return;
  const items = node.items;
  shell.substitutionStatus = -1;
  for (let index = 0; index < items.length; index++) {
    const patterns = items[index].patterns;
    for (let which = 0; which < patterns.length; which++) {
      const literal = patterns[which].literal;
      const matched = literal ? equal(literal, subject) : globMatches(expandPattern(patterns[which]), subject);
      if (shell.unwind != Unwind.none) return;
      if (!matched) continue;
      shell.status = 0;
      while (true) {
        const body = items[index].body;
        if (body) run(body);
        if (!items[index].through || ++index == items.length || shell.unwind != Unwind.none) return;
      }
    }
  }
  shell.status = max(shell.substitutionStatus, 0);
}

/** What the subshell of `( ... )` has to run, its redirections included. */
export function inSubshell(node: Node): Node {
  const command = changetype<Wrapped>(node).command;
  if (node.redirects === NO_REDIRECTS) return command;
  const group = new Wrapped(NodeKind.group, node.line, command);
  group.redirects = node.redirects;
  return group;
}

function runSubshell(node: Node): void {
  const monitored = shell.has(Option.monitor);
  launchInto(monitored ? 0 : -1, monitored);
  const pid = launchSubshell(inSubshell(node));
  launchInto(-1, false);
  if (pid == 0) shell.status = launchedStatus;
  else {
    const job = new Job();
    job.processes.push(new Process(pid));
    if (monitored) bringForward(job, pid, node.text);
    shell.status = waitForeground(job);
  }
  ended(shell.status);
}

/** Makes a job of the foreground one that can be stopped. */
function bringForward(job: Job, group: i32, text: Bytes): void {
  job.group = group;
  job.text = text;
  if (terminalFd() >= 0) setForeground(group);
}

const ends: usize = memory.data(8);

/** Starts all commands of a pipeline. False when a pipe could not be made. */
function startPipeline(commands: Array<Node>, job: Job, monitored: bool, inForeground: bool): bool {
  let input = -1;
  for (let index = 0; index < commands.length; index++) {
    const isLast = index == commands.length - 1;
    let read = -1;
    let write = -1;
    if (!isLast) {
      const errno = pipe(ends, ends + 4);
      if (errno != Errno.success) {
        if (input >= 0) fd_close(input);
        fail(new Buffer().text("pipe: ").text(errnoWords(errno)).copy(), 2);
        return false;
      }
      read = <i32>load<u32>(ends);
      write = <i32>load<u32>(ends, 4);
    }
    const group = !monitored ? -1 : job.group;
    launchInto(group, inForeground && monitored && job.group == 0);
    startStage(commands[index], input, write, job, index == 0, isLast);
    launchInto(-1, false);
    input = read;
  }
  return true;
}

/** Whether a command is certain to be a builtin that leaves no trace. */
export function isCapturable(command: Node): bool {
  if (command.kind != NodeKind.simple) return false;
  const simple = changetype<Simple>(command);
  const name = simple.words.length > 0 ? simple.words[0].literal : null;
  if (!name || shell.functions.get(name)) return false;
  const builtin = findBuiltin(name);
  return builtin !== null && builtin.pure;
}

/** Starts one command between two pipes, whose ends it takes. */
function startStage(command: Node, input: i32, output: i32, job: Job, isFirst: bool, isLast: bool): void {
  const from = redirectMark();
  if (input >= 0) {
    descriptors.hold(input);
    redirectTo(0, input);
  }
  let pid = 0;
  // A first command that is a builtin is run at once, and its output kept: no shell has to be started for it.
  if (isFirst && !isLast && isCapturable(command) && !hasSubstitution(changetype<Simple>(command))) {
    redirectTo(1, beginCapture());
    pid = launch(command, true, false);
    undoRedirects(from);
    pour(endCapture(), output);
    fd_close(output);
  } else {
    if (output >= 0) {
      descriptors.hold(output);
      redirectTo(1, output);
    }
    pid = launch(command, false, false);
    undoRedirects(from);
  }
  if (pid > 0) {
    if (job.group == 0 && shell.has(Option.monitor)) job.group = pid;
    job.processes.push(new Process(pid));
  } else if (isLast) job.lastStatus = launchedStatus;
  else if (launchedStatus != 0) job.failedStatus = launchedStatus;
}

function runPipeline(node: Several): void {
  if (node.commands.length == 1) {
    const status = runTested(node.commands[0]);
    if (shell.unwind == Unwind.none) shell.status = status == 0 ? 1 : 0;
    return;
  }
  const monitored = shell.has(Option.monitor);
  const job = new Job();
  job.text = node.text;
  if (!startPipeline(node.commands, job, monitored, true)) return;
  if (job.group > 0 && terminalFd() >= 0) setForeground(job.group);
  const status = waitForeground(job);
  if (node.negated) shell.status = status == 0 ? 1 : 0;
  else ended(shell.status = status);
}

const NULL_DEVICE = bytes("/dev/null");

function runBackground(node: Wrapped): void {
  noticeQuietly();
  const monitored = shell.has(Option.monitor);
  const job = new Job();
  job.text = node.text;
  const command = node.command;
  const from = redirectMark();
  if (!monitored) {
    // Nobody types for it, and ^C is not for it.
    if (open(NULL_DEVICE, 0, Right.read, 0) == Errno.success) {
      descriptors.hold(opened);
      redirectTo(0, opened);
    }
    ignoreInterrupts();
  }
  if (command.kind == NodeKind.pipeline && !changetype<Several>(command).negated && changetype<Several>(command).commands.length > 1) {
    startPipeline(changetype<Several>(command).commands, job, monitored, false);
  } else {
    launchInto(monitored ? 0 : -1, false);
    const pid = launch(command, false, false);
    launchInto(-1, false);
    if (pid > 0) {
      job.processes.push(new Process(pid));
      if (monitored) job.group = pid;
    } else job.lastStatus = launchedStatus;
  }
  if (!monitored) heedInterrupts();
  undoRedirects(from);
  shell.status = 0;
  if (job.processes.length == 0) return;
  shell.lastBackground = job.pid;
  register(job);
  if (shell.has(Option.interactive) && !shell.isSubshell) announce(job);
}
