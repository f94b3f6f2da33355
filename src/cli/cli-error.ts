/** Errors of the command itself, and the codes that it exits with besides those of programs. */
import { IsolaError } from "#base";

export const EXIT = { ok: 0, error: 1, usage: 2, brokenPipe: 141 } as const;

/** What was asked for cannot be done: a file that is not there, a directory that cannot be opened. */
export class CliError extends IsolaError {
  readonly code = "cli/error";
}

/** The command line makes no sense. `command` is whose help to point at: "isola" or "isola run". */
export class UsageError extends IsolaError {
  readonly code = "cli/usage";
  readonly command: string;
  constructor(command: string, message: string) {
    super(message);
    this.command = command;
  }
}

/** Words for the system's error codes that people meet; others show as they are. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EAGAIN: "it has nothing to give at the moment",
  EBADF: "it is closed",
  EDQUOT: "the disk quota is used up",
  EEXIST: "there is such a file already",
  EFBIG: "the file is too large",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
};

/** The system's reason in words; undefined when `error` is none of the system's. */
export function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string" || !/^E[A-Z0-9]+$/.test(error.code)) return undefined;
  return SYSTEM_ERRORS[error.code] ?? `${error.code}`;
}
