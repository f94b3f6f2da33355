import { IsolaError } from "#base";

/**
 * - `os/hart-none`: there is no hart with this number, or no way to have one of its own.
 * - `os/hart-elsewhere`: what the program is given exists on another hart only.
 * - `os/hart-refused`: the other hart could not do it, for the reason in the message.
 * - `os/hart-ended`: the hart ended before it answered.
 */
export class HartError extends IsolaError {
  readonly code: "os/hart-none" | "os/hart-elsewhere" | "os/hart-refused" | "os/hart-ended";
  constructor(code: HartError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
