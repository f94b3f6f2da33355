/** Sessions with the programs of agentOS's software packages in /usr/local/bin, installed from the npm packages as a user would. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { devices, installPackage, memory, packageStore } from "../../src/node.ts";
import type { FileSystem, Session, SessionOptions, SessionSpawnOptions, System } from "../../src/node.ts";

const PACKAGES = fileURLToPath(new URL("../../node_modules/@rivet-dev/", import.meta.url));
export const BIN = "/usr/local/bin";
const ENV = { PATH: BIN, HOME: "/home", USER: "ada", LANG: "C" };
/** Their shell says this of every program that it starts. */
const NOISE = /^.*WARN.*could not retrieve pid for child process\n/gm;
const COLOURS = /\x1b\[\d*m/g;

/** The path of an unpacked package, by the end of its name. */
export function packageFolder(name: string): string {
  return join(PACKAGES, `agent-os-${name}`);
}

/** Installs all of them into `store`, an empty folder. */
export async function installAll(store: string): Promise<FileSystem> {
  for (const name of readdirSync(PACKAGES)) if (name.startsWith("agent-os-")) await installPackage(join(PACKAGES, name), { store });
  return packageStore(store);
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status, or 128 and the number of the signal. */
  readonly status: number;
}

/** A session whose "/" has these files. */
export function newSession(os: System, programs: FileSystem, files: Readonly<Record<string, string | Uint8Array>>, options: Partial<SessionOptions> = {}): Promise<Session> {
  const root = memory({ files: { "/home/notes": "", "/tmp/empty": "", ...files } });
  return os.createSession({ env: ENV, ...options, fs: { "/": root, "/dev": devices(), "/usr/local": programs, ...options.fs } });
}

/** Runs one of the programs to its end. */
export async function run(session: Session, argv: readonly string[], options: SessionSpawnOptions = {}): Promise<Said> {
  const process = await session.spawn(`${BIN}/${argv[0]}`, argv, { stdin: "null", stdout: "buffer", stderr: "buffer", ...options });
  const [stdout, stderr, exit] = await Promise.all([process.stdout!.text(), process.stderr!.text(), process.exited]);
  return { stdout, stderr: stderr.replace(NOISE, "").replace(COLOURS, ""), status: exit.status ?? (exit.signal === undefined ? -1 : 128 + exit.signal) };
}
