/**
 * Asks the systems of this user that are running, over their control sockets.
 */
import { readdirSync, unlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { SystemSnapshot } from "#kernel";
import { openControlFolder } from "./control-folder.ts";
import { ANSWER_BYTES_MAX, ControlError, checkSnapshot, parseAnswer, printRequest } from "./control-protocol.ts";
import type { ControlRequest } from "./control-protocol.ts";

/** How long a system may take to answer: it may be busy with something that cannot be interrupted, such as compiling. */
const PATIENCE_MS = 3000;
const SOCKET = /^(([1-9][0-9]{0,9})(?:\.[1-9][0-9]{0,3})?)\.sock$/;

/** A system that seems to run. */
export interface SystemAddress {
  /** The host's process id; of further systems in the same process with a number behind it, as "4711.2". */
  readonly host: string;
  readonly pid: number;
  readonly path: string;
}

/** By process id. @throws ControlFolderError */
export function findSystems(folder: string | undefined = openControlFolder(false)): SystemAddress[] {
  if (folder === undefined) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = SOCKET.exec(name);
      return match === null ? [] : [{ host: match[1]!, pid: Number(match[2]), path: join(folder, name) }]; // both groups take part
    })
    .sort((a, b) => a.pid - b.pid || a.host.localeCompare(b.host, "en", { numeric: true }));
}

/** @throws ControlError control/gone when it has ended, control/timeout, control/bad-answer, or what it says. */
export async function askForSnapshot(address: SystemAddress, patienceMs: number = PATIENCE_MS): Promise<SystemSnapshot> {
  return checkSnapshot(parseAnswer(await exchange(address, { ask: "snapshot" }, patienceMs)));
}

/** @throws ControlError, also control/no-process */
export async function askToKill(address: SystemAddress, process: number, message: string, patienceMs: number = PATIENCE_MS): Promise<void> {
  parseAnswer(await exchange(address, { ask: "kill", process, message }, patienceMs));
}

function exchange(address: SystemAddress, request: ControlRequest, patienceMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address.path);
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: ControlError): void => {
      clearTimeout(deadline);
      socket.destroy();
      reject(error);
    };
    const deadline = setTimeout(() => fail(new ControlError("timeout", `the system of process ${address.host} does not answer`)), patienceMs);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") removeStale(address);
      fail(new ControlError("gone", `the system of process ${address.host} has ended`));
    });
    socket.on("close", () => fail(new ControlError("gone", `the system of process ${address.host} ended before it answered`)));
    socket.on("data", (chunk: Buffer) => {
      const end = chunk.indexOf(0x0a);
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      length += chunk.length;
      if (end === -1 && length > ANSWER_BYTES_MAX) return fail(new ControlError("bad-answer", `process ${address.host} answers without end`));
      if (end === -1) return;
      clearTimeout(deadline);
      resolve(Buffer.concat(chunks).toString("utf8"));
      socket.destroy();
    });
    socket.write(printRequest(request));
  });
}

/** Nobody listens there. Unless its process is about to, it was left behind by one that was killed. */
function removeStale({ pid, path }: SystemAddress): void {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") return;
    try {
      unlinkSync(path);
    } catch {
      // Somebody else was faster.
    }
  }
}
