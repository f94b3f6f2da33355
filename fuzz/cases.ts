/** The finds: modules that once showed a fault, kept for ever and numbered in order. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample } from "./corpus.ts";

const FOLDER = fileURLToPath(new URL("cases/", import.meta.url));

export function cases(): Sample[] {
  return caseNames().map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FOLDER, name))) }));
}

function caseNames(): string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".wasm")).sort() : [];
}

/** Keeps a module under the next free number; returns its file name. */
export function keepCase(bytes: Uint8Array): string {
  mkdirSync(FOLDER, { recursive: true });
  const last = caseNames().at(-1);
  const name = `${String(last === undefined ? 1 : Number.parseInt(last, 10) + 1).padStart(4, "0")}.wasm`;
  writeFileSync(join(FOLDER, name), bytes);
  return name;
}
