/**
 * Redirections: each changes an entry of the table of descriptors, and is undone by putting back what was there.
 *
 * Spec: POSIX XCU 2.7.
 */
import { errnoWords } from "../sdk/errno";
import { Errno, ModeBit, pipe } from "../sdk/posix";
import { fd_close, FdFlag, OpenFlag, Right } from "../sdk/wasi";
import { Buffer, Bytes, bytes, is, parseCount } from "./bytes";
import { descriptors, DESCRIPTORS_MAX } from "./descriptors";
import { expandText } from "./expand";
import { modeOf, open, opened } from "./files";
import { feed } from "./launch";
import { writeAll } from "./output";
import { complain } from "./report";
import { Option, shell, Unwind } from "./state";
import { Redirect, RedirectKind } from "./syntax";

/** As much as a pipe takes at once for sure, which a here-document of this size needs no program for. */
const PIPE_ROOM = 16384;

const READ: u64 = Right.read | Right.seek | Right.tell | Right.filestat | Right.poll | Right.readdir;
const WRITE: u64 = Right.write | Right.seek | Right.tell | Right.filestat | Right.poll | Right.setSize | Right.setTimes;

/** What redirections put aside: the last is undone first. */
class Aside {
  constructor(readonly fd: i32, readonly real: i32) {}
}
const aside: Array<Aside> = [];

/** How much is put aside: what `undoRedirects` goes back to. */
export function redirectMark(): i32 {
  return aside.length;
}

export function undoRedirects(to: i32): void {
  while (aside.length > to) {
    const entry = aside.pop();
    descriptors.release(descriptors.replace(entry.fd, entry.real));
  }
}

/** Makes redirections stay: `exec`. */
export function keepRedirects(from: i32): void {
  while (aside.length > from) descriptors.release(aside.pop().real);
}

/** Puts a number, which the caller holds, or -1 in the place of a descriptor until it is undone. */
export function redirectTo(fd: i32, real: i32): void {
  aside.push(new Aside(fd, descriptors.replace(fd, real)));
}

/** Does all of a command's redirections; false after the first that fails, which was told. What was done stays, to be undone. */
export function applyRedirects(list: Array<Redirect>): bool {
  for (let index = 0; index < list.length; index++) if (!apply(list[index])) return false;
  return true;
}

function refuse(what: Bytes, why: string): bool {
  complain(new Buffer().add(what).text(": ").text(why).copy());
  return false;
}

function apply(redirect: Redirect): bool {
  const fd = redirect.descriptor;
  const text = expandText(redirect.word);
  if (shell.unwind != Unwind.none) return false;
  if (fd >= DESCRIPTORS_MAX) return refuse(bytes("redirection"), "descriptor out of range");
  if (redirect.kind == RedirectKind.here) return hereDocument(fd, text);
  if (redirect.kind == RedirectKind.duplicate) return duplicate(fd, text);
  let flags: u32 = 0;
  let rights: u64 = WRITE;
  let fdFlags: u32 = 0;
  switch (redirect.kind) {
    case RedirectKind.read:
      rights = READ;
      break;
    case RedirectKind.write:
      flags = OpenFlag.create | OpenFlag.truncate;
      if (shell.has(Option.noclobber)) {
        const mode = modeOf(text);
        if ((mode & ModeBit.kinds) == ModeBit.regular) return refuse(text, "cannot create: File exists");
        if (mode == 0) flags = OpenFlag.create | OpenFlag.exclusive;
      }
      break;
    case RedirectKind.clobber:
      flags = OpenFlag.create | OpenFlag.truncate;
      break;
    case RedirectKind.append:
      flags = OpenFlag.create;
      fdFlags = FdFlag.append;
      break;
    default:
      flags = OpenFlag.create;
      rights = READ | WRITE;
  }
  const errno = openWith(text, flags, rights, fdFlags);
  if (errno != Errno.success) {
    const words = errno == Errno.noent && redirect.kind != RedirectKind.read ? "Directory nonexistent" : errno == Errno.noent ? "No such file" : errnoWords(errno);
    return refuse(text, (redirect.kind == RedirectKind.read ? "cannot open: " : "cannot create: ") + words);
  }
  descriptors.hold(opened);
  redirectTo(fd, opened);
  return true;
}

/** Opens with as many of the rights as the file gives. */
function openWith(path: Bytes, flags: u32, rights: u64, fdFlags: u32): u32 {
  const errno = open(path, flags, rights, fdFlags);
  if (errno != Errno.notcapable && errno != Errno.inval) return errno;
  return open(path, flags, rights & (Right.read | Right.write | Right.poll | Right.filestat), fdFlags);
}

/** `>&N`, `<&N`, `>&-` */
function duplicate(fd: i32, text: Bytes): bool {
  if (is(text, "-")) {
    redirectTo(fd, -1);
    return true;
  }
  const number = parseCount(text);
  if (number < 0) return refuse(text, "bad fd number");
  const real = descriptors.get(number);
  if (real < 0) return refuse(text, "Bad file descriptor");
  descriptors.hold(real);
  redirectTo(fd, real);
  return true;
}

const ends: usize = memory.data(8);

function hereDocument(fd: i32, text: Bytes): bool {
  const errno = pipe(ends, ends + 4);
  if (errno != Errno.success) return refuse(bytes("here-document"), errnoWords(errno));
  const read = <i32>load<u32>(ends);
  const write = <i32>load<u32>(ends, 4);
  if (text.byteLength <= PIPE_ROOM) writeAll(write, changetype<usize>(text), text.byteLength);
  else feed(text, write);
  fd_close(write);
  descriptors.hold(read);
  redirectTo(fd, read);
  return true;
}
