/**
 * File names that match a pattern. A backslash in a pattern takes the meaning from what follows it; a leading dot
 * is matched by a dot only.
 */
import { at, Buffer, Bytes, compare, EMPTY, slice } from "./bytes";
import { factsOf, isDirectory, namesIn } from "./files";
import { globMatches } from "../sdk/glob";
import { isPlain } from "./pattern";

/** More names than this are not gathered: the pattern then stands for itself. */
const NAMES_MAX = 200_000;

const DOT: Bytes = String.UTF8.encode(".");

/** A pattern without its backslashes. */
function unescape(pattern: Bytes): Bytes {
  const text = new Buffer(pattern.byteLength);
  for (let index = 0; index < pattern.byteLength; index++) {
    if (at(pattern, index) == 0x5c && index + 1 < pattern.byteLength) index++;
    text.push(at(pattern, index));
  }
  return text.copy();
}

function componentEnd(pattern: Bytes, from: i32): i32 {
  let index = from;
  while (index < pattern.byteLength && at(pattern, index) != 0x2f) index++;
  return index;
}

/** Adds what matches below `prefix`, a path that is there, to `found`. */
function walk(prefix: Bytes, pattern: Bytes, from: i32, found: Array<Bytes>): void {
  if (found.length > NAMES_MAX) return;
  let slashes = from;
  while (slashes < pattern.byteLength && at(pattern, slashes) == 0x2f) slashes++;
  const base = slashes > from ? new Buffer(64).add(prefix).add(slice(pattern, from, slashes)).copy() : prefix;
  if (slashes == pattern.byteLength) {
    if (base.byteLength > 0 && (slashes == from || isDirectory(base))) found.push(base);
    return;
  }
  const end = componentEnd(pattern, slashes);
  const component = slice(pattern, slashes, end);
  const isLast = end == pattern.byteLength;
  if (isPlain(component) || onlyEscapes(component)) {
    const path = new Buffer(64).add(base).add(unescape(component)).copy();
    if (!isLast) {
      if (isDirectory(path)) walk(path, pattern, end, found);
    } else if (factsOf(path, false)) found.push(path);
    return;
  }
  const names = namesIn(base.byteLength == 0 ? DOT : base);
  if (!names) return;
  const dots = at(component, 0) == 0x2e || component.byteLength > 1 && at(component, 0) == 0x5c && at(component, 1) == 0x2e;
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    if (at(name, 0) == 0x2e && !dots || !globMatches(component, name)) continue;
    const path = new Buffer(64).add(base).add(name).copy();
    if (isLast) found.push(path);
    else if (isDirectory(path)) walk(path, pattern, end, found);
  }
}

/** Whether nothing of a component is a pattern but what backslashes hide. */
function onlyEscapes(component: Bytes): bool {
  for (let index = 0; index < component.byteLength; index++) {
    const byte = at(component, index);
    if (byte == 0x5c) index++;
    else if (byte == 0x2a || byte == 0x3f || byte == 0x5b) return false;
  }
  return true;
}

/** The paths that match, sorted; empty when none does. */
export function glob(pattern: Bytes): Array<Bytes> {
  const found = new Array<Bytes>();
  walk(EMPTY, pattern, 0, found);
  found.sort((left, right) => compare(left, right));
  return found;
}
