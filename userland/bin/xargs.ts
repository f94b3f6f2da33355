/** Runs a program with the words of standard input as arguments. */
import { APOSTROPHE, BACKSLASH, BLANK, LINE_FEED, QUOTE, TAB } from "../sdk/ascii";
import { Bytes, at, bytes, equal, isSpace } from "../sdk/bytes";
import { Buffer } from "../sdk/buffer";
import { parseCount } from "../sdk/decimal";
import { environment } from "../sdk/environment";
import { openToRead } from "../sdk/files";
import { Input } from "../sdk/input";
import { Options } from "../sdk/options";
import { complain, complainErrno, complainOf, exit, setStatus, status, writeError } from "../sdk/program";
import { run } from "../sdk/spawn";

const USAGE = `usage: xargs [-0rtx] [-n number | -L number | -I string] [-s bytes] [-E string] [program [argument...]]

Runs the program, echo unless told, with words of standard input behind its arguments, as often as there are words.
Words are separated by white space, which quotes and backslashes take into a word. Status 123: some ended with 1 to 125; 124: one with 255; 125: one by a signal; 126 and 127: it could not be started.

  -0, --null               words end with NUL, and nothing else is special
  -n, --max-args NUMBER    at most so many words at a time
  -L, --max-lines NUMBER   the words of so many lines at a time
  -I STRING                once for each line, which takes the place of the string in the arguments
  -s, --max-chars NUMBER   at most so many bytes at a time
  -E STRING                the word at which the input ends
  -r, --no-run-if-empty    does not run for no words at all
  -t, --verbose            writes each command line before it runs
  -x, --exit               ends when what was asked for does not fit
`;
const BYTES_MAX: i64 = 128 * 1024;
const FAILED: u32 = 123;
const STOPPED: i32 = 255;

let command: Bytes[] = [];
let verbose = false;
/** What programs read from: the words on standard input are not for them. */
let nothing: u32 = 0;

export function _start(): void {
  const options = new Options(USAGE);
  let nul = false;
  let empty = true;
  let words = i64.MAX_VALUE;
  let lines: i64 = 0;
  let size = BYTES_MAX;
  let strict = false;
  let place: Bytes | null = null;
  let last: Bytes | null = null;
  while (options.next()) {
    switch (options.flag) {
      case "0":
        nul = true;
        break;
      case "r":
        empty = false;
        break;
      case "t":
        verbose = true;
        break;
      case "x":
        strict = true;
        break;
      case "I":
        place = options.value;
        break;
      case "E":
        last = options.value;
        break;
      default: {
        const number = parseCount(options.value);
        if (number < 1) options.misuseOf(options.value, "no number");
        if (options.flag == "n") words = number;
        else if (options.flag == "L") lines = number;
        else size = min(number, BYTES_MAX);
      }
    }
  }
  command = options.operands();
  if (command.length == 0) command.push(bytes("echo"));
  const fd = openToRead(bytes("/dev/null"));
  if (fd > 0) nothing = fd;
  const reader = new WordReader(nul, place != null);
  let fixed: i64 = 0;
  for (let index = 0; index < command.length; index++) fixed += command[index].byteLength + 1;
  const given: Bytes[] = [];
  let used = fixed;
  let read: i64 = 0;
  let ran = false;
  while (true) {
    const word = reader.next();
    if (!word) break;
    if (last) if (equal(word, last)) break;
    if (place) {
      execute(replaced(place, word));
      ran = true;
      continue;
    }
    const length = <i64>word.byteLength + 1;
    if (given.length > 0 && used + length > size) {
      if (strict) {
        complain("the words do not fit");
        exit(1);
      }
      execute(command.concat(given));
      ran = true;
      given.length = 0;
      used = fixed;
      read = 0;
    }
    if (fixed + length > size) {
      complain("a word is too long");
      exit(1);
    }
    given.push(word);
    used += length;
    if (reader.endsLine) read++;
    if (given.length < words && !(lines > 0 && read >= lines)) continue;
    execute(command.concat(given));
    ran = true;
    given.length = 0;
    used = fixed;
    read = 0;
  }
  if (given.length > 0 || (!ran && empty && !place)) execute(command.concat(given));
  exit(status);
}

function replaced(place: Bytes, line: Bytes): Bytes[] {
  const made: Bytes[] = [];
  for (let index = 0; index < command.length; index++) made.push(replaceAll(command[index], place, line));
  return made;
}

function replaceAll(text: Bytes, place: Bytes, line: Bytes): Bytes {
  const made = new Buffer();
  for (let index = 0; index < text.byteLength; ) {
    if (place.byteLength > 0 && index + place.byteLength <= text.byteLength && equal(text.slice(index, index + place.byteLength), place)) {
      made.append(line);
      index += place.byteLength;
    } else made.push(at(text, index++));
  }
  return made.toBytes();
}

function execute(argv: Bytes[]): void {
  if (verbose) {
    const line = new Buffer();
    for (let index = 0; index < argv.length; index++) {
      if (index > 0) line.push(BLANK);
      line.append(argv[index]);
    }
    line.push(LINE_FEED);
    writeError(String.UTF8.decode(line.toBytes()));
  }
  const result = run(argv, environment(), nothing);
  if (result == 0) return;
  if (result == STOPPED) {
    complainOf(argv[0], "ended with 255");
    exit(124);
  }
  if (result > 128) {
    complainOf(argv[0], "was ended by a signal");
    exit(125);
  }
  if (result >= 126) exit(result);
  setStatus(FAILED);
}

class WordReader {
  /** Whether the word that was read last is the last of its line. */
  endsLine: bool = false;
  private input: Input = new Input(0);
  private word: Buffer = new Buffer();
  /** A byte that was read too far; -2 for none. */
  private waiting: i32 = -2;

  constructor(private readonly nul: bool, private readonly whole: bool) {}

  /** The next word, or line; null at the end. */
  next(): Bytes | null {
    this.word.clear();
    if (this.nul) {
      if (!this.input.next(0)) return this.end();
      this.endsLine = true;
      return this.input.lineBytes();
    }
    let byte = this.take();
    while (byte == BLANK || byte == TAB || byte == LINE_FEED) byte = this.take();
    if (byte < 0) return this.end();
    while (byte >= 0 && byte != LINE_FEED && (this.whole || !isSpace(byte))) {
      if (byte == BACKSLASH) {
        byte = this.take();
        if (byte >= 0) this.word.push(byte);
      } else if (byte == QUOTE || byte == APOSTROPHE) {
        this.quoted(byte);
      } else this.word.push(byte);
      byte = this.take();
    }
    // A line goes on after blanks at its end.
    const hadBlank = byte == BLANK || byte == TAB;
    while (byte == BLANK || byte == TAB) byte = this.take();
    this.endsLine = byte < 0 || (byte == LINE_FEED && !hadBlank);
    if (byte >= 0 && byte != LINE_FEED) this.waiting = byte;
    else if (byte == LINE_FEED && hadBlank) this.endsLine = false;
    return this.word.toBytes();
  }

  private quoted(quote: i32): void {
    for (let byte = this.take(); byte != quote; byte = this.take()) {
      if (byte < 0 || byte == LINE_FEED) {
        complain("a quote has no end");
        exit(1);
      }
      this.word.push(byte);
    }
  }

  private take(): i32 {
    const byte = this.waiting;
    this.waiting = -2;
    return byte != -2 ? byte : this.input.byte();
  }

  private end(): Bytes | null {
    if (this.input.errno != 0) {
      complainErrno(bytes("standard input"), this.input.errno);
      exit(1);
    }
    return null;
  }
}
