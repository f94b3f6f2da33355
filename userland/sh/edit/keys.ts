/** Keys, as a terminal sends them: bytes, characters of UTF-8, and sequences that begin with ESC. */
import { Errno } from "../../sdk/posix";
import { Buffer, Bytes, EMPTY } from "../bytes";
import { readSome } from "../files";

export namespace Key {
  /** A character to insert; its bytes are in `keyText`. */
  export const text: i32 = 0;
  /** Up to 31 and 127 are themselves. */
  export const backspace: i32 = 127;
  export const up: i32 = 256;
  export const down: i32 = 257;
  export const right: i32 = 258;
  export const left: i32 = 259;
  export const home: i32 = 260;
  export const end: i32 = 261;
  export const remove: i32 = 262;
  export const wordLeft: i32 = 263;
  export const wordRight: i32 = 264;
  export const removeWord: i32 = 265;
  export const killWordLeft: i32 = 266;
  export const yankPop: i32 = 267;
  /** Something that means nothing here. */
  export const unknown: i32 = 300;
  /** The terminal is gone. */
  export const closed: i32 = -1;
  /** A signal came. */
  export const signal: i32 = -2;
}

/** The character of `Key.text`. */
export let keyText: Bytes = EMPTY;

export class Keys {
  private readonly queue: Buffer = new Buffer(1);

  constructor(private readonly real: i32) {}

  /** The next byte, and no more: what is typed ahead is for the command. `Key.closed` or `Key.signal` when there is none. */
  private byte(): i32 {
    this.queue.length = 0;
    const errno = readSome(this.real, this.queue, 1);
    if (errno == Errno.intr) return Key.signal;
    return errno == Errno.success && this.queue.length > 0 ? this.queue.at(0) : Key.closed;
  }

  /** As `byte`, in the middle of a key: a signal has to wait. */
  private more(): i32 {
    let byte = this.byte();
    while (byte == Key.signal) byte = this.byte();
    return byte;
  }

  next(): i32 {
    const byte = this.byte();
    if (byte < 0) return byte;
    if (byte == 0x1b) return this.escape();
    if (byte < 0x20 || byte == 0x7f) return byte;
    const length = byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1;
    const text = new ArrayBuffer(length);
    store<u8>(changetype<usize>(text), <u8>byte);
    for (let index = 1; index < length; index++) {
      const next = this.more();
      if (next < 0) return next;
      store<u8>(changetype<usize>(text) + index, <u8>next);
    }
    keyText = text;
    return Key.text;
  }

  private escape(): i32 {
    const byte = this.more();
    switch (byte) {
      case Key.closed: return Key.closed;
      case 0x5b: return this.sequence();
      case 0x4f: return letterKey(this.more(), 0);
      case 0x62: return Key.wordLeft;
      case 0x66: return Key.wordRight;
      case 0x64: return Key.removeWord;
      case 0x79: return Key.yankPop;
      case 0x08: case 0x7f: return Key.killWordLeft;
      default: return Key.unknown;
    }
  }

  /** After `ESC [`: numbers with semicolons, and a last byte. */
  private sequence(): i32 {
    let first = 0;
    let second = 0;
    let parameters = 0;
    for (let count = 0; count < 32; count++) {
      const byte = this.more();
      if (byte < 0) return byte;
      if (byte >= 0x30 && byte <= 0x39) {
        const digit = byte - 0x30;
        if (parameters == 0) first = min(first * 10 + digit, 1000);
        else second = min(second * 10 + digit, 1000);
      } else if (byte == 0x3b) parameters++;
      else if (byte == 0x7e) return numberKey(first);
      else if (byte >= 0x40 && byte <= 0x7e) return letterKey(byte, second);
    }
    return Key.unknown;
  }
}

/** `modifier`: 3 and 5 are with Alt and with Control. */
function letterKey(byte: i32, modifier: i32): i32 {
  const jumps = modifier == 3 || modifier == 5;
  switch (byte) {
    case 0x41: return Key.up;
    case 0x42: return Key.down;
    case 0x43: return jumps ? Key.wordRight : Key.right;
    case 0x44: return jumps ? Key.wordLeft : Key.left;
    case 0x46: return Key.end;
    case 0x48: return Key.home;
    case Key.closed: return Key.closed;
    default: return Key.unknown;
  }
}

function numberKey(number: i32): i32 {
  switch (number) {
    case 1: case 7: return Key.home;
    case 4: case 8: return Key.end;
    case 3: return Key.remove;
    default: return Key.unknown;
  }
}
