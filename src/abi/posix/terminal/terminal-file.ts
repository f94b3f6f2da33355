/** A terminal that was opened by name, such as /dev/tty: opening makes a descriptor on the terminal itself of it. */
import { FileKind, FsError } from "#fs";
import type { File, Stat } from "#fs";
import type { TerminalDevice } from "./terminal-device.ts";

export class TerminalFile implements File {
  readonly kind = "file";
  readonly fileKind = FileKind.character;
  readonly terminal: TerminalDevice;
  readonly #stat: Stat;

  constructor(terminal: TerminalDevice, stat: Stat) {
    this.terminal = terminal;
    this.#stat = stat;
  }

  stat(): Stat {
    return this.#stat;
  }
  close(): void {
    // The terminal outlives those who opened it.
  }

  // For those who open it outside of a session: files cannot wait for a keyboard.
  read(): number {
    throw new FsError("nxio", "a terminal is read by the programs of its session");
  }
  write(): number {
    throw new FsError("nxio", "a terminal is written by the programs of its session");
  }
  append(): number {
    return this.write();
  }
  truncate(): void {
    throw new FsError("inval", "a terminal has no size");
  }
  allocate(): void {
    throw new FsError("nodev");
  }
  setTimes(): void {
    throw new FsError("perm");
  }
  sync(): void {
    throw new FsError("inval", "a terminal holds nothing back");
  }
}
