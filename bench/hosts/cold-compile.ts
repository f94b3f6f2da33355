/**
 * Compiles CPython once in this process and prints the times as JSON:
 * `node bench/hosts/cold-compile.ts host`, or `isola [CACHE-FOLDER]`.
 */
import { boot } from "../../src/node.ts";
import { pythonBytes } from "../guests.ts";

const [mode, folder] = process.argv.slice(2);
const bytes = pythonBytes();
if (mode === "host") {
  const started = performance.now();
  await WebAssembly.compile(bytes);
  console.log(JSON.stringify({ total: performance.now() - started }));
} else {
  const os = await boot({ cacheFolder: folder ?? false });
  const { module } = await os.compile(bytes);
  console.log(JSON.stringify(module.timings));
  await os.close();
}
