/**
 * The file service protocol: how a file system is asked over a channel. docs/file-service.md has it in
 * words. A request has an id, which its answer repeats; answers may come in any order.
 *
 *     request   id:u32 op:u32 node:u32 other:u32 a:u64 b:u64 nameLength:u32 otherNameLength:u32, name, otherName, data
 *     answer    id:u32 error:u32 a:u64, data
 *
 * All numbers are little-endian; data is the rest of the message. `node` and `other` are numbers that the service
 * gave for what is open; the root is 0 and always open. `error` is 0 or an errno of WASI preview 1.
 */
import { joinBytes } from "#base";
import { FsError } from "../fs-error.ts";
import type { FsErrorCode } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { DirEntry, OpenOptions, SetTimes, Stat } from "../interface.ts";
import { checkName } from "../name.ts";

export const REQUEST_HEAD = 40;
export const ANSWER_HEAD = 16;
/** Bytes of data in one message. */
export const DATA_MAX = 64 * 1024;
/** Of one message, with two names. */
export const MESSAGE_MAX = REQUEST_HEAD + 2 * 4096 + DATA_MAX;
const STAT_SIZE = 64;
const ENTRY_HEAD = 24;

export const Op = {
  close: 1, stat: 2, setTimes: 3, sync: 4, read: 5, write: 6, append: 7, truncate: 8, allocate: 9,
  statEntry: 16, openDirectory: 17, openFile: 18, readlink: 19, mkdir: 20, rmdir: 21, unlink: 22, symlink: 23, link: 24, rename: 25,
  setEntryTimes: 26, entries: 27, reopen: 28,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** In `a` of openFile. */
const OpenFlag = { read: 1, write: 2, create: 4, exclusive: 8, truncate: 16 } as const;
/** In `other` of setTimes and setEntryTimes: whether `a` is the access time and `b` the modification time, or the present. */
const TimeFlag = { atime: 1, atimeNow: 2, mtime: 4, mtimeNow: 8 } as const;

const ERRNOS: Readonly<Record<FsErrorCode, number>> = {
  acces: 2, again: 6, badf: 8, busy: 10, dquot: 19, exist: 20, fbig: 22, ilseq: 25, intr: 27, inval: 28, io: 29, isdir: 31, loop: 32,
  mfile: 33, mlink: 34, nametoolong: 37, nfile: 41, nodev: 43, noent: 44, nomem: 48, nospc: 51, notdir: 54, notempty: 55, notsup: 58,
  nxio: 60, overflow: 61, perm: 63, pipe: 64, rofs: 69, spipe: 70, txtbsy: 74, xdev: 75, notcapable: 76,
};
const CODES = new Map(Object.entries(ERRNOS).map(([code, errno]) => [errno, code as FsErrorCode]));

export interface Request {
  readonly op: Op;
  readonly node: number;
  readonly other?: number;
  readonly a?: bigint;
  readonly b?: bigint;
  readonly name?: string;
  readonly otherName?: string;
  readonly data?: Uint8Array;
}
export interface Answer {
  readonly id: number;
  readonly errno: number;
  readonly a: bigint;
  readonly data: Uint8Array;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });
const NONE = new Uint8Array(0);

export function encodeRequest(id: number, request: Request): Uint8Array {
  const name = request.name === undefined ? NONE : ENCODER.encode(request.name);
  const otherName = request.otherName === undefined ? NONE : ENCODER.encode(request.otherName);
  const data = request.data ?? NONE;
  const bytes = new Uint8Array(REQUEST_HEAD + name.length + otherName.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, request.op, true);
  view.setUint32(8, request.node, true);
  view.setUint32(12, request.other ?? 0, true);
  view.setBigUint64(16, request.a ?? 0n, true);
  view.setBigUint64(24, request.b ?? 0n, true);
  view.setUint32(32, name.length, true);
  view.setUint32(36, otherName.length, true);
  bytes.set(name, REQUEST_HEAD);
  bytes.set(otherName, REQUEST_HEAD + name.length);
  bytes.set(data, REQUEST_HEAD + name.length + otherName.length);
  return bytes;
}

/** A request as the service reads it. */
export type ReceivedRequest = Required<Request> & { readonly id: number };

/** Undefined when it is no request at all. */
export function decodeRequest(bytes: Uint8Array): ReceivedRequest | undefined {
  if (bytes.length < REQUEST_HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const nameEnd = REQUEST_HEAD + view.getUint32(32, true);
  const otherEnd = nameEnd + view.getUint32(36, true);
  if (otherEnd > bytes.length) return undefined;
  try {
    return {
      id: view.getUint32(0, true), op: view.getUint32(4, true) as Op, node: view.getUint32(8, true), other: view.getUint32(12, true),
      a: view.getBigUint64(16, true), b: view.getBigUint64(24, true),
      name: DECODER.decode(bytes.subarray(REQUEST_HEAD, nameEnd)), otherName: DECODER.decode(bytes.subarray(nameEnd, otherEnd)),
      data: bytes.subarray(otherEnd),
    };
  } catch {
    return undefined;
  }
}

export function encodeAnswer(id: number, error: FsErrorCode | undefined, a: bigint, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ANSWER_HEAD + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, error === undefined ? 0 : ERRNOS[error], true);
  view.setBigUint64(8, a, true);
  bytes.set(data, ANSWER_HEAD);
  return bytes;
}

/** Undefined when it is no answer at all. */
export function decodeAnswer(bytes: Uint8Array): Answer | undefined {
  if (bytes.length < ANSWER_HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { id: view.getUint32(0, true), errno: view.getUint32(4, true), a: view.getBigUint64(8, true), data: bytes.subarray(ANSWER_HEAD) };
}

/** What an answer's errno means; `io` for one that no file operation fails with. */
export function errorOf(errno: number): FsError {
  const code = CODES.get(errno);
  return code === undefined ? new FsError("io", `the service answered errno ${errno}`) : new FsError(code);
}

/** What a service says that does not follow the protocol. */
export function broken(what: string): FsError {
  return new FsError("io", `the service answered ${what}`);
}

export function openFlags(options: OpenOptions): bigint {
  let flags = 0;
  for (const [name, bit] of Object.entries(OpenFlag)) if (options[name as keyof OpenOptions]) flags |= bit;
  return BigInt(flags);
}

export function openOptions(flags: bigint): OpenOptions {
  const has = (bit: number): boolean => (Number(flags) & bit) !== 0;
  return { read: has(OpenFlag.read), write: has(OpenFlag.write), create: has(OpenFlag.create), exclusive: has(OpenFlag.exclusive), truncate: has(OpenFlag.truncate) };
}

/** The times that a request sets. */
export function timesOf({ other, a, b }: ReceivedRequest): SetTimes {
  const time = (set: number, now: number, value: bigint): SetTimes["atime"] => ((other & now) !== 0 ? "now" : (other & set) !== 0 ? value : undefined);
  return { atime: time(TimeFlag.atime, TimeFlag.atimeNow, a), mtime: time(TimeFlag.mtime, TimeFlag.mtimeNow, b) };
}

/** The fields of a request that sets times. */
export function timeFields({ atime, mtime }: SetTimes): Pick<Request, "other" | "a" | "b"> {
  const flag = (time: SetTimes["atime"], set: number, now: number): number => (time === undefined ? 0 : time === "now" ? now : set);
  const value = (time: SetTimes["atime"]): bigint => (typeof time === "bigint" ? time : 0n);
  return { other: flag(atime, TimeFlag.atime, TimeFlag.atimeNow) | flag(mtime, TimeFlag.mtime, TimeFlag.mtimeNow), a: value(atime), b: value(mtime) };
}

/** Inode, kind, links, size and times, 8 bytes each; `dev` is ours to give, so that no service can claim a file of another. */
export function decodeStat(data: Uint8Array, dev: bigint, kinds: Kinds = "files"): Stat {
  if (data.length !== STAT_SIZE) throw broken("a stat of the wrong size");
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const field = (index: number): bigint => view.getBigUint64(index * 8, true);
  return {
    dev, ino: field(0), kind: kindOf(field(1), kinds), nlink: field(2), size: checkedSize(field(3)), atimeNs: field(4), mtimeNs: field(5), ctimeNs: field(6),
  };
}

/** What `decodeStat` reads. */
export function encodeStat({ ino, kind, nlink, size, atimeNs, mtimeNs, ctimeNs }: Stat): Uint8Array {
  const view = new DataView(new ArrayBuffer(STAT_SIZE));
  [ino, BigInt(kind), nlink, size, atimeNs, mtimeNs, ctimeNs].forEach((value, index) => view.setBigUint64(index * 8, value, true));
  return new Uint8Array(view.buffer);
}

/** What `decodeEntries` reads; of more than fit into a message the first, the reader comes back for the rest. */
export function encodeEntries(entries: readonly DirEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const { name, ino, kind, next } of entries) {
    const text = ENCODER.encode(name);
    if (length + ENTRY_HEAD + text.length > DATA_MAX) break;
    const part = new Uint8Array(ENTRY_HEAD + text.length);
    const view = new DataView(part.buffer);
    view.setBigUint64(0, ino, true);
    view.setBigUint64(8, next, true);
    view.setUint32(16, kind, true);
    view.setUint32(20, text.length, true);
    part.set(text, ENTRY_HEAD);
    parts.push(part);
    length += part.length;
  }
  return joinBytes(parts);
}

/** Entries, each `ino:u64 next:u64 kind:u32 nameLength:u32, name`. */
export function decodeEntries(data: Uint8Array, max: number, kinds: Kinds = "files"): DirEntry[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const entries: DirEntry[] = [];
  for (let at = 0; at < data.length; ) {
    if (entries.length === max || at + ENTRY_HEAD > data.length) throw broken("more entries than were asked for");
    const nameLength = view.getUint32(at + 20, true);
    const end = at + ENTRY_HEAD + nameLength;
    if (end > data.length) throw broken("an entry that is cut off");
    const next = view.getBigUint64(at + 8, true);
    if (next === 0n) throw broken("an entry whose cookie is 0");
    entries.push({ name: decodeName(data.subarray(at + ENTRY_HEAD, end)), ino: view.getBigUint64(at, true), kind: kindOf(BigInt(view.getUint32(at + 16, true)), kinds), next });
    at = end;
  }
  return entries;
}

export function decodeText(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw broken("text that is no UTF-8");
  }
}

function decodeName(bytes: Uint8Array): string {
  const name = decodeText(bytes);
  try {
    checkName(name);
  } catch {
    throw broken(`an entry named ${JSON.stringify(name)}`);
  }
  return name;
}
/** What a service may claim something to be: a program serves files and links only, the system itself also devices. */
export type Kinds = "files" | "all";

export function kindOf(value: bigint, kinds: Kinds): FileKind {
  if (kinds === "all" && Object.values(FileKind).includes(Number(value) as FileKind)) return Number(value) as FileKind;
  if (value !== BigInt(FileKind.directory) && value !== BigInt(FileKind.regular) && value !== BigInt(FileKind.symlink)) throw broken(`kind ${value} for a file`);
  return Number(value) as FileKind;
}
function checkedSize(size: bigint): bigint {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`${size} bytes as the size of a file`);
  return size;
}
