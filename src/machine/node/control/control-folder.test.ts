import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { controlFolderPath, openControlFolder } from "./control-folder.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "isola-control-"));
after(() => rmSync(FOLDER, { recursive: true }));

const refused = (path: string, reason: RegExp): void => {
  for (const create of [true, false]) assert.throws(() => openControlFolder(create, path), { code: "control/folder", message: reason });
};

test("is made for its owner alone, and found again", () => {
  const path = join(FOLDER, "fresh");
  assert.equal(openControlFolder(false, path), undefined);
  assert.equal(openControlFolder(true, path), path);
  assert.equal(statSync(path).mode & 0o7777, 0o700);
  assert.equal(openControlFolder(false, path), path);
});

test("modes that let others in are refused", () => {
  const path = join(FOLDER, "open");
  mkdirSync(path);
  for (const mode of [0o777, 0o770, 0o701, 0o710, 0o1777]) {
    chmodSync(path, mode);
    refused(path, /is open to others/);
  }
});

test("a link, a file, or what another user owns is refused", { skip: process.getuid?.() === 0 ? false : "only root can give folders away" }, () => {
  mkdirSync(join(FOLDER, "real"), { mode: 0o700 });
  symlinkSync("real", join(FOLDER, "link"));
  refused(join(FOLDER, "link"), /is no folder/);
  writeFileSync(join(FOLDER, "file"), "", { mode: 0o600 });
  refused(join(FOLDER, "file"), /is no folder/);
  mkdirSync(join(FOLDER, "foreign"), { mode: 0o700 });
  chownSync(join(FOLDER, "foreign"), 1234, 1234);
  refused(join(FOLDER, "foreign"), /belongs to user 1234/);
});

test("a place where others could put another folder is refused", () => {
  const above = join(FOLDER, "above");
  mkdirSync(join(above, "isola"), { recursive: true, mode: 0o700 });
  chmodSync(above, 0o777);
  refused(join(above, "isola"), /can be replaced by others/);
  chmodSync(above, 0o1777);
  assert.equal(openControlFolder(false, join(above, "isola")), join(above, "isola"));
});

test("the runtime folder of the session comes first, unless sockets in it would have too long a path", () => {
  assert.equal(controlFolderPath({ XDG_RUNTIME_DIR: "/run/user/1" }), "/run/user/1/isola");
  const own = join(tmpdir(), `isola-${process.getuid?.()}`);
  for (const runtime of [undefined, "relative", "", `/run/${"x".repeat(100)}`]) assert.equal(controlFolderPath({ XDG_RUNTIME_DIR: runtime }), own);
});
