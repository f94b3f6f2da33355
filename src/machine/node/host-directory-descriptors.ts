/** The host's file descriptors that one host directory uses, counted against a limit of its own. */
import { closeSync, openSync } from "node:fs";
import { FsError } from "#fs";
import { host } from "./host-directory-errors.ts";

export class Descriptors {
  readonly max: number;
  #open = 0;

  constructor(limit: number) {
    this.max = limit;
  }

  get count(): number {
    return this.#open;
  }

  /** @throws FsError `mfile` at the limit, ours or the host's. Node sets close-on-exec. */
  open(path: string, flags: number, mode?: number): number {
    if (this.#open >= this.max) throw new FsError("mfile");
    const fd = host(() => openSync(path, flags, mode));
    this.#open++;
    return fd;
  }

  close(fd: number): void {
    this.#open--;
    try {
      closeSync(fd);
    } catch {
      // The descriptor is gone in any case; a write that failed late was for `sync` to report.
    }
  }
}
