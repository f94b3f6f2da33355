/**
 * A terminal as the host holds it: what is typed goes into `writable`, what is to be shown comes out of
 * `readable`. Programs of the session that it is given to find it as their terminal.
 */
import { TerminalDevice, TerminalFile } from "#abi";
import type { TerminalSize } from "#abi";
import { checkOptions, mustBeNumber } from "#base";
import type { OptionRules } from "#base";
import type { File, Stat } from "#fs";
import { Output, inputStream } from "../streams.ts";

const SIZE: OptionRules<TerminalSize> = { rows: mustBeNumber, columns: mustBeNumber };

export class Terminal {
  /** What to show, with control sequences as programs wrote them. */
  readonly readable: Output;
  /** What is typed. Closing it hangs up. */
  readonly writable: WritableStream<Uint8Array | string>;
  /** The programs' side. */
  readonly device: TerminalDevice;

  /** 24 rows of 80 columns unless told. @throws OptionError */
  constructor(size?: TerminalSize) {
    if (size !== undefined) checkOptions(size, SIZE);
    this.device = new TerminalDevice(size);
    this.readable = new Output(this.device.screen);
    this.writable = inputStream(this.device.keyboard);
  }

  get size(): TerminalSize {
    return this.device.size;
  }
  /** Another size of the window; programs in the foreground are told. 0 for what nobody knows. */
  resize(rows: number, columns: number): void {
    this.device.resize({ rows, columns });
  }

  /** The person is gone: reads end, writes fail, and the session is sent HUP. */
  hangUp(): void {
    this.device.hangUp();
  }

  /** For a device such as /dev/tty: opening it opens this terminal. */
  open(stat: Stat): File {
    return new TerminalFile(this.device, stat);
  }
}
