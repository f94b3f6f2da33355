/** Runs `micro.py` once in this process: `node bench/python/run.ts isola|node CACHE-FOLDER`. */
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
import { boot } from "../../src/node.ts";
import { pythonBytes } from "../guests.ts";

const [host, cacheFolder] = process.argv.slice(2);
const args = ["-I", "-c", readFileSync(new URL("micro.py", import.meta.url), "utf8")];
if (host === "node") {
  const wasi = new WASI({ version: "preview1", args: ["python", ...args], returnOnExit: true });
  const instance = await WebAssembly.instantiate(await WebAssembly.compile(pythonBytes()), wasi.getImportObject() as unknown as WebAssembly.Imports);
  process.exitCode = wasi.start(instance);
} else {
  const os = await boot({ cacheFolder: cacheFolder ?? false });
  const program = await os.spawn(await os.compile(pythonBytes()), { name: "python", args, stdout: "inherit", stderr: "inherit" });
  const exit = await program.exited;
  if (!("status" in exit)) console.error(exit);
  process.exitCode = "status" in exit ? exit.status : 1;
  await os.close();
}
