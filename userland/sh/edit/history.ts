/**
 * The lines that were typed, in memory and in the file that HISTFILE names (`~/.sh_history` unless told). The file
 * grows by a line at a time, so that shells side by side do not overwrite each other; it is cut when it is read.
 */
import { Errno } from "../../sdk/posix";
import { fd_close, FdFlag, OpenFlag, Right } from "../../sdk/wasi";
import { Buffer, Bytes, concat, equal, isSpace, at, parseCount, bytes } from "../bytes";
import { join, open, opened, readToEnd } from "../files";
import { writeAll } from "../output";
import { HISTFILE, HISTSIZE, HOME } from "../variables";

const SIZE = 500;
const SIZE_MAX = 100_000;
const NAME = bytes(".sh_history");
const NEWLINE = bytes("\n");

export class History {
  readonly lines: Array<Bytes> = [];
  private isRead: bool = false;

  /** How many lines are kept. */
  private get most(): i32 {
    const value = HISTSIZE.value;
    const told = value ? parseCount(value) : -1;
    return told >= 0 ? min(told, SIZE_MAX) : SIZE;
  }

  private get path(): Bytes | null {
    const told = HISTFILE.value;
    if (told) return told.byteLength > 0 ? told : null;
    const home = HOME.value;
    return home && home.byteLength > 0 ? join(home, NAME) : null;
  }

  /** Reads the file, once. */
  read(): void {
    if (this.isRead) return;
    this.isRead = true;
    const path = this.path;
    if (!path || open(path, 0, Right.read | Right.filestat | Right.poll, 0) != Errno.success) return;
    const text = new Buffer(4096);
    readToEnd(opened, text);
    fd_close(opened);
    let from = 0;
    for (let index = 0; index < text.length; index++) {
      if (text.at(index) != 0x0a) continue;
      if (index > from) this.lines.push(text.slice(from, index));
      from = index + 1;
    }
    const most = this.most;
    if (this.lines.length <= most) return;
    const isLong = this.lines.length > 2 * most;
    this.lines.splice(0, this.lines.length - most);
    if (isLong) this.rewrite(path);
  }

  private rewrite(path: Bytes): void {
    if (open(path, OpenFlag.create | OpenFlag.truncate, Right.write | Right.filestat, 0) != Errno.success) return;
    const text = new Buffer(4096);
    for (let index = 0; index < this.lines.length; index++) text.add(this.lines[index]).text("\n");
    writeAll(opened, text.address, text.length);
    fd_close(opened);
  }

  /** Keeps a line, unless it is blank or the same as the last. */
  add(line: Bytes): void {
    let blank = true;
    for (let index = 0; index < line.byteLength && blank; index++) blank = isSpace(at(line, index));
    if (blank || this.lines.length > 0 && equal(this.lines[this.lines.length - 1], line)) return;
    this.lines.push(line);
    const most = this.most;
    while (this.lines.length > most) this.lines.shift();
    const path = this.path;
    if (!path || most == 0) return;
    if (open(path, OpenFlag.create, Right.write | Right.filestat, FdFlag.append) != Errno.success) return;
    const text = concat(line, NEWLINE);
    writeAll(opened, changetype<usize>(text), text.byteLength);
    fd_close(opened);
  }
}
