/**
 * The file service protocol as a service sees it: the request in a buffer, the answer in another.
 * docs/file-service.md describes it; src/fs/served/protocol.ts is the other side.
 */
export namespace Op {
  export const close: u32 = 1;
  export const stat: u32 = 2;
  export const setTimes: u32 = 3;
  export const sync: u32 = 4;
  export const read: u32 = 5;
  export const write: u32 = 6;
  export const append: u32 = 7;
  export const truncate: u32 = 8;
  export const allocate: u32 = 9;
  export const statEntry: u32 = 16;
  export const openDirectory: u32 = 17;
  export const openFile: u32 = 18;
  export const readlink: u32 = 19;
  export const mkdir: u32 = 20;
  export const rmdir: u32 = 21;
  export const unlink: u32 = 22;
  export const symlink: u32 = 23;
  export const link: u32 = 24;
  export const rename: u32 = 25;
  export const setEntryTimes: u32 = 26;
  export const entries: u32 = 27;
  export const reopen: u32 = 28;
}

export namespace OpenFlag {
  export const read: u32 = 1;
  export const write: u32 = 2;
  export const create: u32 = 4;
  export const exclusive: u32 = 8;
  export const truncate: u32 = 16;
}

export namespace TimeFlag {
  export const atime: u32 = 1;
  export const atimeNow: u32 = 2;
  export const mtime: u32 = 4;
  export const mtimeNow: u32 = 8;
}

/** Those of WASI preview 1 that a file system answers. */
export namespace Errno {
  export const success: u32 = 0;
  export const badf: u32 = 8;
  export const exist: u32 = 20;
  export const fbig: u32 = 22;
  export const inval: u32 = 28;
  export const isdir: u32 = 31;
  export const loop: u32 = 32;
  export const mfile: u32 = 33;
  export const noent: u32 = 44;
  export const nospc: u32 = 51;
  export const nosys: u32 = 52;
  export const notdir: u32 = 54;
  export const notempty: u32 = 55;
  export const perm: u32 = 63;
}

const REQUEST_HEAD: u32 = 40;
const ANSWER_HEAD: u32 = 16;
export const DATA_MAX: u32 = 64 * 1024;
export const MESSAGE_MAX: u32 = REQUEST_HEAD + 2 * 4096 + DATA_MAX;

/** The request that is served now. */
export class Request {
  readonly buffer: StaticArray<u8> = new StaticArray<u8>(<i32>MESSAGE_MAX);
  length: u32 = 0;

  get at(): usize {
    return changetype<usize>(this.buffer);
  }
  get id(): u32 {
    return load<u32>(this.at);
  }
  get op(): u32 {
    return load<u32>(this.at, 4);
  }
  get node(): u32 {
    return load<u32>(this.at, 8);
  }
  get other(): u32 {
    return load<u32>(this.at, 12);
  }
  get a(): u64 {
    return load<u64>(this.at, 16);
  }
  get b(): u64 {
    return load<u64>(this.at, 24);
  }
  private get nameLength(): u32 {
    return load<u32>(this.at, 32);
  }
  private get otherNameLength(): u32 {
    return load<u32>(this.at, 36);
  }
  get valid(): bool {
    return this.length >= REQUEST_HEAD && <u64>REQUEST_HEAD + <u64>this.nameLength + <u64>this.otherNameLength <= <u64>this.length;
  }
  get name(): string {
    return String.UTF8.decodeUnsafe(this.at + REQUEST_HEAD, this.nameLength);
  }
  get otherName(): string {
    return String.UTF8.decodeUnsafe(this.at + REQUEST_HEAD + this.nameLength, this.otherNameLength);
  }
  get data(): usize {
    return this.at + REQUEST_HEAD + this.nameLength + this.otherNameLength;
  }
  get dataLength(): u32 {
    return this.length - REQUEST_HEAD - this.nameLength - this.otherNameLength;
  }
}

/** The answer to it. */
export class Answer {
  readonly buffer: StaticArray<u8> = new StaticArray<u8>(<i32>(ANSWER_HEAD + DATA_MAX));
  length: u32 = ANSWER_HEAD;

  get at(): usize {
    return changetype<usize>(this.buffer);
  }
  /** Where data goes. */
  get data(): usize {
    return this.at + ANSWER_HEAD;
  }
  begin(id: u32): void {
    store<u32>(this.at, id);
    store<u32>(this.at, 0, 4);
    store<u64>(this.at, 0, 8);
    this.length = ANSWER_HEAD;
  }
  set errno(errno: u32) {
    store<u32>(this.at, errno, 4);
  }
  set a(value: u64) {
    store<u64>(this.at, value, 8);
  }
  set dataLength(length: u32) {
    this.length = ANSWER_HEAD + length;
  }
}
