/**
 * A script's thread in a worker of its own, so that threads may wait for each other. This file
 * is both sides: who starts a worker, and what the worker does.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { IsolaEngine, runThread } from "#wast";
import type { CaseResult, StartThread, ThreadTask } from "#wast";

interface WorkerTask {
  /** Tells our workers from others. */
  readonly wastThread: ThreadTask;
  readonly features: boolean;
}

/** Starts threads whose engines translate with every feature, or none. */
export function threadStarter(features: boolean): StartThread {
  return (task) => {
    const data: WorkerTask = { wastThread: task, features };
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    return new Promise((resolve, reject) => {
      worker.once("message", (results: readonly CaseResult[]) => resolve(results));
      worker.once("error", reject);
      worker.once("exit", (status) => reject(new Error(`the worker ended with ${status}`)));
    });
  };
}

async function runHere({ wastThread, features }: WorkerTask): Promise<CaseResult[]> {
  const engine = new IsolaEngine(features);
  try {
    return await runThread(wastThread, engine, threadStarter(features));
  } finally {
    engine.dispose();
  }
}

const given: unknown = workerData;
if (!isMainThread && typeof given === "object" && given !== null && "wastThread" in given) {
  parentPort?.postMessage(await runHere(given as WorkerTask));
}
