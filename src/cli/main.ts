/** What `bin/isola` starts. */
import { main, report } from "./index.ts";
import { flushOutput } from "./standard-streams.ts";

const words = process.argv.slice(2);
process.on("uncaughtException", (error) => {
  process.exit(report(error, words.includes("--verbose")));
});
const status = await main(words);
// What a command prints without bound it has flushed by itself.
await flushOutput(true);
// Standard input may still be open, and would keep the process.
process.exit(status);
