/**
 * Completion: what the word before the cursor can become. The line is read as far as the cursor, so that quotes and
 * the place of a command are known; what is put in is quoted as the word was.
 */
import { aliases } from "../aliases";
import { builtinNames } from "../builtins/table";
import { at, Buffer, Bytes, bytes, compare, concat, EMPTY, equal, is, isNameByte, lastIndexOf, slice, startsWith } from "../bytes";
import { isDirectory, isRunnable, join, namesIn } from "../files";
import { shell } from "../state";
import { HOME, namesWith, PATH } from "../variables";

/** The word that ends at the cursor. */
class Target {
  /** Where it begins in the line. */
  start: i32 = 0;
  /** The quote that is open at the cursor; 0 for none. */
  quote: i32 = 0;
  isCommand: bool = true;
  /** The word without its quotes. */
  text: Bytes = EMPTY;
}

/** Reads a line up to the cursor. */
function findTarget(line: Bytes, cursor: i32): Target {
  const target = new Target();
  const text = new Buffer(64);
  let inWord = false;
  let takesCommand = true;
  let index = 0;
  while (index < cursor) {
    const byte = at(line, index);
    if (target.quote == 0 && isBreak(byte)) {
      if (inWord) takesCommand = takesCommand && isPrefix(text.copy());
      // A blank ends a word; other operators begin a command, but < and > a file.
      if (byte == 0x3c || byte == 0x3e) takesCommand = false;
      else if (byte != 0x20 && byte != 0x09) takesCommand = true;
      inWord = false;
      text.length = 0;
      index++;
      continue;
    }
    if (!inWord) {
      inWord = true;
      target.start = index;
    }
    if (target.quote == 0 && (byte == 0x22 || byte == 0x27)) target.quote = byte;
    else if (byte == target.quote) target.quote = 0;
    else if (byte == 0x5c && target.quote != 0x27 && index + 1 < cursor) text.push(at(line, ++index));
    else text.push(byte);
    index++;
  }
  if (!inWord) target.start = cursor;
  target.isCommand = takesCommand;
  target.text = text.copy();
  return target;
}

function isBreak(byte: i32): bool {
  switch (byte) {
    case 0x20: case 0x09: case 0x3b: case 0x26: case 0x7c: case 0x28: case 0x29: case 0x3c: case 0x3e: case 0x60: case 0x0a: return true;
    default: return false;
  }
}

/** Words after which a command comes: reserved ones, and assignments. */
function isPrefix(word: Bytes): bool {
  const prefixes: StaticArray<string> = ["if", "then", "else", "elif", "while", "until", "do", "!", "{", "exec", "command"];
  for (let index = 0; index < prefixes.length; index++) if (is(word, prefixes[index])) return true;
  let length = 0;
  while (length < word.byteLength && isNameByte(at(word, length))) length++;
  return length > 0 && length < word.byteLength && at(word, length) == 0x3d;
}

export class Completion {
  /** Where the word begins that is replaced. */
  start: i32 = 0;
  /** What comes into its place; nothing when there is nothing to add. */
  replacement: Bytes | null = null;
  /** All that it can become, for showing, when there are several. */
  candidates: Array<Bytes> = [];
}

/** What the word before the cursor can become. */
export function complete(line: Bytes, cursor: i32): Completion {
  const target = findTarget(line, cursor);
  const completion = new Completion();
  completion.start = target.start;
  const dollar = target.quote != 0x27 ? lastIndexOf(target.text, 0x24) : -1;
  if (dollar >= 0 && isVariable(target.text, dollar)) {
    completeVariable(completion, target, dollar);
    return completion;
  }
  const hasSlash = lastIndexOf(target.text, 0x2f) >= 0;
  const found = target.isCommand && !hasSlash ? commandNames(target.text) : fileNames(target.text, target.isCommand);
  settle(completion, target, found);
  return completion;
}

/** Whether all after a dollar sign is the beginning of a name. */
function isVariable(text: Bytes, dollar: i32): bool {
  let index = dollar + 1;
  if (index < text.byteLength && at(text, index) == 0x7b) index++;
  for (; index < text.byteLength; index++) if (!isNameByte(at(text, index))) return false;
  return true;
}

function completeVariable(completion: Completion, target: Target, dollar: i32): void {
  const braced = dollar + 1 < target.text.byteLength && at(target.text, dollar + 1) == 0x7b;
  const from = dollar + (braced ? 2 : 1);
  const prefix = slice(target.text, from);
  const names = namesWith(prefix);
  completion.candidates = names;
  if (names.length == 0) return;
  const common = commonPrefix(names);
  if (names.length > 1 && common.byteLength == prefix.byteLength) return;
  const text = new Buffer(64).add(slice(target.text, 0, from)).add(common);
  if (names.length == 1 && braced) text.push(0x7d);
  // What stands before the dollar sign is left as it is typed: it has no need of quotes.
  const made = new Buffer(64);
  if (target.quote != 0) made.push(target.quote);
  completion.replacement = made.add(text.copy()).copy();
}

/** The longest beginning that all have; at least one is there. */
function commonPrefix(names: Array<Bytes>): Bytes {
  let length = names[0].byteLength;
  for (let index = 1; index < names.length; index++) {
    const other = names[index];
    let same = 0;
    while (same < length && same < other.byteLength && at(other, same) == at(names[0], same)) same++;
    length = same;
  }
  return slice(names[0], 0, length);
}

/** Makes the replacement out of full texts of the word. */
function settle(completion: Completion, target: Target, found: Array<Bytes>): void {
  completion.candidates = found;
  if (found.length == 0) return;
  const common = commonPrefix(found);
  const isFinal = found.length == 1;
  if (!isFinal && common.byteLength <= target.text.byteLength) return;
  const isOpen = isFinal && at(common, common.byteLength - 1) == 0x2f;
  const text = new Buffer(64);
  quoteAs(target.quote, common, text);
  if (isFinal && !isOpen) {
    if (target.quote != 0) text.push(target.quote);
    text.push(0x20);
  }
  completion.replacement = text.copy();
}

function quoteAs(quote: i32, text: Bytes, into: Buffer): void {
  if (quote != 0) into.push(quote);
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (quote == 0x27 && byte == 0x27) into.text("'\\'");
    else if (quote == 0x22 && (byte == 0x22 || byte == 0x5c || byte == 0x24 || byte == 0x60)) into.push(0x5c);
    else if (quote == 0 && needsQuote(byte) && !(byte == 0x7e && index == 0)) into.push(0x5c);
    into.push(byte);
  }
}

function needsQuote(byte: i32): bool {
  return byte <= 0x20 || "\\'\"`$&|;()<>*?[]#!{}~".indexOf(String.fromCharCode(byte)) >= 0 && byte < 0x80;
}

/** Names without repetition, in order. */
function unique(names: Array<Bytes>): Array<Bytes> {
  names.sort((left, right) => compare(left, right));
  const kept = new Array<Bytes>();
  for (let index = 0; index < names.length; index++) if (index == 0 || !equal(names[index], names[index - 1])) kept.push(names[index]);
  return kept;
}

function addMatching(names: Array<Bytes>, prefix: Bytes, into: Array<Bytes>): void {
  for (let index = 0; index < names.length; index++) if (startsWith(names[index], prefix)) into.push(names[index]);
}

function commandNames(prefix: Bytes): Array<Bytes> {
  const found = new Array<Bytes>();
  addMatching(builtinNames(), prefix, found);
  addMatching(shell.functions.names(), prefix, found);
  addMatching(aliases.names(), prefix, found);
  const path = PATH.value;
  if (path) {
    let from = 0;
    while (from <= path.byteLength) {
      let end = from;
      while (end < path.byteLength && at(path, end) != 0x3a) end++;
      const directory = end == from ? bytes(".") : slice(path, from, end);
      const names = namesIn(directory);
      for (let index = 0; names && index < names.length; index++) if (startsWith(names[index], prefix) && isRunnable(join(directory, names[index]))) found.push(names[index]);
      from = end + 1;
    }
  }
  return unique(found);
}

/** Paths that begin so; directories end with a slash. A command's have to be runnable. */
function fileNames(text: Bytes, isCommand: bool): Array<Bytes> {
  const slash = lastIndexOf(text, 0x2f);
  const directory = slice(text, 0, slash + 1);
  const prefix = slice(text, slash + 1);
  const home = HOME.value;
  const isHome = home !== null && directory.byteLength > 1 && at(directory, 0) == 0x7e && at(directory, 1) == 0x2f;
  const place = directory.byteLength == 0 ? bytes(".") : isHome ? concat(home!, slice(directory, 1)) : directory;
  const names = namesIn(place);
  const found = new Array<Bytes>();
  for (let index = 0; names && index < names.length; index++) {
    const name = names[index];
    if (!startsWith(name, prefix) || at(name, 0) == 0x2e && prefix.byteLength == 0) continue;
    const path = join(place, name);
    if (isDirectory(path)) found.push(new Buffer(64).add(directory).add(name).text("/").copy());
    else if (!isCommand || isRunnable(path)) found.push(concat(directory, name));
  }
  return unique(found);
}

/** The candidates in columns, as `ls` shows names. */
export function inColumns(candidates: Array<Bytes>, columns: i32): Bytes {
  const names = new Array<Bytes>();
  let widest = 0;
  for (let index = 0; index < candidates.length; index++) {
    const path = candidates[index];
    const isOpen = path.byteLength > 0 && at(path, path.byteLength - 1) == 0x2f;
    const name = slice(path, lastIndexOf(slice(path, 0, isOpen ? path.byteLength - 1 : path.byteLength), 0x2f) + 1);
    names.push(name);
    widest = max(widest, name.byteLength);
  }
  const perRow = max(1, columns / (widest + 2));
  const rows = (names.length + perRow - 1) / perRow;
  const text = new Buffer(256);
  for (let row = 0; row < rows; row++) {
    for (let index = row; index < names.length; index += rows) {
      text.append(names[index]);
      if (index + rows < names.length) text.fill(0x20, widest + 2 - names[index].byteLength);
    }
    text.push(0x0a);
  }
  return text.copy();
}
