/** Byte strings, as the kit has them, and what a shell asks of them besides. */
import { at, Bytes, characterLength as characterLengthAt, copyOf, EMPTY, isDigit } from "../sdk/bytes";
import { Buffer as Growing } from "../sdk/buffer";
import { DECIMAL_MAX, putDecimal } from "../sdk/decimal";

export { at, bytes, Bytes, compare, concat, copyOf, EMPTY, equal, hexDigit, indexOf, is, isDigit, isSpace, lastIndexOf, slice, startsWith } from "../sdk/bytes";

const digits = memory.data(DECIMAL_MAX);

export function decimal(value: i64): Bytes {
  return copyOf(digits, putDecimal(digits, value));
}

/** A decimal number of digits only, or -1: also when it does not fit 31 bits. */
export function parseCount(value: Bytes): i32 {
  const length = value.byteLength;
  if (length == 0) return -1;
  let number: i64 = 0;
  for (let index = 0; index < length; index++) {
    if (!isDigit(at(value, index))) return -1;
    number = number * 10 + at(value, index) - 0x30;
    if (number > i32.MAX_VALUE) return -1;
  }
  return <i32>number;
}

// @ts-ignore: decorator
@inline
export function isNameStart(byte: i32): bool {
  return <u32>((byte | 0x20) - 0x61) < 26 || byte == 0x5f;
}

// @ts-ignore: decorator
@inline
export function isNameByte(byte: i32): bool {
  return isNameStart(byte) || isDigit(byte);
}

/** Whether this is a name as variables have. */
export function isName(value: Bytes): bool {
  const length = value.byteLength;
  if (length == 0 || !isNameStart(at(value, 0))) return false;
  for (let index = 1; index < length; index++) if (!isNameByte(at(value, index))) return false;
  return true;
}

/** How many bytes the UTF-8 character at `index` has; 1 for what is no well-formed character. */
export function characterLength(value: Bytes, index: i32): i32 {
  return characterLengthAt(changetype<usize>(value) + index, changetype<usize>(value) + value.byteLength);
}

/** How many characters a value has. */
export function countCharacters(value: Bytes): i32 {
  let count = 0;
  for (let index = 0; index < value.byteLength; index += characterLength(value, index)) count++;
  return count;
}

/** Bytes that grow, to which things are added one after the other, and that can be edited. */
export class Buffer extends Growing {
  constructor(capacity: i32 = 64) {
    super(capacity);
  }

  text(text: string): this {
    this.appendText(text);
    return this;
  }

  add(value: Bytes): this {
    this.append(value);
    return this;
  }

  number(value: i64): this {
    this.appendDecimal(value);
    return this;
  }

  u32(value: u32): void {
    this.reserve(4);
    store<u32>(this.address + this.length, value);
    this.length += 4;
  }

  /** `length` times one byte. */
  fill(byte: u8, length: i32): void {
    if (length <= 0) return;
    this.reserve(length);
    memory.fill(this.address + this.length, byte, length);
    this.length += length;
  }

  /** Makes room for `length` bytes after those that are there, and tells where they go. */
  room(length: i32): usize {
    this.reserve(length);
    return this.address + this.length;
  }

  remove(from: i32, count: i32): void {
    const address = this.address + from;
    memory.copy(address, address + count, this.length - from - count);
    this.length -= count;
  }

  /** Puts bytes before what is at `index`. */
  insert(index: i32, value: Bytes): void {
    const count = value.byteLength;
    this.reserve(count);
    const address = this.address + index;
    memory.copy(address + count, address, this.length - index);
    memory.copy(address, changetype<usize>(value), count);
    this.length += count;
  }

  slice(from: i32, to: i32): Bytes {
    return from >= to ? EMPTY : copyOf(this.address + from, to - from);
  }

  /** A copy of all. */
  copy(): Bytes {
    return this.slice(0, this.length);
  }

  /** A copy of all, and empty again. */
  take(): Bytes {
    const made = this.copy();
    this.length = 0;
    return made;
  }
}
