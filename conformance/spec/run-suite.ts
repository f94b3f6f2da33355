/**
 * Runs many scripts in child processes, two at a time, and judges the results.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { judge, readExpectations } from "./expectations.ts";
import type { FileResult, Judged, Mode } from "./expectations.ts";
import type { FileTask } from "./run-file.ts";
import type { SuiteFile } from "./suite.ts";

const MAX_CHILDREN = 2;
/** A script that takes longer is ended and counts as failed. The longest needs a few seconds. */
const FILE_TIMEOUT_MS = 60_000;

/** Of the flags that this process was started with, those that the host's engine needs. */
const WASM_FLAGS = process.execArgv.filter((flag) => flag.startsWith("--experimental-wasm"));

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly problems: number;
  readonly last: string;
}

export async function runSuite(files: readonly SuiteFile[], modes: readonly Mode[], onProgress: (progress: Progress) => void): Promise<Judged[]> {
  const expectations = readExpectations();
  const tasks: FileTask[] = files.flatMap((file) => modes.map((mode) => ({ file: file.name, path: file.path, mode })));
  const judged: Judged[] = [], total = tasks.length;
  let problems = 0;
  const work = async (): Promise<void> => {
    const child = new Child();
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const one = judge(await child.run(task), expectations);
      judged.push(one);
      problems += one.problems.length;
      onProgress({ done: judged.length, total, problems, last: `${task.file} [${task.mode}]` });
    }
    child.end();
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CHILDREN, availableParallelism()) }, work));
  return judged.sort((a, b) => (a.result.file < b.result.file ? -1 : a.result.file > b.result.file ? 1 : 0));
}

/** A child process that runs one script after the other, and is made anew when one brings it down. */
class Child {
  #process: ChildProcess | undefined;

  run(task: FileTask): Promise<FileResult> {
    const child = this.#process ??= fork(join(import.meta.dirname, "run-file.ts"), { execArgv: WASM_FLAGS, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    return new Promise((resolve) => {
      const finish = (result: FileResult): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(result);
      };
      const fail = (detail: string): void => {
        this.#process = undefined;
        child.kill("SIGKILL");
        finish({ file: task.file, mode: task.mode, passed: 0, ticks: 0, yields: 0, others: [{ line: 0, directive: "script", verdict: "failed", detail }] });
      };
      const timer = setTimeout(() => fail(`still running after ${FILE_TIMEOUT_MS / 1000} s`), FILE_TIMEOUT_MS);
      child.once("message", (result) => finish(result as FileResult));
      child.once("exit", (code, signal) => fail(`the process ended with ${signal ?? String(code)}`));
      child.once("error", (error) => fail(error.message));
      child.send(task);
    });
  }

  end(): void {
    this.#process?.disconnect();
  }
}
