/** Compiles programs of `userland` that are written in AssemblyScript. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is used of the compiler: its own types bring other globals along. */
interface Compiler {
  main(args: readonly string[], options: {
    readFile(name: string, base: string): string | null;
    writeFile(name: string, contents: Uint8Array | string): void;
    listFiles(): readonly string[];
  }): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}
const COMPILER: string = "assemblyscript/asc";
const USERLAND = fileURLToPath(new URL("../../userland", import.meta.url));

/** The module of `path`, relative to `userland`; "incremental" collects garbage. @throws Error with the compiler's words. */
export async function compileAssemblyScript(path: string, runtime: "stub" | "incremental" = "stub"): Promise<Uint8Array> {
  const { default: asc } = await import(COMPILER) as { readonly default: Compiler };
  let binary: Uint8Array | undefined = undefined;
  const { error, stderr } = await asc.main([path, "--outFile", "out.wasm", "--runtime", runtime, "--use", "abort=", "--optimize"], {
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
