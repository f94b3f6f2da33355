/** What `isola inspect` tells about a module, as values that JSON can hold; types are in the words of the text format. */
import { ByteReader, DecodeError, ValidateError, activeSegments, decodeModule, decodeNames, hostValidate, localTypes, printExternType, printSubType } from "#wasm";
import type { DecodedModule, ExternKind } from "#wasm";
import { SECTION_NAMES, describePlace } from "./describe-place.ts";
import type { LoadedModule } from "./load-module.ts";
import { whatIsWrong } from "./report.ts";

const LARGEST = 10;
/** What a toolchain may claim in "target_features" before we stop believing it. */
const CLAIMS_MAX = 1000;

export interface ModuleFacts {
  readonly file: string;
  /** Length in bytes of the binary. */
  readonly size: number;
  /** The module's own name. */
  readonly name: string | null;
  readonly valid: boolean;
  /** Why it is invalid. */
  readonly error: string | null;
  readonly sections: readonly { readonly id: number; readonly name: string; readonly offset: number; readonly size: number }[];
  /** By type index. */
  readonly types: readonly string[];
  readonly imports: readonly { readonly module: string; readonly name: string; readonly kind: ExternKind; readonly type: string }[];
  readonly exports: readonly { readonly name: string; readonly kind: ExternKind; readonly index: number; readonly type: string }[];
  readonly counts: { readonly [K in ExternKind]: { readonly imported: number; readonly defined: number } };
  readonly memories: readonly string[];
  readonly tables: readonly string[];
  readonly start: { readonly index: number; readonly name: string | null } | null;
  readonly elementSegments: number;
  readonly dataSegments: number;
  readonly dataBytes: number;
  /** What is written at instantiation, of a valid module; the first thousand. `offset` is decimal, and null when it depends on imports. */
  readonly activeSegments: readonly { readonly kind: "elem" | "data"; readonly index: number; readonly target: number; readonly offset: string | null; readonly size: number }[];
  /** Function bodies, largest first. */
  readonly largestFunctions: readonly { readonly index: number; readonly name: string | null; readonly offset: number; readonly size: number }[];
  /** Proposals beyond the first version that its types and definitions use. */
  readonly features: readonly string[];
  /** The toolchain's own claim, such as "+simd128". */
  readonly targetFeatures: readonly string[];
}

/** @throws DecodeError */
export function moduleFacts({ name: file, bytes }: LoadedModule): ModuleFacts {
  const module = decodeModule(bytes, file);
  const names = decodeNames(module);
  const invalid = whyInvalid(module);
  const lookup = (index: number): (typeof module.types)[number] | undefined => module.types[index];
  const spaces = { func: module.funcs, table: module.tables, memory: module.memories, global: module.globals, tag: module.tags };
  const typeOf = (kind: ExternKind, index: number): string => printExternType(spaces[kind][index]!, lookup); // the decoder has checked the index
  const count = (kind: ExternKind): { imported: number; defined: number } => ({
    imported: module.importCounts[kind],
    defined: spaces[kind].length - module.importCounts[kind],
  });
  const bodies = module.bodies.map(({ start, end }, index) => ({ index: module.importCounts.func + index, offset: start, size: end - start }));
  return {
    file,
    size: bytes.length,
    name: names.moduleName ?? null,
    valid: invalid === undefined,
    error: invalid ?? null,
    sections: module.sections.map(({ id, name, start, end }) => ({ id, name: name ?? SECTION_NAMES[id] ?? "unknown", offset: start, size: end - start })),
    types: module.types.map(printSubType),
    imports: module.imports.map(({ module: from, name, type }) => ({ module: from, name, kind: type.kind, type: printExternType(type, lookup) })),
    exports: module.exports.map(({ name, kind, index }) => ({ name, kind, index, type: typeOf(kind, index) })),
    counts: { func: count("func"), table: count("table"), memory: count("memory"), global: count("global"), tag: count("tag") },
    memories: module.memories.map((_, index) => typeOf("memory", index)),
    tables: module.tables.map((_, index) => typeOf("table", index)),
    start: module.start === undefined ? null : { index: module.start, name: names.funcName(module.start) ?? null },
    elementSegments: module.elems.length,
    dataSegments: module.datas.length,
    dataBytes: module.datas.reduce((sum, { start, end }) => sum + end - start, 0),
    activeSegments: invalid !== undefined ? [] : activeSegments(module).map(({ kind, index, target, offset, size }) => ({ kind, index, target, offset: offset?.toString() ?? null, size })),
    largestFunctions: bodies
      .sort((a, b) => b.size - a.size || a.index - b.index)
      .slice(0, LARGEST)
      .map(({ index, offset, size }) => ({ index, name: names.funcName(index) ?? null, offset, size })),
    features: features(module),
    targetFeatures: targetFeatures(module),
  };
}

function whyInvalid(module: DecodedModule): string | undefined {
  try {
    hostValidate(module, undefined);
    return undefined;
  } catch (error) {
    if (!(error instanceof ValidateError || error instanceof DecodeError)) throw error;
    return whatIsWrong(error, describePlace(module.bytes, error));
  }
}

/** Seen in types and definitions; what only function bodies would show is not looked for. */
function features(module: DecodedModule): string[] {
  const found: [string, boolean][] = [
    ["multi-value", module.types.some(({ comp }) => comp.kind === "func" && comp.results.length > 1)],
    ["multi-memory", module.memories.length > 1],
    ["memory64", [...module.memories, ...module.tables].some(({ addr }) => addr === "i64")],
    ["custom page sizes", module.memories.some(({ pageSizeLog2 }) => pageSizeLog2 !== 16)],
    ["threads", module.memories.some(({ shared }) => shared)],
    ["SIMD", usesVectors(module)],
    ["exception handling", module.tags.length > 0],
    ["garbage collection", module.types.some(({ final, comp }) => !final || comp.kind !== "func") || module.recGroups.some(({ types }) => types.length > 1)],
  ];
  return found.filter(([, used]) => used).map(([name]) => name);
}

function usesVectors(module: DecodedModule): boolean {
  return module.types.some(({ comp }) => comp.kind === "func" && [...comp.params, ...comp.results].includes("v128"))
    || module.globals.some(({ value }) => value === "v128")
    || module.bodies.some((body) => localTypes(module, body).includes("v128"));
}

/** Spec: tool conventions, Target Features Section. A custom section is only a claim: a damaged one says nothing. */
function targetFeatures(module: DecodedModule): string[] {
  const section = module.customs.find(({ name }) => name === "target_features");
  if (section === undefined) return [];
  try {
    const reader = new ByteReader(module.bytes, section.range.start, section.range.end);
    const found: string[] = [];
    for (let left = Math.min(reader.u32(), CLAIMS_MAX); left > 0; left--) found.push(String.fromCharCode(reader.u8()) + reader.name());
    return found;
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
