/**
 * Jobs: what was started and is not in the foreground, or was stopped there. A job is the processes of one pipeline,
 * in a group of their own when job control is on.
 *
 * Spec: POSIX XCU 2.11, `jobs`, `fg`, `bg`, `wait`.
 */
import { Errno, kill, Signal, waitpid, WaitOption } from "../sdk/posix";
import { at, Buffer, Bytes, bytes, decimal, EMPTY, is, parseCount, slice, startsWith, indexOf } from "./bytes";
import { flush, out, writeError } from "./output";
import { clearPending, hasPending, hasTrapPending, signalName } from "./signals";
import { Option, shell, Unwind } from "./state";
import { restoreModes, retakeForeground, setForeground } from "./terminal";

/** Finished jobs that nobody asked about: more than these are forgotten, the oldest first. */
const FINISHED_MAX = 1000;

const RUNNING: i32 = -1;

export class Process {
  /** The exit status as the shell tells it; -1 while it has not ended. */
  status: i32 = RUNNING;
  /** The signal that ended or stopped it; 0 for none. */
  signal: i32 = 0;
  stopped: bool = false;

  constructor(readonly pid: i32) {}
}

export class Job {
  /** What `%N` says; 0 for a job in the foreground that was never stopped. */
  number: i32 = 0;
  /** The process group; 0 without job control. */
  group: i32 = 0;
  readonly processes: Array<Process> = [];
  text: Bytes = EMPTY;
  /** The status of the last command when it was a builtin and no process. */
  lastStatus: i32 = -1;
  /** The person has not been told of its present state. */
  changed: bool = false;
  /** For `set -o pipefail`: what builtins that ran at once answered, if not 0: the rightmost. */
  failedStatus: i32 = 0;

  get isDone(): bool {
    for (let index = 0; index < this.processes.length; index++) if (this.processes[index].status == RUNNING) return false;
    return true;
  }

  get isStopped(): bool {
    let any = false;
    for (let index = 0; index < this.processes.length; index++) {
      const process = this.processes[index];
      if (process.status != RUNNING) continue;
      if (!process.stopped) return false;
      any = true;
    }
    return any;
  }

  get pid(): i32 {
    return this.processes.length > 0 ? this.processes[this.processes.length - 1].pid : 0;
  }

  /** The status of the last command, or with `pipefail` of the last that failed. */
  get status(): i32 {
    if (this.isStopped) return 128 + this.stopSignal;
    const last = this.lastStatus >= 0 ? this.lastStatus : this.processes.length > 0 ? this.processes[this.processes.length - 1].status : 0;
    if (last != 0 || !shell.has(Option.pipefail)) return last;
    for (let index = this.processes.length - 1; index >= 0; index--) if (this.processes[index].status != 0) return this.processes[index].status;
    return this.failedStatus;
  }

  get stopSignal(): i32 {
    for (let index = this.processes.length - 1; index >= 0; index--) if (this.processes[index].stopped) return this.processes[index].signal;
    return 0;
  }

  find(pid: i32): Process | null {
    for (let index = 0; index < this.processes.length; index++) if (this.processes[index].pid == pid) return this.processes[index];
    return null;
  }
}

/** All jobs that `jobs` knows, the one that `%+` means last. */
const jobs: Array<Job> = [];
const words: usize = memory.data(8);

export function allJobs(): Array<Job> {
  const sorted = jobs.slice(0);
  sorted.sort((left, right) => left.number - right.number);
  return sorted;
}

export function hasStopped(): bool {
  for (let index = 0; index < jobs.length; index++) if (jobs[index].isStopped) return true;
  return false;
}

/** Makes a job known under a number. */
export function register(job: Job): void {
  if (job.number == 0) {
    let number = 1;
    for (let index = 0; index < jobs.length; index++) number = max(number, jobs[index].number + 1);
    job.number = number;
  }
  forget(job);
  jobs.push(job);
  if (jobs.length > FINISHED_MAX) dropOldest();
}

function dropOldest(): void {
  for (let index = 0; index < jobs.length; index++) {
    if (!jobs[index].isDone) continue;
    jobs.splice(index, 1);
    return;
  }
}

export function forget(job: Job): void {
  const index = jobs.indexOf(job);
  if (index >= 0) jobs.splice(index, 1);
}

/** Notes what `waitpid` told. */
function record(job: Job, process: Process, status: u32): void {
  job.changed = true;
  if (status == 0xffff) {
    process.stopped = false;
    process.signal = 0;
  } else if ((status & 0xff) == 0x7f) {
    process.stopped = true;
    process.signal = <i32>(status >> 8 & 0xff);
  } else {
    process.stopped = false;
    process.signal = <i32>(status & 0x7f);
    process.status = process.signal != 0 ? 128 + process.signal : <i32>(status >> 8 & 0xff);
  }
}

function recordPid(pid: i32, status: u32): void {
  for (let index = 0; index < jobs.length; index++) {
    const process = jobs[index].find(pid);
    if (process) {
      record(jobs[index], process, status);
      return;
    }
  }
}

/** Learns what became of all jobs, without waiting. */
export function reap(): void {
  if (jobs.length == 0) return;
  while (waitpid(-1, WaitOption.nohang | WaitOption.untraced | WaitOption.continued, words, words + 4) == Errno.success) {
    const pid = load<i32>(words);
    if (pid == 0) return;
    recordPid(pid, load<u32>(words, 4));
  }
}

/** Waits for one process that is in no job; answers its status. */
export function waitForPid(pid: i32): i32 {
  while (true) {
    const errno = waitpid(pid, 0, words, words + 4);
    if (errno == Errno.intr) continue;
    if (errno != Errno.success) return 127;
    const status = load<u32>(words, 4);
    return (status & 0x7f) != 0 ? 128 + <i32>(status & 0x7f) : <i32>(status >> 8 & 0xff);
  }
}

/** Waits until a job in the foreground ends or stops; answers its status. */
export function waitForeground(job: Job): i32 {
  const monitored = job.group > 0;
  for (let index = 0; index < job.processes.length; index++) {
    const process = job.processes[index];
    while (process.status == RUNNING && !process.stopped) {
      const errno = waitpid(process.pid, monitored ? WaitOption.untraced : 0, words, words + 4);
      if (errno == Errno.success) record(job, process, load<u32>(words, 4));
      else if (errno != Errno.intr) process.status = 127;
    }
  }
  if (monitored) retakeForeground();
  if (job.isStopped) {
    register(job);
    if (monitored) restoreModes();
    writeError(new Buffer().text("\n").add(describe(job, false)).copy());
    job.changed = false;
    return job.status;
  }
  forget(job);
  const status = job.status;
  reportDeath(job, monitored);
  return status;
}

/** Tells of a signal that ended a job in the foreground; ^C ends what the shell was doing as well. */
function reportDeath(job: Job, monitored: bool): void {
  const signal = job.processes.length > 0 ? job.processes[job.processes.length - 1].signal : 0;
  if (signal == 0) return;
  if (monitored) restoreModes();
  if (signal == Signal.INT) {
    if (shell.has(Option.interactive)) {
      writeError(bytes("\n"));
      if (!shell.isSubshell && monitored) {
        shell.status = 128 + signal;
        shell.unwind = Unwind.prompt;
      }
    }
    return;
  }
  if (signal != Signal.PIPE) writeError(new Buffer().text(deathWords(signal)).text("\n").copy());
}

function deathWords(signal: i32): string {
  switch (signal) {
    case Signal.HUP: return "Hangup";
    case Signal.QUIT: return "Quit";
    case Signal.ILL: return "Illegal instruction";
    case Signal.ABRT: return "Aborted";
    case Signal.FPE: return "Floating point exception";
    case Signal.KILL: return "Killed";
    case Signal.USR1: return "User defined signal 1";
    case Signal.SEGV: return "Segmentation fault";
    case Signal.USR2: return "User defined signal 2";
    case Signal.PIPE: return "Broken pipe";
    case Signal.ALRM: return "Alarm clock";
    case Signal.TERM: return "Terminated";
    case Signal.INT: return "Interrupt";
    default: return "Signal";
  }
}

/** Waits for a job in the background; answers its status, or 128 and more when a trap's signal came first. */
export function waitBackground(job: Job): i32 {
  for (let index = 0; index < job.processes.length; index++) {
    const process = job.processes[index];
    while (process.status == RUNNING) {
      const errno = waitpid(process.pid, 0, words, words + 4);
      if (errno == Errno.success) record(job, process, load<u32>(words, 4));
      else if (errno != Errno.intr) process.status = 127;
      else if (isInterrupted()) return -1;
    }
  }
  return job.status;
}

/** Whether a signal came that `wait` is left for. */
export function isInterrupted(): bool {
  return hasTrapPending() || shell.has(Option.interactive) && hasPending(Signal.INT);
}

/** How a job is shown. */
export function describe(job: Job, withPids: bool): Bytes {
  const line = new Buffer(64);
  const last = jobs.length - 1;
  const place = jobs.indexOf(job);
  line.text("[").number(job.number).text("] ").text(place == last ? "+" : place == last - 1 ? "-" : " ").text(" ");
  if (withPids) line.number(job.pid).text(" ");
  const from = line.length;
  if (job.isStopped) {
    const signal = job.stopSignal;
    line.text("Stopped");
    if (signal != Signal.TSTP && signal != 0) line.text(" (SIG").add(signalName(signal)).text(")");
  } else if (!job.isDone) line.text("Running");
  else {
    const process = job.processes.length > 0 ? job.processes[job.processes.length - 1] : null;
    if (process && process.signal != 0) line.text(deathWords(process.signal));
    else {
      line.text("Done");
      if (job.status != 0) line.text("(").number(job.status).text(")");
    }
  }
  line.fill(0x20, max(1, 24 - (line.length - from)));
  for (let index = 0; index < job.text.byteLength; index++) {
    const byte = at(job.text, index);
    line.push(byte == 0x0a ? 0x20 : byte);
  }
  line.push(0x0a);
  return line.copy();
}

/** Before a prompt: tells of every job whose state changed, and forgets the finished. */
export function notifyJobs(): void {
  reap();
  const all = allJobs();
  for (let index = 0; index < all.length; index++) {
    const job = all[index];
    if (!job.changed) continue;
    job.changed = false;
    if (!job.isDone && !job.isStopped) continue;
    writeError(describe(job, false));
    if (job.isDone) forget(job);
  }
}

/** In a shell that is not interactive finished jobs are kept for `wait`; this only learns of them. */
export function noticeQuietly(): void {
  if (jobs.length > 0) reap();
}

/** The message of `findJob`. */
export let findProblem: string = "";

/** The job that `%...`, or a pid, names; null with `findProblem`. */
export function findJob(name: Bytes): Job | null {
  findProblem = "no such job";
  if (name.byteLength == 0 || is(name, "%") || is(name, "%%") || is(name, "%+")) {
    if (jobs.length > 0) return jobs[jobs.length - 1];
    findProblem = "no current job";
    return null;
  }
  if (at(name, 0) != 0x25) {
    const pid = parseCount(name);
    for (let index = 0; index < jobs.length && pid > 0; index++) if (jobs[index].find(pid)) return jobs[index];
    return null;
  }
  if (is(name, "%-")) {
    if (jobs.length > 1) return jobs[jobs.length - 2];
    findProblem = "no previous job";
    return null;
  }
  const rest = slice(name, 1);
  const number = parseCount(rest);
  let found: Job | null = null;
  for (let index = 0; index < jobs.length; index++) {
    const job = jobs[index];
    if (number >= 0 ? job.number == number : matchesText(job, rest)) {
      if (found) {
        findProblem = "ambiguous";
        return null;
      }
      found = job;
    }
  }
  return found;
}

/** `%text` is how a job begins, `%?text` what it has in it. */
function matchesText(job: Job, text: Bytes): bool {
  if (text.byteLength == 0 || at(text, 0) != 0x3f) return startsWith(job.text, text);
  const wanted = slice(text, 1);
  for (let from = indexOf(job.text, at(text, min(1, text.byteLength - 1))); from >= 0; from = indexOf(job.text, at(wanted, 0), from + 1)) {
    if (startsWith(slice(job.text, from), wanted)) return true;
  }
  return false;
}

/** Lets a stopped job go on, in the foreground or not. */
export function resume(job: Job, inForeground: bool): i32 {
  const group = job.group;
  if (inForeground && group > 0) setForeground(group);
  for (let index = 0; index < job.processes.length; index++) job.processes[index].stopped = false;
  job.changed = false;
  register(job);
  if (group > 0) kill(-group, Signal.CONT);
  else for (let index = 0; index < job.processes.length; index++) kill(job.processes[index].pid, Signal.CONT);
  return inForeground ? waitForeground(job) : 0;
}

/** The end of an interactive shell: what is stopped could never go on. */
export function hangUp(): void {
  for (let index = 0; index < jobs.length; index++) {
    const job = jobs[index];
    if (job.group <= 0 || job.isDone) continue;
    if (job.isStopped) {
      kill(-job.group, Signal.HUP);
      kill(-job.group, Signal.CONT);
    }
  }
}

/** Announces a job that was started in the background, as an interactive shell does. */
export function announce(job: Job): void {
  writeError(new Buffer().text("[").number(job.number).text("] ").number(job.pid).text("\n").copy());
}

export function writeJob(job: Job, withPids: bool): void {
  out.append(describe(job, withPids));
}

export function writePid(job: Job): void {
  out.append(decimal(job.group > 0 ? job.group : job.processes.length > 0 ? job.processes[0].pid : 0));
  out.push(0x0a);
  flush();
}

export function interruptWait(): void {
  clearPending(Signal.INT);
}
