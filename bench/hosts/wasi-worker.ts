/** Runs a WASI module in a worker of its own, and ends. */
import { WASI } from "node:wasi";
import { workerData } from "node:worker_threads";

const { module, stdout } = workerData as { module: WebAssembly.Module; stdout: number };
const wasi = new WASI({ version: "preview1", returnOnExit: true, stdout });
wasi.start(new WebAssembly.Instance(module, wasi.getImportObject() as unknown as WebAssembly.Imports));
