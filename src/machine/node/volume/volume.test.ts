import { strict as assert } from "node:assert";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TRAITS, fileSystemCases } from "../../../../test/fs/file-system.cases.ts";
import { scratchFolder } from "../../../../test/fs/scratch.ts";
import { volume } from "./volume.ts";

fileSystemCases("volume", TRAITS.volume, () => {
  const folder = scratchFolder();
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
