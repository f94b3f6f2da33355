/**
 * [boot.prompt] From `isola` at a terminal to its prompt, without the host's own start: the whole command, launcher, reading
 * our sources, boot, the volume at home, the shell, until the prompt is on the screen; less what an empty Node program takes in
 * the same run. Translations and Node's compile cache are warm, as they are from the second time on.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interleave } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const ISOLA = fileURLToPath(new URL("../../bin/isola", import.meta.url));
/** Gives the command a terminal of its own. */
const SCRIPT = "/usr/bin/script";
const ROUNDS = 15;
/** After it the line editor moves the cursor. */
const PROMPT = /\$ (?:\r|\x1b\[[0-9;?]*[A-Za-z])*$/;

async function toPrompt(data: string): Promise<number> {
  const started = performance.now();
  const child = spawn(SCRIPT, ["-qec", ISOLA, "/dev/null"], { env: { ...process.env, XDG_DATA_HOME: data, TERM: "xterm" }, stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let screen = "";
  const prompted = new Promise<number>((resolve) => child.stdout.on("data", (bytes: Buffer) => {
    screen += bytes.toString();
    if (PROMPT.test(screen)) resolve(performance.now() - started);
  }));
  const taken = await Promise.race([prompted, exited.then(() => Promise.reject(new Error(`no prompt, but ${JSON.stringify(screen)}`)))]);
  child.stdin.write("exit\r");
  await exited;
  return taken;
}

async function emptyNode(): Promise<number> {
  const started = performance.now();
  await once(spawn(process.execPath, ["--eval", ""], { stdio: "ignore" }), "exit");
  return performance.now() - started;
}

async function measure(): Promise<Measured> {
  if (!existsSync(SCRIPT)) throw new Error(`boot.prompt needs ${SCRIPT}`);
  const data = mkdtempSync(join(tmpdir(), "isola-bench-"));
  try {
    const [host, ours] = await interleave([emptyNode, () => toPrompt(data)], { warmUp: 2, rounds: ROUNDS }) as [number[], number[]];
    return {
      value: median(ours) - median(host),
      runs: ROUNDS,
      spread: spread(ours),
      parts: [
        { name: "in all", value: median(ours), unit: "ms" },
        { name: "the host's own start and end", value: median(host), unit: "ms" },
      ],
    };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

export const bootPrompt: Row = {
  name: "boot.prompt",
  meaning: "from `isola` at a terminal to its prompt, less the host's own start",
  unit: "ms",
  target: { of: "value", at: "most", bound: 300 },
  limitMs: 120_000,
  measure,
};
