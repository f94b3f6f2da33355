/**
 * How deep commands and functions are in one another. A script decides that, and running out of stack would end
 * the program, so what recurses through a script's structure counts here. Nesting within one text is the parser's to
 * bound, and of one arithmetic expression the evaluator's; all bounds together are well within the stack that a
 * host gives a thread (984 KiB where nothing else was asked for, of which a level takes up to 0.3 KiB).
 */

const LEVELS_MAX = 2000;

let levels = 0;

/** One level more; false when there are too many. */
export function enterLevel(): bool {
  if (levels >= LEVELS_MAX) return false;
  levels++;
  return true;
}

export function leaveLevel(): void {
  levels--;
}
