/** What `bin/isola` starts. */
import { main } from "./index.ts";
import { flushOutput } from "./standard-streams.ts";

const status = await main(process.argv.slice(2));
// What a command prints without bound it has flushed by itself.
await flushOutput(true);
// Standard input may still be open, and would keep the process.
process.exit(status);
