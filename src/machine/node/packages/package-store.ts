/**
 * Where installed packages lie: a folder of the user's,
 *
 *     bin/PROGRAM → ../NAME@VERSION/bin/PROGRAM    a link for each program of each package
 *     NAME@VERSION/bin/PROGRAM                     the modules
 *     NAME@VERSION/LICENSE …                       the texts of its licence
 *     NAME@VERSION/isola.json                      what it is and where it came from
 *
 * with "+" for the "/" of a scoped name. A package appears whole or not at all; one version of a
 * package is there at a time, and a program name belongs to one package. Programs see the folder
 * read-only, so `/usr/local` of a system is this folder.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memory, readOnly } from "#fs";
import type { FileSystem } from "#fs";
import { dataFolder } from "../data-folder.ts";
import { hostDirectory } from "../host-directory.ts";
import { PackageError } from "./package-error.ts";
import { isPackageName, isProgramName, isVersion } from "./package-path.ts";
import type { PackageContents } from "./package-programs.ts";

const BIN = "bin";
const RECORD = "isola.json";
const PREFIX_NEW = ".new-";
const PREFIX_OLD = ".old-";

/** What the store knows of a package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** As the package states it; undefined when it states nothing. */
  readonly licence: string | undefined;
  /** Absolute paths of the texts. */
  readonly licenceFiles: readonly string[];
  readonly programs: readonly string[];
  /** Such as "npm:NAME@VERSION" or a path. */
  readonly source: string;
  /** Checksum of the archive that it came in, when it came in one. */
  readonly integrity: string | undefined;
}

/** `$XDG_DATA_HOME/isola/packages`, else `~/.local/share/isola/packages`. */
export function defaultPackageFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(dataFolder(environment), "packages");
}

/**
 * The installed packages as a file system, to be mounted at "/usr/local": "bin" has their programs.
 * It is empty when nothing was ever installed. What is installed later is seen, too.
 */
export function packageStore(folder: string = defaultPackageFolder()): FileSystem {
  return existsSync(folder) ? hostDirectory(folder) : readOnly(memory());
}

export class PackageStore {
  readonly folder: string;

  constructor(folder: string = defaultPackageFolder()) {
    this.folder = folder;
  }

  /** Installed packages by name. A folder in the store that is none of its packages is passed over. */
  list(): InstalledPackage[] {
    return this.#entries().flatMap((entry) => (entry.startsWith(".") || entry === BIN ? [] : (this.#read(entry) ?? [])));
  }

  /**
   * Takes a package in, in place of any other version of it.
   *
   * @throws PackageError package/conflict when one of its programs has the name of another package's;
   * package/store when the folder cannot be written.
   */
  install(contents: PackageContents, source: string, integrity?: string): InstalledPackage {
    const { name, version, licence, licenceFiles, programs } = contents;
    const installed = this.list();
    for (const other of installed) {
      const taken = other.name === name ? undefined : other.programs.find((program) => programs.has(program));
      if (taken !== undefined) throw new PackageError("package/conflict", `${name} has a program "${taken}", as ${other.name}@${other.version} has, which is installed; uninstall one first`);
    }
    return this.#changing(() => {
      mkdirSync(this.folder, { recursive: true, mode: 0o755 });
      const folder = mkdtempSync(join(this.folder, PREFIX_NEW));
      try {
        mkdirSync(join(folder, BIN), { mode: 0o755 });
        for (const [program, bytes] of programs) writeFileSync(join(folder, BIN, program), bytes, { mode: 0o755 });
        for (const [file, bytes] of licenceFiles) writeFileSync(join(folder, file), bytes, { mode: 0o644 });
        const record = { name, version, licence: licence ?? null, licenceFiles: [...licenceFiles.keys()], programs: [...programs.keys()].sort(), source, integrity: integrity ?? null };
        writeFileSync(join(folder, RECORD), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o644 });
        this.#replace(folder, folderName(name, version));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      for (const other of installed) if (other.name === name && other.version !== version) this.#remove(folderName(name, other.version));
      this.#link();
      return this.#read(folderName(name, version))!; // it was just written
    });
  }

  /** Takes a package out. @throws PackageError package/not-installed, package/store */
  uninstall(name: string, version?: string): InstalledPackage {
    const found = this.list().find((entry) => entry.name === name && (version === undefined || entry.version === version));
    if (found === undefined) throw new PackageError("package/not-installed", `${name}${version === undefined ? "" : `@${version}`} is not installed`);
    return this.#changing(() => {
      this.#remove(folderName(name, found.version));
      this.#link();
      return found;
    });
  }

  #entries(): string[] {
    try {
      return readdirSync(this.folder).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new PackageError("package/store", `the folder of packages cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The package in the folder `entry`; undefined when there is none whose record makes sense. */
  #read(entry: string): InstalledPackage | undefined {
    let record: unknown;
    try {
      record = JSON.parse(readFileSync(join(this.folder, entry, RECORD), "utf8"));
    } catch {
      return undefined;
    }
    if (typeof record !== "object" || record === null) return undefined;
    const { name, version, licence, licenceFiles, programs, source, integrity } = record as Record<string, unknown>;
    if (typeof name !== "string" || typeof version !== "string" || !isPackageName(name) || !isVersion(version) || entry !== folderName(name, version)) return undefined;
    if (!isListOf(licenceFiles, (file) => !file.includes("/")) || !isListOf(programs, isProgramName)) return undefined;
    return {
      name, version, programs,
      licence: typeof licence === "string" ? licence : undefined,
      licenceFiles: licenceFiles.map((file) => join(this.folder, entry, file)),
      source: typeof source === "string" ? source : "unknown",
      integrity: typeof integrity === "string" ? integrity : undefined,
    };
  }

  /** Puts `made` where `entry` is or is to be. */
  #replace(made: string, entry: string): void {
    const old = join(this.folder, `${PREFIX_OLD}${process.pid}-${Date.now()}`);
    try {
      renameSync(join(this.folder, entry), old);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    renameSync(made, join(this.folder, entry));
    rmSync(old, { recursive: true, force: true });
  }

  #remove(entry: string): void {
    rmSync(join(this.folder, entry), { recursive: true, force: true });
  }

  /** Makes the links in `bin` those of the packages that are there. A link changes at once from one program to the next. */
  #link(): void {
    const bin = join(this.folder, BIN);
    mkdirSync(bin, { recursive: true, mode: 0o755 });
    const wanted = new Map(this.list().flatMap(({ name, version, programs }) => programs.map((program) => [program, `../${folderName(name, version)}/${BIN}/${program}`] as const)));
    for (const link of readdirSync(bin)) if (!wanted.has(link)) unlinkSync(join(bin, link));
    for (const [program, target] of wanted) {
      const path = join(bin, program);
      if (targetOf(path) === target) continue;
      const temporary = join(this.folder, `${PREFIX_NEW}${process.pid}-link`);
      rmSync(temporary, { force: true });
      symlinkSync(target, temporary);
      renameSync(temporary, path);
    }
  }

  #changing<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof PackageError || typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
      throw new PackageError("package/store", `the folder of packages cannot be written: ${(error as Error).message}`, { cause: error });
    }
  }
}

function folderName(name: string, version: string): string {
  return `${name.replace("/", "+")}@${version}`;
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isListOf(value: unknown, test: (text: string) => boolean): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && test(item));
}
