/** A session with the shell and the programs of `userland` in `/bin`, for tests. */
import { boot, devices, exitCode, memory } from "isola";
import type { MemoryFileSystem, Session, SessionOptions, SessionSpawnOptions, System } from "isola";
import { Programs } from "../programs.ts";

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

export interface ShellOptions extends Partial<SessionOptions> {
  /** Files by path, beside the programs. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export class Shell implements AsyncDisposable {
  readonly os: System;
  readonly bin: MemoryFileSystem;
  /** What the present session's programs see as `/`. */
  files: MemoryFileSystem;
  session: Session;

  private constructor(os: System, bin: MemoryFileSystem, files: MemoryFileSystem, session: Session) {
    this.os = os;
    this.bin = bin;
    this.files = files;
    this.session = session;
  }

  static async create(options: ShellOptions = {}): Promise<Shell> {
    const os = await boot();
    const programs = await Programs.build(os);
    const bin = memory({ files: Object.fromEntries(programs.names.map((name) => [name, programs.bytes(name)])) });
    const files = freshFiles(options.files);
    return new Shell(os, bin, files, await openSession(os, bin, files, options));
  }

  /** Forgets all files and processes. */
  async renew(options: ShellOptions = {}): Promise<void> {
    await this.session.close();
    this.files = freshFiles(options.files);
    this.session = await openSession(this.os, this.bin, this.files, options);
  }

  /** Runs `sh` with these arguments to its end. */
  async sh(args: readonly string[], options: SessionSpawnOptions = {}): Promise<Said> {
    const process = await this.session.spawn("/bin/sh", ["sh", ...args], { stdout: "buffer", stderr: "buffer", ...options });
    const [out, err, exit] = await Promise.all([process.stdout!.text(), process.stderr!.text(), process.exited]);
    return { out, err, status: exitCode(exit) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.os.close();
  }
}

function freshFiles(files: Readonly<Record<string, string | Uint8Array>> = {}): MemoryFileSystem {
  return memory({ files: { "/tmp/.keep": "", "/w/.keep": "", ...files } });
}

function openSession(os: System, bin: MemoryFileSystem, files: MemoryFileSystem, { files: _, ...options }: ShellOptions): Promise<Session> {
  return os.createSession({ fs: { "/": files, "/bin": bin, "/dev": devices(options.terminal === undefined ? {} : { tty: (_options, stat) => options.terminal!.open(stat) }) }, cwd: "/w", env: { PATH: "/bin", HOME: "/w" }, ...options });
}
