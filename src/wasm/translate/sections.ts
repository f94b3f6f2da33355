/**
 * Puts the translated module together: the guest's sections with the translator's entries
 * appended, in the order that the specification asks for.
 *
 * Entries of the guest are copied as bytes. Dropped are the memory section (when memories
 * became imports), the start section, branch hints (written anew) and `.debug_*`; every other
 * custom section stays where it was.
 *
 * Spec: core binary/modules.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule, SectionRange } from "../binary/module.ts";
import type { MemoryType } from "../types/externtype.ts";
import { BRANCH_HINT } from "./guest-hints.ts";
import { HOOK_COUNT, Hook } from "./translated.ts";
import type { Helpers } from "./helpers.ts";
import { writePassiveDatas, writePassiveElems } from "./late-segments.ts";
import type { HiddenNames } from "./translated.ts";

export const SectionId = {
  custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7,
  start: 8, elem: 9, code: 10, data: 11, dataCount: 12, tag: 13,
} as const;

/** Sections in the order in which they stand in a module. */
const ORDER: readonly number[] = [
  SectionId.type, SectionId.import, SectionId.function, SectionId.table, SectionId.memory, SectionId.tag,
  SectionId.global, SectionId.export, SectionId.start, SectionId.elem, SectionId.dataCount, SectionId.code, SectionId.data,
];

const ExternCode = { func: 0, table: 1, memory: 2, global: 3 } as const;

export interface Parts {
  readonly hidden: HiddenNames;
  /** Memories to import instead of define, by index in the memory space. */
  readonly memories: readonly { readonly index: number; readonly type: MemoryType }[];
  readonly flag: boolean;
  readonly fuel: boolean;
  readonly helpers: Helpers;
  /** Code section entries of the guest's functions. */
  readonly code: Uint8Array;
  /** How many functions have branch hints, and their entries of that section. */
  readonly hints: { readonly functions: number; readonly entries: Uint8Array };
}

export interface Assembled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the entries of `Parts.code` came to lie. */
  readonly codeBase: number;
}

export function assembleModule(module: DecodedModule, parts: Parts): Assembled {
  const { helpers } = parts;
  if (parts.hidden.segments !== undefined) helpers.runSegments();
  const out = new ByteWriter(module.bytes.length + parts.code.length - droppedLength(module) + helpers.bodies.length
    + helpers.types.length + parts.hints.entries.length + 65536);
  out.copy(module.bytes, 0, 8);
  let next = 0;
  let codeBase = 0;
  const put = (id: number, original: SectionRange | undefined): void => {
    const base = writeKnown(out, id, original, module, parts);
    if (base > 0) codeBase = base;
  };
  for (const section of module.sections) {
    if (section.id === SectionId.custom) {
      if (!isDropped(section.name)) out.copy(module.bytes, section.header, section.end);
      continue;
    }
    const place = ORDER.indexOf(section.id);
    while (next < place) put(ORDER[next++]!, undefined);
    put(section.id, section);
    next = place + 1;
  }
  while (next < ORDER.length) put(ORDER[next++]!, undefined);
  return { bytes: out.view(), codeBase };
}

/** Bytes of sections that are dropped or written anew from `Parts`. */
function droppedLength(module: DecodedModule): number {
  let length = 0;
  for (const { id, name, start, end } of module.sections) {
    if (id === SectionId.code || (id === SectionId.custom && isDropped(name))) length += end - start;
  }
  return length;
}

function isDropped(name: string | undefined): boolean {
  return name === BRANCH_HINT || name?.startsWith(".debug_") === true;
}

/** Writes a section that is no custom one; returns the base of the guest's code, or 0. */
function writeKnown(out: ByteWriter, id: number, original: SectionRange | undefined, module: DecodedModule, parts: Parts): number {
  const { helpers } = parts;
  /** Mutable i64 globals that begin at zero: fuel, and the budget for objects. */
  const counters = (parts.fuel ? 1 : 0) + ((helpers.usedHooks >> Hook.gcAllocate) & 1);
  switch (id) {
    case SectionId.type:
      writeVector(out, id, original, module, helpers.typeCount, () => out.append(helpers.types.view()));
      break;
    case SectionId.import:
      writeVector(out, id, original, module, parts.memories.length + (parts.flag ? 1 : 0), () => writeImports(out, parts));
      break;
    case SectionId.function:
      writeVector(out, id, original, module, helpers.functionTypes.length, () => {
        for (const type of helpers.functionTypes) out.u32(type);
      });
      break;
    case SectionId.table:
      writeVector(out, id, original, module, 1, () => {
        out.u8(0x70); out.u8(1); out.u32(HOOK_COUNT); out.u32(HOOK_COUNT);
      });
      break;
    case SectionId.memory:
      if (parts.memories.length === 0) writeVector(out, id, original, module, 0, () => {});
      break;
    case SectionId.global:
      writeVector(out, id, original, module, counters, () => {
        for (let i = 0; i < counters; i++) {
          out.u8(0x7e); out.u8(1); out.u8(0x42); out.u8(0); out.u8(0x0b);
        }
      });
      break;
    case SectionId.export:
      writeExports(out, original, module, parts);
      break;
    case SectionId.start:
      break;
    case SectionId.code:
      return writeCode(out, parts, module);
    case SectionId.elem:
    case SectionId.dataCount:
    case SectionId.data:
      writeSegments(out, id, original, module, parts.hidden.segments !== undefined);
      break;
    default:
      if (original !== undefined) out.copy(module.bytes, original.header, original.end);
  }
  return 0;
}

/** The segments as they are, or all of them passive; their count is needed then. */
function writeSegments(out: ByteWriter, id: number, original: SectionRange | undefined, module: DecodedModule, late: boolean): void {
  const { elems, datas } = module;
  if (!late) {
    if (original !== undefined) out.copy(module.bytes, original.header, original.end);
    return;
  }
  const count = id === SectionId.elem ? elems.length : datas.length;
  if (count === 0) return;
  out.u8(id);
  const mark = out.openSize();
  out.u32(count);
  if (id === SectionId.elem) writePassiveElems(out, module);
  else if (id === SectionId.data) writePassiveDatas(out, module);
  out.closeSizeTight(mark);
}

/** The guest's entries, then `more` that `write` adds. No section without entries comes into being. */
function writeVector(
  out: ByteWriter, id: number, original: SectionRange | undefined, module: DecodedModule, more: number, write: () => void,
): void {
  if (original === undefined && more === 0) return;
  let count = 0;
  let entries = original?.start ?? 0;
  if (original !== undefined) {
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = module.bytes[entries++]!;
      count |= (byte & 0x7f) << shift;
      if (!(byte >= 0x80)) break;
    }
  }
  out.u8(id);
  const mark = out.openSize();
  out.u32((count >>> 0) + more);
  if (original !== undefined) out.copy(module.bytes, entries, original.end);
  if (more > 0) write();
  out.closeSizeTight(mark);
}

function writeImports(out: ByteWriter, parts: Parts): void {
  for (const { index, type } of parts.memories) {
    out.name(parts.hidden.module);
    out.name(String(index));
    out.u8(ExternCode.memory);
    const paged = type.pageSizeLog2 !== 16;
    const { min, max } = type.limits;
    out.u8((max === undefined ? 0 : 1) | (type.shared ? 2 : 0) | (type.addr === "i64" ? 4 : 0) | (paged ? 8 : 0));
    out.u64(min);
    if (max !== undefined) out.u64(max);
    if (paged) out.u32(type.pageSizeLog2);
  }
  if (parts.flag) {
    out.name(parts.hidden.module);
    out.name("flag");
    out.u8(ExternCode.memory);
    out.u8(3); out.u8(1); out.u8(1);
  }
}

function writeExports(out: ByteWriter, original: SectionRange | undefined, module: DecodedModule, parts: Parts): void {
  const { hidden } = parts;
  const { memories, tables, globals } = module;
  const more = 1 + memories.length + tables.length + globals.length + (hidden.segments === undefined ? 0 : 1)
    + (hidden.start === undefined ? 0 : 1) + (hidden.fuel === undefined ? 0 : 1);
  const put = (name: string, kind: number, index: number): void => {
    out.name(name);
    out.u8(kind);
    out.u32(index);
  };
  writeVector(out, SectionId.export, original, module, more, () => {
    put(hidden.hooks, ExternCode.table, parts.helpers.hookTable);
    for (let i = 0; i < memories.length; i++) put(`${hidden.prefix}memory${i}`, ExternCode.memory, i);
    for (let i = 0; i < tables.length; i++) put(`${hidden.prefix}table${i}`, ExternCode.table, i);
    for (let i = 0; i < globals.length; i++) put(`${hidden.prefix}global${i}`, ExternCode.global, i);
    if (hidden.segments !== undefined) put(hidden.segments, ExternCode.func, parts.helpers.runSegments());
    if (hidden.start !== undefined) put(hidden.start, ExternCode.func, module.start!);
    if (hidden.fuel !== undefined) put(hidden.fuel, ExternCode.global, parts.helpers.fuelGlobal);
  });
}

function writeCode(out: ByteWriter, parts: Parts, module: DecodedModule): number {
  const { helpers } = parts;
  const count = module.bodies.length + helpers.functionTypes.length;
  if (count === 0) return 0;
  if (parts.hints.functions > 0) {
    out.u8(SectionId.custom);
    const mark = out.openSize();
    out.name(BRANCH_HINT);
    out.u32(parts.hints.functions);
    out.append(parts.hints.entries);
    out.closeSizeTight(mark);
  }
  out.u8(SectionId.code);
  // The size is padded so that the code does not move any more.
  const mark = out.openSize();
  out.u32(count);
  const base = out.length;
  out.append(parts.code);
  out.append(helpers.bodies.view());
  out.closeSize(mark);
  return base;
}
