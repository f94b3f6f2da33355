/**
 * A file system that is served by a program, over a channel.
 *
 * What is open belongs to one life of the service: when it ends, all of it fails with `io`; the
 * root can be opened again as soon as the service has been started anew, since each opening asks for a
 * connection that lives.
 */
import { FsError } from "../fs-error.ts";
import type { Directory, DirEntry, File, FileKind, FileSystem, OpenOptions, SetTimes, Stat } from "../interface.ts";
import { checkByteCount, checkedEnd } from "../byte-count.ts";
import { checkLinkTarget, checkName } from "../name.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions, Transport } from "./connection.ts";
import { DATA_MAX, Op, broken, decodeEntries, decodeStat, decodeText, kindOf, openFlags, timeFields } from "./protocol.ts";
import type { Answer, Kinds, Request } from "./protocol.ts";

export interface ServedOptions extends ConnectionOptions {
  readonly name: string;
  /** What its directories say that they belong to, when another stands before this one. */
  readonly owner?: FileSystem;
  /** The way to the service as it lives now. @throws FsError while it does not. */
  readonly connect: () => Transport;
  /** Nothing may be changed. */
  readonly readOnly?: boolean;
  /** The service is the system itself, and may have devices, too. */
  readonly trusted?: boolean;
}

/** The node of the root, which is always open. */
const ROOT = 0;
/** `dev` of files, so that those of two services are never the same. */
let nextDevice = 0x7365_7276_0000n;

export class ServedFileSystem implements FileSystem {
  readonly name: string;
  readonly readOnly: boolean;
  readonly kinds: Kinds;
  readonly dev = nextDevice++;
  readonly #options: ServedOptions;
  #connection: Connection | undefined = undefined;

  /** What its directories belong to. */
  readonly shown: FileSystem;

  constructor(options: ServedOptions) {
    this.name = options.name;
    this.shown = options.owner ?? this;
    this.readOnly = options.readOnly ?? false;
    this.kinds = options.trusted === true ? "all" : "files";
    this.#options = options;
  }

  async root(): Promise<Directory> {
    const connection = this.#connect();
    return new ServedDirectory(this, connection, await opened(connection, { op: Op.reopen, node: ROOT }));
  }

  /** Lets go of the service; what is open fails. */
  close(): void {
    this.#connection?.end();
  }

  #connect(): Connection {
    if (this.#connection === undefined || this.#connection.ended) this.#connection = new Connection(this.#options.connect(), this.#options);
    return this.#connection;
  }
}

/** What files and directories have in common: a node of one connection, until it is closed. */
class ServedNode {
  readonly owner: ServedFileSystem;
  readonly connection: Connection;
  readonly #node: number;
  #open = true;

  constructor(owner: ServedFileSystem, connection: Connection, node: number) {
    this.owner = owner;
    this.connection = connection;
    this.#node = node;
  }

  /** @throws FsError `badf` after `close`. */
  get node(): number {
    if (!this.#open) throw new FsError("badf", "closed");
    return this.#node;
  }
  protected ask(op: Op, fields: Omit<Request, "op" | "node"> = {}): Promise<Answer> {
    return this.connection.ask({ ...fields, op, node: this.node });
  }
  protected async do(op: Op, fields: Omit<Request, "op" | "node"> = {}): Promise<void> {
    await this.ask(op, fields);
  }
  async stat(): Promise<Stat> {
    return decodeStat((await this.ask(Op.stat)).data, this.owner.dev, this.owner.kinds);
  }
  setTimes(times: SetTimes): Promise<void> {
    return this.do(Op.setTimes, timeFields(times));
  }
  sync(dataOnly: boolean): Promise<void> {
    return this.do(Op.sync, { a: dataOnly ? 1n : 0n });
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.connection.tell({ op: Op.close, node: this.#node });
  }
}

class ServedFile extends ServedNode implements File {
  readonly kind = "file";
  declare readonly fileKind?: FileKind;

  constructor(owner: ServedFileSystem, connection: Connection, node: number, fileKind: number | undefined) {
    super(owner, connection, node);
    if (fileKind !== undefined) this.fileKind = kindOf(BigInt(fileKind), owner.kinds);
  }

  async read(offset: number, into: Uint8Array): Promise<number> {
    checkByteCount(offset);
    let done = 0;
    // A service that gives less than was asked for is at the end.
    while (done < into.length) {
      const length = Math.min(DATA_MAX, into.length - done);
      const { data } = await this.ask(Op.read, { a: BigInt(offset + done), b: BigInt(length) });
      if (data.length > length) throw broken("more bytes than were asked for");
      into.set(data, done);
      done += data.length;
      if (data.length < length) break;
    }
    return done;
  }

  async write(offset: number, from: Uint8Array): Promise<number> {
    checkedEnd(offset, from.length);
    let done = 0;
    do {
      const part = from.subarray(done, done + DATA_MAX);
      const count = countOf(await this.#orSoFar(done, this.ask(Op.write, { a: BigInt(offset + done), data: part })), part.length);
      done += count;
      if (count < part.length) break;
    } while (done < from.length);
    return done;
  }

  /** Of more than `DATA_MAX` bytes only so many, since each message is one operation. */
  async append(from: Uint8Array): Promise<number> {
    const part = from.subarray(0, DATA_MAX);
    return countOf(await this.ask(Op.append, { data: part }), part.length);
  }

  async truncate(size: number): Promise<void> {
    checkByteCount(size);
    await this.do(Op.truncate, { a: BigInt(size) });
  }
  async allocate(offset: number, length: number): Promise<void> {
    checkedEnd(offset, length);
    await this.do(Op.allocate, { a: BigInt(offset), b: BigInt(length) });
  }

  /** A write that fails after a part of it was done has written that part. */
  async #orSoFar(done: number, asked: Promise<Answer>): Promise<Answer> {
    try {
      return await asked;
    } catch (error) {
      if (done === 0) throw error;
      return { id: 0, errno: 0, a: 0n, data: new Uint8Array(0) };
    }
  }
}

class ServedDirectory extends ServedNode implements Directory {
  readonly kind = "directory";
  get fs(): FileSystem {
    return this.owner.shown;
  }

  async statEntry(name: string): Promise<Stat> {
    return decodeStat((await this.#named(Op.statEntry, name)).data, this.owner.dev, this.owner.kinds);
  }
  async openDirectory(name: string): Promise<Directory> {
    checkName(name);
    return new ServedDirectory(this.owner, this.connection, await opened(this.connection, { op: Op.openDirectory, node: this.node, name }));
  }
  async openFile(name: string, options: OpenOptions): Promise<File> {
    checkName(name);
    const answer = await this.connection.ask({ op: Op.openFile, node: this.node, name, a: openFlags(options) });
    return new ServedFile(this.owner, this.connection, nodeOf(answer), this.owner.kinds === "all" ? answer.data[0] : undefined);
  }
  async readlink(name: string): Promise<string> {
    const target = decodeText((await this.#named(Op.readlink, name)).data);
    checkLinkTarget(target);
    return target;
  }
  async mkdir(name: string): Promise<void> {
    await this.#named(Op.mkdir, name);
  }
  async rmdir(name: string): Promise<void> {
    await this.#named(Op.rmdir, name);
  }
  async unlink(name: string): Promise<void> {
    await this.#named(Op.unlink, name);
  }
  async symlink(name: string, target: string): Promise<void> {
    checkLinkTarget(target);
    await this.#named(Op.symlink, name, { otherName: target });
  }
  async link(name: string, to: Directory, toName: string): Promise<void> {
    checkName(toName);
    await this.#named(Op.link, name, { other: this.#nodeOf(to), otherName: toName });
  }
  async rename(name: string, to: Directory, toName: string): Promise<void> {
    checkName(toName);
    await this.#named(Op.rename, name, { other: this.#nodeOf(to), otherName: toName });
  }
  async setEntryTimes(name: string, times: SetTimes): Promise<void> {
    await this.#named(Op.setEntryTimes, name, timeFields(times));
  }
  async entries(cookie: bigint, max: number): Promise<readonly DirEntry[]> {
    return decodeEntries((await this.ask(Op.entries, { a: cookie, b: BigInt(max) })).data, max, this.owner.kinds);
  }
  async reopen(): Promise<Directory> {
    return new ServedDirectory(this.owner, this.connection, await opened(this.connection, { op: Op.reopen, node: this.node }));
  }

  async #named(op: Op, name: string, fields: Omit<Request, "op" | "node" | "name"> = {}): Promise<Answer> {
    checkName(name);
    return this.ask(op, { ...fields, name });
  }
  #nodeOf(to: Directory): number {
    if (!(to instanceof ServedDirectory) || to.owner !== this.owner) throw new FsError("xdev");
    if (to.connection !== this.connection) throw new FsError("io", "the service was started anew since this was opened");
    return to.node;
  }
}

/** Asks for something to be opened. */
async function opened(connection: Connection, request: Request): Promise<number> {
  return nodeOf(await connection.ask(request));
}

function nodeOf({ a }: Answer): number {
  if (a === 0n || a > 0xffff_ffffn) throw broken(`${a} as the number of what it opened`);
  return Number(a);
}

function countOf({ a }: Answer, most: number): number {
  if (a > BigInt(most)) throw broken("more bytes than it was given");
  return Number(a);
}
