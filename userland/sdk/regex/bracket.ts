/**
 * Bracket expressions, as in [a-z[:digit:]].
 *
 * Spec: POSIX, regular expressions, RE bracket expression.
 */
import { BACKSLASH, CARET, CLOSE_BRACKET, COLON, DASH, DOT, EQUALS, LINE_FEED, OPEN_BRACKET, TAB } from "../ascii";
import { Bytes, at, characterLength } from "../bytes";
import { classHas, classNamed } from "../classes";
import { Characters } from "./characters";
import { Node } from "./node";

/** Behind the bracket that `parseBracket` read. */
export let bracketEnd: i32 = 0;
/** Why it failed. */
export let bracketProblem: string = "";

/** Reads what follows a [; null when it is not well formed. With `escapes` \n and \t in it are a line feed and a tab. */
export function parseBracket(text: Bytes, from: i32, fold: bool, escapes: bool): Node | null {
  const characters = new Characters();
  let index = from;
  const negated = index < text.byteLength && at(text, index) == CARET;
  if (negated) index++;
  for (let first = true; ; first = false) {
    if (index >= text.byteLength) return fail("a [ has no ]");
    if (at(text, index) == CLOSE_BRACKET && !first) break;
    if (isNamed(text, index, COLON)) {
      const end = namedEnd(text, index + 2, COLON);
      if (end < 0) return fail("a [: has no :]");
      const number = classNamed(changetype<usize>(text) + index + 2, end - index - 2);
      if (number < 0) return fail("there is no such class of characters");
      for (let byte = 0; byte < 0x80; byte++) if (classHas(number, byte)) characters.ascii.add(byte);
      index = end + 2;
      continue;
    }
    index = element(text, index, escapes);
    if (index < 0) return null;
    const low = point;
    let high = low;
    if (index + 1 < text.byteLength && at(text, index) == DASH && at(text, index + 1) != CLOSE_BRACKET) {
      index = element(text, index + 1, escapes);
      if (index < 0) return null;
      high = point;
      if (high < low) return fail("a range goes backwards");
    }
    characters.add(low, high);
  }
  bracketEnd = index + 1;
  if (fold) characters.ascii.foldCase();
  return characters.node(negated);
}

/** The code point that `element` read. */
let point: u32 = 0;

/** Reads one character, [.x.] or [=x=]; answers where it ends, or -1. */
function element(text: Bytes, from: i32, escapes: bool): i32 {
  const isSymbol = isNamed(text, from, DOT);
  if (isSymbol || isNamed(text, from, EQUALS)) {
    const mark: u8 = isSymbol ? DOT : EQUALS;
    const end = namedEnd(text, from + 2, mark);
    if (end < 0 || character(text, from + 2) != end) {
      bracketProblem = "there is no such character";
      return -1;
    }
    return end + 2;
  }
  if (escapes && at(text, from) == BACKSLASH && from + 1 < text.byteLength) {
    const letter = at(text, from + 1);
    if (letter == 0x6e || letter == 0x74) {
      point = letter == 0x6e ? LINE_FEED : TAB;
      return from + 2;
    }
  }
  return character(text, from);
}

/** Reads a character of UTF-8 into `point`; answers where it ends. A byte that begins none stands for itself below U+0100. */
function character(text: Bytes, from: i32): i32 {
  const address = changetype<usize>(text) + from;
  const length = characterLength(address, changetype<usize>(text) + text.byteLength);
  const first = <u32>load<u8>(address);
  point = length == 1 ? first : first & (0x7f >> length);
  for (let next = 1; next < length; next++) point = point << 6 | (load<u8>(address + next) & 0x3f);
  return from + length;
}

function isNamed(text: Bytes, index: i32, mark: u8): bool {
  return index + 1 < text.byteLength && at(text, index) == OPEN_BRACKET && at(text, index + 1) == mark;
}

function namedEnd(text: Bytes, from: i32, mark: u8): i32 {
  for (let index = from; index + 1 < text.byteLength; index++) if (at(text, index) == mark && at(text, index + 1) == CLOSE_BRACKET) return index;
  return -1;
}

function fail(why: string): Node | null {
  bracketProblem = why;
  return null;
}
