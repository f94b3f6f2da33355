/**
 * The other side of the file service protocol: serves any file system over a transport.
 *
 * Requests run beside each other and are answered as they end. What is open here is open for the one
 * client of this transport, and is closed when the transport ends.
 */
import { FsError } from "../fs-error.ts";
import type { Directory, File, FileSystem } from "../interface.ts";
import type { Transport } from "./connection.ts";
import { DATA_MAX, Op, decodeRequest, encodeAnswer, encodeEntries, encodeStat, openOptions, timesOf } from "./protocol.ts";
import type { ReceivedRequest } from "./protocol.ts";

const ROOT = 0;
const NONE = new Uint8Array(0);
/** Entries that one answer lists at most. */
const ENTRIES_MAX = 1024;

interface Result {
  readonly a?: bigint;
  readonly data?: Uint8Array;
}

export class FileServer {
  readonly #transport: Transport;
  readonly #files: FileSystem;
  readonly #open = new Map<number, Directory | File>();
  #next = 1;
  #ended = false;

  /** Serves until the transport ends. */
  constructor(files: FileSystem, transport: Transport) {
    this.#files = files;
    this.#transport = transport;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const message = await this.#transport.receive();
      if (message === undefined) break;
      const request = decodeRequest(message);
      if (request !== undefined) void this.#serve(request);
    }
    this.#ended = true;
    for (const node of this.#open.values()) node.close();
    this.#open.clear();
  }

  async #serve(request: ReceivedRequest): Promise<void> {
    let answer: Uint8Array;
    try {
      const { a, data } = await this.#do(request);
      answer = encodeAnswer(request.id, undefined, a ?? 0n, data ?? NONE);
    } catch (error) {
      answer = encodeAnswer(request.id, error instanceof FsError ? error.code : "io", 0n, NONE);
    }
    // Nobody waits for the answer to a close.
    if (request.id !== 0 && !this.#ended) await this.#transport.send(answer).catch(() => undefined);
  }

  async #do(request: ReceivedRequest): Promise<Result> {
    const { op, node, a, b, name, data } = request;
    switch (op) {
      case Op.close: return this.#close(node);
      case Op.reopen: return this.#opened(node === ROOT ? await this.#files.root() : await this.#directory(node).reopen());
      case Op.stat: return { data: encodeStat(await this.#node(node).stat()) };
      case Op.setTimes: return this.#done(await this.#node(node).setTimes(timesOf(request)));
      case Op.sync: return this.#done(await this.#node(node).sync(a !== 0n));
      case Op.read: return this.#read(this.#file(node), Number(a), Number(b));
      case Op.write: return { a: BigInt(await this.#file(node).write(Number(a), data)) };
      case Op.append: return { a: BigInt(await this.#file(node).append(data)) };
      case Op.truncate: return this.#done(await this.#file(node).truncate(Number(a)));
      case Op.allocate: return this.#done(await this.#file(node).allocate(Number(a), Number(b)));
      case Op.statEntry: return { data: encodeStat(await this.#directory(node).statEntry(name)) };
      case Op.openDirectory: return this.#opened(await this.#directory(node).openDirectory(name));
      case Op.openFile: return this.#opened(await this.#directory(node).openFile(name, openOptions(a)));
      case Op.readlink: return { data: new TextEncoder().encode(await this.#directory(node).readlink(name)) };
      case Op.mkdir: return this.#done(await this.#directory(node).mkdir(name));
      case Op.rmdir: return this.#done(await this.#directory(node).rmdir(name));
      case Op.unlink: return this.#done(await this.#directory(node).unlink(name));
      case Op.symlink: return this.#done(await this.#directory(node).symlink(name, request.otherName));
      case Op.link: return this.#done(await this.#directory(node).link(name, this.#directory(request.other), request.otherName));
      case Op.rename: return this.#done(await this.#directory(node).rename(name, this.#directory(request.other), request.otherName));
      case Op.setEntryTimes: return this.#done(await this.#directory(node).setEntryTimes(name, timesOf(request)));
      case Op.entries: return { data: encodeEntries(await this.#directory(node).entries(a, Math.min(Number(b), ENTRIES_MAX))) };
      default: throw new FsError("notsup");
    }
  }

  async #read(file: File, offset: number, length: number): Promise<Result> {
    const into = new Uint8Array(Math.min(length, DATA_MAX));
    return { data: into.subarray(0, await file.read(offset, into)) };
  }

  #opened(node: Directory | File): Result {
    if (this.#ended) {
      node.close();
      throw new FsError("io");
    }
    const id = this.#next++;
    this.#open.set(id, node);
    // Of a device, what its `stat` says.
    return { a: BigInt(id), data: node.kind === "file" && node.fileKind !== undefined ? Uint8Array.of(node.fileKind) : NONE };
  }
  #close(id: number): Result {
    this.#open.get(id)?.close();
    this.#open.delete(id);
    return {};
  }
  #done(_value: void): Result {
    return {};
  }

  #node(id: number): Directory | File {
    const node = this.#open.get(id);
    if (node === undefined) throw new FsError("badf");
    return node;
  }
  #directory(id: number): Directory {
    const node = this.#node(id);
    if (node.kind !== "directory") throw new FsError("notdir");
    return node;
  }
  #file(id: number): File {
    const node = this.#node(id);
    if (node.kind !== "file") throw new FsError("isdir");
    return node;
  }
}
