/** What the thread of one more hart runs, see `boot({ harts })`. Nothing may import it: to load it is to become a hart. */
import { hostDirectoryAt, runHart } from "#machine/node";
import { bootHart } from "#os";

await runHart((machine, setup) => bootHart(machine, setup, hostDirectoryAt));
