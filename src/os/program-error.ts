import { IsolaError } from "#base";

/** A module that is no program: it lacks what a program is started by, or has more than any process can. */
export class ProgramError extends IsolaError {
  readonly code: "os/no-start" | "os/no-fuel" | "os/start-type" | "os/memories" | "os/tables";
  constructor(code: ProgramError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
