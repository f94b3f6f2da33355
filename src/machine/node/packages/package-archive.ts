/**
 * Reads the archive of an npm package (a gzipped tar) whole, trusting nothing in it: names that
 * lead out of the archive, links and devices refuse it, and sizes are bounded before anything is
 * unpacked. Nothing is written.
 *
 * Spec: POSIX.1-2024, pax: ustar interchange format, and of pax headers the path and the size.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { PackageError } from "./package-error.ts";
import { FILES_MAX, UNPACKED_MAX } from "./package-limits.ts";
import { plainPath } from "./package-path.ts";

const BLOCK = 512;
const HEADER = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1], magic: [257, 5], prefix: [345, 155] } as const;
const SPACE = 0x20;
/** Types of entries that hold a file. */
const REGULAR = ["", "0", "7"];
/** Without contents of their own. */
const DIRECTORY = "5";
const PAX = "x";
const PAX_FOR_ALL = "g";
const GNU_LONG_NAME = "L";
const DECODER = new TextDecoder("utf-8", { fatal: true });

const unzip = promisify(gunzip);

/**
 * The files of the archive by path, without the folder that npm puts around all of them.
 *
 * @throws PackageError package/archive, package/too-large
 */
export async function readArchive(zipped: Uint8Array, maxBytes: number = UNPACKED_MAX): Promise<ReadonlyMap<string, Uint8Array>> {
  let bytes: Uint8Array;
  try {
    bytes = await unzip(zipped, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw new PackageError("package/too-large", `it unpacks to more than ${maxBytes} bytes`);
    throw malformed(`it is no gzipped archive: ${(error as Error).message}`);
  }
  const files = new Map<string, Uint8Array>();
  for (const { name, data } of entries(bytes)) {
    const path = plainPath(name);
    if (path === undefined) throw malformed(`the name ${JSON.stringify(name)} leads out of it`);
    const inner = path.split("/").slice(1).join("/");
    if (inner === "") throw malformed(`the file ${JSON.stringify(name)} is in no folder`);
    if (files.size >= FILES_MAX) throw new PackageError("package/too-large", `it has more than ${FILES_MAX} files`);
    files.set(inner, data);
  }
  return files;
}

function* entries(bytes: Uint8Array): Iterable<{ readonly name: string; readonly data: Uint8Array }> {
  let pax: ReadonlyMap<string, string> = new Map();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK);
    checkSum(header, at);
    const type = text(header, HEADER.type);
    const size = sizeOf(header, pax.get("size"), at);
    const start = at + BLOCK;
    if (size > bytes.length - start) throw malformed(`the file at ${at} is cut off`);
    const data = bytes.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === PAX) {
      pax = paxRecords(data);
      continue;
    }
    if (type === GNU_LONG_NAME) {
      longName = decode(data.subarray(0, endOfText(data)));
      continue;
    }
    if (type === PAX_FOR_ALL) continue;
    const name = pax.get("path") ?? longName ?? shortName(header);
    pax = new Map();
    longName = undefined;
    if (type === DIRECTORY) continue;
    if (!REGULAR.includes(type)) throw malformed(`${JSON.stringify(name)} is a link or a device`);
    yield { name, data };
  }
}

function shortName(header: Uint8Array): string {
  const prefix = text(header, HEADER.magic) === "ustar" ? text(header, HEADER.prefix) : "";
  return prefix === "" ? text(header, HEADER.name) : `${prefix}/${text(header, HEADER.name)}`;
}

function checkSum(header: Uint8Array, at: number): void {
  const [from, length] = HEADER.checksum;
  let sum = 0;
  header.forEach((byte, index) => (sum += index >= from && index < from + length ? SPACE : byte));
  if (parseInt(text(header, HEADER.checksum).trim(), 8) !== sum) throw malformed(`the header at ${at} does not match its checksum`);
}

function sizeOf(header: Uint8Array, pax: string | undefined, at: number): number {
  const field = text(header, HEADER.size).trim();
  const size = pax === undefined ? (/^[0-7]*$/.test(field) ? parseInt(field === "" ? "0" : field, 8) : NaN) : /^\d{1,15}$/.test(pax) ? Number(pax) : NaN;
  if (Number.isNaN(size)) throw malformed(`the size of the file at ${at} is no number`);
  return size;
}

/** Records are "LENGTH KEY=VALUE\n", where LENGTH counts the bytes of the whole record. */
function paxRecords(data: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(SPACE, at);
    const digits = space < 0 ? "" : decode(data.subarray(at, space));
    const length = /^\d{1,9}$/.test(digits) ? Number(digits) : 0;
    if (length < digits.length + 2 || at + length > data.length) throw malformed("a pax header is broken");
    const record = decode(data.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function endOfText(field: Uint8Array): number {
  const end = field.indexOf(0);
  return end < 0 ? field.length : end;
}

function text(header: Uint8Array, [from, length]: readonly [number, number]): string {
  const field = header.subarray(from, from + length);
  return decode(field.subarray(0, endOfText(field)));
}

function decode(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw malformed("a name in it is not UTF-8");
  }
}

function malformed(why: string): PackageError {
  return new PackageError("package/archive", `the archive of the package: ${why}`);
}
