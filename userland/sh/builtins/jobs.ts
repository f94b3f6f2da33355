/** Builtins about jobs and signals. */
import { errnoWords } from "../../sdk/errno";
import { integer, integerFits } from "../../sdk/integer";
import { Errno, kill, Signal } from "../../sdk/posix";
import { signalNames } from "../../sdk/signals";
import { parseNumber } from "../arithmetic";
import { at, Bytes, EMPTY, is, parseCount, slice } from "../bytes";
import { allJobs, findJob, findProblem, forget, interruptWait, Job, reap, resume, waitBackground, writeJob, writePid } from "../jobs";
import { flush, out } from "../output";
import { abandon } from "../report";
import { handleSignals, pendingTrap, setTrap, signalName, signalNumber, SIGNALS_MAX, trapOf } from "../signals";
import { quoteAlways } from "../simple-command";
import { Option, shell } from "../state";
import { misuse, Options, wrong } from "./options";

export function jobs(args: Array<Bytes>): i32 {
  const options = new Options(args, "lp");
  let form = 0;
  for (let letter = options.next(); letter != 0; letter = options.next()) form = letter;
  if (options.failed) return 2;
  reap();
  let status = 0;
  const list = new Array<Job>();
  if (options.index == args.length) {
    const all = allJobs();
    for (let index = 0; index < all.length; index++) list.push(all[index]);
  }
  for (let index = options.index; index < args.length; index++) {
    const job = findJob(args[index]);
    if (job) list.push(job);
    else status = wrong(args, args[index], findProblem) + 1;
  }
  for (let index = 0; index < list.length; index++) {
    if (form == 0x70) writePid(list[index]);
    else writeJob(list[index], form == 0x6c);
    list[index].changed = false;
  }
  for (let index = 0; index < list.length; index++) if (list[index].isDone) forget(list[index]);
  return status;
}

function needsControl(args: Array<Bytes>): bool {
  if (shell.has(Option.monitor)) return true;
  misuse(args, "no job control in this shell");
  return false;
}

export function fg(args: Array<Bytes>): i32 {
  if (!needsControl(args)) return 2;
  const name = args.length > 1 ? args[1] : EMPTY;
  reap();
  const job = findJob(name);
  if (!job || job.isDone) return wrong(args, name, job ? "job has terminated" : findProblem) + 1;
  out.add(job.text).text("\n");
  flush();
  return resume(job, true);
}

export function bg(args: Array<Bytes>): i32 {
  if (!needsControl(args)) return 2;
  reap();
  let status = 0;
  for (let index = 1; index < max(args.length, 2); index++) {
    const name = index < args.length ? args[index] : EMPTY;
    const job = findJob(name);
    if (!job || job.isDone) {
      status = wrong(args, name, job ? "job has terminated" : findProblem) + 1;
      continue;
    }
    resume(job, false);
    out.text("[").number(job.number).text("] ").add(job.text).text("\n");
  }
  return status;
}

/** The status of a `wait` that a signal ended, whose trap is run then. */
function interrupted(): i32 {
  const signal = pendingTrap();
  if (signal > 0) {
    handleSignals();
    return 128 + signal;
  }
  interruptWait();
  return 128 + Signal.INT;
}

export function wait(args: Array<Bytes>): i32 {
  if (args.length == 1) {
    const all = allJobs();
    for (let index = 0; index < all.length; index++) {
      if (all[index].isStopped) continue;
      if (waitBackground(all[index]) < 0) return interrupted();
      forget(all[index]);
    }
    return 0;
  }
  let status = 0;
  for (let index = 1; index < args.length; index++) {
    const name = args[index];
    if (at(name, 0) != 0x25 && parseCount(name) < 0) return wrong(args, name, "illegal number") + 1;
    const job = findJob(name);
    if (!job) {
      status = 127;
      continue;
    }
    status = waitBackground(job);
    if (status < 0) return interrupted();
    if (at(name, 0) != 0x25) {
      const process = job.find(parseCount(name));
      if (process) status = process.status;
    }
    forget(job);
  }
  return status;
}

function listSignals(args: Array<Bytes>, from: i32): i32 {
  if (from == args.length) {
    out.text(signalNames()).text("\n");
    return 0;
  }
  for (let index = from; index < args.length; index++) {
    const number = parseCount(args[index]);
    const signal = number >= 0 ? number & 0x7f : signalNumber(args[index]);
    if (signal < 0 || signal >= SIGNALS_MAX) return wrong(args, args[index], "invalid signal");
    if (number >= 0) out.add(signalName(signal));
    else out.number(signal);
    out.text("\n");
  }
  return 0;
}

export function killProcesses(args: Array<Bytes>): i32 {
  let signal: i32 = Signal.TERM;
  let index = 1;
  if (args.length > 1 && args[1].byteLength > 1 && at(args[1], 0) == 0x2d) {
    const option = args[1];
    if (is(option, "-l")) return listSignals(args, 2);
    if (is(option, "--")) index = 2;
    else if (is(option, "-s") || is(option, "-n")) {
      if (args.length < 3) return misuse(args, "usage: kill [-s signal | -signal] pid | %job ...");
      signal = signalNumber(args[2]);
      if (signal < 0) return wrong(args, args[2], "invalid signal") + 1;
      index = 3;
    } else {
      signal = signalNumber(slice(option, 1));
      if (signal < 0) return wrong(args, option, "invalid signal") + 1;
      index = 2;
    }
    if (index > 1 && index < args.length && is(args[index], "--")) index++;
  }
  if (index >= args.length) return misuse(args, "usage: kill [-s signal | -signal] pid | %job ...");
  let status = 0;
  for (; index < args.length; index++) status |= killOne(args, args[index], signal);
  return status;
}

function killOne(args: Array<Bytes>, name: Bytes, signal: i32): i32 {
  let errno = Errno.success;
  if (name.byteLength > 0 && at(name, 0) == 0x25) {
    const job = findJob(name);
    if (!job) return wrong(args, name, findProblem);
    if (job.group > 0) errno = kill(-job.group, signal);
    else for (let index = 0; index < job.processes.length; index++) errno = kill(job.processes[index].pid, signal);
    // A stopped job could not end of it.
    if (job.isStopped && job.group > 0 && (signal == Signal.TERM || signal == Signal.HUP)) kill(-job.group, Signal.CONT);
  } else {
    if (!parseNumber(name, true) || !integerFits || integer > i32.MAX_VALUE || integer < i32.MIN_VALUE) return wrong(args, name, "illegal pid");
    errno = kill(<i32>integer, signal);
  }
  return errno == Errno.success ? 0 : wrong(args, name, errnoWords(errno));
}

export function trap(args: Array<Bytes>): i32 {
  let index = 1;
  if (args.length > 1 && is(args[1], "--")) index++;
  if (index == args.length || index + 1 == args.length && is(args[index], "-p")) {
    for (let signal = 0; signal < SIGNALS_MAX; signal++) {
      const action = trapOf(signal);
      if (!action) continue;
      out.text("trap -- ");
      quoteAlways(action, out);
      out.text(" ").add(signalName(signal)).text("\n");
    }
    return 0;
  }
  let action: Bytes | null = null;
  // A number in the first place is a signal: all of the arguments are then.
  if (parseCount(args[index]) < 0 && index + 1 < args.length) {
    if (!is(args[index], "-")) action = args[index];
    index++;
  } else if (parseCount(args[index]) < 0 && signalNumber(args[index]) < 0) {
    abandon(2);
    return misuse(args, "usage: trap [action] signal...");
  }
  let status = 0;
  for (; index < args.length; index++) {
    const signal = signalNumber(args[index]);
    if (signal < 0) status = wrong(args, args[index], "bad trap");
    else setTrap(signal, action);
  }
  return status;
}
