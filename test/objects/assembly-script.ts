/** Compiles programs of `userland` that are written in AssemblyScript. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const USERLAND = fileURLToPath(new URL("../../userland", import.meta.url));

/** The module of `path`, relative to `userland`. @throws Error with the compiler's words. */
export async function compileAssemblyScript(path: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined = undefined;
  const { error, stderr } = await asc.main([path, "--outFile", "out.wasm", "--runtime", "stub", "--use", "abort=", "--optimize"], {
    readFile: (name, base) => {
      try {
        return readFileSync(join(USERLAND, base, name), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`${path} does not compile:\n${stderr.toString()}`, { cause: error });
  return binary;
}
