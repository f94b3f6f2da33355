/** Writes the core file of a fault. Memories can hold secrets: nobody else may read it. */
import { writeFileSync } from "node:fs";
import { systemReason } from "./cli-error.ts";
import { complain } from "./standard-streams.ts";
import { printBytes } from "./text.ts";

/** What keeps it from being written is told: the program ended as it did all the same. */
export function writeCore(path: string, core: Uint8Array | undefined): void {
  if (core === undefined) {
    complain("isola: no core file: it could not be made");
    return;
  }
  try {
    writeFileSync(path, core, { mode: 0o600 });
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    complain(`isola: cannot write the core file ${path}: ${reason}`);
    return;
  }
  complain(`isola: core file: ${path} (${printBytes(core.length)}); isola inspect shows it`);
}
