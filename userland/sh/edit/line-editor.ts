/**
 * Line editing: the keys of Emacs, as shells have them. The terminal is in raw mode only while a line is read.
 */
import { at, Buffer, Bytes, characterLength, copyOf, EMPTY, isSpace, slice, startsWith } from "../bytes";
import { handleSignals, hasSignals } from "../signals";
import { shell, Unwind } from "../state";
import { enterRaw, leaveRaw } from "../terminal";
import { complete, inColumns } from "./completion";
import { History } from "./history";
import { Key, Keys, keyText } from "./keys";
import { KillRing } from "./kill-ring";
import { Screen } from "./screen";

/** How a line ended. */
export namespace LineEnd {
  export const entered: i32 = 0;
  export const interrupted: i32 = 1;
  export const closed: i32 = 2;
  /** The terminal cannot do what editing needs. */
  export const plain: i32 = 3;
}

/** More candidates than this are not listed. */
const LISTED_MAX = 500;

export class LineEditor {
  /** The line that was entered, without its end. */
  line: Bytes = EMPTY;
  private readonly text: Buffer = new Buffer(128);
  private cursor: i32 = 0;
  private readonly keys: Keys;
  private readonly screen: Screen;
  private readonly kills: KillRing = new KillRing();
  /** The place in the history; at its end is the line that is being typed. */
  private place: i32 = 0;
  private typed: Bytes = EMPTY;
  /** The last key cut, or completed, or put back: what the next of its kind goes on from. */
  private lastKill: bool = false;
  private lastTab: bool = false;
  private yankFrom: i32 = -1;

  constructor(private readonly real: i32, private readonly history: History) {
    this.keys = new Keys(real);
    this.screen = new Screen(real);
  }

  /** Reads a line after a prompt. Answers a `LineEnd`. */
  read(prompt: Bytes): i32 {
    this.history.read();
    if (!enterRaw(this.real)) return LineEnd.plain;
    this.text.length = 0;
    this.cursor = 0;
    this.place = this.history.lines.length;
    this.typed = EMPTY;
    this.lastKill = false;
    this.lastTab = false;
    this.yankFrom = -1;
    this.screen.begin(prompt);
    this.draw();
    const end = this.edit(prompt);
    leaveRaw(this.real);
    this.line = this.text.copy();
    if (end == LineEnd.entered) this.history.add(this.line);
    return end;
  }

  private draw(): void {
    this.screen.draw(this.text.copy(), this.cursor);
  }

  private edit(prompt: Bytes): i32 {
    while (true) {
      let key = this.keys.next();
      if (key == 0x12) key = this.search(prompt);
      switch (key) {
        case Key.closed: return LineEnd.closed;
        case Key.signal:
          leaveRaw(this.real);
          if (hasSignals()) handleSignals();
          enterRaw(this.real);
          if (shell.unwind != Unwind.none) return LineEnd.interrupted;
          this.screen.measure();
          this.draw();
          continue;
        case 0x0d: case 0x0a:
          this.screen.finish(this.text.copy(), "");
          return LineEnd.entered;
        case 0x03:
          this.screen.finish(this.text.copy(), "^C");
          return LineEnd.interrupted;
        case 0x04:
          if (this.text.length == 0) {
            this.screen.finish(EMPTY, "");
            return LineEnd.closed;
          }
          key = Key.remove;
      }
      const kills = this.lastKill;
      const tab = this.lastTab;
      const yanked = this.yankFrom;
      this.lastKill = false;
      this.lastTab = false;
      this.yankFrom = -1;
      if (key == 0x09) this.completeWord(tab);
      else if (key == Key.yankPop) this.yankOlder(yanked);
      else this.apply(key, kills);
      this.draw();
    }
  }

  private apply(key: i32, joins: bool): void {
    switch (key) {
      case Key.text: return this.put(keyText);
      case 0x01: case Key.home:
        this.cursor = 0;
        return;
      case 0x05: case Key.end:
        this.cursor = this.text.length;
        return;
      case 0x02: case Key.left:
        this.cursor = this.before(this.cursor);
        return;
      case 0x06: case Key.right:
        this.cursor = this.after(this.cursor);
        return;
      case Key.wordLeft:
        this.cursor = this.wordBefore(this.cursor);
        return;
      case Key.wordRight:
        this.cursor = this.wordAfter(this.cursor);
        return;
      case 0x08: case Key.backspace: return this.removeRange(this.before(this.cursor), this.cursor);
      case Key.remove: return this.removeRange(this.cursor, this.after(this.cursor));
      case 0x0b: return this.kill(this.cursor, this.text.length, joins, false);
      case 0x15: return this.kill(0, this.cursor, joins, true);
      case 0x17: return this.kill(this.blankBefore(this.cursor), this.cursor, joins, true);
      case Key.killWordLeft: return this.kill(this.wordBefore(this.cursor), this.cursor, joins, true);
      case Key.removeWord: return this.kill(this.cursor, this.wordAfter(this.cursor), joins, false);
      case 0x19:
        this.yankFrom = this.cursor;
        return this.put(this.kills.current);
      case 0x14: return this.transpose();
      case 0x0c: return this.screen.clear();
      case 0x10: case Key.up: return this.recall(this.place - 1);
      case 0x0e: case Key.down: return this.recall(this.place + 1);
      default: this.screen.bell();
    }
  }

  /** Inserts at the cursor. */
  private put(value: Bytes): void {
    this.text.insert(this.cursor, value);
    this.cursor += value.byteLength;
  }

  private removeRange(from: i32, to: i32): void {
    if (from >= to) return this.screen.bell();
    this.text.remove(from, to - from);
    this.cursor = from;
  }

  private kill(from: i32, to: i32, joins: bool, atFront: bool): void {
    this.kills.add(this.text.slice(from, to), joins, atFront);
    this.text.remove(from, max(0, to - from));
    this.cursor = from;
    this.lastKill = true;
  }

  private yankOlder(from: i32): void {
    if (from < 0) return this.screen.bell();
    this.text.remove(from, this.cursor - from);
    this.cursor = from;
    this.put(this.kills.previous());
    this.yankFrom = from;
  }

  /** Where the character before an index begins. */
  private before(index: i32): i32 {
    if (index == 0) return 0;
    let from = index - 1;
    while (from > 0 && index - from < 4 && (this.text.at(from) & 0xc0) == 0x80) from--;
    return from;
  }

  private after(index: i32): i32 {
    if (index >= this.text.length) return this.text.length;
    const rest = copyOf(this.text.address + index, min(4, this.text.length - index));
    return index + characterLength(rest, 0);
  }

  /** Letters and digits, and all that is not ASCII, make words. */
  private isWord(index: i32): bool {
    const byte = <i32>this.text.at(index);
    return byte >= 0x80 || <u32>((byte | 0x20) - 0x61) < 26 || <u32>(byte - 0x30) < 10;
  }

  private wordBefore(from: i32): i32 {
    let index = from;
    while (index > 0 && !this.isWord(index - 1)) index--;
    while (index > 0 && this.isWord(index - 1)) index--;
    return index;
  }

  private wordAfter(from: i32): i32 {
    let index = from;
    while (index < this.text.length && !this.isWord(index)) index++;
    while (index < this.text.length && this.isWord(index)) index++;
    return index;
  }

  private blankBefore(from: i32): i32 {
    let index = from;
    while (index > 0 && isSpace(this.text.at(index - 1))) index--;
    while (index > 0 && !isSpace(this.text.at(index - 1))) index--;
    return index;
  }

  /** Exchanges the characters before and at the cursor. */
  private transpose(): void {
    if (this.cursor == 0 || this.text.length < 2) return this.screen.bell();
    const second = this.cursor == this.text.length ? this.before(this.cursor) : this.cursor;
    const first = this.before(second);
    const end = this.after(second);
    if (first == second) return this.screen.bell();
    const moved = this.text.slice(first, second);
    this.text.remove(first, second - first);
    this.cursor = end - (second - first);
    this.put(moved);
  }

  /** Another line of the history; the one that is being typed comes after the last. */
  private recall(place: i32): void {
    const lines = this.history.lines;
    if (place < 0 || place > lines.length) return this.screen.bell();
    if (this.place == lines.length) this.typed = this.text.copy();
    this.place = place;
    this.replaceAll(place == lines.length ? this.typed : lines[place]);
  }

  private replaceAll(value: Bytes): void {
    this.text.length = 0;
    this.text.append(value);
    this.cursor = this.text.length;
  }

  /** ^R: the last line that has a text in it, while the text is typed. Answers the key that ended the search. */
  private search(prompt: Bytes): i32 {
    const lines = this.history.lines;
    const before = this.text.copy();
    const wanted = new Buffer(32);
    let place = lines.length;
    let found = true;
    let key = 0;
    while (true) {
      this.screen.setPrompt(new Buffer(64).text(found ? "(reverse-i-search)`" : "(failed reverse-i-search)`").add(wanted.copy()).text("': ").copy());
      this.draw();
      key = this.keys.next();
      let next = place;
      if (key == Key.text) wanted.append(keyText);
      else if (key == 0x12) next = place - 1;
      else if ((key == 0x08 || key == Key.backspace) && wanted.length > 0) {
        do wanted.length--; while (wanted.length > 0 && (wanted.at(wanted.length) & 0xc0) == 0x80);
        next = lines.length - 1;
      } else break;
      if (wanted.length == 0) continue;
      const text = wanted.copy();
      next = min(next, lines.length - 1);
      while (next >= 0 && indexIn(lines[next], text) < 0) next--;
      found = next >= 0;
      if (!found) continue;
      place = next;
      this.place = next;
      this.replaceAll(lines[next]);
      this.cursor = indexIn(lines[next], text);
    }
    this.screen.setPrompt(lastLine(prompt));
    if (key == 0x07) {
      this.place = lines.length;
      this.replaceAll(before);
      this.draw();
      return 0x05;
    }
    return key;
  }

  private completeWord(again: bool): void {
    const completion = complete(this.text.copy(), this.cursor);
    const replacement = completion.replacement;
    if (replacement) {
      this.text.remove(completion.start, this.cursor - completion.start);
      this.cursor = completion.start;
      this.put(replacement);
      return;
    }
    const candidates = completion.candidates;
    this.lastTab = true;
    if (candidates.length == 0 || !again) return this.screen.bell();
    const text = candidates.length <= LISTED_MAX
      ? inColumns(candidates, this.screen.columns)
      : new Buffer(32).number(candidates.length).text(" possibilities\n").copy();
    this.screen.below(text, this.text.copy());
  }
}

function lastLine(prompt: Bytes): Bytes {
  let from = prompt.byteLength;
  while (from > 0 && at(prompt, from - 1) != 0x0a) from--;
  return slice(prompt, from);
}

/** Where a text is in a line, or -1. */
function indexIn(line: Bytes, text: Bytes): i32 {
  for (let index = 0; index + text.byteLength <= line.byteLength; index++) if (startsWith(slice(line, index), text)) return index;
  return -1;
}
