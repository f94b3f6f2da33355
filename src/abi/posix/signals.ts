/**
 * The signals of programs with POSIX calls: numbers as Linux has them, and what each does to a
 * program that has said nothing about it. Sets of signals are 64 bits, signal n at bit n - 1.
 *
 * Spec: POSIX.1-2024, signal.h.
 */

/** What a signal does unless a program says otherwise. */
export type SignalDefault = "end" | "ignore" | "stop" | "continue";

interface SignalRow {
  readonly number: number;
  readonly name: string;
  readonly default: SignalDefault;
  readonly meaning: string;
}

export const POSIX_SIGNALS = [
  { number: 1, name: "HUP", default: "end", meaning: "the terminal is gone" },
  { number: 2, name: "INT", default: "end", meaning: "interrupt from the terminal, ^C" },
  { number: 3, name: "QUIT", default: "end", meaning: "quit from the terminal, ^\\" },
  { number: 4, name: "ILL", default: "end", meaning: "`unreachable` was executed" },
  { number: 6, name: "ABRT", default: "end", meaning: "the program gave up" },
  { number: 8, name: "FPE", default: "end", meaning: "division by zero or overflow" },
  { number: 9, name: "KILL", default: "end", meaning: "end; can be neither caught nor blocked" },
  { number: 10, name: "USR1", default: "end", meaning: "free for use" },
  { number: 11, name: "SEGV", default: "end", meaning: "any other trap" },
  { number: 12, name: "USR2", default: "end", meaning: "free for use" },
  { number: 13, name: "PIPE", default: "end", meaning: "written to a pipe that nobody reads" },
  { number: 14, name: "ALRM", default: "end", meaning: "free for use; the system sends none" },
  { number: 15, name: "TERM", default: "end", meaning: "a request to end" },
  { number: 17, name: "CHLD", default: "ignore", meaning: "a child ended, stopped or went on" },
  { number: 18, name: "CONT", default: "continue", meaning: "go on when stopped" },
  { number: 19, name: "STOP", default: "stop", meaning: "stop; can be neither caught nor blocked" },
  { number: 20, name: "TSTP", default: "stop", meaning: "stop from the terminal, ^Z" },
  { number: 21, name: "TTIN", default: "stop", meaning: "read from the terminal in the background" },
  { number: 22, name: "TTOU", default: "stop", meaning: "write to the terminal in the background" },
  { number: 28, name: "WINCH", default: "ignore", meaning: "the terminal has another size" },
] as const satisfies readonly SignalRow[];

export type PosixSignalName = (typeof POSIX_SIGNALS)[number]["name"];

/** Number by name. */
export const PosixSignal = Object.fromEntries(POSIX_SIGNALS.map(({ name, number }) => [name, number])) as Readonly<Record<PosixSignalName, number>>;

const BY_NUMBER: readonly (SignalRow | undefined)[] = POSIX_SIGNALS.reduce<(SignalRow | undefined)[]>((rows, row) => {
  rows[row.number] = row;
  return rows;
}, []);

/** Whether `signal` is the number of a signal. */
export function isPosixSignal(signal: number): boolean {
  return BY_NUMBER[signal] !== undefined;
}

/** "SIGINT" for 2; any other number as it is. */
export function posixSignalName(signal: number): string {
  const row = BY_NUMBER[signal];
  return row === undefined ? String(signal) : `SIG${row.name}`;
}

export function defaultOf(signal: number): SignalDefault {
  return BY_NUMBER[signal]?.default ?? "ignore";
}

/** What a program chose for a signal. */
export const SignalAction = { default: 0, ignore: 1, handle: 2 } as const;
export type SignalAction = (typeof SignalAction)[keyof typeof SignalAction];
