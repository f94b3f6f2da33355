import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSystemCases } from "../../../../test/fs/file-system.cases.ts";
import { volume } from "./volume.ts";

fileSystemCases("volume", { timeErrorNs: 0n, countsParentLinks: true, reserves: true, handlesFollowMoves: true }, () => {
  const folder = mkdtempSync(join(tmpdir(), "isola-volume-"));
  const fs = volume(join(folder, "v"));
  return {
    fs,
    dispose: () => {
      fs.close();
      assert.deepEqual(readdirSync(folder), ["v"]);
      rmSync(folder, { recursive: true });
    },
  };
});
