// Interface
export { FileKind } from "./interface.ts";
export type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, SetTimes, Space, Stat } from "./interface.ts";
export { isFileSystem, mustBeFileSystem } from "./rules.ts";
export { FsError } from "./fs-error.ts";
export type { FsErrorCode } from "./fs-error.ts";
export { checkByteCount, checkedEnd } from "./byte-count.ts";
export { NAME_MAX, PATH_MAX, checkLinkTarget, checkName, utf8Length } from "./name.ts";
export { newDeviceNumber } from "./device-number.ts";

// Steps that may be asynchronous
export { attempt, run, settled } from "./maybe-async.ts";
export type { Steps } from "./maybe-async.ts";

// Paths
export { LINKS_MAX, Resolved, openAt, realPath, resolve, statAt } from "./walk.ts";
export type { Follow, OpenAtOptions, WalkOptions } from "./walk.ts";
export { Namespace } from "./namespace.ts";

export { Files } from "./files.ts";

// Implementations
export { MemoryFileSystem, memory } from "./memory/memory.ts";
export type { MemoryOptions } from "./memory/memory.ts";
export type { StorageAccount } from "./memory/volume.ts";
export { readOnly } from "./read-only.ts";
export { OverlayFileSystem, overlay } from "./overlay/overlay.ts";
export { generated } from "./generated/generated.ts";
export type { GeneratedOptions } from "./generated/generated.ts";
export { fixedDirectory } from "./generated/node.ts";
export type { GeneratedDevice, GeneratedDirectory, GeneratedLink, GeneratedNode, GeneratedText } from "./generated/node.ts";
export { devices } from "./devices.ts";
export { OwnDescriptor } from "./own-descriptor.ts";
export type { DevicesOptions } from "./devices.ts";
export { ServedFileSystem } from "./served/served.ts";
export { FileServer } from "./served/file-server.ts";
export type { ServedOptions } from "./served/served.ts";
export type { Transport } from "./served/connection.ts";

// Archives
export { writeTar } from "./tar/write-tar.ts";
export { readTar } from "./tar/read-tar.ts";
export type { TarCounts } from "./tar/read-tar.ts";
export { TarError } from "./tar/tar-error.ts";
export type { TarErrorCode } from "./tar/tar-error.ts";
