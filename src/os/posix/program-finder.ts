/**
 * From the name of a file to a program that can be started: scripts lead to their interpreter, and a
 * module that was compiled once is found again by the identity of its file (file system, inode, times and
 * size) without reading it.
 *
 * Times have the grain of a clock, so a file that changed only just now may change again unseen: such
 * a file is read again, and the compiled module is found by its content.
 */
import { SpawnRefusal, absolutePath, isModuleStart, isScriptStart } from "#abi";
import type { ErrnoName } from "#abi";
import { IsolaError } from "#base";
import { FileKind, FsError, resolve, run, settled } from "#fs";
import type { Directory, File, FileSystem, MaybeAsync, Stat, Steps } from "#fs";
import type { Charges } from "#kernel";
import type { Program } from "../program.ts";

/** Programs that are kept compiled, and the bytes of all of their files. */
const PROGRAMS_MAX = 256;
const KEPT_BYTES_MAX = 512 * 1024 * 1024;
/** Larger files are no programs that anybody could run here. */
const PROGRAM_BYTES_MAX = 256 * 1024 * 1024;
const BLOCK_BYTES = 1024 * 1024;
/** Bytes of the first line of a script. */
const SCRIPT_LINE_MAX = 256;
/** Scripts that are interpreted by scripts. */
const INTERPRETERS_MAX = 4;
/** A file that is younger than this may change without another time. */
const GRAIN_NS = 2_000_000_000n;

export interface FoundProgram {
  readonly program: Program;
  /** With the interpreter and its argument before the script, where there is one. */
  readonly argv: readonly string[];
}

/** Who has a program started. */
export interface Payer {
  readonly charges: Charges;
  /** Processor time, in milliseconds. */
  spent(ms: number): void;
}

interface Known {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly program: Program;
}

export class ProgramFinder {
  readonly #compile: (bytes: Uint8Array, name: string) => Promise<Program>;
  readonly #nowNs: () => bigint;
  readonly #costMs: (program: Program) => number;
  readonly #fileSystems = new WeakMap<FileSystem, number>();
  /** By file system and inode; the latest used last. */
  readonly #known = new Map<string, Known>();
  #keptBytes = 0n;
  #nextFileSystem = 1;

  /** `nowNs` is the clock of the files: since the epoch. `costMs` tells what a program took when it was compiled. */
  constructor(compile: (bytes: Uint8Array, name: string) => Promise<Program>, nowNs: () => bigint, costMs: (program: Program) => number) {
    this.#compile = compile;
    this.#costMs = costMs;
    this.#nowNs = nowNs;
  }

  /** `payer` pays for the bytes of a file while they are read and compiled, and for the time that this takes. @throws SpawnRefusal */
  find(root: Directory, cwd: string, path: string, argv: readonly string[], payer?: Payer): MaybeAsync<FoundProgram> {
    return run(this.#find(root, cwd, path, argv, payer));
  }

  *#find(root: Directory, cwd: string, path: string, argv: readonly string[], payer: Payer | undefined): Steps<FoundProgram> {
    let file = path;
    let words = argv.length === 0 ? [path] : argv;
    for (let depth = 0; ; depth++) {
      const found = yield* this.#open(root, absolutePath(cwd, file), payer);
      if (typeof found !== "string") return { program: found, argv: words };
      if (depth === INTERPRETERS_MAX) throw new SpawnRefusal(path, "loop", "scripts are interpreted by scripts, too many");
      const [interpreter = "", argument = ""] = splitOnce(found);
      if (interpreter === "") throw new SpawnRefusal(path, "noexec", "the script names no interpreter");
      words = [interpreter, ...(argument === "" ? [] : [argument]), file, ...words.slice(1)];
      file = interpreter;
    }
  }

  /** The program in a file, or the interpreter's line of a script. */
  *#open(root: Directory, path: string, payer: Payer | undefined): Steps<Program | string> {
    try {
      const found = yield* settled(resolve(root, path, "always", { root, rooted: true }));
      try {
        if (found.name === undefined || found.trailingSlash) throw new SpawnRefusal(path, "acces", "it is a directory");
        const file = yield* settled(found.dir.openFile(found.name, { read: true, write: false, create: false, exclusive: false, truncate: false }));
        try {
          return yield* this.#read(found.dir.fs, file, path, payer);
        } finally {
          file.close();
        }
      } finally {
        found.close();
      }
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      throw new SpawnRefusal(path, error.code === "isdir" ? "acces" : (error.code as ErrnoName), error.message, { cause: error });
    }
  }

  *#read(fs: FileSystem, file: File, path: string, payer: Payer | undefined): Steps<Program | string> {
    const stat = yield* settled(file.stat());
    if (stat.kind !== FileKind.regular) throw new SpawnRefusal(path, "acces", "it is no regular file");
    const key = this.#key(fs, stat);
    const known = this.#known.get(key);
    if (known !== undefined && known.size === stat.size && known.mtimeNs === stat.mtimeNs && known.ctimeNs === stat.ctimeNs) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.program;
    }
    const head = new Uint8Array(SCRIPT_LINE_MAX);
    const length = yield* readAll(file, 0, head);
    const start = head.subarray(0, length);
    if (isScriptStart(start)) return scriptLine(start);
    if (!isModuleStart(start)) throw new SpawnRefusal(path, "noexec", "it is neither a module nor a script");
    if (stat.size > BigInt(PROGRAM_BYTES_MAX)) throw new SpawnRefusal(path, "nomem", `programs have at most ${PROGRAM_BYTES_MAX} bytes`);
    const program = yield* this.#compiledFile(file, Number(stat.size), path, payer);
    if (fs.readOnly || this.#nowNs() - newest(stat) > GRAIN_NS) this.#keep(key, { size: stat.size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, program });
    return program;
  }

  *#compiledFile(file: File, size: number, path: string, payer: Payer | undefined): Steps<Program> {
    if (payer?.charges.open(size) === false) throw new SpawnRefusal(path, "nomem", `a limit on memory refuses the ${size} bytes of the program`);
    try {
      const bytes = yield* contents(file, size);
      const begunNs = this.#nowNs();
      const program = yield* settled(this.#compiled(bytes, path));
      // One that was compiled before took as long once, and now next to nothing.
      payer?.spent(Math.min(Number(this.#nowNs() - begunNs) / 1e6, this.#costMs(program)));
      return program;
    } finally {
      payer?.charges.close(size);
    }
  }

  async #compiled(bytes: Uint8Array, path: string): Promise<Program> {
    try {
      return await this.#compile(bytes, path.slice(path.lastIndexOf("/") + 1));
    } catch (error) {
      if (!(error instanceof IsolaError) || error.code === "bug") throw error;
      throw new SpawnRefusal(path, "noexec", error.message, { cause: error });
    }
  }

  #key(fs: FileSystem, { dev, ino }: Stat): string {
    let number = this.#fileSystems.get(fs);
    if (number === undefined) this.#fileSystems.set(fs, (number = this.#nextFileSystem++));
    return `${number}:${dev}:${ino}`;
  }

  #keep(key: string, known: Known): void {
    this.#forget(key);
    this.#known.set(key, known);
    this.#keptBytes += known.size;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= PROGRAMS_MAX && this.#keptBytes <= KEPT_BYTES_MAX) return;
      this.#forget(oldest);
    }
  }
  #forget(key: string): void {
    this.#keptBytes -= this.#known.get(key)?.size ?? 0n;
    this.#known.delete(key);
  }
}

/** Reads from `offset` until `into` is full or the file ends; gives the count. */
function* readAll(file: File, offset: number, into: Uint8Array): Steps<number> {
  let at = 0;
  while (at < into.length) {
    const count = yield* settled(file.read(offset + at, into.subarray(at, at + BLOCK_BYTES)));
    if (count === 0) break;
    at += count;
  }
  return at;
}

/** As many bytes as the file had when its size was looked at, or fewer. */
function* contents(file: File, size: number): Steps<Uint8Array> {
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, yield* readAll(file, 0, bytes));
}

function scriptLine(start: Uint8Array): string {
  const end = start.indexOf(0x0a);
  return new TextDecoder().decode(start.subarray(2, end < 0 ? start.length : end)).trim();
}

/** The first word, and all that follows as one. */
function splitOnce(line: string): readonly string[] {
  const at = line.search(/[ \t]/);
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at).trim()];
}

function newest({ mtimeNs, ctimeNs }: Stat): bigint {
  return mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
}
