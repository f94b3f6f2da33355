/**
 * Failures of file operations, under the POSIX names in lower case without the E, and
 * `notcapable`: the path leads out of the directory that was granted.
 * They are expected in numbers (a search path is walked by failing), so no stack is captured.
 */
export type FsErrorCode =
  | "acces" | "again" | "badf" | "busy" | "dquot" | "exist" | "fbig" | "ilseq" | "intr" | "inval" | "io" | "isdir"
  | "loop" | "mfile" | "mlink" | "nametoolong" | "nfile" | "nodev" | "noent" | "nomem" | "nospc" | "notcapable" | "notdir"
  | "notempty" | "notsup" | "nxio" | "overflow" | "perm" | "pipe" | "rofs" | "spipe" | "txtbsy" | "xdev";

export class FsError extends Error {
  readonly code: FsErrorCode;
  constructor(code: FsErrorCode, detail?: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(detail === undefined ? code : `${code}: ${detail}`);
    Error.stackTraceLimit = limit;
    this.name = "FsError";
    this.code = code;
  }
}
