/**
 * Compiles CPython once in this process and prints the times as JSON, and as `cpu` the processor time of all:
 * `node bench/hosts/cold-compile.ts lazy|eager`, or `isola [CACHE-FOLDER]`. For `eager` the host needs
 * `--no-wasm-lazy-compilation`; nothing keeps a process alive for the asynchronous form of that.
 */
import { boot } from "../../src/node.ts";
import { pythonBytes } from "../guests.ts";

const [mode, folder] = process.argv.slice(2);
const bytes = pythonBytes();
/** Processor time since a moment, in milliseconds, of all threads: those that compile in the background too. */
const cpuSince = (mark: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(mark);
  return (user + system) / 1000;
};
if (mode === "lazy" || mode === "eager") {
  const mark = process.cpuUsage();
  const started = performance.now();
  if (mode === "lazy") await WebAssembly.compile(bytes);
  else new WebAssembly.Module(bytes);
  console.log(JSON.stringify({ total: performance.now() - started, cpu: cpuSince(mark) }));
} else {
  const os = await boot({ cacheFolder: folder ?? false });
  const mark = process.cpuUsage();
  const { module } = await os.compile(bytes);
  console.log(JSON.stringify({ ...module.timings, cpu: cpuSince(mark) }));
  await os.close();
}
