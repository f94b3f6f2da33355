/**
 * Whole trees of files: removing and copying them. What fails is complained about and left out, and
 * the rest goes on. Links are taken as links below the place where a tree begins.
 */
import { Bytes } from "./bytes";
import { list, listErrno } from "./directory";
import { Begin, Stat, close, makeDirectory, openToRead, openToWrite, readLink, removeDirectory, setTimes, symbolicLink, unlink } from "./files";
import { readSome, writeAll } from "./io";
import { join } from "./path";
import { Errno } from "./posix";
import { complainDoing, complainOf } from "./program";
import { Kind, TimeFlag } from "./wasi";

const BLOCK: i32 = 64 * 1024;
let block: usize = 0;

/** Removes a directory and all that is in it. Whether all is gone. */
export function removeTree(path: Bytes): bool {
  const entries = list(path);
  if (!entries) {
    complainDoing("cannot remove", path, listErrno);
    return false;
  }
  let gone = true;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const below = join(path, entry.name);
    if (entry.kind == Kind.directory) {
      if (!removeTree(below)) gone = false;
    } else if (!removed(below, unlink(below))) gone = false;
  }
  return gone && removed(path, removeDirectory(path));
}

function removed(path: Bytes, errno: u32): bool {
  if (errno != Errno.success) complainDoing("cannot remove", path, errno);
  return errno == Errno.success;
}

/** How a tree is copied. */
export class Copying {
  /** Directories, too. */
  recursive: bool = false;
  /** The copies have the times of what was copied. */
  keepsTimes: bool = false;
  /** Links in a tree are followed. */
  followsLinks: bool = false;
  /** A target that cannot be written is removed first. */
  forces: bool = false;
  /** Asked before something is replaced; null when nobody is. */
  asks: ((path: Bytes) => bool) | null = null;
  /** Of the first directory made, so that it is not copied into itself. */
  private device: u64 = 0;
  private inode: u64 = 0;

  /** Copies what is at `from`; a link there is followed when `follow` says so. Whether all was copied. */
  copy(from: Bytes, to: Bytes, follow: bool): bool {
    const source = new Stat();
    const errno = source.read(from, follow);
    if (errno != Errno.success) return failed("cannot copy", from, errno);
    if (source.isDirectory) return this.copyDirectory(from, to, source);
    const target = new Stat();
    if (target.read(to, !source.isLink) == Errno.success) {
      if (target.same(source)) {
        complainOf(to, "is the same file as what is copied");
        return false;
      }
      if (target.isDirectory) return failed("cannot replace", to, Errno.isdir);
      const asks = this.asks;
      if (asks && !asks(to)) return true;
    }
    return source.isLink ? this.copyLink(from, to) : this.copyFile(from, to, source);
  }

  private copyDirectory(from: Bytes, to: Bytes, source: Stat): bool {
    if (!this.recursive) {
      complainOf(from, "is a directory, which only -R copies");
      return false;
    }
    if (this.inode != 0 && source.inode == this.inode && source.device == this.device) {
      complainOf(from, "a directory is not copied into itself");
      return false;
    }
    const target = new Stat();
    if (target.read(to) != Errno.success) {
      const errno = makeDirectory(to);
      if (errno != Errno.success) return failed("cannot make", to, errno);
      target.read(to);
    } else if (!target.isDirectory) return failed("cannot replace", to, Errno.notdir);
    if (this.inode == 0) {
      this.device = target.device;
      this.inode = target.inode;
    }
    const entries = list(from);
    if (!entries) return failed("cannot read", from, listErrno);
    let whole = true;
    for (let index = 0; index < entries.length; index++) {
      const name = entries[index].name;
      if (!this.copy(join(from, name), join(to, name), this.followsLinks)) whole = false;
    }
    if (this.keepsTimes) setTimes(to, source.accessed, source.modified, TimeFlag.access | TimeFlag.modification);
    return whole;
  }

  private copyLink(from: Bytes, to: Bytes): bool {
    const target = readLink(from);
    if (!target) return failed("cannot read", from, Errno.io);
    unlink(to);
    const errno = symbolicLink(target, to);
    return errno == Errno.success || failed("cannot make", to, errno);
  }

  private copyFile(from: Bytes, to: Bytes, source: Stat): bool {
    const input = openToRead(from);
    if (input < 0) return failed("cannot read", from, -input);
    let output = openToWrite(to);
    if (output < 0 && this.forces && unlink(to) == Errno.success) output = openToWrite(to, Begin.anew);
    if (output < 0) {
      close(input);
      return failed("cannot write", to, -output);
    }
    const whole = transfer(input, from, output, to);
    close(input);
    close(output);
    if (whole && this.keepsTimes) setTimes(to, source.accessed, source.modified, TimeFlag.access | TimeFlag.modification);
    return whole;
  }
}

function transfer(input: u32, from: Bytes, output: u32, to: Bytes): bool {
  if (block == 0) block = heap.alloc(BLOCK);
  while (true) {
    const count = readSome(input, block, BLOCK);
    if (count == 0) return true;
    if (count < 0) return failed("cannot read", from, -count);
    const errno = writeAll(output, block, count);
    if (errno != Errno.success) return failed("cannot write", to, errno);
  }
}

function failed(what: string, path: Bytes, errno: u32): bool {
  complainDoing(what, path, errno);
  return false;
}
