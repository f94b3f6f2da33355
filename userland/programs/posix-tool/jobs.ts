/** Uses of the tool that are about the terminal: what a shell does for its jobs. */
import * as posix from "../../sdk/posix";
import { Signal, SignalAction, SpawnFlag, WaitOption } from "../../sdk/posix";
import { OUT, OUT2, fd_close, getpid, open, print, readText, sleep, spawn, statusText, waitFor, write } from "./lib";

const ATTRIBUTES = memory.data(16);

export function jobs(verb: string, rest: string[]): boolean {
  if (verb == "shell") shell();
  else if (verb == "tty") tty(rest[0]);
  else if (verb == "raw") raw();
  else if (verb == "lines") lines();
  else if (verb == "tostop") tostop();
  else return false;
  return true;
}

/**
 * Reads a letter a line: f starts `lines` in the foreground, b in the background, c continues the last in the
 * foreground, k ends it, w waits for it without the terminal, q ends; each says how the job is then.
 */
function shell(): void {
  posix.sigaction(Signal.TTOU, SignalAction.ignore, 0);
  posix.sigaction(Signal.INT, SignalAction.ignore, 0);
  posix.sigaction(Signal.TSTP, SignalAction.ignore, 0);
  let job: i32 = 0;
  for (;;) {
    print("$ ");
    const line = readText(0);
    const verb = line.slice(0, 1);
    if (verb == "" || verb == "q") return;
    if (verb == "f" || verb == "b" || verb == "t") {
      const flags: u32 = SpawnFlag.group | SpawnFlag.default_signals | (verb == "b" ? 0 : SpawnFlag.foreground);
      job = spawn(["/bin/tool", verb == "t" ? "tostop" : "lines"], [0, 0, 1, 1, 2, 2], flags);
    } else if (verb == "c") {
      posix.tcsetpgrp(0, job);
      posix.kill(-job, Signal.CONT);
    } else if (verb == "k") {
      posix.kill(-job, Signal.TERM);
      posix.kill(-job, Signal.CONT);
    } else if (verb != "w") {
      continue;
    }
    const status = waitFor(job, WaitOption.untraced);
    posix.tcsetpgrp(0, getpid());
    print(`${statusText(status)}\n`);
  }
}

/** Reads lines and says them again, until the end. */
function lines(): void {
  for (;;) {
    const line = readText(0);
    if (line == "") return;
    print(line.endsWith("\n") ? `>${line}` : `>${line}\n`);
  }
}

/** In the background after a moment, with a terminal that stops who writes there. */
function tostop(): void {
  posix.tcgetattr(0, ATTRIBUTES);
  store<u32>(ATTRIBUTES + 12, load<u32>(ATTRIBUTES + 12) | 0x100);
  posix.tcsetattr(0, ATTRIBUTES);
  posix.getppid(OUT);
  posix.tcsetpgrp(0, load<u32>(OUT));
  print("written\n");
}

function tty(path: string): void {
  posix.winsize(1, OUT, OUT2);
  print(`${posix.isatty(0)} ${load<u32>(OUT)}x${load<u32>(OUT2)} `);
  posix.tcgetattr(0, ATTRIBUTES);
  print(`${load<u32>(ATTRIBUTES)} ${load<u32>(ATTRIBUTES + 4)} ${load<u32>(ATTRIBUTES + 8)} ${load<u32>(ATTRIBUTES + 12)} `);
  posix.tcgetpgrp(0, OUT);
  print(`${load<u32>(OUT) == getpid()} ${posix.tcsetpgrp(0, 1_000_000)} ${posix.tcgetattr(77, ATTRIBUTES)} ${posix.tcgetattr(0, 0xffff_fff8)} ${posix.tcsetattr(0, 0xffff_fff8)} ${posix.winsize(0, 0xffff_fffe, OUT)}\n`);
  posix.pipe(OUT, OUT2);
  print(`${posix.isatty(load<u32>(OUT))} ${posix.tcgetattr(load<u32>(OUT), ATTRIBUTES)} ${posix.tcgetpgrp(load<u32>(OUT), OUT2)}\n`);
  const fd = open(path, 0, (1 << 1) | (1 << 6) | (1 << 21));
  if (fd < 0) return print(`errno ${-fd}\n`);
  write(fd, "typed: ");
  print(`${posix.isatty(fd)} [${readText(fd)}]\n`);
  fd_close(fd);
}

/** A key at a time, without echo; waits for a size in between. */
function raw(): void {
  posix.sigaction(Signal.WINCH, SignalAction.handle, 0);
  posix.tcgetattr(0, ATTRIBUTES);
  store<u32>(ATTRIBUTES + 12, 0);
  posix.tcsetattr(0, ATTRIBUTES);
  print("raw\n");
  print(`[${readText(0)}]`);
  const errno = sleep(60_000);
  posix.winsize(0, OUT, OUT2);
  print(`${errno} ${load<u32>(OUT)}x${load<u32>(OUT2)}\n`);
}
