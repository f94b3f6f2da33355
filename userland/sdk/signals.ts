/** Signals by their names. */
import { Bytes, at, beginsWith, slice, toUpper } from "./bytes";
import { parseCount } from "./decimal";

/** Each name with its number and a blank behind. */
const NAMES = "HUP 1 INT 2 QUIT 3 ILL 4 ABRT 6 FPE 8 KILL 9 USR1 10 SEGV 11 USR2 12 PIPE 13 ALRM 14 TERM 15 CHLD 17 CONT 18 STOP 19 TSTP 20 TTIN 21 TTOU 22 WINCH 28 ";
const LAST: i64 = 64;

/** The number of a signal by its name, with SIG or without, or its number; -1 for none. */
export function signalNumber(word: Bytes): i32 {
  const number = parseCount(word);
  if (number >= 0) return number <= LAST ? <i32>number : -1;
  const name = beginsWith(word, "SIG") || beginsWith(word, "sig") ? slice(word, 3) : word;
  for (let from = 0; from < NAMES.length; ) {
    const end = NAMES.indexOf(" ", from);
    const behind = NAMES.indexOf(" ", end + 1);
    if (same(name, NAMES, from, end)) return <i32>parseInt(NAMES.substring(end + 1, behind));
    from = behind + 1;
  }
  return -1;
}

/** The name of a number, without SIG; empty for none. */
export function signalName(number: i32): string {
  for (let from = 0; from < NAMES.length; ) {
    const end = NAMES.indexOf(" ", from);
    const behind = NAMES.indexOf(" ", end + 1);
    if (<i32>parseInt(NAMES.substring(end + 1, behind)) == number) return NAMES.substring(from, end);
    from = behind + 1;
  }
  return "";
}

/** All names, with a blank between them. */
export function signalNames(): string {
  let list = "";
  for (let number = 1; number <= <i32>LAST; number++) {
    const name = signalName(number);
    if (name != "") list += list == "" ? name : " " + name;
  }
  return list;
}

function same(name: Bytes, names: string, from: i32, to: i32): bool {
  if (name.byteLength != to - from) return false;
  for (let index = 0; index < name.byteLength; index++) if (toUpper(at(name, index)) != names.charCodeAt(from + index)) return false;
  return true;
}
