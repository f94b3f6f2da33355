/** What can be wrong with a package of programs, or with getting it. */
import { IsolaError } from "#base";

export type PackageErrorCode =
  | "package/name" | "package/source" | "package/manifest" | "package/archive" | "package/program" | "package/no-programs" | "package/too-large"
  | "package/conflict" | "package/npm" | "package/integrity" | "package/not-installed" | "package/store";

export class PackageError extends IsolaError {
  readonly code: PackageErrorCode;
  constructor(code: PackageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
