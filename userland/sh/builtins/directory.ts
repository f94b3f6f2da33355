/** `cd` and `pwd`. Directories are known by the names that led to them, unless `-P` asks for their own. */
import { errnoWords } from "../../sdk/errno";
import { Errno } from "../../sdk/posix";
import { at, Bytes, EMPTY, equal, is } from "../bytes";
import { assignOrFail } from "../expand";
import { changeDirectory, factsOf, isDirectory, join, plainPath, workingDirectory } from "../files";
import { out } from "../output";
import { addFlags, assign, CDPATH, HOME, OLDPWD, PWD, VariableFlag } from "../variables";
import { misuse, Options, wrong } from "./options";

/** At the start: PWD from the environment counts when it is where the shell is. */
export function learnDirectory(): void {
  const real = workingDirectory();
  const told = PWD.value;
  if (!told || !equal(told, real) && !isSame(told, real)) assign(PWD, real);
  addFlags(PWD, VariableFlag.exported);
}

function isSame(told: Bytes, real: Bytes): bool {
  if (told.byteLength == 0 || at(told, 0) != 0x2f || !equal(plainPath(told), told)) return false;
  const one = factsOf(told);
  const two = factsOf(real);
  return one !== null && two !== null && one.same(two);
}

/** The directory of CDPATH below which a name is; null when the name is to be taken as it is. */
function fromCdpath(name: Bytes): Bytes | null {
  const path = CDPATH.value;
  if (!path || path.byteLength == 0) return null;
  const first = at(name, 0);
  if (first == 0x2f || first == 0x2e && (name.byteLength == 1 || at(name, 1) == 0x2f || at(name, 1) == 0x2e && (name.byteLength == 2 || at(name, 2) == 0x2f))) return null;
  let from = 0;
  while (from <= path.byteLength) {
    let end = from;
    while (end < path.byteLength && at(path, end) != 0x3a) end++;
    const candidate = end == from ? name : join(path.slice(from, end), name);
    if (isDirectory(candidate)) return end == from ? null : candidate;
    from = end + 1;
  }
  return null;
}

export function cd(args: Array<Bytes>): i32 {
  const options = new Options(args, "LP");
  let physical = false;
  for (let letter = options.next(); letter != 0; letter = options.next()) physical = letter == 0x50;
  if (options.failed) return 2;
  if (options.index + 1 < args.length) return misuse(args, "too many arguments");
  let target: Bytes = EMPTY;
  let shows = false;
  if (options.index == args.length) {
    const home = HOME.value;
    if (!home || home.byteLength == 0) return misuse(args, "HOME not set");
    target = home;
  } else if (is(args[options.index], "-")) {
    const old = OLDPWD.value;
    if (!old) return misuse(args, "OLDPWD not set");
    target = old;
    shows = true;
  } else target = args[options.index];
  if (target.byteLength == 0) return misuse(args, "can't cd to an empty name");
  const found = fromCdpath(target);
  if (found) {
    target = found;
    shows = true;
  }
  const before = PWD.value;
  let path = target;
  if (!physical) path = plainPath(at(target, 0) == 0x2f ? target : join(before ? before : workingDirectory(), target));
  const errno = changeDirectory(path);
  if (errno != Errno.success) return wrong(args, target, errnoWords(errno)) + 1;
  assignOrFail(OLDPWD, before ? before : EMPTY);
  assignOrFail(PWD, physical ? workingDirectory() : path);
  if (shows) out.add(PWD.value!).text("\n");
  return 0;
}

export function pwd(args: Array<Bytes>): i32 {
  const options = new Options(args, "LP");
  let physical = false;
  for (let letter = options.next(); letter != 0; letter = options.next()) physical = letter == 0x50;
  if (options.failed) return 2;
  const told = PWD.value;
  out.add(physical || !told || !isSame(told, workingDirectory()) ? workingDirectory() : told).text("\n");
  return 0;
}
