/**
 * Measures one row in this process: `node bench/child.ts NAME`. The answer goes over the IPC
 * channel of the parent, so that whatever the row prints does no harm.
 */
import { ROWS } from "./rows/index.ts";

const row = ROWS.find(({ name }) => name === process.argv[2]);
if (row === undefined || process.send === undefined) throw new Error("bench/child.ts is run by bench/main.ts");
const measured = await row.measure();
process.send(measured, () => process.exit(0));
