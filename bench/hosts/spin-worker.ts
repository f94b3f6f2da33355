/** Runs a module that never ends, after telling so. */
import { parentPort, workerData } from "node:worker_threads";

const { module } = workerData as { module: WebAssembly.Module };
const instance = new WebAssembly.Instance(module);
parentPort!.postMessage("spinning");
(instance.exports["_start"] as () => void)();
