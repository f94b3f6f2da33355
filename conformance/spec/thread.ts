/**
 * A script's thread in a worker of its own, so that threads may wait for each other. This file
 * is both sides: who starts a worker, and what the worker does.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { IsolaEngine, runThread } from "#wast";
import type { CaseResult, ThreadTask } from "#wast";
import type { Mode } from "./expectations.ts";
import { HostEngine } from "./host-engine.ts";

interface WorkerTask {
  readonly mode: Mode;
  readonly task: ThreadTask;
}

export function startThread(mode: Mode, task: ThreadTask): Promise<readonly CaseResult[]> {
  const data: WorkerTask = { mode, task };
  const worker = new Worker(import.meta.filename, { workerData: data });
  return new Promise((resolve, reject) => {
    worker.once("message", (results: readonly CaseResult[]) => resolve(results));
    worker.once("error", reject);
    worker.once("exit", (status) => reject(new Error(`the worker ended with ${status}`)));
  });
}

function run({ mode, task }: WorkerTask): Promise<CaseResult[]> {
  const start = (inner: ThreadTask): Promise<readonly CaseResult[]> => startThread(mode, inner);
  return mode === "raw" ? runThread(task, new HostEngine(), start) : runThread(task, new IsolaEngine(mode === "on"), start);
}

if (!isMainThread) parentPort?.postMessage(await run(workerData as WorkerTask));
