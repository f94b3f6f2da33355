/**
 * Kills processes that write a volume: `node fuzz/volume.ts --seconds N [--seed S]`. Prints how many, and
 * stops with the seed at the first that lost something.
 */
import { parseArgs } from "node:util";
import { killRounds } from "../src/machine/node/volume/crash.test-support.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } } });
const end = performance.now() + Number(values.seconds) * 1000;
const seed = Number(values.seed);
console.log(`seed ${seed}`);
let total = 0;
for (let round = 0; performance.now() < end; round++) {
  const counts = await killRounds(seed + round, 100, () => performance.now() < end);
  total += counts.kills;
  console.log(`${total} killed; round ${round}: ${JSON.stringify(counts)}`);
}
