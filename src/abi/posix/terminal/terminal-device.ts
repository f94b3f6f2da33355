/**
 * A terminal: a keyboard and a screen that the host holds, with a line discipline between them and the
 * programs. It has one foreground group, which gets the signals of the keyboard.
 *
 * Programs read and write it through `ByteSource` and `ByteSink`; the host gives what is typed to
 * `keyboard` and takes what is shown from `screen`. When the host hangs up, reads meet the end and
 * writes break. Nothing here knows processes: signals go to `onSignal`.
 */
import { BROKEN, WOULD_BLOCK, WaitQueue, createPipe } from "#kernel";
import type { ByteSink, ByteSource } from "#kernel";
import { PosixSignal } from "../signals.ts";
import { LocalFlag, OutputFlag, knownAttributes } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import { LineDiscipline } from "./line-discipline.ts";

const SCREEN_BYTES = 64 * 1024;
/** Room on the screen that only echo uses, so that what is typed shows while a program floods it. */
const ECHO_BYTES = 4096;
/** Larger screens than this are mistakes. */
const SIZE_MAX = 0xffff;
const LF = 0x0a;
const CR_LF = Uint8Array.of(0x0d, LF);

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export class TerminalDevice implements ByteSource, ByteSink {
  readonly readable = new WaitQueue();
  /** What is to be shown, for the host. */
  readonly screen: ByteSource;
  readonly #screen: ByteSink;
  readonly #discipline: LineDiscipline;
  readonly #keyboardRoom = new WaitQueue();
  readonly #writable = new WaitQueue();
  #size: TerminalSize;
  #hungUp = false;
  /** The group that may read, and gets signals; 0 for none. */
  foreground = 0;
  /** Sends a signal to the foreground group, or with "hangup" to those whose terminal this is. */
  onSignal: ((signal: number, to: "foreground" | "hangup") => void) | undefined = undefined;

  constructor(size: TerminalSize = { rows: 24, columns: 80 }) {
    const pipe = createPipe(SCREEN_BYTES);
    this.screen = pipe.source;
    this.#screen = pipe.sink;
    this.#size = checkedSize(size);
    this.#discipline = new LineDiscipline({
      echo: (bytes) => this.#echo(bytes),
      signal: (signal) => {
        this.#keyboardRoom.wakeAll();
        this.onSignal?.(signal, "foreground");
      },
    });
  }

  // ---- For the host

  /** Where the host puts what is typed. Closing it hangs up. */
  readonly keyboard: ByteSink = keyboardOf(this);

  /** Takes what is typed. */
  type(bytes: Uint8Array): number {
    if (this.#hungUp) return BROKEN;
    const count = this.#discipline.receive(bytes);
    if (this.#discipline.input.ready) this.readable.wakeAll();
    return count === 0 ? WOULD_BLOCK : count;
  }
  get keyboardRoom(): number {
    return this.#hungUp ? 0 : this.#discipline.input.room;
  }
  get keyboardWritable(): WaitQueue {
    return this.#keyboardRoom;
  }

  get size(): TerminalSize {
    return this.#size;
  }
  /** Tells the foreground group of another size. */
  resize(size: TerminalSize): void {
    const { rows, columns } = checkedSize(size);
    if (rows === this.#size.rows && columns === this.#size.columns) return;
    this.#size = { rows, columns };
    this.onSignal?.(PosixSignal.WINCH, "foreground");
  }

  /** The keyboard and the screen are gone. */
  hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.#discipline.input.clear();
    this.#screen.close();
    this.readable.wakeAll();
    this.#writable.wakeAll();
    this.#keyboardRoom.wakeAll();
    this.onSignal?.(PosixSignal.HUP, "hangup");
  }
  get hungUp(): boolean {
    return this.#hungUp;
  }

  // ---- For programs

  get attributes(): Attributes {
    return this.#discipline.attributes;
  }
  /** Unknown flags are dropped. */
  set attributes(attributes: Attributes) {
    this.#discipline.attributes = knownAttributes(attributes);
    if (this.#discipline.input.ready) this.readable.wakeAll();
  }
  /** Whether writing in the background stops. */
  get stopsBackgroundOutput(): boolean {
    return (this.attributes.lflag & LocalFlag.tostop) !== 0;
  }

  read(into: Uint8Array): number {
    const { input } = this.#discipline;
    if (!input.ready) return this.#hungUp ? 0 : WOULD_BLOCK;
    const wasFull = input.room === 0;
    const count = input.read(into);
    if (wasFull && input.room > 0) this.#keyboardRoom.wakeAll();
    return count;
  }
  get available(): number {
    return this.#discipline.input.available;
  }
  get ended(): boolean {
    return this.#hungUp || this.#discipline.input.atEnd;
  }

  get writable(): WaitQueue {
    return this.#hungUp ? this.#writable : this.#screen.writable;
  }
  get broken(): boolean {
    return this.#hungUp || this.#screen.broken;
  }
  get room(): number {
    return Math.max(0, this.#screen.room - ECHO_BYTES);
  }

  write(from: Uint8Array): number {
    if (this.broken) return BROKEN;
    if ((this.attributes.oflag & OutputFlag.opost) === 0 || (this.attributes.oflag & OutputFlag.onlcr) === 0) {
      return this.room === 0 ? WOULD_BLOCK : this.#screen.write(from.subarray(0, this.room));
    }
    let count = 0;
    while (count < from.length) {
      const { room } = this;
      if (from[count] === LF) {
        if (room < CR_LF.length) break;
        this.#screen.write(CR_LF);
        count++;
        continue;
      }
      if (room === 0) break;
      const next = from.indexOf(LF, count);
      count += this.#screen.write(from.subarray(count, Math.min(next < 0 ? from.length : next, count + room)));
    }
    return count === 0 ? WOULD_BLOCK : count;
  }

  /** Descriptors come and go; the terminal stays until the host hangs up. */
  close(): void {
    // Nothing is held for one of its users.
  }

  #echo(bytes: Uint8Array): void {
    const { oflag } = this.attributes;
    const shown = bytes.length === 1 && bytes[0] === LF && (oflag & OutputFlag.opost) !== 0 && (oflag & OutputFlag.onlcr) !== 0 ? CR_LF : bytes;
    // What has no room is not shown: nobody may make the system keep it.
    if (!this.#screen.broken && this.#screen.room >= shown.length) this.#screen.write(shown);
  }
}

function keyboardOf(terminal: TerminalDevice): ByteSink {
  return {
    write: (from) => terminal.type(from),
    get room() {
      return terminal.keyboardRoom;
    },
    get broken() {
      return terminal.hungUp;
    },
    get writable() {
      return terminal.keyboardWritable;
    },
    close: () => terminal.hangUp(),
  };
}

function checkedSize({ rows, columns }: TerminalSize): TerminalSize {
  const part = (value: number): number => (Number.isInteger(value) && value > 0 ? Math.min(value, SIZE_MAX) : 0);
  return { rows: part(rows), columns: part(columns) };
}
