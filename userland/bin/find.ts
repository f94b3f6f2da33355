/** Walks through trees of files, and does something with those that an expression selects. */
import { DASH } from "../sdk/ascii";
import { Bytes, at, bytes, is } from "../sdk/bytes";
import { list, listErrno } from "../sdk/directory";
import { Stat } from "../sdk/files";
import { out } from "../sdk/output";
import { join } from "../sdk/path";
import { args, complainErrno, complainOf, exit, finish } from "../sdk/program";
import { Kind } from "../sdk/wasi";
import { Expression, Outcome } from "../lib/find/expression";
import { Found } from "../lib/find/found";
import { Parser } from "../lib/find/parser";

const USAGE = `usage: find [-H | -L | -P] [path...] [expression]

Walks through the trees that begin at the paths, "." unless told, and writes the files that the expression selects.
-H follows links among the paths, -L all links, -P none; so it is unless told.
Tests: -name -iname -path pattern, -type f|d|l|c|b|s|p, -size [+-]n[cwbkMG], -mtime -atime -ctime [+-]days, -mmin -amin -cmin [+-]minutes, -newer file, -links -inum [+-]n, -perm [-/]octal, -empty, -true, -false.
Actions: -print, -print0, -delete, -exec command ;, -exec command {} +, -ok command ;, -prune, -quit.
Ways: -depth, -xdev, -mindepth n, -maxdepth n.
Together: ( e ), ! e, e e, e -a e, e -o e, e , e.
`;

let followOperands = false;
let followAll = false;
let expression: Expression = new Expression("true");
let parser: Parser = new Parser([]);
const outcome = new Outcome();

export function _start(): void {
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index];
    if (is(word, "--help")) {
      out.text(USAGE);
      exit(0);
    }
    if (is(word, "-H")) followOperands = true;
    else if (is(word, "-L")) followOperands = followAll = true;
    else if (is(word, "-P")) followOperands = followAll = false;
    else break;
  }
  const paths: Bytes[] = [];
  while (index < args.length && !beginsExpression(args[index])) paths.push(args[index++]);
  if (paths.length == 0) paths.push(bytes("."));
  parser = new Parser(args.slice(index));
  expression = parser.parse();
  for (let place = 0; place < paths.length && !outcome.quits; place++) start(paths[place]);
  expression.flush();
  finish();
}

function beginsExpression(word: Bytes): bool {
  return (word.byteLength > 1 && at(word, 0) == DASH) || is(word, "(") || is(word, "!") || is(word, ",");
}

function start(path: Bytes): void {
  const stat = new Stat();
  const errno = stat.read(path, false);
  if (errno != 0) return complainErrno(path, errno);
  const found = new Found(path, stat.kind, 0, followOperands);
  visit(found, [], parser.stays ? found.stat.device : 0);
}

/** `above` are the directories on the way, where links are followed: none is entered twice. */
function visit(found: Found, above: Stat[], device: u64): void {
  const enters = found.isDirectory && <i64>found.depth < parser.deepest && !(parser.stays && found.stat.device != device);
  const counts = <i64>found.depth >= parser.lowest;
  outcome.prunes = false;
  if (!parser.depthFirst && counts) expression.holds(found, outcome);
  if (enters && !(outcome.prunes && !parser.depthFirst) && !outcome.quits) enter(found, above, device);
  if (parser.depthFirst && counts && !outcome.quits) expression.holds(found, outcome);
}

function enter(found: Found, above: Stat[], device: u64): void {
  if (followAll) {
    for (let index = 0; index < above.length; index++) {
      if (above[index].same(found.stat)) return complainOf(found.path, "leads back to a directory above it");
    }
    above.push(found.stat);
  }
  const entries = list(found.path);
  if (!entries) complainErrno(found.path, listErrno);
  else {
    for (let index = 0; index < entries.length && !outcome.quits; index++) {
      const entry = entries[index];
      let kind = entry.kind;
      const path = join(found.path, entry.name);
      if (kind == Kind.unknown) {
        const stat = new Stat();
        if (stat.read(path, false) == 0) kind = stat.kind;
      }
      visit(new Found(path, kind, found.depth + 1, followAll), above, device);
    }
  }
  if (followAll) above.pop();
}
