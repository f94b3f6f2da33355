/**
 * What must hold in the file of a volume, as questions to the database that find what breaks it. They
 * hold after every commit, with the volume in use or not, after a crash too. Inodes without a link are
 * files that were removed while open, and go at the next opening.
 */
import { FileKind } from "#fs";
import { SqliteCode, connect, sqliteCode } from "./database.ts";
import type { Database, SqlRow } from "./database.ts";
import { BLOCK_BYTES, ROOT_INODE } from "./schema.ts";
import { BLOCK_OVERHEAD_BYTES, ENTRY_BYTES, INODE_BYTES } from "./usage.ts";
import { VolumeError } from "./volume-error.ts";
import { isVolume, realPath, toVolumeError } from "./open-file.ts";

export interface CheckReport {
  /** One line each; none when all is well. */
  readonly problems: readonly string[];
  readonly inodes: number;
  /** Removed while open; they go at the next opening. */
  readonly orphans: number;
  /** As charged against the quota. */
  readonly bytes: number;
  readonly quota: { readonly bytes: number; readonly inodes: number };
}

/** Findings of one question; of a volume with more, these show what is wrong. */
const FINDINGS_MAX = 20;

/** Each answers a line per finding. */
const QUESTIONS: readonly string[] = [
  `SELECT 'the root is no directory' WHERE NOT EXISTS (SELECT 1 FROM inode WHERE ino = ${ROOT_INODE} AND kind = ${FileKind.directory} AND parent = 0 AND nlink >= 2)`,
  `SELECT 'inode ' || ino || ' is of unknown kind ' || kind FROM inode WHERE kind NOT IN (${FileKind.directory}, ${FileKind.regular}, ${FileKind.symlink})`,
  // Entries
  `SELECT 'entry ' || dir || '/' || name || ' stands for inode ' || ino || ', which is missing or of another kind' FROM entry e WHERE NOT EXISTS (SELECT 1 FROM inode i WHERE i.ino = e.ino AND i.kind = e.kind)`,
  `SELECT 'entry ' || dir || '/' || name || ' is in no directory' FROM entry e WHERE NOT EXISTS (SELECT 1 FROM inode i WHERE i.ino = e.dir AND i.kind = ${FileKind.directory} AND i.nlink > 0)`,
  `SELECT 'entry ' || dir || '/' || name || ' has no valid name' FROM entry WHERE name IN ('', '.', '..') OR instr(name, '/') > 0 OR instr(name, char(0)) > 0 OR octet_length(name) > 255`,
  `SELECT 'entry ' || dir || '/' || name || ' is numbered beyond the last' FROM entry WHERE seq > (SELECT last_seq FROM volume)`,
  // Links
  `SELECT 'inode ' || ino || ' says ' || nlink || ' links and has ' || names FROM
    (SELECT i.ino, i.nlink, count(e.ino) AS names FROM inode i LEFT JOIN entry e ON e.ino = i.ino WHERE i.kind <> ${FileKind.directory} GROUP BY i.ino) WHERE nlink <> names`,
  `SELECT 'directory ' || ino || ' says ' || nlink || ' links and has ' || (2 + below) FROM
    (SELECT i.ino, i.nlink, count(e.ino) AS below FROM inode i LEFT JOIN entry e ON e.dir = i.ino AND e.kind = ${FileKind.directory} WHERE i.kind = ${FileKind.directory} AND i.nlink > 0 GROUP BY i.ino) WHERE nlink <> 2 + below`,
  `SELECT 'directory ' || ino || ' has ' || names || ' names' FROM
    (SELECT i.ino, count(e.ino) AS names FROM inode i LEFT JOIN entry e ON e.ino = i.ino WHERE i.kind = ${FileKind.directory} GROUP BY i.ino, i.nlink HAVING count(e.ino) <> (i.nlink > 0 AND i.ino <> ${ROOT_INODE}))`,
  `SELECT 'directory ' || i.ino || ' says it is in ' || i.parent || ' and is in ' || e.dir FROM inode i JOIN entry e ON e.ino = i.ino WHERE i.kind = ${FileKind.directory} AND i.parent <> e.dir`,
  `SELECT 'directory ' || ino || ' cannot be reached' FROM inode WHERE kind = ${FileKind.directory} AND nlink > 0 AND ino NOT IN
    (WITH RECURSIVE reached(ino) AS (VALUES (${ROOT_INODE}) UNION SELECT e.ino FROM reached r JOIN entry e ON e.dir = r.ino AND e.kind = ${FileKind.directory}) SELECT ino FROM reached)`,
  // Sizes
  `SELECT 'directory ' || ino || ' says ' || size || ' entries and has ' || names FROM
    (SELECT i.ino, i.size, count(e.dir) AS names FROM inode i LEFT JOIN entry e ON e.dir = i.ino WHERE i.kind = ${FileKind.directory} GROUP BY i.ino) WHERE size <> names`,
  `SELECT 'inode ' || ino || ' must ' || iif(kind = ${FileKind.symlink}, '', 'not ') || 'have a target' FROM inode WHERE (kind = ${FileKind.symlink}) <> (target IS NOT NULL)`,
  `SELECT 'inode ' || ino || ' has a negative size' FROM inode WHERE size < 0 OR bytes < 0`,
  // Blocks
  `SELECT 'block ' || (id & 0x7fffffff) || ' of inode ' || (id >> 31) || ' belongs to no file' FROM block b WHERE NOT EXISTS (SELECT 1 FROM inode i WHERE i.ino = b.id >> 31 AND i.kind = ${FileKind.regular})`,
  `SELECT 'block ' || (b.id & 0x7fffffff) || ' of inode ' || i.ino || ' reaches behind the end' FROM block b JOIN inode i ON i.ino = b.id >> 31
    WHERE length(b.data) > ${BLOCK_BYTES} OR (i.nlink > 0 AND (b.id & 0x7fffffff) * ${BLOCK_BYTES} + length(b.data) > i.size)`,
  `SELECT 'inode ' || i.ino || ' says its blocks take ' || i.bytes || ' bytes, and they take ' || coalesce(b.bytes, 0) FROM inode i
    LEFT JOIN (SELECT id >> 31 AS ino, sum(length(data) + ${BLOCK_OVERHEAD_BYTES}) AS bytes FROM block GROUP BY 1) b ON b.ino = i.ino WHERE i.bytes <> coalesce(b.bytes, 0)`,
  // Quota
  `SELECT 'the volume says ' || used_inodes || ' inodes and has ' || count FROM volume, (SELECT count(*) AS count FROM inode) WHERE used_inodes <> count`,
  `SELECT 'the volume says ' || used_bytes || ' bytes and has ' || total FROM volume, (SELECT
      (SELECT coalesce(sum(${INODE_BYTES} + coalesce(octet_length(target), 0) + bytes), 0) FROM inode) +
      (SELECT coalesce(sum(${ENTRY_BYTES} + 2 * octet_length(name)), 0) FROM entry) AS total) WHERE used_bytes <> total`,
  `SELECT 'more is stored than the quota' FROM volume WHERE used_bytes > quota_bytes OR used_inodes > quota_inodes`,
];

/** Checks the volume in the file at `path`, as of its last commit. @throws VolumeError when it is none, or the host cannot read it. */
export function checkVolume(path: string): CheckReport {
  const real = realPath(path, false);
  let db: Database | undefined;
  try {
    const open = (db = connect(real, "read"));
    const problems: string[] = [];
    // What breaks a question off is a finding like its answers, told once.
    const unreadable = new Set<string>();
    const unlessDamaged = <T>(ask: () => T): T | undefined => {
      try {
        return ask();
      } catch (error) {
        if (sqliteCode(error) !== SqliteCode.corrupt) throw error;
        unreadable.add(`parts of the file cannot be read: ${String((error as Error).message)}`);
        return undefined;
      }
    };
    const rows = (sql: string): readonly SqlRow[] => unlessDamaged(() => open.prepare(sql).all()) ?? [];
    if (unlessDamaged(() => isVolume(path, open)) === false) throw new VolumeError("volume/not-a-volume", path, "the file is empty");
    // All questions to the same state.
    unlessDamaged(() => open.exec("BEGIN"));
    for (const row of rows(`PRAGMA integrity_check(${FINDINGS_MAX})`)) if (row[0] !== "ok") problems.push(String(row[0]));
    for (const question of QUESTIONS) for (const [line] of rows(`${question} LIMIT ${FINDINGS_MAX}`)) problems.push(String(line));
    const [volume] = rows("SELECT used_inodes, used_bytes, quota_bytes, quota_inodes, (SELECT count(*) FROM inode WHERE nlink = 0) FROM volume");
    if (volume === undefined && unreadable.size === 0) problems.push("the volume's own row is missing");
    const [inodes = 0, bytes = 0, quotaBytes = 0, quotaInodes = 0, orphans = 0] = (volume ?? []).map(Number);
    return { problems: [...problems, ...unreadable], inodes, orphans, bytes, quota: { bytes: quotaBytes, inodes: quotaInodes } };
  } catch (error) {
    throw toVolumeError(path, error);
  } finally {
    db?.close();
  }
}
