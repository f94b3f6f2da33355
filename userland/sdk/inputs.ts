/**
 * The files that a filter reads: its operands one after the other, or standard input when there are
 * none. The operand "-" is standard input too. A file that cannot be read gives a complaint, and the next has its turn.
 */
import { Bytes, EMPTY, bytes, is } from "./bytes";
import { close, openToRead } from "./files";
import { Input } from "./input";
import { complainErrno } from "./program";

export class Inputs {
  /** The file that is read. */
  input: Input = new Input(0);
  /** Its name; "-" for standard input. */
  name: Bytes = EMPTY;
  /** Which operand it is, from 1 on. */
  index: i32 = 0;
  private opened: bool = false;

  constructor(private readonly operands: Bytes[]) {
    if (operands.length == 0) this.operands = [bytes("-")];
  }

  get isStandard(): bool {
    return is(this.name, "-");
  }

  /** Closes the file that was read, complains if that failed, and opens the next; false when there is none. */
  next(): bool {
    this.done();
    while (this.index < this.operands.length) {
      this.name = this.operands[this.index++];
      const fd = this.isStandard ? 0 : openToRead(this.name);
      if (fd >= 0) {
        this.input = new Input(fd);
        this.opened = true;
        return true;
      }
      complainErrno(this.name, -fd);
    }
    return false;
  }

  private done(): void {
    if (!this.opened) return;
    this.opened = false;
    if (this.input.errno != 0) complainErrno(this.name, this.input.errno);
    if (this.input.fd != 0) close(this.input.fd);
    this.input.free();
  }
}
