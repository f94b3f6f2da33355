/** What can go wrong with a volume as a whole; single operations fail with `FsError`. */
import { IsolaError } from "#base";

export type VolumeErrorCode =
  /** Another program of this host has it open for writing. */
  | "volume/in-use"
  /** Nothing is at that path, and nothing was to be made. */
  | "volume/missing"
  /** Something is at that path that must not be replaced. */
  | "volume/exists"
  /** The file is something else, perhaps another program's database. */
  | "volume/not-a-volume"
  /** What is in it contradicts itself. */
  | "volume/damaged"
  /** Written by a later version of Isola. */
  | "volume/newer"
  /** The host refuses: no permission, no such folder, a full disk. */
  | "volume/host"
  /** More is stored than the quota that is asked for. */
  | "volume/quota";

export class VolumeError extends IsolaError {
  readonly code: VolumeErrorCode;
  /** The volume's file, as it was named. */
  readonly path: string;

  constructor(code: VolumeErrorCode, path: string, message: string, options?: { cause?: unknown }) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}
