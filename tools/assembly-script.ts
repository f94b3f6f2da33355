/**
 * The AssemblyScript compiler as a function. It takes files from a folder and gives the module's bytes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What is used of the compiler: its own types bring other globals along. */
interface Compiler {
  main(args: readonly string[], options: {
    readFile(name: string, base: string): string | null;
    writeFile(name: string, contents: Uint8Array | string): void;
    listFiles(): readonly string[];
  }): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}
const COMPILER: string = "assemblyscript/asc";

/**
 * "stub" never gives memory back; "minimal" gives back what is freed by hand; "incremental" collects
 * garbage, for about 8 KiB of code.
 */
export type Runtime = "stub" | "minimal" | "incremental";

export interface CompileOptions {
  readonly runtime: Runtime;
  /** As the compiler's command takes them. */
  readonly flags: readonly string[];
}

/** The module of `path`, relative to `folder`. @throws Error with the compiler's words. */
export async function compileAssemblyScript(folder: string, path: string, { runtime, flags }: CompileOptions): Promise<Uint8Array> {
  const { default: asc } = await import(COMPILER) as { readonly default: Compiler };
  let binary: Uint8Array | undefined = undefined;
  const { error, stderr } = await asc.main([path, "--outFile", "out.wasm", "--runtime", runtime, "--use", "abort=", ...flags], {
    readFile: (name, base) => {
      try {
        return readFileSync(join(folder, base, name), "utf8");
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
