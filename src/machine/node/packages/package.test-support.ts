/** Packages made for tests: files on disk, and archives with whatever a hostile one may have in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { gzipSync } from "node:zlib";
import { joinBytes } from "#base";

export const MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const BLOCK = 512;
const ENCODER = new TextEncoder();

export interface Entry {
  readonly name: string;
  readonly data?: string | Uint8Array;
  /** "0" a file unless told. */
  readonly type?: string;
  /** Instead of the length of `data`. */
  readonly size?: number;
  readonly checksum?: number;
}

export function tar(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  return joinBytes([...entries.flatMap(blocksOf), new Uint8Array(2 * BLOCK)]);
}
export function tgz(entries: readonly Entry[]): Uint8Array {
  return gzipSync(tar(entries));
}

/** A header of the pax format with one record. */
export function pax(key: string, value: string): Entry {
  const rest = ENCODER.encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length++;
  return { name: "PaxHeader", type: "x", data: `${length} ${key}=${value}\n` };
}

function blocksOf({ name, data = "", type = "0", size, checksum }: Entry): Uint8Array[] {
  const bytes = typeof data === "string" ? ENCODER.encode(data) : data;
  const header = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => void header.set(ENCODER.encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put(`${(size ?? bytes.length).toString(8).padStart(11, "0")}\0`, 124);
  put("        ", 148);
  put(type, 156);
  put("ustar\u000000", 257);
  put(`${(checksum ?? header.reduce((sum, byte) => sum + byte, 0)).toString(8).padStart(6, "0")}\0 `, 148);
  return [header, bytes, new Uint8Array(-bytes.length & (BLOCK - 1))];
}

/** A new folder, taken away after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "isola-packages-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by path into a new folder. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = newFolder();
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
  return folder;
}

export function manifest(more: object = {}): string {
  return JSON.stringify({ name: "tools", version: "1.0.0", license: "MIT", ...more });
}
