/** Compiles programs of `userland` that are written in AssemblyScript, for tests of the calls that they make. */
import { fileURLToPath } from "node:url";
import { compileAssemblyScript as compile } from "../../tools/assembly-script.ts";

const USERLAND = fileURLToPath(new URL("../../userland", import.meta.url));

/** The module of `path`, relative to `userland`; "incremental" collects garbage. @throws Error with the compiler's words. */
export function compileAssemblyScript(path: string, runtime: "stub" | "incremental" = "stub"): Promise<Uint8Array> {
  return compile(USERLAND, path, { runtime, flags: ["--optimize"] });
}
