/**
 * The lines that a script of `sed` works on: those of all files together, or of each. Whether a line is the
 * last is found out by reading on, and only when somebody asks.
 */
import { Bytes } from "../../sdk/bytes";
import { Buffer } from "../../sdk/buffer";
import { Inputs } from "../../sdk/inputs";

export class Lines {
  /** Number of the line that was taken last. */
  number: i64 = 0;
  /** Whether it had its line feed. */
  terminated: bool = true;
  /** Whether the line in front is read already, or known not to be there. */
  private ahead: bool = false;
  private hasNext: bool = false;
  private opened: bool = false;

  constructor(readonly inputs: Inputs, private readonly separate: bool) {}

  /** Appends the next line to `to`; false when there is none. */
  take(to: Buffer): bool {
    if (!this.look()) return false;
    this.ahead = false;
    const input = this.inputs.input;
    to.appendRange(input.line, input.length);
    this.terminated = input.terminated;
    this.number++;
    return true;
  }

  get isLast(): bool {
    return !this.look();
  }

  /** With files that stand apart: goes to the next of them. */
  nextFile(): bool {
    this.ahead = false;
    this.opened = this.inputs.next();
    this.number = 0;
    return this.opened;
  }

  get name(): Bytes {
    return this.inputs.name;
  }

  private look(): bool {
    if (this.ahead) return this.hasNext;
    this.ahead = true;
    if (!this.opened) this.opened = !this.separate && this.inputs.next();
    while (this.opened) {
      if (this.inputs.input.next()) return (this.hasNext = true);
      if (this.separate) break;
      this.opened = this.inputs.next();
    }
    return (this.hasNext = false);
  }
}
