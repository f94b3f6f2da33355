/**
 * The terminal that this process runs on, given over to a session: keys go in as they are typed, what
 * programs write comes out as it is, and the line discipline is that of the session's own terminal.
 */
import type { Terminal } from "#os";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * Node's raw mode leaves it to the terminal to return the carriage before each line feed. The session's terminal has
 * done that already, so the carriage returns right before line feeds go. One at the end of what was written is kept
 * until more comes: it shows no difference before.
 */
export class LineEnds {
  /** A carriage return at the end of what came before is still to be written. */
  #held = false;

  convert(bytes: Uint8Array): Uint8Array {
    const converted = new Uint8Array(bytes.length + 1);
    let length = 0;
    for (const byte of bytes) {
      if (this.#held && byte !== LINE_FEED) converted[length++] = CARRIAGE_RETURN;
      this.#held = byte === CARRIAGE_RETURN;
      if (!this.#held) converted[length++] = byte;
    }
    return converted.subarray(0, length);
  }
}

/** Gives the host's terminal back; idempotent. */
export type Release = () => void;

/** The size of the window; what nobody knows is 0. */
export function windowSize(): { readonly rows: number; readonly columns: number } {
  const { rows = 0, columns = 0 } = process.stdout.isTTY ? process.stdout : process.stderr;
  return { rows: rows || 0, columns: columns || 0 };
}

/** Whether somebody types here. */
export function hasKeyboard(): boolean {
  return process.stdin.isTTY;
}

/**
 * Connects `terminal` with the host's until it is released. `done` resolves when everything that programs wrote has
 * been shown.
 */
export function connectTerminal(terminal: Terminal): { readonly release: Release; readonly done: Promise<void> } {
  const { stdin } = process;
  const screen = process.stdout.isTTY ? process.stdout : process.stderr;
  const writer = terminal.writable.getWriter();
  let released = false;

  const type = (bytes: Uint8Array): void => {
    // What is typed faster than programs read waits in the stream; it is a person's.
    writer.write(bytes).catch(() => undefined);
  };
  const hangUp = (): void => terminal.hangUp();
  const resize = (): void => {
    const { rows, columns } = windowSize();
    terminal.resize(rows, columns);
  };
  const restore = (): void => void stdin.setRawMode(false);

  stdin.setRawMode(true);
  process.once("exit", restore);
  stdin.on("data", type);
  stdin.once("end", hangUp);
  screen.on("resize", resize);

  const show = async (): Promise<void> => {
    const lines = new LineEnds();
    for await (const bytes of terminal.readable) {
      if (!screen.write(lines.convert(bytes))) await new Promise<void>((resolve) => screen.once("drain", resolve));
    }
  };
  const release = (): void => {
    if (released) return;
    released = true;
    stdin.off("data", type);
    stdin.off("end", hangUp);
    screen.off("resize", resize);
    process.off("exit", restore);
    restore();
    stdin.pause();
  };
  return { release, done: show() };
}
