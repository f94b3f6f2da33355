/**
 * The line discipline: what a terminal makes of the bytes that come from its keyboard. By lines, with
 * editing, or raw; with signals and echo as its attributes say.
 *
 *     ^H ^?  the last character      ^W  the last word       ^U  the line
 *     ^D     the end of the input    ^C ^\ ^Z  signals, which also throw unread input away
 *
 * Pure: what is shown and which signals are sent goes to `LineEffects`.
 * Spec: POSIX.1-2024, Base Definitions 11.1, Interface Characteristics.
 */
import { PosixSignal } from "../signals.ts";
import { COOKED, InputFlag, LocalFlag } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import { columnsOf } from "./columns.ts";
import { EditedLine } from "./edited-line.ts";
import { InputQueue } from "./input-queue.ts";

export interface LineEffects {
  /** Bytes to show, as they are. */
  echo(bytes: Uint8Array): void;
  /** A signal for the foreground. */
  signal(signal: number): void;
}

const Key = { intr: 0x03, eof: 0x04, backspace: 0x08, tab: 0x09, lf: 0x0a, cr: 0x0d, kill: 0x15, werase: 0x17, susp: 0x1a, quit: 0x1c, space: 0x20, del: 0x7f } as const;
const SIGNALS: ReadonlyMap<number, number> = new Map([[Key.intr, PosixSignal.INT], [Key.quit, PosixSignal.QUIT], [Key.susp, PosixSignal.TSTP]]);
const BELL = Uint8Array.of(0x07);
const TAB_STOP = 8;

export class LineDiscipline {
  readonly input = new InputQueue();
  readonly #line = new EditedLine();
  readonly #effects: LineEffects;
  #attributes: Attributes = COOKED;

  constructor(effects: LineEffects) {
    this.#effects = effects;
  }

  get attributes(): Attributes {
    return this.#attributes;
  }
  set attributes(attributes: Attributes) {
    const wasByLine = this.#has(LocalFlag.icanon);
    this.#attributes = attributes;
    if (!wasByLine || this.#has(LocalFlag.icanon)) return;
    this.input.open();
    this.input.pushBytes(this.#line.take());
  }

  /** Takes bytes from the keyboard; gives how many, fewer when nobody reads what is there. */
  receive(bytes: Uint8Array): number {
    for (let index = 0; index < bytes.length; index++) {
      if (this.input.room === 0) return this.#receiveFull(bytes, index);
      this.#key(bytes[index]!);
    }
    return bytes.length;
  }

  /** Even when nothing more can be taken, a signal passes: what stands before it would be thrown away anyway. */
  #receiveFull(bytes: Uint8Array, from: number): number {
    if (!this.#has(LocalFlag.isig)) return from;
    for (let index = from; index < bytes.length; index++) {
      if (SIGNALS.has(bytes[index]!)) {
        this.#key(bytes[index]!);
        return index + 1;
      }
    }
    return from;
  }

  /** The keyboard has gone. */
  end(): void {
    this.input.pushRecord(this.#line.take());
  }

  #has(flag: number): boolean {
    return (this.#attributes.lflag & flag) !== 0;
  }

  #key(typed: number): void {
    const key = typed === Key.cr && (this.#attributes.iflag & InputFlag.icrnl) !== 0 ? Key.lf : typed;
    const signal = this.#has(LocalFlag.isig) ? SIGNALS.get(key) : undefined;
    if (signal !== undefined) {
      this.#line.eraseAll();
      this.input.clear();
      this.#echoKey(key);
      this.#effects.signal(signal);
    } else if (this.#has(LocalFlag.icanon)) {
      this.#lineKey(key);
    } else {
      this.#echoKey(key);
      this.input.pushBytes(Uint8Array.of(key));
    }
  }

  #lineKey(key: number): void {
    switch (key) {
      case Key.lf:
        this.#echoKey(key);
        this.input.pushRecord(Uint8Array.of(...this.#line.take(), key));
        return;
      case Key.eof:
        this.input.pushRecord(this.#line.take());
        return;
      case Key.backspace:
      case Key.del:
        return this.#rubOut(this.#line.erase());
      case Key.werase:
        return this.#rubOut(this.#line.eraseWord());
      case Key.kill:
        return this.#rubOut(this.#line.eraseAll());
      default:
        if (this.#line.push(key, this.#columnsOf(key))) {
          this.#echoKey(key);
          if (key >= 0x80) this.#line.widenLast(columnsOf(this.#line.last()));
        } else if (this.#has(LocalFlag.echo)) {
          this.#effects.echo(BELL);
        }
    }
  }

  /** Columns of what `#echoKey` shows; of a character in several bytes the first has one until all are there. */
  #columnsOf(key: number): number {
    if (key === Key.tab) return TAB_STOP - (this.#line.columns % TAB_STOP);
    if ((key & 0xc0) === 0x80 && this.#line.length > 0) return 0;
    return isControl(key) ? 2 : 1;
  }

  #echoKey(key: number): void {
    if (!this.#has(LocalFlag.echo)) return;
    this.#effects.echo(isControl(key) && key !== Key.tab && key !== Key.lf ? Uint8Array.of(0x5e, key ^ 0x40) : Uint8Array.of(key));
  }

  #rubOut(columns: number): void {
    if (columns <= 0 || !this.#has(LocalFlag.echo)) return;
    const bytes = new Uint8Array(columns * 3);
    for (let column = 0; column < columns; column++) bytes.set([Key.backspace, Key.space, Key.backspace], column * 3);
    this.#effects.echo(bytes);
  }
}

function isControl(key: number): boolean {
  return key < Key.space || key === Key.del;
}
