/**
 * What a WASI file descriptor stands for: kernel objects, held through the process's handle
 * table, so that they are charged, closed with the process, and shared by duplicated handles.
 * Two descriptors of one object share its position and flags, as after `dup`.
 */
import type { Directory, File, Stat } from "#fs";
import { FileKind } from "#fs";
import type { ByteSink, ByteSource } from "#kernel";
import { KernelObject, WaitQueue } from "#kernel";
import type { Connection, Listener } from "#net";
import type { TerminalDevice } from "../posix/terminal/terminal-device.ts";
import { DirectoryCookies } from "./cookies.ts";
import type { CookieBudget } from "./cookies.ts";
import { CONNECTION_RIGHTS, DIRECTORY_INHERITING, DIRECTORY_RIGHTS, FILE_RIGHTS, LISTENER_RIGHTS, SINK_RIGHTS, SOURCE_RIGHTS, TERMINAL_RIGHTS } from "./rights.ts";

export abstract class Descriptor extends KernelObject {
  /** fdflags: append, dsync, nonblock, rsync, sync. */
  flags = 0;
  abstract readonly fileKind: FileKind;
  /** Rights that make sense for this kind of object; a descriptor never has others. */
  abstract readonly rights: number;
  /** Rights that it can pass on. */
  readonly inheriting: number = 0;
}

export class RegularFile extends Descriptor {
  readonly objectKind = "file";
  readonly fileKind: FileKind;
  readonly rights = FILE_RIGHTS;
  readonly file: File;
  /** Position of the next read or write, a whole number up to 2^53-1. */
  offset = 0;
  /** It was opened through a directory that was granted read-only. */
  readonly readOnly: boolean;
  #busy: WaitQueue | undefined = undefined;

  constructor(file: File, readOnly = false) {
    super();
    this.file = file;
    this.fileKind = file.fileKind ?? FileKind.regular;
    this.readOnly = readOnly;
  }
  /** Woken when the operation that now has the position to itself is over; undefined when there is none. */
  get busy(): WaitQueue | undefined {
    return this.#busy;
  }
  /** Keeps the position to `work`, which moves it, until that has settled: two threads never read the same bytes. */
  during<T>(work: Promise<T>): Promise<T> {
    const queue = new WaitQueue();
    this.#busy = queue;
    return work.finally(() => {
      this.#busy = undefined;
      queue.wakeAll();
    });
  }

  protected override closed(): void {
    this.file.close();
  }
}

export class OpenDirectory extends Descriptor {
  readonly objectKind = "directory";
  readonly fileKind = FileKind.directory;
  readonly rights = DIRECTORY_RIGHTS;
  override readonly inheriting = DIRECTORY_INHERITING;
  readonly directory: Directory;
  /** Nothing below it may change through this descriptor or what is opened from it. */
  readonly readOnly: boolean;
  readonly cookies: DirectoryCookies;
  /** The path under which the guest finds it, in UTF-8; undefined when it was opened by the guest. */
  readonly preopenPath: Uint8Array | undefined;
  /** Where it is, as an absolute path without links, as far as it is known. Of "/", ".." is itself, and its paths may be absolute. */
  readonly place: string | undefined;

  constructor(directory: Directory, readOnly: boolean, preopenPath: Uint8Array | undefined, budget: CookieBudget, place?: string) {
    super();
    this.place = place;
    this.cookies = new DirectoryCookies(budget);
    this.directory = directory;
    this.readOnly = readOnly;
    this.preopenPath = preopenPath;
  }
  protected override closed(): void {
    this.cookies.clear();
    this.directory.close();
  }
}

/** One direction of a byte stream: a pipe end, a console. Without a stream, reads meet the end and writes vanish. */
export class StreamDescriptor extends Descriptor {
  readonly objectKind = "stream";
  readonly fileKind: FileKind;
  readonly rights: number;
  readonly source: ByteSource | undefined;
  readonly sink: ByteSink | undefined;
  /** What is written leaves the programs: it counts as output. */
  readonly isOutput: boolean;

  private constructor(source: ByteSource | undefined, sink: ByteSink | undefined, rights: number, terminal: boolean, isOutput: boolean) {
    super();
    this.isOutput = isOutput;
    this.source = source;
    this.sink = sink;
    this.rights = rights;
    this.fileKind = terminal ? FileKind.character : FileKind.unknown;
  }
  static reading(source: ByteSource | undefined, terminal: boolean): StreamDescriptor {
    return new StreamDescriptor(source, undefined, SOURCE_RIGHTS, terminal, false);
  }
  static writing(sink: ByteSink | undefined, terminal: boolean): StreamDescriptor {
    return new StreamDescriptor(undefined, sink, SINK_RIGHTS, terminal, true);
  }
  /** The end of a pipe between programs that is written to. */
  static piping(sink: ByteSink): StreamDescriptor {
    return new StreamDescriptor(undefined, sink, SINK_RIGHTS, false, false);
  }
  protected override closed(): void {
    this.source?.close();
    this.sink?.close();
  }
}

/** A terminal, both ways. */
export class TerminalDescriptor extends Descriptor {
  readonly objectKind = "terminal";
  readonly fileKind = FileKind.character;
  readonly rights = TERMINAL_RIGHTS;
  readonly terminal: TerminalDevice;

  constructor(terminal: TerminalDevice) {
    super();
    this.terminal = terminal;
  }
  protected override closed(): void {
    this.terminal.close();
  }
}

export class ConnectionDescriptor extends Descriptor {
  readonly objectKind = "connection";
  readonly fileKind = FileKind.socketStream;
  readonly rights = CONNECTION_RIGHTS;
  readonly connection: Connection;

  constructor(connection: Connection) {
    super();
    this.connection = connection;
  }
  protected override closed(): void {
    this.connection.close();
  }
}

export class ListenerDescriptor extends Descriptor {
  readonly objectKind = "listener";
  readonly fileKind = FileKind.socketStream;
  readonly rights = LISTENER_RIGHTS;
  override readonly inheriting = CONNECTION_RIGHTS;
  readonly listener: Listener;

  constructor(listener: Listener) {
    super();
    this.listener = listener;
  }
  protected override closed(): void {
    this.listener.close();
  }
}

/** The stream that `descriptor` reads from; null when there is nothing to read but the end, undefined when it does not read. */
export function sourceOf(descriptor: Descriptor): ByteSource | null | undefined {
  if (descriptor instanceof StreamDescriptor) return descriptor.rights === SOURCE_RIGHTS ? (descriptor.source ?? null) : undefined;
  if (descriptor instanceof TerminalDescriptor) return descriptor.terminal;
  if (descriptor instanceof ConnectionDescriptor) return descriptor.connection;
  return undefined;
}
/** The stream that `descriptor` writes to; null when what is written vanishes, undefined when it does not write. */
export function sinkOf(descriptor: Descriptor): ByteSink | null | undefined {
  if (descriptor instanceof StreamDescriptor) return descriptor.rights === SINK_RIGHTS ? (descriptor.sink ?? null) : undefined;
  if (descriptor instanceof TerminalDescriptor) return descriptor.terminal;
  if (descriptor instanceof ConnectionDescriptor) return descriptor.connection;
  return undefined;
}

/** The stat of something that no file system knows; `ino` tells one from another within a process. */
export function streamStat(kind: FileKind, ino: bigint): Stat {
  return { dev: 0n, ino, kind, nlink: 1n, size: 0n, atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n };
}
