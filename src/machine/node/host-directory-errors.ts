/** From Node's error codes to those of the file-system interface: one table, and `io` for all that is not in it. */
import { FsError } from "#fs";
import type { FsErrorCode } from "#fs";

const CODES: Readonly<Record<string, FsErrorCode>> = {
  EACCES: "acces",
  EAGAIN: "again",
  EBADF: "badf",
  EBUSY: "busy",
  EDQUOT: "dquot",
  EEXIST: "exist",
  EFBIG: "fbig",
  EILSEQ: "ilseq",
  EINTR: "intr",
  EINVAL: "inval",
  EIO: "io",
  EISDIR: "isdir",
  ELOOP: "loop",
  EMFILE: "mfile",
  EMLINK: "mlink",
  ENAMETOOLONG: "nametoolong",
  ENFILE: "nfile",
  ENODEV: "nodev",
  ENOENT: "noent",
  ENOMEM: "nomem",
  ENOSPC: "nospc",
  ENOTDIR: "notdir",
  ENOTEMPTY: "notempty",
  ENOTSUP: "notsup",
  ENXIO: "nxio",
  EOPNOTSUPP: "notsup",
  EOVERFLOW: "overflow",
  EPERM: "perm",
  EPIPE: "pipe",
  EROFS: "rofs",
  ESPIPE: "spipe",
  ETXTBSY: "txtbsy",
  EXDEV: "xdev",
};

/** What `error`, thrown by a function of `node:fs`, means. No path of the host gets into the message. */
export function toFsError(error: unknown): FsError {
  if (error instanceof FsError) return error;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const code = CODES[error.code];
    if (code !== undefined) return new FsError(code, "syscall" in error && typeof error.syscall === "string" ? error.syscall : undefined);
    return new FsError("io", error.code);
  }
  return new FsError("io");
}

/** Does `act`; what it throws becomes an `FsError`. Failing is common, so no stack is captured meanwhile. */
export function host<T>(act: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return act();
  } catch (error) {
    throw toFsError(error);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
