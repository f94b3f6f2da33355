/** `isola volume`: making, checking, copying volumes, and archives of what is in them. */
import { closeSync, createReadStream, fstatSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import type { Stats } from "node:fs";
import { nearest } from "#base";
import { FsError, TarError, readTar, writeTar } from "#fs";
import { checkVolume, snapshotVolume, volume } from "#machine/node";
import type { VolumeFileSystem, VolumeOptions } from "#machine/node";
import { parseBytes } from "#os";
import { CliError, EXIT, UsageError, systemReason } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { fsReason } from "./report.ts";
import { complain, exitWhenUnread, print } from "./standard-streams.ts";
import { columns, counted, printBytes, quoted, shownPath } from "./text.ts";

interface Options {
  bytes: number | undefined;
  inodes: number | undefined;
  help: boolean;
}

const HELP: OptionRow<Options> = { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) };
const CREATE_OPTIONS: readonly OptionRow<Options>[] = [
  { names: ["--quota"], value: "SIZE", group: "Options", help: "what may be stored, with names; 16 GiB unless told", apply: (into, text) => void (into.bytes = parseBytes(text)) },
  {
    names: ["--inodes"], value: "N", group: "Options", help: "files, folders and links that may be there; 4,194,304 unless told",
    apply: (into, text) => {
      if (!/^[0-9]+$/.test(text)) throw new CliError(`${quoted(text)} is no number of inodes`);
      into.inodes = Number(text);
    },
  },
  HELP,
];

interface Action {
  readonly name: string;
  readonly synopsis: string;
  readonly help: string;
  /** Words that it takes, the last ones optional. */
  readonly words: readonly [least: number, most: number];
  readonly options: readonly OptionRow<Options>[];
  readonly run: (words: readonly string[], options: Options) => number | Promise<number>;
}

const ACTIONS: readonly Action[] = [
  { name: "create", synopsis: "create [--quota SIZE] [--inodes N] FILE", help: "make an empty volume", words: [1, 1], options: CREATE_OPTIONS, run: ([file = ""], options) => create(file, options) },
  { name: "check", synopsis: "check FILE", help: "say whether all that must hold in it does", words: [1, 1], options: [HELP], run: ([file = ""]) => check(file) },
  { name: "export", synopsis: "export FILE [TAR]", help: "write what is in it as a tar archive, to standard output unless told", words: [1, 2], options: [HELP], run: ([file = "", tar = "-"]) => exportTo(file, tar) },
  { name: "import", synopsis: "import FILE [TAR]", help: "unpack a tar archive into it, all or nothing, from standard input unless told; FILE is made if missing", words: [1, 2], options: [HELP], run: ([file = "", tar = "-"]) => importFrom(file, tar) },
  { name: "snapshot", synopsis: "snapshot FILE COPY", help: "copy it as it is now into a new file", words: [2, 2], options: [HELP], run: ([file = "", copy = ""]) => snapshot(file, copy) },
];

/** @throws UsageError, CliError, VolumeError */
export async function volumeCommand([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h") {
    print(help());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const action = ACTIONS.find((one) => one.name === name);
  if (action === undefined) {
    const near = nearest(name, ACTIONS.map((one) => one.name));
    throw new UsageError("isola volume", `unknown action ${quoted(name)}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const options: Options = { bytes: undefined, inodes: undefined, help: false };
  const words = parseOptions("isola volume", action.options, rest, options);
  if (options.help) {
    print(`Usage: isola volume ${action.synopsis}\n\n${action.help}\n\n${optionsHelp(action.options)}\n`);
    return EXIT.ok;
  }
  const [least, most] = action.words;
  if (words.length < least || words.length > most) throw new UsageError("isola volume", `${name} takes ${action.synopsis.slice(name.length + 1)}`);
  exitWhenUnread();
  try {
    return await action.run(words, options);
  } catch (error) {
    // Of what is in the volume; what is wrong with its file says so itself.
    if (error instanceof FsError) throw new CliError(`${words[0]}: ${fsReason(error)}`, { cause: error });
    if (error instanceof TarError) throw new CliError(`${words[1] ?? "standard input"}: ${error.message}`, { cause: error });
    throw error;
  }
}

function help(): string {
  return `Usage: isola volume ACTION …

A volume is a file system in one file, for programs to keep their files in:
isola run --volume FILE::/data PROGRAM

${columns(ACTIONS.map(({ synopsis, help: what }) => [`  ${synopsis}`, what])).join("\n")}

check, export and snapshot also work while a program has the volume open; they then see what it
has committed, which is all but the last second.
`;
}

function create(file: string, { bytes, inodes }: Options): number {
  try {
    // The name is taken first, so that nothing that is there becomes a volume.
    closeSync(openSync(file, "wx"));
  } catch (error) {
    throw new CliError(`${shownPath(file)}: ${systemReason(error) ?? String(error)}`, { cause: error });
  }
  const quota = { ...(bytes === undefined ? {} : { bytes }), ...(inodes === undefined ? {} : { inodes }) };
  try {
    withVolume(file, { quota }, () => undefined);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
  return EXIT.ok;
}

function check(file: string): number {
  const { problems, inodes, orphans, bytes, quota } = checkVolume(file);
  for (const problem of problems) print(problem);
  const removed = orphans === 0 ? "" : `; ${counted(orphans, "removed file")} will go when it is opened next`;
  const verdict = problems.length === 0 ? "whole" : `DAMAGED, ${counted(problems.length, "finding")}`;
  // Without its own row it does not say what it may hold.
  if (quota.inodes === 0) print(verdict);
  else print(`${verdict}: ${counted(inodes, "inode")} of ${quota.inodes.toLocaleString("en")}, ${printBytes(bytes)} of ${printBytes(quota.bytes)}${removed}`);
  return problems.length === 0 ? EXIT.ok : EXIT.error;
}

async function exportTo(file: string, tar: string): Promise<number> {
  const fs = volume(file, { readOnly: true });
  try {
    const skipped = (path: string): void => complain(`isola: ${path} is left out`);
    if (tar === "-") {
      await writeTar(fs.root(), (bytes) => new Promise((done, failed) => process.stdout.write(bytes, (error) => (error ? failed(error) : done()))), skipped);
      return EXIT.ok;
    }
    // Emptied only once it is known to be another file.
    const fd = hosted(tar, () => openSync(tar, "a"));
    try {
      const stats = fstatSync(fd);
      if (isSame(stats, statSync(fs.path))) throw new CliError(`${tar}: it is the volume itself`);
      // A pipe or a device has nothing to be emptied of.
      if (stats.isFile()) hosted(tar, () => ftruncateSync(fd));
      await writeTar(fs.root(), (bytes) => hosted(tar, () => void writeAll(fd, bytes)), skipped);
    } finally {
      closeSync(fd);
    }
    return EXIT.ok;
  } finally {
    fs.close();
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

async function importFrom(file: string, tar: string): Promise<number> {
  // Opened before a missing volume is made.
  const source = tar === "-" ? process.stdin : createReadStream(tar, { fd: hosted(tar, () => openSync(tar, "r")), highWaterMark: 1 << 18 });
  const isNew = takeName(file);
  try {
    return await withVolume(file, {}, async (fs) => {
      try {
        const { files, directories, links } = await fs.allOrNothing(() => readTar(source, fs.root()));
        complain(`isola: ${counted(files, "file")}, ${counted(directories, "folder")}, ${counted(links, "link")} unpacked into ${file}`);
        return EXIT.ok;
      } catch (error) {
        throw systemReason(error) === undefined ? error : new CliError(`${tar}: ${systemReason(error)}`, { cause: error });
      }
    });
  } catch (error) {
    if (isNew) rmSync(file, { force: true });
    throw error;
  }
}

/** Makes an empty file, unless something is there. What is wrong with its place is told by who opens it. */
function takeName(file: string): boolean {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch {
    return false;
  }
}

function snapshot(file: string, copy: string): number {
  // Opened first, so that what is no volume is told in words.
  volume(file, { readOnly: true }).close();
  snapshotVolume(file, copy);
  return EXIT.ok;
}

/** Does `act` with the volume open. */
function withVolume<T>(file: string, options: VolumeOptions, act: (fs: VolumeFileSystem) => T): T {
  const fs = volume(file, options);
  let later = false;
  try {
    const result = act(fs);
    if (result instanceof Promise) {
      later = true;
      return result.finally(() => fs.close()) as T;
    }
    return result;
  } finally {
    if (!later) fs.close();
  }
}

/** Does `act`; what the host says against it names `path`. */
function hosted<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const reason = systemReason(error);
    throw reason === undefined ? error : new CliError(`${shownPath(path)}: ${reason}`, { cause: error });
  }
}
