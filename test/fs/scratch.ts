/**
 * Folders for tests, on a file system in memory where the host has one: what matters to these
 * tests is the order of writes, and a disk that others keep busy makes each sync take its time.
 */
import { accessSync, constants, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function inMemory(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return undefined;
  }
}

export function scratchFolder(): string {
  return realpathSync(mkdtempSync(join(inMemory() ?? tmpdir(), "isola-test-")));
}
