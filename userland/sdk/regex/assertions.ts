/** Where assertions hold. */
import { UNDERSCORE } from "../ascii";
import { isDigit, isLetter } from "../bytes";
import { Assertion } from "./node";

/** The text that is looked at: [start, end), with a beginning of its own or something before it. */
export class Subject {
  start: usize = 0;
  end: usize = 0;
  /** Whether `start` is no beginning for ^. */
  continues: bool = false;
}

export function holds(assertion: i32, at: usize, subject: Subject): bool {
  if (assertion == Assertion.start) return at == subject.start && !subject.continues;
  if (assertion == Assertion.end) return at == subject.end;
  const before = at > subject.start && isWord(load<u8>(at - 1));
  const behind = at < subject.end && isWord(load<u8>(at));
  switch (assertion) {
    case Assertion.boundary: return before != behind;
    case Assertion.noBoundary: return before == behind;
    case Assertion.wordStart: return !before && behind;
    case Assertion.wordEnd: return before && !behind;
    case Assertion.freeBefore: return !before;
    default: return !behind;
  }
}

/** Bytes beyond ASCII belong to letters. */
function isWord(byte: i32): bool {
  return isLetter(byte) || isDigit(byte) || byte == UNDERSCORE || byte >= 0x80;
}
