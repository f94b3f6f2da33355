/**
 * Reads a tar archive, as far as the archives of the test programs go: regular files and directories,
 * ustar prefixes, long names of GNU tar, and headers of pax, of which the path is used.
 *
 * Spec: POSIX pax, ustar interchange format.
 */
import { gunzipSync } from "node:zlib";

const BLOCK = 512;

export class TarError extends Error {}

/** The regular files of an archive by path, without a leading "./". */
export function readTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (start: number, length: number): string => {
    const field = bytes.subarray(start, start + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
  };
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = parseInt(text(at + 124, 12).trim() || "0", 8);
    const sum = parseInt(text(at + 148, 8).trim(), 8);
    let found = 0;
    for (let i = 0; i < BLOCK; i++) found += i >= 148 && i < 156 ? 0x20 : bytes[at + i]!;
    if (found !== sum) throw new TarError(`the header at ${at} has the checksum ${found}, not ${sum}`);
    const start = at + BLOCK;
    if (!(start + size <= bytes.length)) throw new TarError(`the file at ${at} is cut off`);
    const data = bytes.subarray(start, start + size);
    const type = text(at + 156, 1);
    const prefix = text(at + 257, 5) === "ustar" ? text(at + 345, 155) : "";
    const name = longName ?? (prefix === "" ? text(at, 100) : `${prefix}/${text(at, 100)}`);
    longName = undefined;
    if (type === "" || type === "0") files.set(name.replace(/^(\.\/)+/, ""), data);
    else if (type === "L") longName = text(start, size);
    else if (type === "x") longName = /^\d+ path=(.*)$/m.exec(new TextDecoder().decode(data))?.[1];
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

export function readTarGz(bytes: Uint8Array): Map<string, Uint8Array> {
  return readTar(gunzipSync(bytes));
}
