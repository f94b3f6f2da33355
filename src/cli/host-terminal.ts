/**
 * The terminal that this process runs on, given over to a session: keys go in as they are typed, what
 * programs write comes out as it is, and the line discipline is that of the session's own terminal.
 */
import type { Terminal } from "#os";

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
    for await (const bytes of terminal.readable) {
      if (!screen.write(bytes)) await new Promise<void>((resolve) => screen.once("drain", resolve));
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
