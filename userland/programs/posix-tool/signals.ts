/** Uses of the tool that are about signals, groups and sessions. */
import * as posix from "../../sdk/posix";
import { MaskChange, Signal, SignalAction, SpawnFlag, WaitOption } from "../../sdk/posix";
import { OUT, OUT2, getpid, print, proc_exit, readText, sleep, spawn, spawnErrno, statusText, waitErrno, waitFor, waitedFor, write } from "./lib";

let caught: u32 = 0;
let count: u32 = 0;
/** What the handler does: 0 counts, 1 sleeps, 2 exits, 3 never returns, 4 sends itself the signal again, 5 writes, 6 traps, 7 starts a program. */
let manner: u32 = 0;
let answerInHandler: u32 = 0;

export function __isola_signal(signal: i32): void {
  caught = signal;
  count++;
  if (manner == 1) answerInHandler = sleep(1000);
  else if (manner == 2) proc_exit(42);
  else if (manner == 3) for (;;) count++;
  else if (manner == 4) posix.kill(getpid(), signal);
  else if (manner == 5) print(`<${signal}>`);
  else if (manner == 6) unreachable();
  else if (manner == 7) answerInHandler = spawn(["/bin/tool", "exit", "0"]) < 0 ? spawnErrno : 0;
}

function handle(signal: u32): void {
  posix.sigaction(signal, SignalAction.handle, 0);
}
const bit = (signal: u32): u64 => (1 as u64) << (signal - 1);

export function signals(verb: string, rest: string[]): boolean {
  if (verb == "catch") catchOne(u32.parse(rest[0]), rest[1]);
  else if (verb == "actions") actions();
  else if (verb == "mask") mask();
  else if (verb == "handler") handler(u32.parse(rest[0]));
  else if (verb == "ignore") ignore();
  else if (verb == "stops") stops();
  else if (verb == "groups") groups();
  else if (verb == "session") session();
  else if (verb == "waiting") waiting();
  else if (verb == "unwaited") unwaited();
  else if (verb == "signal") print(`${posix.kill(i32.parse(rest[0]), u32.parse(rest[1]))}\n`);
  else if (verb == "tellpid") tellPid();
  else return false;
  return true;
}

/** Handles a signal while it sleeps, reads, pauses, or spins; says what it saw. */
function catchOne(signal: u32, where: string): void {
  handle(signal);
  print("ready\n");
  let answer = "";
  if (where == "sleep") answer = `${sleep(60_000)}`;
  else if (where == "read") answer = readText(0);
  else if (where == "pause") answer = `${posix.pause()}`;
  else if (where == "wait") answer = `${waitFor(spawn(["/bin/tool", "sleep", "60000"]))} ${waitErrno}`;
  else while (caught == 0) spins++;
  print(`${answer} caught ${caught}\n`);
}
let spins: u64 = 0;

function actions(): void {
  const self = getpid();
  print(`${posix.sigaction(0, 0, 0)} ${posix.sigaction(16, 1, 0)} ${posix.sigaction(Signal.KILL, 1, 0)} ${posix.sigaction(Signal.STOP, 2, 0)} ${posix.sigaction(Signal.INT, 3, 0)} ${posix.sigaction(Signal.INT, 1, 0xffff_fffe)}\n`);
  const before = posix.sigaction(Signal.USR1, SignalAction.handle, OUT);
  const first = load<u32>(OUT);
  posix.sigaction(Signal.USR1, SignalAction.ignore, OUT);
  print(`${before} ${first} ${load<u32>(OUT)}\n`);
  print(`${posix.kill(self, 0)} ${posix.kill(self, 99)} ${posix.kill(-1_000_000, 0)} ${posix.kill(1_000_000, 15)} ${posix.kill(self, Signal.USR1)} ${posix.kill(self, Signal.CHLD)} ${posix.kill(self, Signal.WINCH)} ${count}\n`);
}

function mask(): void {
  const self = getpid();
  handle(Signal.USR1);
  handle(Signal.USR2);
  posix.sigprocmask(MaskChange.block, bit(Signal.USR1) | bit(Signal.TERM) | bit(Signal.KILL), OUT);
  print(`${load<u64>(OUT)} `);
  posix.kill(self, Signal.USR1);
  posix.kill(self, Signal.USR1);
  posix.kill(self, Signal.USR2);
  posix.sigpending(OUT);
  print(`${count} ${caught} ${load<u64>(OUT) == bit(Signal.USR1)} `);
  posix.sigprocmask(MaskChange.set, 0, OUT);
  print(`${load<u64>(OUT) == (bit(Signal.USR1) | bit(Signal.TERM))} ${count} ${caught} ${posix.sigprocmask(7, 0, 0)}\n`);
  posix.sigprocmask(MaskChange.block, bit(Signal.TERM), 0);
  posix.kill(self, Signal.TERM);
  print("still here\n");
  posix.sigprocmask(MaskChange.unblock, bit(Signal.TERM), 0);
  print("never\n");
}

/** A handler with a manner, called by a signal that the process sends itself. */
function handler(kind: u32): void {
  manner = kind;
  handle(Signal.USR1);
  posix.kill(getpid(), Signal.USR1);
  const seen = count;
  manner = 0;
  print(`${answerInHandler} ${seen > 0} ${caught}\n`);
}

/** The child keeps what its parent ignores, unless it is told otherwise; a handler is not passed on. */
function ignore(): void {
  posix.sigaction(Signal.TERM, SignalAction.ignore, 0);
  handle(Signal.INT);
  const child = spawn(["/bin/tool", "sleep", "60000"]);
  const other = spawn(["/bin/tool", "sleep", "60000"], [0, 0, 1, 1, 2, 2], SpawnFlag.default_signals);
  posix.kill(child, Signal.TERM);
  posix.kill(other, Signal.TERM);
  print(`${statusText(waitFor(other))} `);
  posix.kill(child, Signal.INT);
  print(`${statusText(waitFor(child))} ${posix.kill(child, 0)}\n`);
}

function stops(): void {
  // Nobody could continue our own group: what the terminal sends does not stop it.
  posix.kill(getpid(), Signal.TSTP);
  const child = spawn(["/bin/tool", "spin"], [1, 1], SpawnFlag.group);
  posix.kill(child, Signal.STOP);
  print(`${waitFor(child, WaitOption.nohang)} ${waitedFor} `);
  print(`${statusText(waitFor(child, WaitOption.untraced))} `);
  waitFor(child, WaitOption.nohang | WaitOption.untraced);
  print(`${waitedFor} `);
  // TERM waits until it goes on.
  posix.kill(child, Signal.CONT);
  print(`${statusText(waitFor(child, WaitOption.continued))} `);
  posix.kill(child, Signal.TSTP);
  print(`${statusText(waitFor(child, WaitOption.untraced))} `);
  posix.kill(child, Signal.TERM);
  sleep(5);
  waitFor(child, WaitOption.nohang);
  print(`${waitedFor} `);
  posix.kill(child, Signal.CONT);
  print(`${statusText(waitFor(child))} `);
  const killed = spawn(["/bin/tool", "spin"], [1, 1]);
  posix.kill(killed, Signal.STOP);
  waitFor(killed, WaitOption.untraced);
  posix.kill(killed, Signal.KILL);
  print(`${statusText(waitFor(killed))}\n`);
}

function group(pid: u32): u32 {
  return posix.getpgid(pid, OUT) == 0 ? load<u32>(OUT) : 0;
}

function groups(): void {
  const self = getpid();
  const own = group(0);
  const first = spawn(["/bin/tool", "sleep", "60000"], [1, 1], SpawnFlag.group);
  const second = spawn(["/bin/tool", "sleep", "60000"], [1, 1], SpawnFlag.group, first);
  const third = spawn(["/bin/tool", "sleep", "60000"], [1, 1]);
  print(`${own == self} ${group(first) == first} ${group(second) == first} ${group(third) == own} `);
  print(`${posix.setpgid(third, third)} ${group(third) == third} ${posix.setpgid(third, first)} ${posix.setpgid(third, 1_000_000)} ${posix.setpgid(0, 0)} ${posix.setpgid(1_000_000, 0)} ${posix.getpgid(1_000_000, OUT)} `);
  posix.setpgid(third, third);
  posix.kill(-first, Signal.TERM);
  const one = statusText(waitFor(-first));
  print(`${one} ${statusText(waitFor(-first))} ${waitFor(-first)} ${waitErrno} ${posix.kill(-first, 0)} `);
  posix.kill(-third, Signal.HUP);
  print(`${statusText(waitFor(-1))} ${waitedFor == third} ${waitFor(0)} ${waitErrno}\n`);
}

function session(): void {
  posix.getsid(OUT);
  const before = load<u32>(OUT);
  print(`${before == getpid()} ${posix.setsid(OUT)} `);
  const child = spawn(["/bin/tool", "unwaited"]);
  print(`${statusText(waitFor(child))}\n`);
}

/** As a child it can lead a session of its own. */
function unwaited(): void {
  const errno = posix.setsid(OUT);
  print(`${errno} ${load<u32>(OUT) == getpid()} `);
  // Children of who ignores CHLD leave nothing to wait for.
  posix.sigaction(Signal.CHLD, SignalAction.ignore, 0);
  const child = spawn(["/bin/tool", "exit", "3"]);
  print(`${waitFor(child)} ${waitErrno} `);
}

function waiting(): void {
  print(`${waitFor(-1)} ${waitErrno} ${waitFor(-1, 4)} ${waitErrno} `);
  const child = spawn(["/bin/tool", "sleep", "60000"], [1, 1]);
  waitFor(child, WaitOption.nohang);
  print(`${posix.waitpid(child, 0, 0xffff_fffe, OUT)} ${posix.waitpid(child, 0, OUT, 0xffff_fffe)} ${waitedFor} `);
  posix.kill(child, Signal.USR2);
  print(`${statusText(waitFor(child))} ${waitFor(child)} ${waitErrno}\n`);
}

function tellPid(): void {
  write(1, `${getpid()}\n`);
  for (;;) readText(0);
}
