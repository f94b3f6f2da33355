/** The terminal that the shell controls: its foreground group and its modes. */
import { Attributes, dup, Errno, getpgid, isatty, kill, LocalFlag, MaskChange, Signal, sigprocmask, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp, setpgid } from "../sdk/posix";
import { shell } from "./state";

/** A descriptor on the terminal, -1 when the shell has none. */
let terminal: i32 = -1;
/** The group that was in the foreground before the shell. */
let groupBefore: i32 = 0;
/** The shell's own group. */
let ownGroup: i32 = 0;
const word: usize = memory.data(16);
const modes: usize = memory.data(sizeof<u64>() * 2);
const raw: usize = memory.data(sizeof<u64>() * 2);
let hasModes: bool = false;

export function terminalFd(): i32 {
  return terminal;
}

export function isTerminal(real: i32): bool {
  return real >= 0 && isatty(real) == Errno.success;
}

/** Takes the terminal: the shell waits until it is in the foreground, and gets a group of its own. False without a terminal. */
export function takeTerminal(): bool {
  if (terminal >= 0) return true;
  let real = -1;
  for (let fd = 0; fd < 3 && real < 0; fd++) if (isTerminal(fd)) real = fd;
  if (real < 0 || dup(real, 10, word) != Errno.success) return false;
  terminal = load<i32>(word);
  while (getpgid(0, word) == Errno.success && tcgetpgrp(terminal, word + 4) == Errno.success && load<u32>(word) != load<u32>(word, 4)) kill(0, Signal.TTIN);
  groupBefore = load<i32>(word);
  ownGroup = groupBefore;
  if (groupBefore != shell.ownPid && setpgid(0, 0) == Errno.success) ownGroup = shell.ownPid;
  setForeground(ownGroup);
  if (!hasModes) hasModes = tcgetattr(terminal, modes) == Errno.success;
  return true;
}

/** Gives the terminal back to the group that had it. */
export function leaveTerminal(): void {
  if (terminal >= 0 && ownGroup != groupBefore) setForeground(groupBefore);
}

/** Makes a group the foreground group. The shell may be in the background at that moment. */
export function setForeground(group: i32): void {
  if (terminal < 0) return;
  sigprocmask(MaskChange.block, 1 << (Signal.TTOU - 1), word + 8);
  tcsetpgrp(terminal, group);
  sigprocmask(MaskChange.set, load<u64>(word, 8), 0);
}

export function retakeForeground(): void {
  setForeground(ownGroup);
}

/** Brings back the modes that the terminal had, after a program that may have left others. */
export function restoreModes(): void {
  if (hasModes) tcsetattr(terminal, modes);
}

/** Every key comes at once and nothing is shown. False when the terminal cannot. */
export function enterRaw(real: i32): bool {
  if (tcgetattr(real, modes) != Errno.success) return false;
  hasModes = true;
  memory.copy(raw, modes, offsetof<Attributes>());
  const attributes = changetype<Attributes>(raw);
  // Enter stays a line feed, so that what is typed ahead of the command's start still ends with one.
  attributes.lflag &= ~(LocalFlag.isig | LocalFlag.icanon | LocalFlag.echo);
  return tcsetattr(real, raw) == Errno.success;
}

export function leaveRaw(real: i32): void {
  tcsetattr(real, modes);
}
