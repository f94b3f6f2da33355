/** Where programs are: the search along PATH, and the places that were found before. */
import { at, Buffer, Bytes, bytes, indexOf } from "./bytes";
import { isDirectory, isRunnable, join, modeOf } from "./files";
import { Table } from "./table";
import { PATH, watch } from "./variables";

const places = new Table<Bytes>();
const DEFAULT_PATH = bytes("/bin:/usr/bin");

/** Why nothing was found, as the status that a command then has. */
export const NOT_FOUND = 127;
export const NOT_RUNNABLE = 126;
export let findStatus: i32 = 0;

/** Forgets the places when PATH changed. */
function refresh(): void {
  if (!watch.pathChanged) return;
  watch.pathChanged = false;
  places.clear();
}

/** The path of a program; null with `findStatus` when there is none. `standard`: along the system's own path. */
export function findProgram(name: Bytes, standard: bool = false): Bytes | null {
  findStatus = NOT_FOUND;
  if (name.byteLength == 0) return null;
  if (indexOf(name, 0x2f) >= 0) {
    const mode = modeOf(name);
    if (mode == 0) return null;
    findStatus = NOT_RUNNABLE;
    return isRunnable(name) ? name : null;
  }
  refresh();
  if (!standard) {
    const known = places.get(name);
    if (known) return known;
  }
  const found = searchPath(name, standard);
  if (found && !standard) places.set(name, found);
  return found;
}

function searchPath(name: Bytes, standard: bool): Bytes | null {
  const value = PATH.value;
  const path = standard || !value ? DEFAULT_PATH : value;
  let from = 0;
  while (from <= path.byteLength) {
    let end = from;
    while (end < path.byteLength && at(path, end) != 0x3a) end++;
    const directory = new Buffer(end - from + 1);
    directory.appendRange(changetype<usize>(path) + from, end - from);
    // An empty entry is the working directory.
    const candidate = end == from ? new Buffer(name.byteLength + 2).text("./").add(name).copy() : join(directory.copy(), name);
    if (isRunnable(candidate)) return candidate;
    if (modeOf(candidate) != 0 && !isDirectory(candidate)) findStatus = NOT_RUNNABLE;
    from = end + 1;
  }
  return null;
}

/** The file of this shell, which nobody looked for. */
export function findShell(): Bytes | null {
  return searchPath(bytes("sh"), false);
}

/** Forgets where a program was: it is not there any more. */
export function forgetProgram(name: Bytes): void {
  places.remove(name);
}

export function forgetPrograms(): void {
  places.clear();
}

export function knownPrograms(): Array<Bytes> {
  refresh();
  return places.names();
}

export function knownPlace(name: Bytes): Bytes | null {
  return places.get(name);
}
