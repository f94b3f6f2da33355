/**
 * The WASI test suite as it lies on disk: programs with, beside each, a JSON file that says what
 * they are given and how they must end. The suite itself is no part of this project: build or
 * check out WebAssembly/wasi-testsuite (its branch with built programs) and name its folder in
 * ISOLA_WASI_TESTS. Only the programs for preview 1 are taken.
 */
import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

export const SUITE_VARIABLE = "ISOLA_WASI_TESTS";
const PREVIEW1_FOLDER = "wasm32-wasip1";

export interface WasiTest {
  /** Path below the suite's folder, without ".wasm". */
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folder whose copy the program gets as "/"; undefined when it gets no file system. */
  readonly root: string | undefined;
  /** Names under which it gets that folder besides. */
  readonly dirs: readonly string[];
  readonly exitCode: number;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

interface Specification {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly root?: string;
  readonly dirs?: readonly string[];
  readonly exit_code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}
const KNOWN: ReadonlySet<string> = new Set(["args", "env", "root", "dirs", "exit_code", "stdout", "stderr"]);

/** All tests below `folder`, by name. @throws when a specification says something that this reader does not know. */
export function readSuite(folder: string): readonly WasiTest[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".wasm") && basename(dirname(path)) === PREVIEW1_FOLDER)
    .sort()
    .map((path) => readTest(folder, join(folder, path)));
}

function readTest(folder: string, path: string): WasiTest {
  const specification = readSpecification(path.replace(/\.wasm$/, ".json"));
  const unknown = Object.keys(specification).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`${path}: its specification has ${JSON.stringify(unknown)}, which this runner does not know`);
  return {
    name: relative(folder, path).replace(/\.wasm$/, ""),
    path,
    args: specification.args ?? [],
    env: specification.env ?? {},
    root: specification.root === undefined ? undefined : join(dirname(path), specification.root),
    dirs: specification.dirs ?? [],
    exitCode: specification.exit_code ?? 0,
    stdout: specification.stdout,
    stderr: specification.stderr,
  };
}

function readSpecification(path: string): Specification {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // A program without a specification gets nothing and must end with 0.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return JSON.parse(text) as Specification;
}
