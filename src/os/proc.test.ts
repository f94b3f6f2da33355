import assert from "node:assert/strict";
import { test } from "node:test";
import { FsError } from "#fs";
import type { Directory, File } from "#fs";
import { procFs } from "./proc.ts";
import type { ProcProcess, ProcSource } from "./proc.ts";

const SHELL: ProcProcess = {
  name: "sh", args: ["sh", "-c", "a b"], cwd: "/home", parent: 0, group: 7, session: 7, state: "blocked", waitsFor: "waitpid", job: "root/session 1",
  threads: 1, handles: 5, switches: 12, memory: 131_072, peakMemory: 196_608, cpuMs: 1.26, wallMs: 1000,
};
const OPEN = { read: true, write: false, create: false, exclusive: false, truncate: false };

function source(processes: Map<number, ProcProcess>): ProcSource {
  return {
    pids: () => [...processes.keys()],
    process: (pid) => processes.get(pid),
    jobs: () => [{ name: "root", depth: 0, processes: 1, threads: 1, handles: 5, memory: 131_072, peakMemory: 1, cpuMs: 2.5, ownCpuMs: 2.5, killed: false }],
    services: () => [{ name: "store", state: "running", pid: 9, generation: 2, restarts: 1 }],
    mounts: () => [{ kind: "memory", source: "tmp files", path: "/tmp", readOnly: false, used: 10, total: undefined }],
    uptimeMs: () => 1234,
    timeNs: () => 5n,
  };
}

function textOf(directory: Directory, name: string): string {
  const file = directory.openFile(name, OPEN) as File;
  const bytes = new Uint8Array(4096);
  const length = file.read(0, bytes) as number;
  assert.equal(file.read(length, bytes), 0);
  file.close();
  return new TextDecoder().decode(bytes.subarray(0, length));
}

test("a process is a directory of its own", () => {
  const root = procFs(source(new Map([[7, SHELL]]))).root() as Directory;
  assert.deepEqual((root.entries(0n, 100) as readonly { name: string }[]).map(({ name }) => name), ["7", "jobs", "mounts", "services", "uptime"]);
  const shell = root.openDirectory("7") as Directory;
  assert.match(textOf(shell, "status"), /^Name:\tsh\nPid:\t7\nPPid:\t0\nPGid:\t7\nSid:\t7\nState:\tblocked\nWaitsFor:\twaitpid\nJob:\troot\/session\\0401\n[\s\S]*Memory:\t131072\n[\s\S]*Cpu:\t1\.3\n/);
  assert.equal(textOf(shell, "cmdline"), "sh\0-c\0a b\0");
  assert.equal(shell.readlink("cwd"), "/home");
});

test("lines of other files hold one word a field, whatever names hold", () => {
  const root = procFs(source(new Map())).root() as Directory;
  assert.equal(textOf(root, "mounts"), "memory tmp\\040files /tmp rw 10 -\n");
  assert.equal(textOf(root, "services"), "service state   pid generation restarts\nstore   running 9   2          1\n");
  assert.match(textOf(root, "jobs"), /^job +processes .*\nroot +1 +1 +5 +131072 2\.5\n$/);
  assert.equal(textOf(root, "uptime"), "1.23\n");
});

test("what is open stays as it was, and a process that ends takes its directory along", () => {
  const processes = new Map([[7, SHELL]]);
  const root = procFs(source(processes)).root() as Directory;
  const directory = root.openDirectory("7") as Directory;
  const status = directory.openFile("status", OPEN) as File;
  processes.clear();
  assert.equal((status.read(0, new Uint8Array(4)) as number), 4);
  assert.equal(textOf(directory, "status"), "");
  assert.throws(() => root.openDirectory("7"), (error) => error instanceof FsError && error.code === "noent");
});

test("names that are no process are not there, and nothing can be changed", () => {
  const root = procFs(source(new Map([[7, SHELL]]))).root() as Directory;
  for (const name of ["07", "-7", "7.0", "99999999999", "x", "constructor"]) assert.throws(() => root.statEntry(name), (error) => error instanceof FsError && error.code === "noent", name);
  assert.throws(() => root.openFile("jobs", { ...OPEN, write: true }), (error) => error instanceof FsError && error.code === "rofs");
  assert.throws(() => root.mkdir("x"), (error) => error instanceof FsError && error.code === "rofs");
});

test("texts that are held open are bounded", () => {
  const args = ["x".repeat(1 << 20)];
  const shell = (procFs(source(new Map([[7, { ...SHELL, args }]]))).root() as Directory).openDirectory("7") as Directory;
  const opened: File[] = [];
  const fill = (): void => {
    while (opened.length < 1000) opened.push(shell.openFile("cmdline", OPEN) as File);
  };
  assert.throws(fill, (error) => error instanceof FsError && error.code === "nfile");
  const most = opened.length;
  assert.ok(most >= 8 && most <= 64);
  assert.ok(textOf(shell, "status").startsWith("Name:\tsh\n"));
  for (const file of opened.splice(0)) {
    file.close();
    file.close();
  }
  assert.throws(fill, (error) => error instanceof FsError && error.code === "nfile");
  assert.equal(opened.length, most);
});
