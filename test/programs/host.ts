/**
 * Runs a program untouched on this host's own WASI, for comparison: no translation, no kernel.
 *
 * The host has preview 1 only. For programs of `wasi_unstable` the three things that differ and that
 * the test programs use are put right here: `whence`, and the layout of a filestat in two calls.
 * What the host does not have answers ENOSYS.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

const ENOSYS = 52;
const WHENCE = [1, 2, 0];
const FILESTAT = 64;

export interface HostRun {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the host by the path that the program sees. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}
export interface HostEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly ms: number;
}

type Call = (...args: never[]) => number;

export async function runOnHost(module: WebAssembly.Module, { args, env = {}, folders = {}, stdin = "" }: HostRun): Promise<HostEnd> {
  const scratch = mkdtempSync(join(tmpdir(), "isola-host-"));
  writeFileSync(join(scratch, "stdin"), stdin);
  const fds = [openSync(join(scratch, "stdin"), "r"), openSync(join(scratch, "stdout"), "w"), openSync(join(scratch, "stderr"), "w")] as const;
  try {
    // Without any variable the host's `environ_get` fails.
    const wasi = new WASI({ version: "preview1", args, env: { HOST: "1", ...env }, preopens: { ...folders }, stdin: fds[0], stdout: fds[1], stderr: fds[2], returnOnExit: true });
    const preview1 = wasi.wasiImport as Record<string, Call>;
    const holder: { memory?: WebAssembly.Memory } = {};
    const memory = (): ArrayBuffer => holder.memory!.buffer as ArrayBuffer; // set before the program runs
    const unstable = { ...preview1, ...preview0(preview1, memory) };
    const imports: Record<string, Record<string, Call>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const call = (from === "wasi_unstable" ? unstable : preview1)[name];
      (imports[from] ??= {})[name] = call ?? ((): number => ENOSYS);
    }
    const started = performance.now();
    const instance = await WebAssembly.instantiate(module, imports as unknown as WebAssembly.Imports);
    holder.memory = instance.exports["memory"] as WebAssembly.Memory;
    const status = wasi.start(instance);
    const ms = performance.now() - started;
    return { stdout: readFileSync(join(scratch, "stdout"), "utf8"), stderr: readFileSync(join(scratch, "stderr"), "utf8"), status, ms };
  } finally {
    for (const fd of fds) closeSync(fd);
    rmSync(scratch, { recursive: true });
  }
}

function preview0(preview1: Record<string, Call>, memory: () => ArrayBuffer): Record<string, Call> {
  /** Lets `call` write the wide record, then makes the narrow one of it and puts back what lies behind. */
  const narrowed = (out: number, call: () => number): number => {
    const behind = new Uint8Array(memory()).slice(out + FILESTAT - 8, out + FILESTAT);
    const errno = call();
    const bytes = new Uint8Array(memory());
    const view = new DataView(memory());
    if (errno === 0) {
      view.setUint32(out + 20, Number(view.getBigUint64(out + 24, true)), true);
      bytes.copyWithin(out + 24, out + 32, out + FILESTAT);
    }
    bytes.set(behind, out + FILESTAT - 8);
    return errno;
  };
  const { fd_seek, fd_filestat_get, path_filestat_get } = preview1 as unknown as Record<string, (...args: (number | bigint)[]) => number>;
  return {
    fd_seek: (fd: number, offset: bigint, whence: number, out: number) => fd_seek!(fd, offset, WHENCE[whence] ?? 255, out),
    fd_filestat_get: (fd: number, out: number) => narrowed(out, () => fd_filestat_get!(fd, out)),
    path_filestat_get: (fd: number, flags: number, path: number, length: number, out: number) => narrowed(out, () => path_filestat_get!(fd, flags, path, length, out)),
  };
}
