/**
 * Bytes to a `DecodedModule`.
 *
 * Sections other than custom ones come at most once and in the prescribed order; each must fill
 * its size exactly. What is checked is what the rest of the project relies on: encodings, sizes,
 * counts, and indices outside of function bodies. Bodies and types are validated by the host.
 *
 * Spec: core binary/modules.
 */
import { ByteReader } from "./byte-reader.ts";
import { checkCode } from "./check-code.ts";
import { decodeCodeSection } from "./code-section.ts";
import { decodeDataCountSection, decodeDataSection } from "./data-section.ts";
import { DecodeError } from "./decode-error.ts";
import { decodeFuncSection, decodeGlobalSection, decodeMemorySection, decodeTableSection, decodeTagSection } from "./definition-sections.ts";
import { decodeElemSection } from "./elem-section.ts";
import { decodeExportSection, decodeStartSection } from "./export-section.ts";
import { decodeImportSection } from "./import-section.ts";
import { ModuleState } from "./module-state.ts";
import type { CustomSection, DecodedModule, SectionRange } from "./module.ts";
import { decodeTypeSection } from "./type-section.ts";

const MAGIC = 0x6d736100;
const VERSION = 1;
const HEADER_WORD_BYTES = 4;
const CUSTOM = 0;

/** In the order of the format, which is not the order of the ids. */
const SECTIONS: readonly (readonly [id: number, name: string, decode: (state: ModuleState) => void])[] = [
  [1, "type", decodeTypeSection],
  [2, "import", decodeImportSection],
  [3, "func", decodeFuncSection],
  [4, "table", decodeTableSection],
  [5, "memory", decodeMemorySection],
  [13, "tag", decodeTagSection],
  [6, "global", decodeGlobalSection],
  [7, "export", decodeExportSection],
  [8, "start", decodeStartSection],
  [9, "elem", decodeElemSection],
  [12, "datacount", decodeDataCountSection],
  [10, "code", decodeCodeSection],
  [11, "data", decodeDataSection],
];

/**
 * Decodes a whole module. The result keeps `bytes`, which must not change from then on.
 *
 * @throws DecodeError, and nothing else, whatever the bytes are.
 */
export function decodeModule(bytes: Uint8Array, moduleName = ""): DecodedModule {
  const reader = new ByteReader(bytes, 0, bytes.length, moduleName);
  decodeHeader(reader);
  const state = new ModuleState(reader);
  // Sections are read up to the end of the file and compared with their size afterwards, so that
  // a wrong size is told from a wrong content as the core suite tells them.
  reader.endCode = "decode/unexpected-end-of-section";
  const sections: SectionRange[] = [];
  const customs: CustomSection[] = [];
  try {
    decodeSections(state, sections, customs);
  } catch (error) {
    // A malformed instruction may have shifted all that follows; it is the better reason then.
    if (error instanceof DecodeError) checkCode(bytes, state, moduleName);
    throw error;
  }
  const { recGroups, types, imports, funcs, tables, memories, tags, globals, importCounts } = state;
  const { tableDefs, globalDefs, exports, start, elems, dataCount, datas, bodies } = state;
  return {
    bytes, sections, recGroups, types, imports, funcs, tables, memories, tags, globals, importCounts,
    tableDefs, globalDefs, exports, start, elems, dataCount, datas, bodies, customs,
  };
}

function decodeSections(state: ModuleState, sections: SectionRange[], customs: CustomSection[]): void {
  const { reader } = state;
  let next = 0;
  while (reader.left > 0) {
    const header = reader.pos;
    const id = reader.u8();
    const place = SECTIONS.findIndex(([sectionId]) => sectionId === id);
    if (place < 0 && id !== CUSTOM) throw reader.error("decode/section-id", `found ${id}`, header);
    const length = reader.count();
    const start = reader.pos;
    const end = start + length;
    if (id === CUSTOM) {
      const custom = decodeCustom(reader, end);
      customs.push(custom);
      sections.push({ id, header, start, end, name: custom.name });
    } else {
      const [, name, decode] = SECTIONS[place]!;
      if (place < next) throw reader.error("decode/section-order", `second or late ${name} section`, header);
      next = place + 1;
      reader.section = name;
      decode(state);
      reader.item = -1;
      if (reader.pos !== end) {
        throw reader.error("decode/section-size", `size says 0x${end.toString(16)}, contents say otherwise`);
      }
      sections.push({ id, header, start, end, name: undefined });
    }
    reader.section = "";
  }
  checkCounts(state);
}

function decodeHeader(reader: ByteReader): void {
  reader.section = "header";
  if (u32le(reader) !== MAGIC) throw reader.error("decode/magic", "the file does not begin with \\0asm", 0);
  const version = u32le(reader);
  if (version !== VERSION) {
    throw reader.error("decode/version", `0x${version.toString(16)}, only 1 is known`, HEADER_WORD_BYTES);
  }
  reader.section = "";
}

function u32le(reader: ByteReader): number {
  const { bytes } = reader;
  const at = reader.range(HEADER_WORD_BYTES);
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function decodeCustom(reader: ByteReader, end: number): CustomSection {
  reader.section = "custom";
  const name = reader.name();
  const start = reader.pos;
  if (start > end || end > reader.end) {
    throw reader.error("decode/unexpected-end", "the name or the contents go on after the section");
  }
  reader.pos = end;
  return { name, range: { start, end } };
}

/** Rules between sections, some of which may be missing. */
function checkCounts(state: ModuleState): void {
  const { reader } = state;
  const defined = state.funcs.length - state.importCounts.func;
  if (defined !== state.bodies.length) {
    throw reader.error("decode/func-code-count", `${defined} functions, ${state.bodies.length} bodies`);
  }
  if (state.dataCount !== undefined && state.dataCount !== state.datas.length) {
    throw reader.error("decode/data-count", `${state.dataCount} announced, ${state.datas.length} found`);
  }
}
