/**
 * The characters of a script, from wherever they come, with the texts of aliases put in between. What was read of
 * the present command stays in `text`, so that a reader can go back in it and a job can show its words.
 */
import { at, Buffer, Bytes, equal } from "./bytes";

/** Where a script comes from. */
export abstract class Source {
  /** Left by ^C while a line was read. */
  interrupted: bool = false;

  /** Adds at least one more byte; false at the end. */
  abstract read(into: Buffer): bool;
}

/** A script that is there as a whole. */
export class TextSource extends Source {
  private done: bool = false;

  constructor(private readonly text: Bytes) {
    super();
  }

  read(into: Buffer): bool {
    if (this.done || this.text.byteLength == 0) return false;
    into.append(this.text);
    this.done = true;
    return true;
  }
}

/** The text of an alias that is being read. */
class Frame {
  position: i32 = 0;

  /** `within`: aliases that ended where this one stands, so that it may not lead back to them. */
  constructor(readonly name: Bytes, readonly text: Bytes, readonly within: Array<Bytes>) {}
}

const FRAMES_MAX = 200;

export class Input {
  readonly text: Buffer = new Buffer(256);
  position: i32 = 0;
  line: i32 = 1;
  /** Set when an alias ended whose text ends with a blank: the next word may be an alias too. */
  aliasNext: bool = false;
  private frames: Array<Frame> = [];
  /** Aliases whose text ended while the present token was read. */
  private ended: Array<Bytes> = [];
  private atEnd: bool = false;

  constructor(readonly source: Source) {}

  /** The next byte, or -1 at the end. */
  peek(): i32 {
    while (this.frames.length > 0) {
      const frame = this.frames[this.frames.length - 1];
      if (frame.position < frame.text.byteLength) return at(frame.text, frame.position);
      this.frames.pop();
      this.ended.push(frame.name);
      for (let index = 0; index < frame.within.length; index++) this.ended.push(frame.within[index]);
      const length = frame.text.byteLength;
      if (length > 0) {
        const last = at(frame.text, length - 1);
        if (last == 0x20 || last == 0x09) this.aliasNext = true;
      }
    }
    if (this.position < this.text.length) return this.text.at(this.position);
    return this.refill();
  }

  next(): i32 {
    const byte = this.peek();
    if (byte < 0) return byte;
    if (this.frames.length > 0) this.frames[this.frames.length - 1].position++;
    else {
      this.position++;
      if (byte == 0x0a) this.line++;
    }
    return byte;
  }

  /** As `peek`, past every backslash that has a newline after it. */
  peekJoined(): i32 {
    let byte = this.peek();
    while (byte == 0x5c && this.peekSecond() == 0x0a) {
      this.next();
      this.next();
      byte = this.peek();
    }
    return byte;
  }

  /** The byte after the next one, of the same text. */
  peekSecond(): i32 {
    if (this.frames.length > 0) {
      const frame = this.frames[this.frames.length - 1];
      return frame.position + 1 < frame.text.byteLength ? at(frame.text, frame.position + 1) : -1;
    }
    if (this.position + 1 >= this.text.length) {
      if (this.atEnd || !this.source.read(this.text)) return -1;
    }
    return this.text.at(this.position + 1);
  }

  /** Whether reading can go back to here with `backTo`. */
  get plain(): bool {
    return this.frames.length == 0;
  }

  backTo(position: i32, line: i32): void {
    this.position = position;
    this.line = line;
  }

  beginToken(): void {
    if (this.ended.length > 0) this.ended = [];
  }

  /** Forgets what was read: a new command begins. */
  beginCommand(): void {
    if (this.position == this.text.length) {
      this.text.clear();
      this.position = 0;
    } else if (this.position > 1 << 16) {
      this.text.remove(0, this.position);
      this.position = 0;
    }
  }

  /** Drops the rest of what was read: after an error on a terminal. */
  discard(): void {
    this.frames = [];
    this.ended = [];
    this.aliasNext = false;
    this.atEnd = false;
    this.text.clear();
    this.position = 0;
  }

  /** Reads on behind an end of the input: a terminal goes on after it. */
  readOn(): void {
    this.atEnd = false;
  }

  /** Reads the text of an alias next, unless it is being read already. */
  pushAlias(name: Bytes, text: Bytes): bool {
    if (this.frames.length >= FRAMES_MAX) return false;
    for (let index = 0; index < this.frames.length; index++) if (equal(this.frames[index].name, name)) return false;
    for (let index = 0; index < this.ended.length; index++) if (equal(this.ended[index], name)) return false;
    this.frames.push(new Frame(name, text, this.ended));
    this.ended = [];
    return true;
  }

  private refill(): i32 {
    if (this.atEnd) return -1;
    if (!this.source.read(this.text)) {
      this.atEnd = true;
      return -1;
    }
    return this.text.at(this.position);
  }
}
