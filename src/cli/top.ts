/**
 * `isola top`: the running systems of this user, live.
 *
 * On a terminal the page is drawn over the last one, on the screen that programs of this kind
 * have for themselves, and the terminal is put back whatever ends it. Anywhere else, or with
 * -b, pages are printed one after the other.
 */
import { CliError, EXIT, UsageError } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { seeSystems } from "./systems.ts";
import { harmless } from "./text.ts";
import { TopPage } from "./top-page.ts";

interface TopOptions {
  batch: boolean;
  rounds: number;
  delayMs: number;
  help: boolean;
}

const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 3600_000;

const OPTIONS: readonly OptionRow<TopOptions>[] = [
  { names: ["-b", "--batch"], group: "Options", help: "print pages one after the other, as without a terminal; one page unless -n", apply: (into) => void (into.batch = true) },
  {
    names: ["-n"], value: "N", group: "Options", help: "end after N pages",
    apply: (into, text) => {
      if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new CliError(`"${text}" is no number of pages`);
      into.rounds = Number(text);
    },
  },
  {
    names: ["-d"], value: "SECONDS", group: "Options", help: "time between two pages; 1 unless told",
    apply: (into, text) => {
      const ms = /^[0-9]*\.?[0-9]+$/.test(text) ? Number(text) * 1000 : NaN;
      if (!(ms >= DELAY_MIN_MS && ms <= DELAY_MAX_MS)) throw new CliError(`"${text}" is no time from 0.1 to 3600 seconds`);
      into.delayMs = ms;
    },
  },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

const HELP = `Usage: isola top [-b] [-n N] [-d SECONDS]

Shows jobs and processes of all running systems of this user, the busiest first. CPU % is what a
process used of one processor since the page before, on the first page since its start. q quits.

`;

/** To the screen apart and back; cursor away and back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_REST = "\x1b[J";
const CTRL_C = "\x03";

/** @throws UsageError, ControlFolderError */
export async function top(words: readonly string[]): Promise<number> {
  const options: TopOptions = { batch: false, rounds: 0, delayMs: 1000, help: false };
  const rest = parseOptions("isola top", OPTIONS, words, options);
  if (options.help) {
    print(HELP + optionsHelp(OPTIONS));
    return EXIT.ok;
  }
  if (rest.length > 0) throw new UsageError("isola top", "it takes no names");
  exitWhenUnread();
  const live = !options.batch && process.stdout.isTTY && process.stdin.isTTY;
  return live ? showLive(options) : printPages(options);
}

async function printPages({ rounds, delayMs }: TopOptions): Promise<number> {
  const page = new TopPage();
  for (let left = Math.max(1, rounds); left > 0; left--) {
    const lines = page.lines(await seeSystems());
    print(harmless(`${lines.join("\n")}\n`));
    if (left > 1) {
      print("");
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
  await flushOutput(false);
  return EXIT.ok;
}

async function showLive({ rounds, delayMs }: TopOptions): Promise<number> {
  const page = new TopPage();
  let stop: () => void = () => undefined;
  let stopped = false;
  const { stdin, stdout } = process;
  const onKey = (key: Buffer): void => {
    if (key.includes("q") || key.includes(CTRL_C)) {
      stopped = true;
      stop();
    }
  };
  const restore = (): void => {
    stdin.setRawMode(false);
    stdout.write(LEAVE);
  };
  process.once("exit", restore);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, () => onKey(Buffer.from("q")));
  stdin.setRawMode(true).on("data", onKey).resume();
  stdout.write(ENTER);
  try {
    for (let round = 1; !stopped; round++) {
      const notes: string[] = [];
      const lines = [...page.lines(await seeSystems((text) => notes.push(text))), ...notes];
      const { rows, columns: width } = stdout;
      const shown = lines.slice(0, rows - 1).map((line) => [...harmless(line)].slice(0, width).join("") + CLEAR_LINE);
      stdout.write(`${HOME}${shown.join("\r\n")}${CLEAR_REST}`);
      if (round === rounds) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        stop = () => {
          clearTimeout(timer);
          resolve();
        };
        if (stopped) stop();
      });
    }
  } finally {
    process.off("exit", restore);
    restore();
    stdin.off("data", onKey).pause();
  }
  return EXIT.ok;
}
