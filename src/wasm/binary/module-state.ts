/**
 * What the section decoders know of a module so far: the reader and the growing index spaces.
 *
 * A section only sees what sections before it (in the prescribed order) added, which is exactly
 * what it may refer to. Checks of indices that several sections need stand here.
 */
import type { ExternKind, FuncRefType, GlobalType, MemoryType, RecGroup, SubType, TableType, TagType } from "../types/externtype.ts";
import type { TypeIdx } from "../types/valtype.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { DecodeErrorCode } from "./decode-error.ts";
import type { DataSegment, ElemSegment, Export, FuncBody, GlobalDef, Import, TableDef } from "./module.ts";
import { decodeTypeIdx } from "./value-types.ts";

const UNKNOWN: Readonly<Record<ExternKind, DecodeErrorCode>> = {
  func: "decode/unknown-func",
  table: "decode/unknown-table",
  memory: "decode/unknown-memory",
  global: "decode/unknown-global",
  tag: "decode/unknown-tag",
};

export class ModuleState {
  readonly reader: ByteReader;
  readonly recGroups: RecGroup[] = [];
  readonly types: SubType[] = [];
  readonly imports: Import[] = [];
  readonly funcs: FuncRefType[] = [];
  readonly tables: TableType[] = [];
  readonly memories: MemoryType[] = [];
  readonly tags: TagType[] = [];
  readonly globals: GlobalType[] = [];
  readonly importCounts: { [K in ExternKind]: number } = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  readonly tableDefs: TableDef[] = [];
  readonly globalDefs: GlobalDef[] = [];
  readonly exports: Export[] = [];
  start: number | undefined = undefined;
  readonly elems: ElemSegment[] = [];
  dataCount: number | undefined = undefined;
  readonly datas: DataSegment[] = [];
  readonly bodies: FuncBody[] = [];
  /** One shared value per type index. */
  readonly #funcTypes: FuncRefType[] = [];

  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  /** How many definitions of `kind` there are so far. */
  size(kind: ExternKind): number {
    switch (kind) {
      case "func":
        return this.funcs.length;
      case "table":
        return this.tables.length;
      case "memory":
        return this.memories.length;
      case "global":
        return this.globals.length;
      case "tag":
        return this.tags.length;
    }
  }

  /** Reads an index of `kind` that must exist. @throws DecodeError decode/unknown-*. */
  index(kind: ExternKind): number {
    const { reader } = this;
    const offset = reader.pos;
    return this.checkIndex(kind, reader.u32(), offset);
  }

  checkIndex(kind: ExternKind, index: number, offset: number): number {
    if (index >= this.size(kind)) {
      throw this.reader.error(UNKNOWN[kind], `${index}, the module has ${this.size(kind)} so far`, offset);
    }
    return index;
  }

  /** Reads the index of a function type. @throws DecodeError decode/unknown-type, decode/type-kind. */
  funcTypeIdx(): TypeIdx {
    const { reader } = this;
    const offset = reader.pos;
    const index = decodeTypeIdx(reader, this.types.length);
    const kind = this.types[index]!.comp.kind;
    if (kind !== "func") throw reader.error("decode/type-kind", `type ${index} is a ${kind} type`, offset);
    return index;
  }

  funcRefType(type: TypeIdx): FuncRefType {
    return (this.#funcTypes[type] ??= { kind: "func", type });
  }
}
