/** Runs a row in a process of its own, for a bounded time. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measured, Row } from "./row.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** Rejects when the process ends without an answer: it crashed, or took too long. */
export function measureRow(row: Row): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [row.name], { execArgv: ["--disable-warning=ExperimentalWarning", ...row.execArgv ?? []], serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, row.limitMs);
    let measured: Measured | undefined;
    child.on("message", (message) => (measured = message as Measured));
    child.on("error", reject);
    child.on("exit", (status, signal) => {
      clearTimeout(timer);
      if (measured !== undefined) resolve(measured);
      else reject(new Error(late ? `not done after ${row.limitMs / 1000} s` : `its process ended with ${signal ?? `status ${status}`}`));
    });
  });
}
