/** Real programs by the command `isola run`: streams of this process, folders, limits, statuses. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CACHE, libraryFolder, programPath, temporaryFolder } from "./programs.ts";

const ISOLA = fileURLToPath(new URL("../../bin/isola", import.meta.url));

interface CommandEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `isola run` with `words`; `talk` gets the running command's input and a function that waits for a line of output. */
async function isola(words: readonly string[], talk: (write: (text: string) => void, line: () => Promise<string>) => Promise<void> = async () => undefined): Promise<CommandEnd> {
  const child = spawn(ISOLA, ["run", ...words], { env: { ...process.env, ISOLA_CACHE: CACHE }, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let seen = 0;
  let wake = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => ((stdout += text), wake()));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const closed = ended.then(() => "closed" as const);
  const line = async (): Promise<string> => {
    for (;;) {
      const end = stdout.indexOf("\n", seen);
      if (end !== -1) {
        const found = stdout.slice(seen, end);
        seen = end + 1;
        return found;
      }
      const more = new Promise<"more">((resolve) => (wake = () => resolve("more")));
      if ((await Promise.race([more, closed])) === "closed") assert.fail(`ended before another line: ${stderr}`);
    }
  };
  child.stdin.on("error", () => undefined);
  try {
    await talk((text) => void child.stdin.write(text), line);
    child.stdin.end();
    return { status: await ended, stdout, stderr };
  } finally {
    child.kill();
  }
}

describe("isola run", { concurrency: 1 }, () => {
  const usr = `${join(libraryFolder("python"), "usr")}::/usr:ro`;

  test("CPython: a script of a folder, arguments, environment, a talk over standard input, a status", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    writeFileSync(join(folder, "main.py"), "import os, sys\nprint(sys.argv[1:], os.environ['NAME'], flush=True)\nfor line in sys.stdin: print(int(line) ** 2, flush=True)\nopen('/work/out.txt', 'w').write('done')\nprint('last', file=sys.stderr)\nsys.exit(5)\n");
    const ended = await isola(["--dir", usr, "--dir", `${folder}::/work`, "--env", "NAME=wert €", "--cpu", "60s", "--memory", "128MiB", programPath("python"), "/work/main.py", "--flag", "ä"], async (write, line) => {
      assert.equal(await line(), "['--flag', 'ä'] wert €");
      for (const n of [7, 123456789]) {
        write(`${n}\n`);
        assert.equal(await line(), String(BigInt(n) ** 2n));
      }
    });
    assert.deepEqual(ended, { status: 5, stdout: "['--flag', 'ä'] wert €\n49\n15241578750190521\n", stderr: "last\n" });
    assert.equal(readFileSync(join(folder, "out.txt"), "utf8"), "done");
  });

  test("CPython that never stops is killed with a report and status 137", async () => {
    const ended = await isola(["--dir", usr, "--cpu", "1500ms", programPath("python"), "-u", "-c", "print('spinning')\nwhile True: pass"]);
    assert.equal(ended.status, 137);
    assert.equal(ended.stdout, "spinning\n");
    assert.match(ended.stderr, /^isola: python-3\.11\.3\.wasm: killed: processor time limit of 1\.5 s reached; .*\n$/);
  });

  test("SQLite reads a script from standard input and keeps a database", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const ended = await isola(["--dir", `${folder}::/data`, programPath("sqlite"), "-batch", "/data/test.db"], async (write) => write("create table t (n);\ninsert into t values (42);\nselect n * 2 from t;\n"));
    assert.deepEqual(ended, { status: 0, stdout: "84\n", stderr: "" });
    assert.equal(readFileSync(join(folder, "test.db")).subarray(0, 16).toString("latin1"), "SQLite format 3\0");
  });
});
