/**
 * The expression of `find`: a tree, and its evaluation for a file.
 *
 * Spec: POSIX, find.
 */
import { CLOSE_BRACE, OPEN_BRACE } from "../../sdk/ascii";
import { Bytes, EMPTY, is } from "../../sdk/bytes";
import { ask } from "../../sdk/ask";
import { Buffer } from "../../sdk/buffer";
import { list } from "../../sdk/directory";
import { removeDirectory, unlink } from "../../sdk/files";
import { globMatches } from "../../sdk/glob";
import { permissions } from "../../sdk/mode";
import { out } from "../../sdk/output";
import { baseName } from "../../sdk/path";
import { complainDoing, failure, setStatus } from "../../sdk/program";
import { run } from "../../sdk/spawn";
import { Kind } from "../../sdk/wasi";
import { Found } from "./found";

const NANOSECONDS: i64 = 1_000_000_000;
/** Bytes of paths that one `-exec … +` gets. */
const BATCH: i32 = 64 * 1024;

/** What the evaluation of a file leads to besides its value. */
export class Outcome {
  /** What is in this directory is left out. */
  prunes: bool = false;
  /** Nothing is looked at any more. */
  quits: bool = false;
}

export class Expression {
  left: Expression | null = null;
  right: Expression | null = null;
  text: Bytes = EMPTY;
  /** A number to compare with, and how: below 0 less, above 0 more. */
  number: i64 = 0;
  comparison: i32 = 0;
  /** What the number counts. */
  unit: u64 = 1;
  /** When it began, in seconds since 1970. */
  now: i64 = 0;
  argv: Bytes[] = [];
  batch: Bytes[] = [];
  private batchBytes: i32 = 0;

  constructor(readonly name: string) {}

  /** Whether a file is selected. */
  holds(found: Found, outcome: Outcome): bool {
    switch (this.name) {
      case "and": return this.left!.holds(found, outcome) && (outcome.quits || this.right!.holds(found, outcome));
      case "or": return this.left!.holds(found, outcome) || (!outcome.quits && this.right!.holds(found, outcome));
      case "comma":
        this.left!.holds(found, outcome);
        return !outcome.quits && this.right!.holds(found, outcome);
      case "not": return !this.left!.holds(found, outcome);
      case "true": return true;
      case "false": return false;
      case "name": return globMatches(this.text, baseName(found.path));
      case "iname": return globMatches(this.text, baseName(found.path), true);
      case "path": return globMatches(this.text, found.path);
      case "type": return this.hasType(found);
      case "size": return this.compares(<i64>((found.stat.size + this.unit - 1) / this.unit));
      case "links": return this.compares(found.stat.links);
      case "inum": return this.compares(found.stat.inode);
      case "mtime": return this.compares(this.age(found.stat.modified));
      case "atime": return this.compares(this.age(found.stat.accessed));
      case "ctime": return this.compares(this.age(found.stat.changed));
      case "newer": return <i64>found.stat.modified > this.number;
      case "empty": return isEmpty(found);
      case "perm": return this.hasMode(found);
      case "prune":
        outcome.prunes = true;
        return true;
      case "quit":
        outcome.quits = true;
        return true;
      case "print":
        out.line(found.path);
        return true;
      case "print0":
        out.bytes(found.path);
        out.byte(0);
        return true;
      case "delete": return remove(found);
      case "exec": return run(this.filled(found.path)) == 0;
      case "ok": return ask("run " + String.UTF8.decode(this.argv[0]), found.path) && run(this.filled(found.path)) == 0;
      default: {
        // exec+
        this.batch.push(found.path);
        this.batchBytes += found.path.byteLength + 1;
        if (this.batchBytes > BATCH) this.flush();
        return true;
      }
    }
  }

  /** Runs what waits for more paths, here and below. */
  flush(): void {
    if (this.left) this.left!.flush();
    if (this.right) this.right!.flush();
    if (this.batch.length == 0) return;
    const status = run(this.argv.concat(this.batch));
    if (status != 0) setStatus(failure);
    this.batch = [];
    this.batchBytes = 0;
  }

  private compares(value: i64): bool {
    return this.comparison < 0 ? value < this.number : this.comparison > 0 ? value > this.number : value == this.number;
  }

  /** In whole units. */
  private age(time: u64): i64 {
    return (this.now - <i64>time / NANOSECONDS) / <i64>this.unit;
  }

  private hasType(found: Found): bool {
    const kind = found.kind == Kind.link && found.stat.kind != Kind.link ? found.stat.kind : found.kind;
    return is(this.text, "f") ? kind == Kind.file
      : is(this.text, "d") ? kind == Kind.directory
      : is(this.text, "l") ? kind == Kind.link
      : is(this.text, "c") ? kind == Kind.characterDevice
      : is(this.text, "b") ? kind == Kind.blockDevice
      : is(this.text, "s") ? kind == Kind.streamSocket || kind == Kind.datagramSocket
      : kind == Kind.unknown;
  }

  /** With `comparison` below 0 all of the bits, above 0 any, else exactly these. */
  private hasMode(found: Found): bool {
    const mode = <i64>permissions(found.path, found.stat.kind);
    if (this.comparison < 0) return (mode & this.number) == this.number;
    return this.comparison > 0 ? this.number == 0 || (mode & this.number) != 0 : mode == this.number;
  }

  /** The command with the path for each {}. */
  private filled(path: Bytes): Bytes[] {
    const made: Bytes[] = [];
    for (let index = 0; index < this.argv.length; index++) made.push(replaceBraces(this.argv[index], path));
    return made;
  }
}

/** With the path for each {} in a word. */
function replaceBraces(word: Bytes, path: Bytes): Bytes {
  const made = new Buffer();
  for (let index = 0; index < word.byteLength; index++) {
    const address = changetype<usize>(word) + index;
    if (load<u8>(address) == OPEN_BRACE && index + 1 < word.byteLength && load<u8>(address, 1) == CLOSE_BRACE) {
      made.append(path);
      index++;
    } else made.push(load<u8>(address));
  }
  return made.toBytes();
}

function isEmpty(found: Found): bool {
  if (!found.isDirectory) return found.stat.isFile && found.stat.size == 0;
  const entries = list(found.path);
  return entries != null && entries.length == 0;
}

function remove(found: Found): bool {
  if (is(found.path, ".")) return true;
  const errno = found.kind == Kind.directory ? removeDirectory(found.path) : unlink(found.path);
  if (errno != 0) complainDoing("cannot remove", found.path, errno);
  return errno == 0;
}
