/**
 * Signals and traps. The handler that the system calls only notes the number; what follows from it happens between
 * commands.
 *
 * Spec: POSIX XCU 2.11, `trap`.
 */
import { kill, Signal, sigaction, SignalAction } from "../sdk/posix";
import { signalName as nameOfSignal, signalNumber as numberOfSignal } from "../sdk/signals";
import { Bytes, bytes, is } from "./bytes";
import { runText } from "./scripts";
import { Option, shell, Unwind } from "./state";

export const SIGNALS_MAX = 32;
/** The trap that runs when the shell ends. */
const EXIT = 0;

/** What `trap` set: null by default, empty to ignore. */
const actions: StaticArray<Bytes | null> = new StaticArray<Bytes | null>(SIGNALS_MAX);
/** What a subshell's parent had set, which `trap` shows until it sets one itself. */
let inherited: StaticArray<Bytes | null> | null = null;
/** Signals that were ignored when the shell began stay so, unless it is interactive. */
let ignoredAtStart: u32 = 0;
/** Signals that came and were not seen to yet. */
let pending: u32 = 0;
/** A trap runs: others wait. */
let inTrap: bool = false;
const old: usize = memory.data(4);

/** Called by the system, in the middle of anything. */
export function noteSignal(signal: i32): void {
  pending |= 1 << (signal & 31);
}

export function signalName(signal: i32): Bytes {
  return bytes(signal == EXIT ? "EXIT" : nameOfSignal(signal));
}

/** The number of a signal by its name, with or without SIG, or its number; -1 for none. */
export function signalNumber(text: Bytes): i32 {
  if (is(text, "EXIT")) return EXIT;
  const number = numberOfSignal(text);
  return number < SIGNALS_MAX ? number : -1;
}

/** What the shell itself does about a signal that has no trap. */
function standardAction(signal: i32): u32 {
  if (!shell.has(Option.interactive) || shell.isSubshell) return SignalAction.standard;
  switch (signal) {
    // A handler and not to ignore: so a program that is started has the default.
    case Signal.INT: case Signal.QUIT: case Signal.TERM: return SignalAction.handle;
    case Signal.TSTP: case Signal.TTIN: case Signal.TTOU: return shell.has(Option.monitor) ? SignalAction.handle : SignalAction.standard;
    case Signal.WINCH: return SignalAction.handle;
    default: return SignalAction.standard;
  }
}

/** Tells the system about a signal, after its trap or an option changed. */
function settle(signal: i32): void {
  if (signal == EXIT || signal == Signal.KILL || signal == Signal.STOP) return;
  if (ignoredAtStart & 1 << signal) return;
  const action = actions[signal];
  sigaction(signal, !action ? standardAction(signal) : action.byteLength == 0 ? SignalAction.ignore : SignalAction.handle, 0);
}

const SETTLED: StaticArray<i32> = [Signal.INT, Signal.QUIT, Signal.TERM, Signal.TSTP, Signal.TTIN, Signal.TTOU, Signal.WINCH];

/** Sees to the signals that options decide about. */
export function settleSignals(): void {
  for (let index = 0; index < SETTLED.length; index++) settle(SETTLED[index]);
}

/** At the start: learns which signals are ignored. Only those that are usual are asked for. */
export function learnIgnored(): void {
  const usual: StaticArray<i32> = [Signal.HUP, Signal.INT, Signal.QUIT, Signal.TERM, Signal.PIPE, Signal.USR1, Signal.USR2, Signal.TSTP];
  for (let index = 0; index < usual.length; index++) {
    const signal = usual[index];
    if (sigaction(signal, SignalAction.ignore, old) != 0) continue;
    if (load<u32>(old) == SignalAction.ignore) {
      if (!shell.has(Option.interactive)) ignoredAtStart |= 1 << signal;
    } else sigaction(signal, load<u32>(old), 0);
  }
}

export function trapOf(signal: i32): Bytes | null {
  const shown = inherited;
  return shown ? shown[signal] : actions[signal];
}

/** Sets what a signal does: null the default, empty nothing. */
export function setTrap(signal: i32, action: Bytes | null): void {
  if (inherited) {
    inherited = null;
    for (let other = 0; other < SIGNALS_MAX; other++) if (actions[other] && actions[other]!.byteLength > 0) actions[other] = null;
  }
  actions[signal] = action;
  settle(signal);
}

/** In a subshell: what was set is shown, but only what is ignored holds. */
export function inheritTrap(signal: i32, action: Bytes): void {
  if (!inherited) inherited = new StaticArray<Bytes | null>(SIGNALS_MAX);
  inherited![signal] = action;
  if (action.byteLength == 0) actions[signal] = action;
}

/** Whether a signal of this kind waits to be seen to. */
// @ts-ignore: decorator
@inline
export function hasSignals(): bool {
  return pending != 0;
}

export function hasPending(signal: i32): bool {
  return (pending & 1 << signal) != 0;
}

export function clearPending(signal: i32): void {
  pending &= ~(1 << signal);
}

/** Whether a trap waits to be run: `wait` is left for it. */
export function hasTrapPending(): bool {
  for (let signal = 1; signal < SIGNALS_MAX; signal++) {
    const action = actions[signal];
    if ((pending & 1 << signal) != 0 && action && action.byteLength > 0) return true;
  }
  return false;
}

/** The lowest signal that waits and has a trap; 0 for none. */
export function pendingTrap(): i32 {
  for (let signal = 1; signal < SIGNALS_MAX; signal++) {
    const action = actions[signal];
    if ((pending & 1 << signal) != 0 && action && action.byteLength > 0) return signal;
  }
  return 0;
}

/** Sees to what came: runs traps; ^C takes an interactive shell back to its prompt. */
export function handleSignals(): void {
  if (inTrap) return;
  while (pending != 0 && shell.unwind == Unwind.none) {
    const signal = ctz(pending);
    pending &= ~(1 << signal);
    const action = actions[signal];
    if (action) {
      if (action.byteLength > 0) runTrap(action);
    } else if (signal == Signal.INT && shell.has(Option.interactive)) {
      shell.status = 128 + signal;
      shell.unwind = Unwind.prompt;
    }
  }
}

/** Runs the action of a trap: the status is what it was before, unless the action exits. */
function runTrap(action: Bytes): void {
  const status = shell.status;
  inTrap = true;
  runText(action, shell.line);
  inTrap = false;
  if (shell.unwind == Unwind.none || shell.unwind == Unwind.prompt) shell.status = status;
}

/** Runs the trap for the end of the shell, once. */
export function runExitTrap(): void {
  const action = actions[EXIT];
  if (!action || action.byteLength == 0) return;
  actions[EXIT] = null;
  const status = shell.status;
  shell.unwind = Unwind.none;
  inTrap = false;
  runText(action, shell.line);
  if (shell.unwind != Unwind.exit) shell.status = status;
}

/** Ends this shell as a program that it waited for ended. */
export function dieOf(signal: i32): void {
  sigaction(signal, SignalAction.standard, 0);
  kill(shell.ownPid, signal);
}

/** While something is started that is not waited for, without job control: it is not for ^C. */
export function ignoreInterrupts(): void {
  sigaction(Signal.INT, SignalAction.ignore, 0);
  sigaction(Signal.QUIT, SignalAction.ignore, 0);
}

export function heedInterrupts(): void {
  if (ignoredAtStart & 1 << Signal.INT) return;
  settle(Signal.INT);
  settle(Signal.QUIT);
}
