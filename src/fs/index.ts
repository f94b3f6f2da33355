// Interface
export { FileKind } from "./interface.ts";
export type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, SetTimes, Stat } from "./interface.ts";
export { FsError } from "./fs-error.ts";
export type { FsErrorCode } from "./fs-error.ts";
