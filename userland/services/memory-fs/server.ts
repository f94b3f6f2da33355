/** The operations of the file service protocol on the nodes in memory. Each answers an errno; what else it answers it writes into `answer`. */
import { Status, clock_read } from "../../sdk/isola";
import { Quota } from "./data";
import { Entry, Kind, Node } from "./node";
import { Answer, DATA_MAX, Errno, Op, OpenFlag, Request, TimeFlag } from "./protocol";

const STAT_SIZE: u32 = 64;
const ENTRY_HEAD: u32 = 24;
/** What one client has open at once. */
const OPEN_MAX: i32 = 65_536;
const REALTIME: u32 = 1;
const NOW = memory.data(8);

/** A node that a client has open, and what for. */
class Open {
  constructor(
    readonly node: Node,
    readonly flags: u32,
  ) {}
}

export class Server {
  private readonly root: Node;
  private readonly open: (Open | null)[] = [];
  private readonly free: u32[] = [];

  constructor(
    private readonly request: Request,
    private readonly answer: Answer,
    private readonly quota: Quota,
  ) {
    this.root = new Node(Kind.directory, quota, now());
    this.root.opens = 1;
    this.open.push(new Open(this.root, 0));
  }

  serve(): u32 {
    const request = this.request;
    if (!request.valid) return Errno.inval;
    const opened = this.opened(request.node);
    if (!opened) return Errno.badf;
    const node = opened.node;
    const op = request.op;
    if (op == Op.close) return this.close(request.node);
    if (op == Op.stat) return this.stat(node);
    if (op == Op.setTimes) return this.setTimes(node);
    if (op == Op.sync) return Errno.success;
    if (node.kind == Kind.regular) return this.onFile(node, opened.flags, op);
    return this.onDirectory(node, op);
  }

  private onFile(file: Node, flags: u32, op: u32): u32 {
    const request = this.request;
    if (op == Op.read) return flags & OpenFlag.read ? this.read(file) : Errno.badf;
    if (!(flags & OpenFlag.write)) return Errno.badf;
    if (op == Op.write) return this.write(file, request.a);
    if (op == Op.append) return this.write(file, file.data.size);
    let errno: u32 = Errno.nosys;
    if (op == Op.truncate) errno = file.data.truncate(request.a);
    else if (op == Op.allocate) errno = this.allocate(file, request.a, request.b);
    if (errno == Errno.success) file.touch(now());
    return errno;
  }

  private onDirectory(here: Node, op: u32): u32 {
    if (op == Op.reopen) return this.give(here, 0);
    if (op == Op.entries) return this.entries(here);
    if (op == Op.openFile) return this.openFile(here);
    if (op == Op.mkdir) return this.make(here, this.newNode(Kind.directory));
    if (op == Op.symlink) {
      const link = this.newNode(Kind.symlink);
      link.target = this.request.otherName;
      return this.make(here, link);
    }
    const node = here.find(this.request.name);
    if (!node) return Errno.noent;
    if (op == Op.statEntry) return this.stat(node);
    if (op == Op.setEntryTimes) return this.setTimes(node);
    if (op == Op.openDirectory) {
      if (node.kind == Kind.symlink) return Errno.loop;
      return node.kind == Kind.directory ? this.give(node, 0) : Errno.notdir;
    }
    if (op == Op.readlink) {
      if (node.kind != Kind.symlink) return Errno.inval;
      this.answer.dataLength = <u32>String.UTF8.encodeUnsafe(changetype<usize>(node.target), node.target.length, this.answer.data);
      return Errno.success;
    }
    if (op == Op.rmdir) return this.rmdir(here, node);
    if (op == Op.unlink) return node.kind == Kind.directory ? Errno.isdir : this.drop(here, this.request.name, node);
    if (op == Op.link) return this.link(node);
    if (op == Op.rename) return this.rename(here, node);
    return Errno.nosys;
  }

  private read(file: Node): u32 {
    if (this.request.b > DATA_MAX) return Errno.inval;
    this.answer.dataLength = file.data.read(this.request.a, this.answer.data, <u32>this.request.b);
    file.accessed = now();
    return Errno.success;
  }

  private write(file: Node, offset: u64): u32 {
    const count = this.request.dataLength;
    if (count == 0) return Errno.success;
    const errno = file.data.write(offset, this.request.data, count);
    if (errno != Errno.success) return errno;
    file.touch(now());
    this.answer.a = count;
    return Errno.success;
  }

  private allocate(file: Node, offset: u64, length: u64): u32 {
    if (length == 0) return Errno.inval;
    if (offset + length < offset) return Errno.fbig;
    const errno = file.data.reserve(offset, offset + length);
    if (errno == Errno.success) file.data.size = max(file.data.size, offset + length);
    return errno;
  }

  private openFile(here: Node): u32 {
    const flags = <u32>this.request.a;
    const name = this.request.name;
    const node = here.find(name);
    if (!node) {
      if (!(flags & OpenFlag.create)) return Errno.noent;
      if (here.links == 0) return Errno.noent;
      const made = this.newNode(Kind.regular);
      const errno = this.give(made, flags);
      if (errno == Errno.success) {
        here.add(name, made);
        here.touch(now());
      }
      return errno;
    }
    if (flags & OpenFlag.create && flags & OpenFlag.exclusive) return Errno.exist;
    if (node.kind == Kind.symlink) return Errno.loop;
    if (node.kind == Kind.directory) return Errno.isdir;
    const errno = this.give(node, flags);
    if (errno == Errno.success && flags & OpenFlag.truncate) {
      node.data.truncate(0);
      node.touch(now());
    }
    return errno;
  }

  private make(here: Node, node: Node): u32 {
    const name = this.request.name;
    if (here.find(name)) return Errno.exist;
    if (here.links == 0) return Errno.noent;
    if (node.kind == Kind.directory) {
      node.parent = here;
      here.links++;
    }
    here.add(name, node);
    here.touch(now());
    return Errno.success;
  }

  private rmdir(here: Node, node: Node): u32 {
    if (node.kind != Kind.directory) return Errno.notdir;
    if (node.entries.length > 0) return Errno.notempty;
    return this.drop(here, this.request.name, node);
  }

  /** Takes a name away; the caller has checked that it may go. */
  private drop(here: Node, name: string, node: Node): u32 {
    here.remove(name);
    here.touch(now());
    this.unnamed(here, node);
    return Errno.success;
  }
  private unnamed(here: Node, node: Node): void {
    if (node.kind == Kind.directory) {
      here.links--;
      node.links = 0;
      node.parent = null;
    } else {
      node.links--;
      node.changed = now();
      node.release();
    }
  }

  private link(node: Node): u32 {
    const there = this.directory(this.request.other);
    if (!there) return Errno.badf;
    const name = this.request.otherName;
    if (there.find(name)) return Errno.exist;
    if (node.kind == Kind.directory) return Errno.perm;
    if (there.links == 0) return Errno.noent;
    there.add(name, node);
    node.links++;
    node.changed = now();
    there.touch(now());
    return Errno.success;
  }

  private rename(here: Node, moved: Node): u32 {
    const there = this.directory(this.request.other);
    if (!there) return Errno.badf;
    if (there.links == 0) return Errno.noent;
    const name = this.request.name;
    const toName = this.request.otherName;
    const isDirectory = moved.kind == Kind.directory;
    if (isDirectory && moved.contains(there)) return Errno.inval;
    const replaced = there.find(toName);
    if (replaced === moved) return Errno.success;
    if (replaced) {
      if (replaced.kind == Kind.directory) {
        if (replaced.contains(here)) return Errno.notempty;
        if (!isDirectory) return Errno.isdir;
        if (replaced.entries.length > 0) return Errno.notempty;
      } else if (isDirectory) return Errno.notdir;
      there.remove(toName);
      this.unnamed(there, replaced);
    }
    here.remove(name);
    there.add(toName, moved);
    if (isDirectory) {
      here.links--;
      there.links++;
      moved.parent = there;
    }
    const time = now();
    moved.changed = time;
    here.touch(time);
    there.touch(time);
    return Errno.success;
  }

  private entries(here: Node): u32 {
    const request = this.request;
    const answer = this.answer;
    let length: u32 = 0;
    let count: u64 = 0;
    for (let place = here.placeAfter(request.a); place < here.entries.length && count < request.b; place++) {
      const entry = here.entries[place];
      const size = <u32>String.UTF8.byteLength(entry.name);
      if (length + ENTRY_HEAD + size > DATA_MAX) break;
      writeEntry(answer.data + length, entry, size);
      length += ENTRY_HEAD + size;
      count++;
    }
    answer.dataLength = length;
    return Errno.success;
  }

  private stat(node: Node): u32 {
    const at = this.answer.data;
    store<u64>(at, node.ino);
    store<u64>(at, node.kind, 8);
    store<u64>(at, node.links, 16);
    store<u64>(at, node.kind == Kind.symlink ? <u64>String.UTF8.byteLength(node.target) : node.data.size, 24);
    store<u64>(at, node.accessed, 32);
    store<u64>(at, node.modified, 40);
    store<u64>(at, node.changed, 48);
    store<u64>(at, 0, 56);
    this.answer.dataLength = STAT_SIZE;
    return Errno.success;
  }

  private setTimes(node: Node): u32 {
    const request = this.request;
    const flags = request.other;
    const time = now();
    if (flags & TimeFlag.atime) node.accessed = request.a;
    if (flags & TimeFlag.atimeNow) node.accessed = time;
    if (flags & TimeFlag.mtime) node.modified = request.b;
    if (flags & TimeFlag.mtimeNow) node.modified = time;
    node.changed = time;
    return Errno.success;
  }

  private newNode(kind: u32): Node {
    return new Node(kind, this.quota, now());
  }

  /** Gives the client a number for what it has opened. */
  private give(node: Node, flags: u32): u32 {
    let number: u32;
    if (this.free.length > 0) number = this.free.pop();
    else if (this.open.length < OPEN_MAX) number = <u32>this.open.push(null) - 1;
    else return Errno.mfile;
    node.opens++;
    this.open[number] = new Open(node, flags);
    this.answer.a = number;
    return Errno.success;
  }

  private close(number: u32): u32 {
    if (number == 0) return Errno.badf;
    const node = this.open[number]!.node;
    this.open[number] = null;
    this.free.push(number);
    node.opens--;
    node.release();
    return Errno.success;
  }

  private opened(number: u32): Open | null {
    return number < <u32>this.open.length ? this.open[number] : null;
  }
  private directory(number: u32): Node | null {
    const opened = this.opened(number);
    return opened && opened.node.kind == Kind.directory ? opened.node : null;
  }
}

function writeEntry(at: usize, entry: Entry, size: u32): void {
  store<u64>(at, entry.node.ino);
  store<u64>(at, entry.cookie, 8);
  store<u32>(at, entry.node.kind, 16);
  store<u32>(at, size, 20);
  String.UTF8.encodeUnsafe(changetype<usize>(entry.name), entry.name.length, at + ENTRY_HEAD);
}

function now(): u64 {
  return clock_read(REALTIME, NOW) == Status.ok ? load<u64>(NOW) : 0;
}
