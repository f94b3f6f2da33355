/**
 * What becomes of a word's parts when it is read: tildes are found, assignments taken apart, and what needs no
 * expansion is kept as a whole.
 *
 * Spec: POSIX XCU 2.6.1 Tilde Expansion, 2.9.1 Simple Commands.
 */
import { at, Buffer, Bytes, EMPTY, indexOf, isNameByte, isNameStart, slice } from "./bytes";
import { Part, PartKind, Word } from "./syntax";

/** Makes the word of its parts: a tilde becomes a part of its own, and what needs no expansion is kept as a whole. */
export function finish(parts: Array<Part>): Word {
  const word = new Word(parts);
  if (parts.length == 0) {
    word.literal = EMPTY;
    return word;
  }
  const first = parts[0];
  if (first.kind == PartKind.literal && !first.quoted && first.text.byteLength > 0 && at(first.text, 0) == 0x7e) splitTilde(parts, 0, 0, false);
  settle(word);
  return word;
}

/** Finds out whether a word is literal. */
function settle(word: Word): void {
  const parts = word.parts;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part.kind != PartKind.literal || !part.quoted && (parts.length == 1 ? hasMagic(part.text) : hasMagicByte(part.text))) return;
  }
  if (parts.length == 1) {
    word.literal = parts[0].text;
    word.bare = !parts[0].quoted;
    return;
  }
  const all = new Buffer(32);
  for (let index = 0; index < parts.length; index++) all.append(parts[index].text);
  word.literal = all.copy();
}

/** Whether bytes of a piece of a word can make the word a pattern. */
export function hasMagicByte(text: Bytes): bool {
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (byte == 0x2a || byte == 0x3f || byte == 0x5b) return true;
  }
  return false;
}

/** Whether all of a word, in one piece, can stand for more than itself in a file name. A bracket has to be closed for that. */
function hasMagic(text: Bytes): bool {
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (byte == 0x2a || byte == 0x3f || byte == 0x5b && indexOf(text, 0x5d, index) >= 0) return true;
  }
  return false;
}

/**
 * Makes a part of its own of the tilde at `from` of a literal part, when an unquoted end of its name follows. Answers
 * whether it did.
 */
function splitTilde(parts: Array<Part>, index: i32, from: i32, inAssignment: bool): bool {
  const text = parts[index].text;
  let end = from + 1;
  while (end < text.byteLength && at(text, end) != 0x2f && !(inAssignment && at(text, end) == 0x3a)) end++;
  if (end == text.byteLength && index + 1 < parts.length) return false;
  const tilde = new Part();
  tilde.kind = PartKind.tilde;
  tilde.text = slice(text, from + 1, end);
  const before = slice(text, 0, from);
  const after = slice(text, end);
  const made = new Array<Part>();
  for (let other = 0; other < index; other++) made.push(parts[other]);
  if (before.byteLength > 0) made.push(literalPart(before));
  made.push(tilde);
  if (after.byteLength > 0) made.push(literalPart(after));
  for (let other = index + 1; other < parts.length; other++) made.push(parts[other]);
  parts.length = 0;
  for (let other = 0; other < made.length; other++) parts.push(made[other]);
  return true;
}

function literalPart(text: Bytes): Part {
  const part = new Part();
  part.text = text;
  return part;
}

/** Where the `=` of `NAME=value` is in a word, or -1. */
export function assignmentEnd(word: Word): i32 {
  if (word.parts.length == 0) return -1;
  const first = word.parts[0];
  if (first.kind != PartKind.literal || first.quoted) return -1;
  const text = first.text;
  if (text.byteLength == 0 || !isNameStart(at(text, 0))) return -1;
  for (let index = 1; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (byte == 0x3d) return index;
    if (!isNameByte(byte)) return -1;
  }
  return -1;
}

/** The value of an assignment: the word from `from` on, with tildes after `=` and every colon. */
export function assignedValue(word: Word, from: i32): Word {
  const parts = new Array<Part>();
  const rest = slice(word.parts[0].text, from);
  if (rest.byteLength > 0) parts.push(literalPart(rest));
  for (let index = 1; index < word.parts.length; index++) parts.push(word.parts[index]);
  markTildes(parts, true);
  const value = new Word(parts);
  if (parts.length == 0) value.literal = EMPTY;
  else settleAssigned(value);
  return value;
}

/** As the value of an assignment, but all of the word is kept: `export NAME=value`. */
export function assignmentWord(word: Word, equals: i32): Word {
  const value = assignedValue(word, equals + 1);
  const parts: Array<Part> = [literalPart(slice(word.parts[0].text, 0, equals + 1))];
  for (let index = 0; index < value.parts.length; index++) parts.push(value.parts[index]);
  const made = new Word(parts);
  settleAssigned(made);
  made.assigned = true;
  return made;
}

function markTildes(parts: Array<Part>, atStart: bool): void {
  let fresh = atStart;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part.kind != PartKind.literal || part.quoted) {
      fresh = false;
      continue;
    }
    const text = part.text;
    let split = false;
    for (let offset = 0; offset < text.byteLength && !split; offset++) {
      const byte = at(text, offset);
      if (byte == 0x7e && fresh) split = splitTilde(parts, index, offset, true);
      if (!split) fresh = byte == 0x3a;
    }
    if (split) {
      // Go on after the tilde; what is before it stays as it is.
      while (parts[index].kind != PartKind.tilde) index++;
      fresh = false;
    }
  }
}

/** In an assignment nothing is matched with file names, so every literal is final. */
function settleAssigned(word: Word): void {
  const all = new Buffer(32);
  for (let index = 0; index < word.parts.length; index++) {
    if (word.parts[index].kind != PartKind.literal) return;
    all.append(word.parts[index].text);
  }
  word.literal = all.copy();
}
