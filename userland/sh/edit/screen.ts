/**
 * The line on the screen, which may be longer than the screen is wide. It is drawn as a whole whenever it changed:
 * from the row where the prompt's last line begins, and what was below is erased.
 */
import { winsize } from "../../sdk/posix";
import { Buffer, Bytes, characterLength, EMPTY, lastIndexOf, slice } from "../bytes";
import { writeAll } from "../output";

const size: usize = memory.data(8);

/** How many columns a character takes. */
function widthOf(code: i32): i32 {
  if (code < 0x300) return 1;
  if (code <= 0x36f || code >= 0x200b && code <= 0x200f || code >= 0xfe00 && code <= 0xfe0f) return 0;
  const isWide = code >= 0x1100 && code <= 0x115f || code >= 0x2e80 && code <= 0xa4cf || code >= 0xac00 && code <= 0xd7a3 || code >= 0xf900 && code <= 0xfaff
    || code >= 0xfe30 && code <= 0xfe6f || code >= 0xff00 && code <= 0xff60 || code >= 0xffe0 && code <= 0xffe6 || code >= 0x1f300 && code <= 0x1faff || code >= 0x20000 && code <= 0x3fffd;
  return isWide ? 2 : 1;
}

function codeAt(text: Bytes, index: i32, length: i32): i32 {
  const first = <i32>load<u8>(changetype<usize>(text) + index);
  if (length == 1) return first;
  let code = first & (0x7f >> length);
  for (let next = 1; next < length; next++) code = code << 6 | (load<u8>(changetype<usize>(text) + index + next) & 0x3f);
  return code;
}

/** The columns of a text; sequences that begin with ESC [ take none. */
function columnsOf(text: Bytes): i32 {
  let columns = 0;
  let index = 0;
  while (index < text.byteLength) {
    const length = characterLength(text, index);
    const code = codeAt(text, index, length);
    index += length;
    if (code == 0x1b && index < text.byteLength && load<u8>(changetype<usize>(text) + index) == 0x5b) {
      index++;
      while (index < text.byteLength && load<u8>(changetype<usize>(text) + index) < 0x40) index++;
      index++;
    } else if (code < 0x20 || code == 0x7f) columns += code == 0x1b ? 0 : 2;
    else columns += widthOf(code);
  }
  return columns;
}

export class Screen {
  columns: i32 = 80;
  /** The row of the cursor, counted from where the line begins. */
  private row: i32 = 0;
  private prompt: Bytes = EMPTY;
  private readonly pending: Buffer = new Buffer(512);

  constructor(private readonly real: i32) {}

  measure(): void {
    const known = winsize(this.real, size, size + 4) == 0 ? load<i32>(size, 4) : 0;
    this.columns = known > 1 ? known : 80;
  }

  /** Begins a line: of the prompt only the last line is drawn again. */
  begin(prompt: Bytes): void {
    this.measure();
    this.row = 0;
    // What ran may have left the cursor in the middle of a row: as many blanks as a row has lead to the next one
    // then, and to the end of this one otherwise.
    this.pending.fill(0x20, this.columns);
    this.pending.push(0x0d);
    const lastLine = lastIndexOf(prompt, 0x0a) + 1;
    if (lastLine > 0) {
      this.show(slice(prompt, 0, lastLine));
      this.flush();
    }
    this.prompt = slice(prompt, lastLine);
  }

  /** Another prompt for the same line: while searching. */
  setPrompt(prompt: Bytes): void {
    this.prompt = prompt;
  }

  /** Draws the line with the cursor after `cursor` bytes of the text. */
  draw(text: Bytes, cursor: i32): void {
    const columns = this.columns;
    const pending = this.pending;
    this.toStart();
    pending.append(this.prompt);
    this.show(text);
    const promptColumns = columnsOf(this.prompt);
    const total = promptColumns + columnsOf(text);
    // The terminal wraps only when something follows.
    if (total > 0 && total % columns == 0) pending.text("\r\n");
    pending.text("\x1b[J");
    const place = promptColumns + columnsOf(slice(text, 0, cursor));
    const row = place / columns;
    const up = total / columns - row;
    if (up > 0) pending.text("\x1b[").number(up).text("A");
    pending.push(0x0d);
    const column = place % columns;
    if (column > 0) pending.text("\x1b[").number(column).text("C");
    this.row = row;
    this.flush();
  }

  /** Leaves the line: the cursor goes to the row below it. */
  finish(text: Bytes, mark: string): void {
    this.draw(text, text.byteLength);
    this.pending.text(mark).text("\r\n");
    this.row = 0;
    this.flush();
  }

  /** Shows a text below the line, which is drawn anew by the next `draw`. */
  below(text: Bytes, lineText: Bytes): void {
    this.draw(lineText, lineText.byteLength);
    this.pending.text("\r\n");
    this.show(text);
    this.row = 0;
    this.flush();
  }

  clear(): void {
    this.pending.text("\x1b[H\x1b[2J");
    this.row = 0;
  }

  bell(): void {
    this.pending.push(7);
    this.flush();
  }

  private toStart(): void {
    if (this.row > 0) this.pending.text("\x1b[").number(this.row).text("A");
    this.pending.push(0x0d);
  }

  /** Control characters are shown as ^X, but for line ends. */
  private show(text: Bytes): void {
    for (let index = 0; index < text.byteLength; index++) {
      const byte = load<u8>(changetype<usize>(text) + index);
      if (byte == 0x0a) this.pending.text("\r\n");
      else if (byte < 0x20 && byte != 0x1b || byte == 0x7f) {
        this.pending.push(0x5e);
        this.pending.push(byte ^ 0x40);
      } else this.pending.push(byte);
    }
  }

  private flush(): void {
    writeAll(this.real, this.pending.address, this.pending.length);
    this.pending.length = 0;
  }
}
