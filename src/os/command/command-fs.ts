/**
 * Host commands as files, so that they are found like other programs and reach only those who have the mount.
 *
 *     bin/NAME    a script for /bin/hostcall, which does the call, with -i when the command reads standard input
 *     call/NAME   a device: what is written is the request, reading gives the answer
 *
 * A request is `length:u32`, so many bytes of arguments, each with a NUL at its end, and standard input. The first read
 * ends the request and calls the function; reads answer `status:u32 stdoutLength:u32`, standard output, standard error.
 */
import { FileKind, FsError, fixedDirectory, generated } from "#fs";
import type { File, FileSystem, GeneratedNode, OpenOptions, Stat } from "#fs";
import { CommandSpecError, callCommand } from "./command.ts";
import type { CommandResult, HostCommand } from "./command.ts";

/** Bytes of a request, and of an answer: what the host holds for a caller. */
const REQUEST_MAX = 16 << 20;
/** Bytes of all requests and answers that one file system holds. */
const HELD_MAX = 64 << 20;
/** Bytes that a request begins with; then it doubles. */
const REQUEST_LEAST = 4096;
/** Bytes of the arguments of a call. */
const ARGUMENTS_MAX = 1 << 20;
const REQUEST_HEAD = 4;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/;
/** The program that does the call, see userland/bin/hostcall. */
const INTERPRETER = "/bin/hostcall";
/** Above those of /proc, whose processes have 32 bits and 16 numbers each. */
const ROOT_INO = 1n << 40n;

/** @throws CommandSpecError for a name that cannot be one of a program, and for what `command` did not make. */
export function commandFs(commands: Readonly<Record<string, HostCommand>>): FileSystem {
  const held = new Held();
  const programs: Record<string, GeneratedNode> = {};
  const calls: Record<string, GeneratedNode> = {};
  let ino = ROOT_INO + 3n;
  for (const [name, command] of Object.entries(commands)) {
    if (!NAME.test(name)) throw new CommandSpecError(`${JSON.stringify(name)} cannot be the name of a command`);
    if (typeof (command as Partial<HostCommand> | null)?.run !== "function") throw new CommandSpecError(`${name} is no command, such as command({ … })`);
    const input = command.input === undefined ? "" : " -i";
    programs[name] = { kind: "text", ino: ino++, text: () => `#!${INTERPRETER}${input}\n` };
    calls[name] = { kind: "device", ino: ino++, open: (options, stat) => new CallFile(name, command, held, options, stat) };
  }
  const root = fixedDirectory(ROOT_INO, { bin: fixedDirectory(ROOT_INO + 1n, programs), call: fixedDirectory(ROOT_INO + 2n, calls) });
  return generated(root, { name: "commands", readOnly: false, timeNs: () => 0n });
}

/** What the calls of one file system hold in all. */
class Held {
  #bytes = 0;

  /** @throws FsError `nospc` */
  take(bytes: number): void {
    if (this.#bytes + bytes > HELD_MAX) throw new FsError("nospc", "the calls under way hold too much");
    this.#bytes += bytes;
  }
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** One call. Offsets say nothing: what is written is appended, and what is read is read on. */
class CallFile implements File {
  readonly kind = "file";
  readonly fileKind = FileKind.character;
  readonly #name: string;
  readonly #command: HostCommand;
  readonly #held: Held;
  readonly #options: OpenOptions;
  readonly #stat: Stat;
  readonly #abort = new AbortController();
  #request = new Uint8Array(0);
  #requestBytes = 0;
  /** What this call has of `#held`. */
  #holds = 0;
  #answer: Promise<Uint8Array> | undefined = undefined;
  #read = 0;
  #open = true;

  constructor(name: string, command: HostCommand, held: Held, options: OpenOptions, stat: Stat) {
    this.#name = name;
    this.#command = command;
    this.#held = held;
    this.#options = options;
    this.#stat = stat;
  }

  async read(_offset: number, into: Uint8Array): Promise<number> {
    this.#check();
    if (!this.#options.read) throw new FsError("badf", "not open for reading");
    const answer = await (this.#answer ??= this.#call());
    const part = answer.subarray(this.#read, this.#read + into.length);
    into.set(part);
    this.#read += part.length;
    return part.length;
  }
  write(_offset: number, from: Uint8Array): number {
    return this.append(from);
  }
  append(from: Uint8Array): number {
    this.#check();
    if (!this.#options.write) throw new FsError("badf", "not open for writing");
    if (this.#answer !== undefined) throw new FsError("pipe", "the request has ended");
    if (this.#requestBytes + from.length > REQUEST_MAX) throw new FsError("fbig");
    const end = this.#requestBytes + from.length;
    if (end > this.#request.length) this.#grow(end);
    this.#request.set(from, this.#requestBytes);
    this.#requestBytes = end;
    return from.length;
  }
  truncate(): void {
    throw new FsError("inval", "a call has no size");
  }
  allocate(): void {
    throw new FsError("nodev");
  }
  stat(): Stat {
    this.#check();
    return this.#stat;
  }
  setTimes(): void {
    throw new FsError("perm");
  }
  sync(): void {
    throw new FsError("inval", "a call holds nothing back");
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#request = new Uint8Array(0);
    this.#holdNow(0);
    this.#abort.abort(new Error("the caller has gone"));
  }

  #check(): void {
    if (!this.#open) throw new FsError("badf", "closed");
  }

  #grow(end: number): void {
    let size = Math.max(this.#request.length, REQUEST_LEAST);
    while (size < end) size *= 2;
    this.#holdNow(size);
    const grown = new Uint8Array(size);
    grown.set(this.#request.subarray(0, this.#requestBytes));
    this.#request = grown;
  }
  #holdNow(bytes: number): void {
    if (bytes > this.#holds) this.#held.take(bytes - this.#holds);
    else this.#held.giveBack(this.#holds - bytes);
    this.#holds = bytes;
  }

  async #call(): Promise<Uint8Array> {
    const request = this.#request.subarray(0, this.#requestBytes);
    this.#request = new Uint8Array(0);
    const length = request.length < REQUEST_HEAD ? Infinity : new DataView(request.buffer).getUint32(0, true);
    if (REQUEST_HEAD + length > request.length) throw new FsError("inval", "a request that is cut off");
    if (length > ARGUMENTS_MAX) throw new FsError("inval", `arguments of more than ${ARGUMENTS_MAX} bytes`);
    const decoder = new TextDecoder();
    const words = decoder.decode(request.subarray(REQUEST_HEAD, REQUEST_HEAD + length)).split("\0").slice(0, -1);
    const stdin = decoder.decode(request.subarray(REQUEST_HEAD + length));
    const result = await callCommand(this.#name, this.#command, words, stdin, this.#abort.signal);
    if (!this.#open) return new Uint8Array(0);
    // No fewer bytes than characters: what cannot fit is not encoded first.
    if (result.stdout.length + result.stderr.length > HELD_MAX) return this.#tooLarge();
    const answer = encoded(result);
    try {
      this.#holdNow(answer.length);
    } catch (error) {
      if (error instanceof FsError) return this.#tooLarge();
      throw error;
    }
    return answer;
  }

  #tooLarge(): Uint8Array {
    const answer = encoded({ status: 1, stdout: "", stderr: `${this.#name}: its answer is too large: all calls under way may hold ${HELD_MAX >> 20} MiB\n` });
    this.#holdNow(answer.length);
    return answer;
  }
}

function encoded({ status, stdout, stderr }: CommandResult): Uint8Array {
  const encoder = new TextEncoder();
  const [out, err] = [encoder.encode(stdout), encoder.encode(stderr)];
  const bytes = new Uint8Array(8 + out.length + err.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, status, true);
  view.setUint32(4, out.length, true);
  bytes.set(out, 8);
  bytes.set(err, 8 + out.length);
  return bytes;
}
