/**
 * A process that works on a volume until it is killed: started by crash.test-support.ts. It waits for a line
 * `PATH SEED` on standard input, and tells on standard output `o` before each operation and `s N` when the
 * sync after N operations was acknowledged.
 */
import { writeSync } from "node:fs";
import { Random } from "../../../../fuzz/random.ts";
import { randomOperation } from "../../../../test/fs/random-operation.ts";
import { Side } from "../../../../test/fs/side.ts";
import { volume } from "./volume.ts";

writeSync(1, "r\n");
process.stdin.once("data", async (data: Buffer) => {
  const [path = "", seed = "0"] = data.toString().trim().split(" ");
  const fs = volume(path);
  const side = new Side(fs.root());
  const random = new Random(Number(seed));
  writeSync(1, "b\n");
  for (let index = 0; ; ) {
    // Long ways between syncs as well as short ones.
    for (let left = 1 + random.below(random.below(8) === 0 ? 200 : 12); left > 0; left--) {
      writeSync(1, "o\n");
      side.apply(randomOperation(random));
      index++;
    }
    await fs.sync();
    writeSync(1, `s ${index}\n`);
  }
});
