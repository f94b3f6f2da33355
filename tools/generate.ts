/**
 * `node tools/generate.ts`: writes the files that come out of the tables of calls, out of usage
 * texts, and out of the translator's own program. `npm run check` fails when one of them is not what this would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentosCallReference } from "./agentos-call-reference.ts";
import { kernelCallBindings } from "./kernel-call-bindings.ts";
import { kernelCallReference } from "./kernel-call-reference.ts";
import { posixCallBindings, posixCallHeader } from "./posix-call-bindings.ts";
import { posixCallReference } from "./posix-call-reference.ts";
import { translatorCode } from "./translator-code.ts";
import { userlandReference } from "./userland-reference.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { path: "docs/syscalls.md", text: kernelCallReference() },
    { path: "userland/sdk/isola.ts", text: kernelCallBindings() },
    { path: "docs/posix.md", text: posixCallReference() },
    { path: "docs/agentos-calls.md", text: agentosCallReference() },
    { path: "userland/sdk/posix.ts", text: posixCallBindings() },
    { path: "userland/sdk/posix.h", text: posixCallHeader() },
    { path: "docs/userland.md", text: userlandReference(ROOT) },
    { path: "src/wasm/translate/passes-code.ts", text: await translatorCode(ROOT) },
  ];
}

/** One line for each generated file under `root` that is missing or differs. */
export async function checkGenerated(root: string): Promise<{ readonly looked: number; readonly breaches: readonly string[] }> {
  const files = await generatedFiles();
  const breaches = files.flatMap(({ path, text }) => {
    let found: string | undefined = undefined;
    try {
      found = readFileSync(join(root, path), "utf8");
    } catch {
      // Missing.
    }
    return found === text ? [] : [`${path}: ${found === undefined ? "is missing" : "differs from what it is made of"}; run node tools/generate.ts`];
  });
  return { looked: files.length, breaches };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, text } of await generatedFiles()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
