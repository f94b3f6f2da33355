/**
 * The folder of the control sockets of one user: `isola` in XDG_RUNTIME_DIR, else
 * `isola-UID` in the folder for temporary files.
 *
 * Whoever can reach a socket can kill what runs behind it. So the folder must be ours, a folder
 * and no link, open to nobody else; and nobody else may be able to put another in its place: the
 * folder above belongs to us or to root and others cannot rename in it.
 */
import { lstatSync, mkdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { IsolaError } from "#base";

/** Bytes of a socket's path that every system takes; Linux takes 107. */
const PATH_BYTES_MAX = 103;
/** Room for "/PID.N.sock". */
const NAME_BYTES = 20;

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

export class ControlFolderError extends IsolaError {
  readonly code = "control/folder";
  readonly path: string;
  constructor(path: string, reason: string) {
    super(`the folder of the control sockets, ${path}, ${reason}`);
    this.path = path;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the folder is, whether or not it is there. */
export function controlFolderPath(environment: Environment = process.env): string {
  const runtime = environment["XDG_RUNTIME_DIR"];
  if (runtime !== undefined && isAbsolute(runtime)) {
    const path = join(runtime, "isola");
    if (Buffer.byteLength(path) + NAME_BYTES <= PATH_BYTES_MAX) return path;
  }
  return join(tmpdir(), `isola-${ownUid(tmpdir())}`);
}

/**
 * The folder, checked, and made when it is not there and `create` is set; undefined when it is not there.
 *
 * @throws ControlFolderError when it cannot be trusted or made.
 */
export function openControlFolder(create: boolean, path: string = controlFolderPath()): string | undefined {
  const uid = ownUid(path);
  if (create) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw new ControlFolderError(path, `cannot be made: ${(error as Error).message}`);
    }
  }
  const above = statOf(dirname(path));
  const folder = statOf(path);
  if (folder === undefined || above === undefined) return undefined;
  if (!folder.isDirectory()) throw new ControlFolderError(path, "is no folder");
  if (folder.uid !== uid) throw new ControlFolderError(path, `belongs to user ${folder.uid}, and we are ${uid}`);
  if ((folder.mode & OTHERS) !== 0) throw new ControlFolderError(path, `is open to others (mode ${octal(folder)}); make it 0700 or remove it`);
  if ((above.uid !== uid && above.uid !== 0) || ((above.mode & OTHERS_WRITE) !== 0 && (above.mode & STICKY) === 0)) {
    throw new ControlFolderError(path, `can be replaced by others: ${dirname(path)} belongs to user ${above.uid} and has mode ${octal(above)}`);
  }
  return path;
}

function ownUid(path: string): number {
  const uid = process.getuid?.();
  if (uid === undefined) throw new ControlFolderError(path, "cannot be kept from others on this system");
  return uid;
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ControlFolderError(path, `cannot be looked at: ${(error as Error).message}`);
  }
}

function octal({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
