/** `src/wasm/translate/passes-code.ts`: the translator's passes, compiled from `translator/`. */
import { compileAssemblyScript } from "./assembly-script.ts";

const LINE = 120;
/** No more than that: the host optimises what runs for long. */
const FLAGS = ["-O2", "--noAssert"];

/** The text of the file, for the sources under `root`. */
export async function translatorCode(root: string): Promise<string> {
  const binary = await compileAssemblyScript(root, "translator/main.ts", { runtime: "stub", flags: FLAGS });
  const base64 = Buffer.from(binary).toString("base64").replaceAll(new RegExp(`.{${LINE}}`, "g"), "$&\n").trimEnd();
  return `/** The module that \`passes.ts\` runs, in base64: written by tools/generate.ts from translator/. */
export const PASSES = \`
${base64}
\`;
`;
}
