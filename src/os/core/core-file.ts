/**
 * Core files: what a process had in its memories, globals and tables when it faulted, with its
 * backtrace, as a WebAssembly module that is never instantiated. docs/core-files.md has the format.
 *
 * Memories become active data segments of the pages that are not all zero, up to a bound for all
 * of them together; mutable globals of number types become constant globals. What the tool
 * conventions have no place for is JSON in the custom section `isola.core`.
 *
 * Spec: tool conventions, Coredump; core binary/modules.
 */
import type { FaultReport } from "#kernel";
import { printCall } from "#kernel";
import { ByteWriter } from "#wasm";
import type { Instance, MemoryType, Store } from "#wasm";
import { numberTypeOf } from "./global-type.ts";
import type { NumberType } from "./global-type.ts";
import { capturedRanges } from "./memory-ranges.ts";
import type { Captured } from "./memory-ranges.ts";

export const CORE_BYTES_DEFAULT = 256 * 1024 ** 2;
export const CORE_BYTES_MAX = 1024 ** 3;
/** Contents of tables that are listed, for each table. */
const ELEMENTS_LISTED = 10_000;
/** More than any module may define of either. */
const ITEMS_MAX = 100_000;

const Section = { custom: 0, memory: 5, global: 6, data: 11 } as const;
const Op = { i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, end: 0x0b } as const;
const TYPE_CODES: Readonly<Record<NumberType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

interface CoreMemory {
  readonly type: MemoryType;
  readonly raw: WebAssembly.Memory;
}
interface CoreGlobal {
  readonly type: NumberType;
  readonly value: number | bigint;
}
interface CoreInstance {
  readonly instance: Instance;
  /** Indices among the memories and globals of the core. */
  readonly memories: readonly number[];
  readonly globals: readonly number[];
  /** Which global of the instance each of `globals` is. */
  readonly globalIndices: readonly number[];
  readonly tables: readonly CoreTable[];
}
interface CoreTable {
  readonly length: number;
  /** The index of the function in its own module, or null for no function. */
  readonly elements: readonly (number | null)[];
}

/** `maxBytes` bounds the bytes of memories in it; what did not fit is told in the file. */
export function encodeCore(store: Store, fault: Omit<FaultReport, "core">, maxBytes: number): Uint8Array<ArrayBuffer> {
  const memories: CoreMemory[] = [];
  const globals: CoreGlobal[] = [];
  const instances = [...store.instances].map((instance) => collect(instance, memories, globals));
  let left = Math.min(maxBytes, CORE_BYTES_MAX);
  const captured = memories.map(({ raw }) => {
    const ranges = capturedRanges(raw.buffer, left);
    left -= ranges.captured;
    return ranges;
  });
  const facts = encodeUtf8(JSON.stringify(factsOf(fault, instances, captured)));
  const writer = new ByteWriter(captured.reduce((sum, { captured: bytes, ranges }) => sum + bytes + 16 * ranges.length, 4096 + facts.length));
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) writer.u8(byte);
  custom(writer, "core", () => {
    writer.u8(0);
    writer.name(fault.program);
  });
  custom(writer, "coremodules", () => {
    writer.u32(instances.length);
    for (const { instance } of instances) {
      writer.u8(0);
      writer.name(instance.module.name);
    }
  });
  custom(writer, "coreinstances", () => {
    writer.u32(instances.length);
    instances.forEach(({ memories: own, globals: ownGlobals }, index) => {
      writer.u8(0);
      writer.u32(index);
      list(writer, own);
      list(writer, ownGlobals);
    });
  });
  custom(writer, "corestack", () => {
    writer.u8(0);
    writer.name(`thread ${fault.thread}`);
    const frames = fault.trap?.frames ?? [];
    writer.u32(frames.length);
    for (const frame of frames) {
      writer.u8(0);
      writer.u32(Math.max(0, instances.findIndex(({ instance }) => instance.module === frame.module)));
      writer.u32(frame.funcIndex);
      // Where the function starts is not kept; offsets in the module are in `isola.core`. No locals, no stack.
      writer.u32(0);
      writer.u32(0);
      writer.u32(0);
    }
  });
  custom(writer, "isola.core", () => writer.append(facts));
  if (memories.length > 0) section(writer, Section.memory, () => writeMemories(writer, memories));
  if (globals.length > 0) section(writer, Section.global, () => writeGlobals(writer, globals));
  if (memories.length > 0) section(writer, Section.data, () => writeData(writer, memories, captured));
  return writer.view();
}

function collect(instance: Instance, memories: CoreMemory[], globals: CoreGlobal[]): CoreInstance {
  const { layout } = instance.module;
  const memoryIndices: number[] = [];
  layout.memories.forEach((type, index) => {
    const raw = instance.hidden.memory(index)?.raw;
    if (raw === undefined) return;
    let known = memories.findIndex((memory) => memory.raw === raw);
    if (known === -1) known = memories.push({ type, raw }) - 1;
    memoryIndices.push(known);
  });
  const own: number[] = [];
  const globalIndices: number[] = [];
  for (let index = 0; index < ITEMS_MAX; index++) {
    const raw = instance.hidden.global(index);
    if (raw === undefined) break;
    const type = numberTypeOf(raw);
    if (type === undefined) continue;
    own.push(globals.push({ type, value: raw.value as number | bigint }) - 1); // a number type has such values
    globalIndices.push(index);
  }
  const tables: CoreTable[] = [];
  layout.tables.forEach((_, index) => {
    const table = instance.hidden.table(index)?.raw;
    if (table !== undefined) tables.push({ length: Number(table.length), elements: elementsOf(table) });
  });
  return { instance, memories: memoryIndices, globals: own, globalIndices, tables };
}

function elementsOf(table: WebAssembly.Table): (number | null)[] {
  const elements: (number | null)[] = [];
  const length = Math.min(Number(table.length), ELEMENTS_LISTED);
  for (let index = 0; index < length; index++) {
    let element: unknown;
    try {
      element = table.get((typeof (table.length as number | bigint) === "bigint" ? BigInt(index) : index) as number);
    } catch {
      // Of a type that cannot be seen from outside.
      return [];
    }
    // The name of an exported function is its index. Spec: JS API, create a new Exported Function.
    elements.push(typeof element === "function" && /^[0-9]+$/.test(element.name) ? Number(element.name) : null);
  }
  while (elements.at(-1) === null) elements.pop();
  return elements;
}

function factsOf(fault: Omit<FaultReport, "core">, instances: readonly CoreInstance[], captured: readonly Captured[]): object {
  const { program, process, thread, message, trap, usage, calls } = fault;
  return {
    version: 1, program, process, thread, message,
    trap: trap?.trap ?? null,
    frames: (trap?.frames ?? []).map(({ module, funcIndex, funcName, offset, source }) => ({
      module: module.name, function: funcIndex, name: funcName ?? null, offset: offset ?? null,
      source: source === undefined ? null : `${source.file}:${source.line}`,
    })),
    usage,
    calls: calls.map((call) => ({ thread: call.thread, call: printCall(call) })),
    memories: captured.map(({ byteLength, captured: bytes, cut }) => ({ bytes: byteLength, captured: bytes, cut })),
    instances: instances.map(({ instance, globalIndices, tables }) => ({ module: instance.module.name, globals: globalIndices, tables })),
  };
}

function writeMemories(writer: ByteWriter, memories: readonly CoreMemory[]): void {
  writer.u32(memories.length);
  for (const { type, raw } of memories) {
    const pages = BigInt(raw.buffer.byteLength) >> BigInt(type.pageSizeLog2);
    const isCustom = type.pageSizeLog2 !== 16;
    writer.u8((type.shared ? 0b0011 : 0) | (type.addr === "i64" ? 0b0100 : 0) | (isCustom ? 0b1000 : 0));
    writer.u64(pages);
    if (type.shared) writer.u64(type.limits.max ?? pages);
    if (isCustom) writer.u32(type.pageSizeLog2);
  }
}

function writeGlobals(writer: ByteWriter, globals: readonly CoreGlobal[]): void {
  const bytes = new DataView(new ArrayBuffer(8));
  writer.u32(globals.length);
  for (const { type, value } of globals) {
    writer.u8(TYPE_CODES[type]);
    writer.u8(0);
    switch (type) {
      case "i32":
        writer.u8(Op.i32Const);
        writer.s32(Number(value));
        break;
      case "i64":
        writer.u8(Op.i64Const);
        writer.s64(BigInt(value));
        break;
      case "f32":
        writer.u8(Op.f32Const);
        bytes.setFloat32(0, Number(value), true);
        writer.append(new Uint8Array(bytes.buffer, 0, 4));
        break;
      case "f64":
        writer.u8(Op.f64Const);
        bytes.setFloat64(0, Number(value), true);
        writer.append(new Uint8Array(bytes.buffer, 0, 8));
        break;
    }
    writer.u8(Op.end);
  }
}

function writeData(writer: ByteWriter, memories: readonly CoreMemory[], captured: readonly Captured[]): void {
  writer.u32(captured.reduce((sum, { ranges }) => sum + ranges.length, 0));
  memories.forEach(({ type, raw }, memory) => {
    const bytes = new Uint8Array(raw.buffer);
    for (const { start, end } of captured[memory]!.ranges) { // made from `memories`
      writer.u8(2);
      writer.u32(memory);
      writer.u8(type.addr === "i64" ? Op.i64Const : Op.i32Const);
      if (type.addr === "i64") writer.s64(BigInt(start));
      else writer.s32(start);
      writer.u8(Op.end);
      writer.u32(end - start);
      writer.append(bytes.subarray(start, end));
    }
  });
}

function list(writer: ByteWriter, indices: readonly number[]): void {
  writer.u32(indices.length);
  for (const index of indices) writer.u32(index);
}

function custom(writer: ByteWriter, name: string, write: () => void): void {
  section(writer, Section.custom, () => {
    writer.name(name);
    write();
  });
}

function section(writer: ByteWriter, id: number, write: () => void): void {
  writer.u8(id);
  const size = writer.openSize();
  write();
  writer.closeSize(size);
}

function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

