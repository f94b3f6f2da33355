/**
 * What a core file tells, as values that JSON can hold. The sections of the tool conventions are
 * read from any core file; `isola.core` is there in ours.
 *
 * Spec: tool conventions, Coredump; docs/core-files.md.
 */
import { ByteReader, DecodeError } from "#wasm";
import type { DecodedModule } from "#wasm";

/** What a file may claim before we stop believing it. */
const ITEMS_MAX = 100_000;
const VALUE_BYTES: Readonly<Record<number, number>> = { 0x01: 0, 0x7d: 4, 0x7c: 8 };

export interface CoreFrame {
  readonly instance: number;
  readonly function: number;
  readonly codeOffset: number;
}
export interface CoreFacts {
  readonly executable: string;
  readonly modules: readonly string[];
  readonly instances: readonly { readonly module: number; readonly memories: readonly number[]; readonly globals: readonly number[] }[];
  readonly threads: readonly { readonly name: string; readonly frames: readonly CoreFrame[] }[];
  /** The contents of `isola.core`, if there is one that can be read. */
  readonly isola: Readonly<Record<string, unknown>> | null;
}

/** Undefined when it is no core file. @throws DecodeError when it is a damaged one. */
export function coreFacts(module: DecodedModule): CoreFacts | undefined {
  const readers = (name: string): ByteReader[] => module.customs.filter((custom) => custom.name === name)
    .map(({ range }) => new ByteReader(module.bytes, range.start, range.end));
  const [core] = readers("core");
  if (core === undefined) return undefined;
  version(core);
  const executable = core.name();
  const modules = readers("coremodules").flatMap((reader) => vector(reader, () => {
    version(reader);
    return reader.name();
  }));
  const instances = readers("coreinstances").flatMap((reader) => vector(reader, () => {
    version(reader);
    return { module: reader.u32(), memories: vector(reader, () => reader.u32()), globals: vector(reader, () => reader.u32()) };
  }));
  const threads = readers("corestack").map((reader) => {
    version(reader);
    return { name: reader.name(), frames: vector(reader, () => frame(reader)) };
  });
  const own = module.customs.find(({ name }) => name === "isola.core");
  return { executable, modules, instances, threads, isola: own === undefined ? null : parseFacts(module.bytes.subarray(own.range.start, own.range.end)) };
}

function version(reader: ByteReader): void {
  if (reader.u8() !== 0) throw new DecodeError("decode/zero-byte", { module: "core", offset: reader.pos - 1, path: "" }, "a core section of an unknown version");
}

function vector<T>(reader: ByteReader, item: () => T): T[] {
  const items: T[] = [];
  for (let left = Math.min(reader.u32(), ITEMS_MAX); left > 0; left--) items.push(item());
  return items;
}

function frame(reader: ByteReader): CoreFrame {
  version(reader);
  const read = { instance: reader.u32(), function: reader.u32(), codeOffset: reader.u32() };
  for (const _ of ["locals", "stack"]) vector(reader, () => value(reader));
  return read;
}

function value(reader: ByteReader): void {
  const type = reader.u8();
  if (type === 0x7f || type === 0x7e) {
    // A number in LEB128.
    while (reader.u8() >= 0x80);
    return;
  }
  for (let left = VALUE_BYTES[type] ?? 0; left > 0; left--) reader.u8();
}

function parseFacts(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : null;
  } catch {
    return null;
  }
}
