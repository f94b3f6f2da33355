/** A consistent copy of a volume, also while somebody writes it: as of the last commit. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { reasonText } from "#base";
import { connect } from "./database.ts";
import { VolumeError } from "./volume-error.ts";

/** Copies the volume at `path` into a new file at `to`. @throws VolumeError */
export function snapshotVolume(path: string, to: string): void {
  if (existsSync(to)) throw new VolumeError("volume/exists", to, "there is such a file already");
  // Under its name only once it is whole and durable.
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    const from = connect(path, "read");
    try {
      from.prepare("VACUUM INTO ?").run(temporary);
    } finally {
      from.close();
    }
    const copy = connect(temporary, "write");
    try {
      copy.exec("PRAGMA synchronous = FULL; UPDATE volume SET owner = ''");
    } finally {
      copy.close();
    }
    for (const step of [temporary, dirname(to)]) {
      const fd = openSync(step, "r");
      try {
        if (step !== temporary) renameSync(temporary, to);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    }
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new VolumeError("volume/host", to, `it cannot be written: ${reasonText(error)}`, { cause: error });
  }
}
