/**
 * Fields: what the expansion of a word grows into. Three uses have three modes: fields that are split and matched
 * with file names, one text, and one pattern in which quoted characters are escaped.
 *
 * Field splitting works on what comes from expansions only, a byte at a time, and remembers between the pieces of
 * a word whether blanks of IFS ended a field.
 *
 * Spec: POSIX XCU 2.6.5 Field Splitting, 2.6.6 Pathname Expansion.
 */
import { at, Buffer, Bytes } from "./bytes";
import { glob } from "./glob";
import { hasMagicByte } from "./word-parts";
import { fail } from "./report";
import { Option, shell } from "./state";
import { IFS, watch } from "./variables";

export namespace Mode {
  export const fields: u8 = 0;
  export const text: u8 = 1;
  export const pattern: u8 = 2;
}

/** No value is longer, since the memory of a program has an end. */
export const VALUE_MAX = 64 << 20;

const TOO_LONG: Bytes = String.UTF8.encode("a value is too long");

/** For each byte: 0 no separator, 1 a blank of IFS, 2 another separator. */
const separators: usize = memory.data(256);

function readIfs(): void {
  memory.fill(separators, 0, 256);
  const value = IFS.value;
  watch.ifsChanged = false;
  if (!value) {
    store<u8>(separators + 0x20, 1);
    store<u8>(separators + 0x09, 1);
    store<u8>(separators + 0x0a, 1);
    return;
  }
  for (let index = 0; index < value.byteLength; index++) {
    const byte = at(value, index);
    store<u8>(separators + byte, byte == 0x20 || byte == 0x09 || byte == 0x0a ? 1 : 2);
  }
}

/** What a byte is for splitting; for `read` as well. */
export function separatorKind(byte: u8): u8 {
  if (watch.ifsChanged) readIfs();
  return load<u8>(separators + byte);
}

/** Whether nothing in a value would be split or matched. */
export function isOneField(value: Bytes): bool {
  if (watch.ifsChanged) readIfs();
  const length = value.byteLength;
  for (let index = 0; index < length; index++) {
    const byte = at(value, index);
    if (load<u8>(separators + byte) != 0 || byte == 0x2a || byte == 0x3f || byte == 0x5b) return false;
  }
  return length > 0;
}

export class Fields {
  mode: u8 = Mode.fields;
  private readonly text: Buffer = new Buffer(128);
  /** For each byte of the text, in the mode of fields: 1 when it is quoted. */
  private readonly marks: Buffer = new Buffer(128);
  /** There is a field, though it may be empty. */
  private active: bool = false;
  /** Blanks of IFS ended the field before; another separator belongs to them. */
  private blanksEnded: bool = false;
  /** An unquoted character of a pattern is in the field. */
  private magic: bool = false;
  private into: Array<Bytes> = [];

  begin(mode: u8, into: Array<Bytes>): void {
    this.mode = mode;
    this.into = into;
    this.text.length = 0;
    this.marks.length = 0;
    this.active = false;
    this.blanksEnded = false;
    this.magic = false;
  }

  /** Adds bytes that are not split. */
  literal(value: Bytes, quoted: bool): void {
    if (this.text.length + value.byteLength > VALUE_MAX) {
      fail(TOO_LONG, 2);
      return;
    }
    if (this.mode == Mode.fields) {
      this.text.append(value);
      this.marks.fill(quoted ? 1 : 0, value.byteLength);
      this.active = true;
      this.blanksEnded = false;
      if (!quoted && !this.magic && hasMagicByte(value)) this.magic = true;
    } else if (this.mode == Mode.text || !quoted) this.text.append(value);
    else escapeInto(this.text, value);
  }

  /** Adds the outcome of an expansion. */
  value(value: Bytes, quoted: bool): void {
    if (quoted || this.mode != Mode.fields) this.literal(value, quoted);
    else this.split(value);
  }

  /** Ends the present field, when there is one: between positional parameters. */
  next(): void {
    if (this.active) this.finishField();
    this.blanksEnded = false;
  }

  /** Makes sure that there is a field, though empty. */
  begun(): void {
    this.active = true;
  }

  private split(value: Bytes): void {
    if (watch.ifsChanged) readIfs();
    const length = value.byteLength;
    let from = 0;
    for (let index = 0; index < length; index++) {
      const byte = at(value, index);
      const kind = load<u8>(separators + byte);
      if (kind == 0) {
        if (byte == 0x2a || byte == 0x3f || byte == 0x5b) this.magic = true;
        continue;
      }
      if (index > from) this.run(value, from, index);
      from = index + 1;
      if (this.active) {
        this.finishField();
        this.blanksEnded = kind == 1;
      } else if (kind == 2) {
        if (this.blanksEnded) this.blanksEnded = false;
        else this.finishField();
      }
    }
    if (length > from) this.run(value, from, length);
  }

  private run(value: Bytes, from: i32, to: i32): void {
    if (this.text.length + to - from > VALUE_MAX) {
      fail(TOO_LONG, 2);
      return;
    }
    this.text.appendRange(changetype<usize>(value) + from, to - from);
    this.marks.fill(0, to - from);
    this.active = true;
    this.blanksEnded = false;
  }

  private finishField(): void {
    if (this.magic && !shell.has(Option.noglob) && this.isPattern()) {
      const pattern = new Buffer(this.text.length + 8);
      for (let index = 0; index < this.text.length; index++) {
        const byte = this.text.at(index);
        if (this.marks.at(index) != 0 && isPatternByte(byte)) pattern.push(0x5c);
        pattern.push(byte);
      }
      const found = glob(pattern.copy());
      if (found.length > 0) for (let index = 0; index < found.length; index++) this.into.push(found[index]);
      else this.into.push(this.text.copy());
    } else this.into.push(this.text.copy());
    this.text.length = 0;
    this.marks.length = 0;
    this.active = false;
    this.magic = false;
  }

  /** Whether a character of a pattern means something here: a bracket has to be closed. */
  private isPattern(): bool {
    let open = false;
    for (let index = 0; index < this.text.length; index++) {
      if (this.marks.at(index) != 0) continue;
      const byte = this.text.at(index);
      if (byte == 0x2a || byte == 0x3f || byte == 0x5d && open) return true;
      if (byte == 0x5b) open = true;
    }
    return false;
  }

  /** The word is over. */
  finish(): void {
    if (this.active) this.finishField();
  }

  /** The text or pattern. */
  take(): Bytes {
    return this.text.take();
  }
}

/** Whether a byte can mean more than itself in a pattern. */
function isPatternByte(byte: i32): bool {
  switch (byte) {
    case 0x2a: case 0x3f: case 0x5b: case 0x5d: case 0x5c: case 0x2d: case 0x21: case 0x5e: case 0x3a: return true;
    default: return false;
  }
}

function escapeInto(text: Buffer, value: Bytes): void {
  for (let index = 0; index < value.byteLength; index++) {
    const byte = at(value, index);
    if (isPatternByte(byte)) text.push(0x5c);
    text.push(byte);
  }
}
