/** Sessions for tests: one program with many uses at /bin/tool, and what it said. */
import { boot, memory } from "../../src/node.ts";
import type { MemoryFileSystem, Session, SessionOptions, SessionSpawnOptions, System } from "../../src/node.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";

let compiled: Promise<Uint8Array> | undefined = undefined;
/** The bytes of userland/programs/posix-tool. */
export function toolBytes(): Promise<Uint8Array> {
  return (compiled ??= compileAssemblyScript("programs/posix-tool/main.ts"));
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: unknown;
}

/** A system, a file system in memory and a session over it. */
export class TestSession implements AsyncDisposable {
  readonly os: System;
  readonly files: MemoryFileSystem;
  readonly session: Session;

  private constructor(os: System, files: MemoryFileSystem, session: Session) {
    this.os = os;
    this.files = files;
    this.session = session;
  }

  static async create(options: Partial<SessionOptions> & { readonly files?: Readonly<Record<string, string | Uint8Array>> } = {}): Promise<TestSession> {
    const { files: given = {}, ...session } = options;
    const os = await boot({ cacheFolder: false });
    const files = memory({ files: { "/bin/tool": await toolBytes(), "/tmp/empty": "", ...given } });
    return new TestSession(os, files, await os.createSession({ fs: { "/": files }, ...session }));
  }

  /** The same with another session. */
  async with(session: Session): Promise<TestSession> {
    await this.session.close();
    return new TestSession(this.os, this.files, session);
  }

  /** Runs the tool to its end. */
  async run(argv: readonly string[], options: SessionSpawnOptions = {}, path = "/bin/tool"): Promise<Said> {
    const process = await this.session.spawn(path, [path.slice(path.lastIndexOf("/") + 1), ...argv], { stdout: "buffer", stderr: "buffer", ...options });
    const [stdout, stderr, exit] = await Promise.all([process.stdout!.text(), process.stderr!.text(), process.exited]);
    return { stdout, stderr, exit };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.os.close();
  }
}
