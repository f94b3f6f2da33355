/** Sends signals to processes. */
import { DASH, LINE_FEED } from "../sdk/ascii";
import { Bytes, at, bytes, is, slice } from "../sdk/bytes";
import { parseCount, parseDecimal, parsed } from "../sdk/decimal";
import { out } from "../sdk/output";
import { kill } from "../sdk/posix";
import { args, complain, complainErrno, complainOf, exit, finish, writeError } from "../sdk/program";
import { signalName, signalNames, signalNumber } from "../sdk/signals";

const USAGE = `usage: kill [-s signal | -signal] pid...
       kill -l [status]

Sends a signal, TERM unless told, to processes; to a group for a number below 0, to one's own for 0.

  -s SIGNAL   the signal, by its name or number; 0 only checks
  -l          writes the names of signals, or which one a status or number means
`;
const USAGE_STATUS: u32 = 2;

export function _start(): void {
  let signal = bytes("TERM");
  let index = 0;
  if (args.length > 0 && args[0].byteLength > 1 && at(args[0], 0) == DASH && !is(args[0], "--")) {
    const option = args[index++];
    if (is(option, "--help")) {
      out.text(USAGE);
      return finish();
    }
    if (is(option, "-l")) return describe(args.slice(1));
    if (!is(option, "-s")) signal = slice(option, 1);
    else if (index < args.length) signal = args[index++];
    else misuse("option needs an argument -- s");
  }
  if (index < args.length && is(args[index], "--")) index++;
  const number = signalNumber(signal);
  if (number < 0) {
    complainOf(signal, "unknown signal");
    exit(1);
  }
  if (index == args.length) misuse("needs a process");
  for (; index < args.length; index++) send(args[index], number);
  finish();
}

function send(word: Bytes, signal: i32): void {
  const pid = parseDecimal(word);
  if (!parsed || pid > i32.MAX_VALUE || pid < i32.MIN_VALUE) return complainOf(word, "no process");
  const errno = kill(<i32>pid, signal);
  if (errno != 0) complainErrno(word, errno);
}

function describe(words: Bytes[]): void {
  if (words.length == 0) {
    out.text(signalNames());
    out.byte(LINE_FEED);
  }
  for (let index = 0; index < words.length; index++) {
    const number = parseCount(words[index]);
    if (number < 0) {
      const named = signalNumber(words[index]);
      if (named < 0) complainOf(words[index], "unknown signal");
      else {
        out.number(named);
        out.byte(LINE_FEED);
      }
      continue;
    }
    const name = signalName(<i32>(number > 128 ? number - 128 : number));
    if (name == "") complainOf(words[index], "unknown signal");
    else out.line(bytes(name));
  }
  finish();
}

function misuse(what: string): void {
  complain(what);
  writeError("usage: kill [-s signal | -signal] pid...\n       kill -l [status]\n");
  exit(USAGE_STATUS);
}
