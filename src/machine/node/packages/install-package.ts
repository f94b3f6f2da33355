/** From what a person names to a package in the store. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { checkOptions, mustBeString } from "#base";
import type { OptionRules } from "#base";
import { npmPack } from "./npm-pack.ts";
import { PackageError } from "./package-error.ts";
import { ARCHIVE_MAX } from "./package-limits.ts";
import { readContents } from "./package-programs.ts";
import { filesOfArchive, filesOfFolder } from "./package-source.ts";
import { PackageStore } from "./package-store.ts";
import type { InstalledPackage } from "./package-store.ts";

const NPM = "npm:";
const OPTIONS: OptionRules<InstallOptions> = { store: mustBeString, npm: mustBeString };

export interface InstallOptions {
  /** Folder of the store; the user's own unless told. */
  readonly store?: string;
  /** The command that gets packages from a registry; "npm" unless told. */
  readonly npm?: string;
}

/** What an install did. */
export interface Installation {
  readonly package: InstalledPackage;
  /** Files in places for programs that are none, each with the reason. */
  readonly skipped: readonly string[];
}

/**
 * Installs the programs of a package: "npm:NAME" or "npm:NAME@VERSION" from the registry, else the
 * path of an unpacked package or of its archive (.tgz). Nothing of the package is run.
 *
 * @throws PackageError, OptionError
 */
export async function installPackage(what: string, options: InstallOptions = {}): Promise<Installation> {
  mustBeString(what, "what");
  checkOptions(options, OPTIONS);
  const store = new PackageStore(options.store);
  if (what.startsWith(NPM)) {
    const { archive, integrity } = await npmPack(what.slice(NPM.length), options.npm);
    const contents = readContents(await filesOfArchive(archive));
    return { package: store.install(contents, `${NPM}${contents.name}@${contents.version}`, integrity), skipped: contents.skipped };
  }
  const contents = readContents(await filesAt(what));
  return { package: store.install(contents, resolve(what)), skipped: contents.skipped };
}

async function filesAt(path: string): ReturnType<typeof filesOfArchive> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new PackageError("package/source", `there is no "${path}"; a package of the registry is written npm:NAME`);
  if (stats.isDirectory()) return filesOfFolder(path);
  if (!stats.isFile()) throw new PackageError("package/source", `"${path}" is neither a folder nor an archive`);
  if (stats.size > ARCHIVE_MAX) throw new PackageError("package/too-large", `"${path}" has more than ${ARCHIVE_MAX} bytes`);
  return filesOfArchive(readFileSync(path));
}
