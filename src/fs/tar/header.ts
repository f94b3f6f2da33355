/**
 * Headers of tar archives: `ustar` with what does not fit it in extended (pax) headers. Read are those of
 * GNU tar, too.
 *
 * Spec: POSIX.1-2024 pax, ustar Interchange Format and pax Header Block.
 */
import { utf8Length } from "../name.ts";

export const BLOCK_BYTES = 512;
/** An extended header, or a long name, that is larger is no honest one. */
export const EXTENDED_MAX = 1 << 20;

export const TypeFlag = { regular: "0", hardLink: "1", symlink: "2", directory: "5", extended: "x", global: "g", longLink: "K", longName: "L" } as const;

export interface TarEntry {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Target of a link. */
  readonly target: string;
}

const NAME_BYTES = 100;
/** Eleven octal digits. */
const OCTAL_MAX = 8 ** 11 - 1;
const SECOND = 1_000_000_000n;

/** The header of `entry`, with an extended one before it where that is needed. */
export function encodeHeader(entry: TarEntry): Uint8Array {
  const records: string[] = [];
  const { path, target, size, mtimeNs } = entry;
  if (utf8Length(path) > NAME_BYTES || !isAscii(path)) records.push(record("path", path));
  if (utf8Length(target) > NAME_BYTES || !isAscii(target)) records.push(record("linkpath", target));
  if (size > OCTAL_MAX) records.push(record("size", String(size)));
  const seconds = mtimeNs >= 0n ? mtimeNs / SECOND : -1n;
  if (mtimeNs < 0n || mtimeNs % SECOND !== 0n || seconds > OCTAL_MAX) records.push(record("mtime", printTime(mtimeNs)));
  const header = plainHeader(entry);
  if (records.length === 0) return header;
  const data = new TextEncoder().encode(records.join(""));
  const extended = plainHeader({ path: "pax", type: TypeFlag.extended, size: data.length, mtimeNs: 0n, target: "" });
  const all = new Uint8Array(BLOCK_BYTES + padded(data.length) + BLOCK_BYTES);
  all.set(extended);
  all.set(data, BLOCK_BYTES);
  all.set(header, all.length - BLOCK_BYTES);
  return all;
}

/** The next multiple of the block. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / BLOCK_BYTES) * BLOCK_BYTES;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7e) return false;
  return true;
}

function printTime(ns: bigint): string {
  const magnitude = ns < 0n ? -ns : ns;
  return `${ns < 0n ? "-" : ""}${magnitude / SECOND}.${String(magnitude % SECOND).padStart(9, "0")}`;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = utf8Length(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return `${length}${rest}`;
}

function plainHeader({ path, type, size, mtimeNs, target }: TarEntry): Uint8Array {
  const header = new Uint8Array(BLOCK_BYTES);
  const text = (at: number, value: string, most: number): void => void new TextEncoder().encodeInto(value, header.subarray(at, at + most));
  const octal = (at: number, value: number, digits: number): void => text(at, Math.min(value, 8 ** digits - 1).toString(8).padStart(digits, "0"), digits);
  text(0, path, NAME_BYTES);
  octal(100, type === TypeFlag.directory ? 0o755 : type === TypeFlag.symlink ? 0o777 : 0o644, 7);
  octal(108, 0, 7);
  octal(116, 0, 7);
  octal(124, size, 11);
  octal(136, mtimeNs < 0n ? 0 : Number(mtimeNs / SECOND), 11);
  text(148, "        ", 8);
  text(156, type, 1);
  text(157, target, NAME_BYTES);
  text(257, "ustar\0", 6);
  text(263, "00", 2);
  octal(148, header.reduce((sum, byte) => sum + byte, 0), 6);
  header[154] = 0;
  return header;
}

/** A header as it stands, or what is wrong with it. All zero: the end. */
export function decodeHeader(header: Uint8Array): TarEntry | "end" | string {
  if (header.every((byte) => byte === 0)) return "end";
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  const number = (at: number, length: number): number => {
    const field = header.subarray(at, at + length);
    // GNU tar writes large numbers in binary.
    if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0]! & 0x7f);
    const digits = text(field).trim();
    return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
  };
  if (number(148, 8) !== sum) return "no header of an archive: its checksum is wrong";
  const prefix = text(header.subarray(257, 262)) === "ustar" && header[262] === 0 ? text(header.subarray(345, 500)) : "";
  const size = number(124, 12);
  const seconds = number(136, 12);
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(seconds)) return "a header with a size or time that is none";
  const name = text(header.subarray(0, 100));
  const flag = String.fromCharCode(header[156]!);
  return { path: prefix === "" ? name : `${prefix}/${name}`, type: flag === "\0" || flag === "7" ? TypeFlag.regular : flag, size, mtimeNs: BigInt(seconds) * SECOND, target: text(header.subarray(157, 257)) };
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

/** What an extended header changes; undefined when it is malformed. */
export function decodeExtended(data: Uint8Array): Partial<TarEntry> | undefined {
  const changes: { path?: string; target?: string; size?: number; mtimeNs?: bigint } = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(new TextDecoder().decode(data.subarray(at, Math.max(at, space))));
    if (space === -1 || !Number.isSafeInteger(length) || length < space - at + 3 || at + length > data.length || data[at + length - 1] !== 0x0a) return undefined;
    const [key, value = ""] = new TextDecoder().decode(data.subarray(space + 1, at + length - 1)).split(/=(.*)/s);
    if (key === "path") changes.path = value;
    else if (key === "linkpath") changes.target = value;
    else if (key === "size") {
      const size = Number(value);
      if (!Number.isSafeInteger(size) || size < 0) return undefined;
      changes.size = size;
    } else if (key === "mtime") {
      const parts = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(value);
      if (parts === null) return undefined;
      const ns = BigInt(parts[2]!) * SECOND + BigInt((parts[3] ?? "").slice(0, 9).padEnd(9, "0"));
      changes.mtimeNs = parts[1] === "-" ? -ns : ns;
    }
    at += length;
  }
  return changes;
}
