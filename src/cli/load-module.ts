/**
 * The bytes of a module from a file, binary or text. What a file is, its contents decide before its
 * name does. The text format is assembled by the `wast` layer, which is loaded only then.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { basename } from "node:path";
import { joinBytes } from "#base";
import { CliError, systemReason } from "./cli-error.ts";
import { shownPath } from "./text.ts";

export interface LoadedModule {
  /** For reports: the file's name without its folders. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The text format was not understood. */
export class TextError extends CliError {
  /** What is wrong and, where it is known, at which line and column. */
  readonly reason: string;
  constructor(name: string, reason: string, place: string | undefined, options: { cause: unknown }) {
    super(`${name}${place === undefined ? "" : `:${place}`}: ${reason}`, options);
    this.reason = place === undefined ? reason : `${reason} (line ${place.replace(":", ", column ")})`;
  }
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** Bytes 4 to 7 of a component (version 13, layer 1). */
const COMPONENT = [0x0d, 0x00, 0x01, 0x00];
const STDIN = 0;
/** No engine takes larger modules. */
const MODULE_MAX = 1024 ** 3;
const BLOCK = 1024 ** 2;

/**
 * Reads `path`; "-" is standard input. Bytes that are neither binary nor text are given as they are: the decoder says what is wrong.
 *
 * @throws CliError when it cannot be read, is no correct text, or is a component.
 */
export async function loadModule(path: string): Promise<LoadedModule> {
  const isStdin = path === "-";
  const name = isStdin ? "stdin" : basename(path);
  let bytes: Uint8Array;
  try {
    bytes = isStdin ? readFileSync(STDIN) : readFile(path);
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new CliError(`cannot read ${isStdin ? "standard input" : shownPath(path)}: ${reason}`, { cause: error });
  }
  if (startsWith(bytes, MAGIC)) {
    if (startsWith(bytes.subarray(MAGIC.length), COMPONENT)) {
      throw new CliError(`${name} is a component; only core modules (WASI preview 1 programs) can be used so far`);
    }
    return { name, bytes };
  }
  if (!looksLikeText(bytes, path)) return { name, bytes };
  return { name, bytes: await assemble(bytes, name) };
}

/** A device has no size, and gives bytes for ever. @throws CliError for one that is too large; the system's errors */
function readFile(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    const stats = fstatSync(fd);
    if (stats.size > MODULE_MAX) throw tooLarge(path);
    if (stats.isFile() && stats.size > 0) return readFileSync(fd);
    const blocks: Uint8Array[] = [];
    for (let length = 0; ; ) {
      const block = new Uint8Array(BLOCK);
      const count = readSync(fd, block);
      if (count === 0) return joinBytes(blocks);
      length += count;
      if (length > MODULE_MAX) throw tooLarge(path);
      blocks.push(block.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

function tooLarge(path: string): CliError {
  return new CliError(`cannot read ${shownPath(path)}: it has more than 1 GiB, which is the most that a module can have`);
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}

/** An opening parenthesis after spaces and comments, or the name ending of the text format. */
function looksLikeText(bytes: Uint8Array, path: string): boolean {
  if (path.endsWith(".wat")) return true;
  const head = new TextDecoder().decode(bytes.subarray(0, 4096)).replace(/^(?:\s+|;;[^\n]*(?:\n|$))+/, "");
  return head.startsWith("(");
}

async function assemble(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TextError(name, "the text format must be UTF-8, and this is not", undefined, { cause });
  }
  const wast = await import("#wast");
  try {
    return wast.textToBinary(text);
  } catch (cause) {
    if (!(cause instanceof wast.TextError)) throw cause;
    const { place } = cause;
    throw new TextError(name, cause.message, place === undefined ? undefined : `${place.line}:${place.column}`, { cause });
  }
}
