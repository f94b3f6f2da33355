/** Starts programs that wait until one is refused, and prints what was seen as JSON: `node bench/hosts/fill.ts [MAPPINGS]`. */
import { boot } from "../../src/node.ts";
import type { Process } from "../../src/node.ts";
import { HELLO, WAIT } from "../guests.ts";
import type { Filled } from "../rows/live-processes.ts";

const FIRST = 5_000;
/** More than any host holds. */
const MOST = 100_000;

const [mappings] = process.argv.slice(2);
const os = await boot({ cacheFolder: false, ...mappings === undefined ? {} : { capacity: { mappings: Number(mappings) } } });
const program = await os.compile(WAIT());
const hello = await os.compile(HELLO());
const live: Process[] = [];
let refusal: Filled["refusal"] | undefined;
let first: Filled["first"] = null;
const rssBefore = process.memoryUsage.rss();
const started = performance.now();

/** Turns until every program has run up to its read. */
async function settle(): Promise<void> {
  for (const process of live) {
    while (process.running && process.usage().switches === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

while (refusal === undefined && live.length < MOST) {
  try {
    live.push(await os.spawn(program, { stdin: "pipe", stdout: "null", stderr: "null" }));
  } catch (error) {
    const { name, message, code } = error as Error & { code: string };
    refusal = { name, message, code };
  }
  if (live.length === FIRST && first === null) {
    await settle();
    first = { count: FIRST, ms: performance.now() - started, rssMiB: (process.memoryUsage.rss() - rssBefore) / 1024 ** 2 };
  }
}
const fillMs = performance.now() - started;
await settle();
const survivors = live.filter(({ running }) => running).length;
const killing = performance.now();
for (const process of live) process.kill();
await Promise.all(live.map(({ exited }) => exited));
const killMs = performance.now() - killing;
live.length = 0;
const after = await os.spawn(hello);
const recovered = (await after.stdout!.text()) === "hello\n" && (await after.exited).status === 0;
console.log(JSON.stringify({ live: survivors, refusal: refusal ?? { name: "none", code: "none", message: "nothing was refused" }, first, fillMs, killMs, recovered } satisfies Filled));
await os.close();
