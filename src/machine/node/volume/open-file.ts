/** Finding the file of a volume, telling it from others, and the errors of opening it. */
import { closeSync, fsyncSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { reasonText } from "#base";
import { FsError } from "#fs";
import { SqliteCode, sqliteCode } from "./database.ts";
import type { Connect, Database } from "./database.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
import { readVolumeRow } from "./tables.ts";
import { VolumeError } from "./volume-error.ts";

/** The file at `path`, links resolved; where it is to be when it may be made. */
export function realPath(path: string, create: boolean): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (!create) throw new VolumeError("volume/missing", path, "there is no such file");
      return join(realpathSync(dirname(path)), basename(path));
    }
    if (!stats.isFile()) throw new VolumeError("volume/not-a-volume", path, "it is no regular file");
    return realpathSync(path);
  } catch (error) {
    throw error instanceof VolumeError ? error : hostError(path, error);
  }
}

/** What the host said. */
export function hostError(path: string, error: unknown): VolumeError {
  return new VolumeError("volume/host", path, `the host says: ${reasonText(error)}`, { cause: error });
}

/** Does `open`; what SQLite throws becomes a `VolumeError`. */
export function opened<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw toVolumeError(path, error);
  }
}

/** What `error`, thrown by SQLite or by a file operation, means for the volume at `path`; any other as it is. */
export function toVolumeError(path: string, error: unknown): unknown {
  if (error instanceof VolumeError) return error;
  if (error instanceof FsError) return new VolumeError("volume/host", path, error.message, { cause: error });
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code === SqliteCode.notADatabase) return new VolumeError("volume/not-a-volume", path, "the file is no volume", { cause: error });
  if (code === SqliteCode.corrupt) return new VolumeError("volume/damaged", path, "it is damaged; isola volume check tells more", { cause: error });
  return hostError(path, error);
}

/** Does `make`; when that fails, the connection is closed. */
export function guarded<T>(path: string, db: Database, make: () => T): T {
  try {
    return make();
  } catch (error) {
    db.close();
    throw toVolumeError(path, error);
  }
}

/** False for an empty file, which may become one. @throws VolumeError for anything else */
export function isVolume(path: string, db: Database): boolean {
  const id = db.prepare("PRAGMA application_id").get()?.[0];
  const version = Number(db.prepare("PRAGMA user_version").get()?.[0]);
  const tables = Number(db.prepare("SELECT count(*) FROM sqlite_schema").get()?.[0]);
  if (id === 0 && tables === 0) return false;
  if (id !== APPLICATION_ID) throw new VolumeError("volume/not-a-volume", path, "it is a database, but no volume");
  if (version > SCHEMA_VERSION) throw new VolumeError("volume/newer", path, `it is of version ${version}; this program knows volumes up to version ${SCHEMA_VERSION}`);
  return true;
}

/** Who has it open, as they say; "" when that cannot be read. */
export function ownerOf(path: string, connect: Connect): string {
  try {
    const db = connect(path, "read");
    try {
      const { owner } = readVolumeRow(db);
      return owner === "" ? "" : ` by ${owner}`;
    } finally {
      db.close();
    }
  } catch {
    return "";
  }
}

/** Makes the name of a new file durable. */
export function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
