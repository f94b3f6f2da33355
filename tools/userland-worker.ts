/** A thread of tools/build-userland.ts: compiles the programs that it is told, one after the other. */
import { renameSync, writeFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { compileAssemblyScript } from "./assembly-script.ts";
import type { Runtime } from "./assembly-script.ts";

export interface Order {
  readonly folder: string;
  readonly source: string;
  readonly runtime: Runtime;
  readonly flags: readonly string[];
  readonly target: string;
}
export interface Done {
  readonly source: string;
  readonly bytes: number;
  /** Why it failed. */
  readonly problem?: string;
}

const port = parentPort;
if (port === null) throw new Error("tools/userland-worker.ts is started by tools/build-userland.ts");
port.on("message", (order: Order) => {
  void (async () => {
    let done: Done;
    try {
      const binary = await compileAssemblyScript(order.folder, order.source, order);
      // Whoever reads it meanwhile sees the old one or the new one, whole.
      const fresh = `${order.target}.${process.pid}.tmp`;
      writeFileSync(fresh, binary);
      renameSync(fresh, order.target);
      done = { source: order.source, bytes: binary.length };
    } catch (error) {
      done = { source: order.source, bytes: 0, problem: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(done);
  })();
});
