/** Writes the lines that match patterns. */
import { COLON, DASH, LINE_FEED } from "../sdk/ascii";
import { Bytes, bytes, indexOf, is, slice } from "../sdk/bytes";
import { parseCount } from "../sdk/decimal";
import { list, listErrno } from "../sdk/directory";
import { Stat, close, openToRead } from "../sdk/files";
import { Input } from "../sdk/input";
import { NUMBER, Options } from "../sdk/options";
import { out } from "../sdk/output";
import { join } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complain, complainErrno, exit, failWith, finish, setStatus, status } from "../sdk/program";
import { Regex, RegexOptions, Syntax, regexProblem } from "../sdk/regex/regex";
import { find } from "../sdk/scan";

const USAGE = `usage: grep [-EF] [-cilLnoqsvwxhHrabz] [-A n] [-B n] [-C n] [-m n] [-e pattern]... [-f file]... [pattern] [file...]

Writes the lines that match a pattern; each line of a pattern is one. Status 0: some did; 1: none did; 2: trouble.

  -E, --extended-regexp        patterns are extended regular expressions
  -F, --fixed-strings          patterns mean themselves
  -G, --basic-regexp           patterns are basic regular expressions; so they are unless told
  -e, --regexp PATTERN         a pattern
  -f, --file FILE              patterns, one in each line
  -i, --ignore-case            capitals and small letters are the same
  -y                           the same as -i
  -v, --invert-match           lines that do not match
  -w, --word-regexp            no part of a word is beside a match
  -x, --line-regexp            a match is the whole line
  -c, --count                  only how many lines
  -l, --files-with-matches     only names of files that have one
  -L, --files-without-match    only names of files that have none
  -o, --only-matching          only what matches, each in a line of its own
  -q, --quiet                  nothing; ends at the first
  -s, --no-messages            no word about files that cannot be read
  -n, --line-number            with numbers of lines
  -b, --byte-offset            with the number of bytes before
  -H, --with-filename          with names of files; so it is with several
  -h, --no-filename            without
  -m, --max-count NUMBER       so many lines of a file
  -A, --after-context NUMBER   so many lines behind, too
  -B, --before-context NUMBER  so many lines before, too
  -C, --context NUMBER         both
  -NUMBER                      the same as -C NUMBER
  -r, --recursive              files in directories, too; without files those below "."
  -R                           the same as -r
  -a, --text                   files with NUL bytes are like others
  -z, --null-data              lines end with NUL
`;
const TROUBLE: u32 = 2;

let regex: Regex | null = null;
let inverted = false;
let counting = false;
let names = "";
let only = false;
let quiet = false;
let silent = false;
let numbers = false;
let offsets = false;
let titled = false;
let most: i64 = i64.MAX_VALUE;
let after: i64 = 0;
let before: i64 = 0;
let recursive = false;
let asText = false;
let terminator: u8 = 0x0a;
let selectedAny = false;

// Of the file that is read.
let name: Bytes = bytes("");
/** Number of the line, and of bytes before it. */
let line: i64 = 0;
let offset: i64 = 0;
/** The last line that was written, and how many behind it are still wanted. */
let written: i64 = 0;
let wanted: i64 = 0;
/** The lines before, as far as they are wanted. */
const kept: Bytes[] = [];
let anyContext = false;

export function _start(): void {
  failWith(TROUBLE);
  const options = new Options(USAGE);
  const settings = new RegexOptions();
  const patterns: Bytes[] = [];
  let given = false;
  let naming = "";
  while (options.next()) {
    switch (options.flag) {
      case "E":
        settings.syntax = Syntax.extended;
        break;
      case "F":
        settings.syntax = Syntax.fixed;
        break;
      case "G":
        settings.syntax = Syntax.basic;
        break;
      case "e":
        given = true;
        addPatterns(patterns, options.value);
        break;
      case "f":
        given = true;
        readPatterns(patterns, options.value);
        break;
      case "i":
      case "y":
        settings.ignoreCase = true;
        break;
      case "v":
        inverted = true;
        break;
      case "w":
        settings.words = true;
        break;
      case "x":
        settings.whole = true;
        break;
      case "c":
        counting = true;
        break;
      case "l":
      case "L":
        names = options.flag;
        break;
      case "o":
        only = true;
        break;
      case "q":
        quiet = true;
        break;
      case "s":
        silent = true;
        break;
      case "n":
        numbers = true;
        break;
      case "b":
        offsets = true;
        break;
      case "H":
      case "h":
        naming = options.flag;
        break;
      case "m":
        most = numberOf(options);
        break;
      case "A":
        after = numberOf(options);
        break;
      case "B":
        before = numberOf(options);
        break;
      case "C":
      case NUMBER:
        after = before = numberOf(options);
        break;
      case "r":
      case "R":
        recursive = true;
        break;
      case "a":
        asText = true;
        break;
      default:
        terminator = 0;
    }
  }
  let operands = options.operands();
  if (!given) {
    if (operands.length == 0) options.misuse("needs a pattern");
    addPatterns(patterns, operands[0]);
    operands = operands.slice(1);
  }
  regex = Regex.compile(patterns, settings);
  if (!regex) {
    complain("the pattern is not well formed: " + regexProblem);
    exit(TROUBLE);
  }
  titled = naming == "H" || (naming == "" && (operands.length > 1 || recursive));
  if (operands.length == 0) operands.push(bytes(recursive ? "." : "-"));
  for (let index = 0; index < operands.length; index++) look(operands[index], operands[index]);
  // Trouble is told, unless the question was only whether there is a line.
  if (selectedAny && (status == 0 || quiet)) exit(0);
  if (status == 0) setStatus(1);
  finish();
}

function numberOf(options: Options): i64 {
  const number = parseCount(options.value);
  if (number < 0) options.misuseOf(options.value, "no number");
  return number;
}

/** Each line is a pattern of its own. */
function addPatterns(patterns: Bytes[], text: Bytes): void {
  for (let from = 0; from <= text.byteLength; ) {
    let to = indexOf(text, LINE_FEED, from);
    if (to < 0) to = text.byteLength;
    patterns.push(slice(text, from, to));
    from = to + 1;
  }
}

function readPatterns(patterns: Bytes[], path: Bytes): void {
  const fd = is(path, "-") ? 0 : openToRead(path);
  if (fd < 0) {
    complainErrno(path, -fd);
    exit(TROUBLE);
  }
  const input = new Input(fd);
  while (input.next()) patterns.push(input.lineBytes());
}

/** Searches a file, or with -r all files of a directory. */
function look(path: Bytes, shown: Bytes): void {
  if (is(path, "-")) return search(0, bytes("(standard input)"));
  if (recursive) {
    const stat = new Stat();
    if (stat.read(path) == Errno.success && stat.isDirectory) return lookInside(path);
  }
  const fd = openToRead(path);
  if (fd < 0) return trouble(path, -fd);
  search(fd, shown);
  close(fd);
}

function lookInside(path: Bytes): void {
  const entries = list(path);
  if (!entries) return trouble(path, listErrno);
  for (let index = 0; index < entries.length; index++) {
    const below = join(path, entries[index].name);
    const stat = new Stat();
    // Links are not followed below what was asked for.
    if (stat.read(below, false) != Errno.success || !(stat.isFile || stat.isDirectory)) continue;
    look(below, below);
  }
}

function trouble(path: Bytes, errno: u32): void {
  if (silent) setStatus(TROUBLE);
  else complainErrno(path, errno);
}

function search(fd: u32, shown: Bytes): void {
  const input = new Input(fd);
  name = shown;
  line = offset = written = wanted = 0;
  kept.length = 0;
  let selected: i64 = 0;
  let binary = false;
  while (selected < most ? input.next(terminator) : wanted > 0 && input.next(terminator)) {
    line++;
    const end = input.line + input.length;
    if (!asText && !binary && terminator != 0 && find(0, input.line, end) != end) binary = true;
    const matches = regex!.test(input.line, end) != inverted;
    if (regex!.exhausted) {
      complain("the pattern takes too long");
      exit(TROUBLE);
    }
    if (matches && selected < most) {
      selected++;
      selectedAny = true;
      if (quiet) exit(0);
      if (names != "") break;
      if (binary && !counting) {
        out.text("Binary file ");
        out.bytes(name);
        out.text(" matches\n");
        break;
      }
      if (!counting) writeSelected(input);
    } else if (!counting && names == "") writeContext(input);
    offset += input.length + 1;
  }
  if (input.errno != 0) trouble(shown, input.errno);
  else if (names != "") {
    if ((selected > 0) == (names == "l")) out.line(name);
  } else if (counting) {
    if (titled) {
      out.bytes(name);
      out.byte(COLON);
    }
    out.number(selected);
    out.byte(LINE_FEED);
  }
  input.free();
}

function writeSelected(input: Input): void {
  if (only) {
    if (!inverted) writeMatches(input);
    return;
  }
  const first = line - kept.length;
  if ((after > 0 || before > 0) && anyContext && first > written + 1) out.text("--\n");
  anyContext = true;
  let from = offset;
  for (let index = 0; index < kept.length; index++) from -= kept[index].byteLength + 1;
  for (let index = 0; index < kept.length; index++) {
    prefix(DASH, first + index, from);
    out.bytes(kept[index]);
    out.byte(terminator);
    from += kept[index].byteLength + 1;
  }
  kept.length = 0;
  prefix(COLON, line, offset);
  out.range(input.line, input.length);
  out.byte(terminator);
  written = line;
  wanted = after;
}

/** A line that is not selected: written because of one before, or kept for one behind. */
function writeContext(input: Input): void {
  if (only) return;
  if (wanted > 0) {
    wanted--;
    prefix(DASH, line, offset);
    out.range(input.line, input.length);
    out.byte(terminator);
    written = line;
  } else if (before > 0) {
    if (kept.length >= before) kept.shift();
    kept.push(input.lineBytes());
  }
}

function writeMatches(input: Input): void {
  const end = input.line + input.length;
  for (let from = input.line; from <= end; ) {
    if (!regex!.find(input.line, end, from)) break;
    const start = <usize>load<u32>(regex!.places);
    const stop = <usize>load<u32>(regex!.places, 4);
    if (stop > start) {
      prefix(COLON, line, offset + (start - input.line));
      out.range(start, <i32>(stop - start));
      out.byte(terminator);
    }
    from = max(stop, start + 1);
  }
}

function prefix(mark: i32, number: i64, place: i64): void {
  if (titled) {
    out.bytes(name);
    out.byte(mark);
  }
  if (numbers) {
    out.number(number);
    out.byte(mark);
  }
  if (offsets) {
    out.number(place);
    out.byte(mark);
  }
}
