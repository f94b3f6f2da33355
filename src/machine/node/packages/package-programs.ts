/**
 * What a package says of itself and which programs it has. A program is a WebAssembly module that
 * `bin` of package.json names, or that lies in the folder `wasm`, there under its own name with or
 * without ".wasm". No JavaScript of a package is ever looked at.
 */
import { PackageError } from "./package-error.ts";
import { PROGRAMS_MAX, PROGRAM_MAX, TEXT_MAX } from "./package-limits.ts";
import { isPackageName, isProgramName, isVersion, plainPath } from "./package-path.ts";
import type { PackageFiles } from "./package-source.ts";

const PROGRAM_FOLDER = "wasm";
/** "\0asm", version 1 of the layer of core modules. */
const CORE_MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[._-].*)?$/i;
const MANIFEST = "package.json";

export interface PackageContents {
  readonly name: string;
  readonly version: string;
  /** What the manifest states, such as "Apache-2.0"; undefined when it states nothing. */
  readonly licence: string | undefined;
  /** Texts of licences and notices by file name. */
  readonly licenceFiles: ReadonlyMap<string, Uint8Array>;
  /** Modules by the name under which they are called. */
  readonly programs: ReadonlyMap<string, Uint8Array>;
  /** Files in places for programs that are none, each with the reason. */
  readonly skipped: readonly string[];
}

/** @throws PackageError package/manifest, package/name, package/program, package/no-programs, package/too-large */
export function readContents(files: PackageFiles): PackageContents {
  const manifest = readManifest(files);
  const name = stringOf(manifest, "name");
  const version = stringOf(manifest, "version");
  if (name === undefined || !isPackageName(name)) throw new PackageError("package/name", `package.json has no name that a package can have: ${JSON.stringify(name)}`);
  if (version === undefined || !isVersion(version)) throw new PackageError("package/name", `package.json of ${name} has no version that a package can have: ${JSON.stringify(version)}`);
  const licenceFiles = new Map<string, Uint8Array>();
  for (const file of files.list("")) {
    const text = LICENCE_FILE.test(file) ? files.read(file, TEXT_MAX) : undefined;
    if (text !== undefined) licenceFiles.set(file, text);
  }
  return { name, version, licence: licenceOf(manifest), licenceFiles, ...findPrograms(name, manifest, files) };
}

function findPrograms(name: string, manifest: object, files: PackageFiles): Pick<PackageContents, "programs" | "skipped"> {
  const programs = new Map<string, Uint8Array>();
  const skipped: string[] = [];
  for (const [program, path] of namedPrograms(name, manifest)) {
    const bytes = files.read(path, PROGRAM_MAX);
    if (bytes === undefined) throw new PackageError("package/program", `the program "${program}" of ${name} is not in it: ${path}`);
    if (!isCoreModule(bytes)) throw new PackageError("package/program", `the program "${program}" of ${name} is no WebAssembly module: ${path}`);
    programs.set(program, bytes);
  }
  for (const file of files.list(PROGRAM_FOLDER)) {
    const program = file.replace(/\.wasm$/, "");
    // What begins with "_" is for the package's own use by custom.
    if (program.startsWith("_") || programs.has(program)) continue;
    const bytes = isProgramName(program) ? files.read(`${PROGRAM_FOLDER}/${file}`, PROGRAM_MAX) : undefined;
    if (bytes === undefined) skipped.push(`${JSON.stringify(file)}: no name for a program`);
    else if (!isCoreModule(bytes)) skipped.push(`${JSON.stringify(file)}: no WebAssembly module`);
    else programs.set(program, bytes);
  }
  if (programs.size > PROGRAMS_MAX) throw new PackageError("package/too-large", `${name} has more than ${PROGRAMS_MAX} programs`);
  if (programs.size === 0) throw new PackageError("package/no-programs", `${name} has no programs: neither in "wasm/" nor as "bin" in package.json`);
  return { programs, skipped };
}

/** What `bin` names that ends in ".wasm", with paths in plain form. */
function namedPrograms(name: string, manifest: object): readonly (readonly [program: string, path: string])[] {
  const bin: unknown = Reflect.get(manifest, "bin");
  const rows: readonly (readonly [string, unknown])[] = typeof bin === "string" ? [[name.replace(/^.*\//, ""), bin]] : typeof bin === "object" && bin !== null ? Object.entries(bin) : [];
  return rows.flatMap(([program, target]) => {
    if (typeof target !== "string" || !target.endsWith(".wasm")) return [];
    const path = plainPath(target);
    if (!isProgramName(program)) throw new PackageError("package/program", `${name} names a program ${JSON.stringify(program)}, which cannot be one`);
    if (path === undefined) throw new PackageError("package/program", `the program "${program}" of ${name} is outside of it: ${JSON.stringify(target)}`);
    return [[program, path] as const];
  });
}

function isCoreModule(bytes: Uint8Array): boolean {
  return CORE_MODULE.every((byte, index) => bytes[index] === byte);
}

function readManifest(files: PackageFiles): object {
  const bytes = files.read(MANIFEST, TEXT_MAX);
  if (bytes === undefined) throw new PackageError("package/manifest", "there is no package.json, so it is no package");
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PackageError("package/manifest", `its package.json is no JSON: ${(error as Error).message}`);
  }
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest)) throw new PackageError("package/manifest", "its package.json is no object");
  return manifest;
}

function stringOf(object: object, key: string): string | undefined {
  const value: unknown = Reflect.get(object, key);
  return typeof value === "string" ? value : undefined;
}

/** A string, or `{ type }` as in old packages. */
function licenceOf(manifest: object): string | undefined {
  const licence: unknown = Reflect.get(manifest, "license") ?? Reflect.get(manifest, "licence");
  return typeof licence === "string" ? licence : typeof licence === "object" && licence !== null ? stringOf(licence, "type") : undefined;
}
