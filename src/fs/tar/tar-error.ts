/** What can be wrong with an archive. */
import { IsolaError } from "#base";

export type TarErrorCode =
  /** It ends in the middle of an entry. */
  | "tar/truncated"
  /** A header that is none, or of numbers that make no sense. */
  | "tar/header"
  /** An entry that would lie outside, or below something that is no directory. */
  | "tar/path"
  /** An entry of a kind that no file system here has. */
  | "tar/kind";

export class TarError extends IsolaError {
  readonly code: TarErrorCode;
  /** Of the header, from the beginning of the archive. */
  readonly offset: number;

  constructor(code: TarErrorCode, offset: number, message: string) {
    super(`${message} (at byte ${offset} of the archive)`);
    this.code = code;
    this.offset = offset;
  }
}
