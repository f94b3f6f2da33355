/**
 * Runs one script in one mode. As a child process: takes `{ file, path, mode }` messages and
 * answers each with its `FileResult`, so that a script that brings the process down or never
 * ends costs only itself.
 */
import { readFileSync } from "node:fs";
import { IsolaEngine, runScript, WastError } from "#wast";
import type { CaseResult, ScriptEngine } from "#wast";
import type { FileResult, Mode } from "./expectations.ts";
import { HostEngine } from "./host-engine.ts";
import { startThread } from "./thread.ts";

export interface FileTask {
  readonly file: string;
  readonly path: string;
  readonly mode: Mode;
}

export async function runFile({ file, path, mode }: FileTask): Promise<FileResult> {
  const source = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(path));
  let cases: CaseResult[], ticks = 0, yields = 0;
  if (mode === "raw") {
    cases = await runWith(source, mode, new HostEngine());
  } else {
    const engine = new IsolaEngine(mode === "on");
    cases = await runWith(source, mode, engine);
    ticks = engine.ticks;
    yields = engine.yields;
  }
  return { file, mode, passed: cases.filter((one) => one.verdict === "passed").length, ticks, yields, others: cases.filter((one) => one.verdict !== "passed") };
}

async function runWith<M, I>(source: string, mode: Mode, engine: ScriptEngine<M, I>): Promise<CaseResult[]> {
  try {
    return await runScript(source, engine, (task) => startThread(mode, task));
  } catch (error) {
    if (!(error instanceof WastError)) throw error;
    return [{ line: error.line, directive: "script", verdict: "failed", detail: error.message }];
  } finally {
    engine.dispose();
  }
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  process.on("message", (task: FileTask) => {
    void runFile(task).then((result) => process.send?.(result), (error: unknown) => {
      console.error(`${task.file} [${task.mode}]:`, error);
      process.exit(1);
    });
  });
}
