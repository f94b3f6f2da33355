/** `isola install` and `isola uninstall`: packages of programs, into the user's store and out of it. */
import { PackageStore, defaultPackageFolder, installPackage } from "#machine/node";
import type { InstalledPackage } from "#machine/node";
import { EXIT, UsageError } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { complain, exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { columns, counted, harmless } from "./text.ts";

interface StoreOptions {
  store: string | undefined;
  list: boolean;
  help: boolean;
}

const COMMON: readonly OptionRow<StoreOptions>[] = [
  { names: ["--store"], value: "DIR", path: true, group: "Options", help: "folder of the packages; $XDG_DATA_HOME/isola/packages unless told", apply: (into, value) => void (into.store = value) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];
const INSTALL: readonly OptionRow<StoreOptions>[] = [
  { names: ["--list"], group: "Options", help: "say what is installed, and install nothing", apply: (into) => void (into.list = true) },
  ...COMMON,
];

const INSTALL_HELP = `Usage: isola install [OPTIONS] DIR|FILE.tgz|npm:NAME[@VERSION]…
       isola install --list

Installs the programs of packages, so that they are found in the system's /usr/local/bin: the WebAssembly
modules in the folder "wasm" of an npm package, and those that "bin" in its package.json names. npm:NAME is
fetched by your npm, which runs no script of it, and held against the registry's checksum.

`;
const UNINSTALL_HELP = `Usage: isola uninstall [OPTIONS] NAME[@VERSION]…

Takes installed packages out.

`;

/** @throws UsageError, PackageError */
export async function install(words: readonly string[]): Promise<number> {
  const options = newOptions();
  const packages = parseOptions("isola install", INSTALL, words, options);
  if (options.help) {
    print(INSTALL_HELP + optionsHelp(INSTALL));
    return EXIT.ok;
  }
  if (options.list && packages.length > 0) throw new UsageError("isola install", "--list takes no packages");
  if (!options.list && packages.length === 0) throw new UsageError("isola install", "which package?");
  exitWhenUnread();
  const where = options.store === undefined ? {} : { store: options.store };
  if (options.list) {
    const installed = new PackageStore(options.store).list();
    for (const line of columns(installed.map((entry) => [`${entry.name}@${entry.version}`, entry.licence ?? "no licence stated", counted(entry.programs.length, "program"), entry.source]))) print(harmless(line));
  }
  for (const what of packages) {
    const { package: made, skipped } = await installPackage(what, where);
    for (const reason of skipped) complain(`isola: passed over ${reason}`);
    print(harmless(describe(made, options.store)));
  }
  await flushOutput(false);
  return EXIT.ok;
}

/** @throws UsageError, PackageError */
export async function uninstall(words: readonly string[]): Promise<number> {
  const options = newOptions();
  const names = parseOptions("isola uninstall", COMMON, words, options);
  if (options.help) {
    print(UNINSTALL_HELP + optionsHelp(COMMON));
    return EXIT.ok;
  }
  if (names.length === 0) throw new UsageError("isola uninstall", "which package?");
  exitWhenUnread();
  const store = new PackageStore(options.store);
  for (const text of names) {
    const at = text.indexOf("@", 1);
    const gone = at < 0 ? store.uninstall(text) : store.uninstall(text.slice(0, at), text.slice(at + 1));
    print(harmless(`uninstalled ${gone.name}@${gone.version} (${counted(gone.programs.length, "program")})`));
  }
  await flushOutput(false);
  return EXIT.ok;
}

function newOptions(): StoreOptions {
  return { store: undefined, list: false, help: false };
}

function describe({ name, version, licence, licenceFiles, programs }: InstalledPackage, store: string | undefined): string {
  const texts = licenceFiles.length === 0 ? "no text of it in the package" : licenceFiles.join(", ");
  return [
    `installed ${name}@${version} into ${store ?? defaultPackageFolder()}`,
    `  licence: ${licence ?? "none stated"} (${texts})`,
    `  ${counted(programs.length, "program")}: ${programs.join(" ")}`,
  ].join("\n");
}
