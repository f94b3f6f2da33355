/**
 * The type section: recursion groups of sub types.
 *
 * A type may name types of its own group and of all groups before; a supertype must stand before
 * its subtype. Both are checked here because canonical types are built on them. Whether a sub
 * type's structure fits its supertype is left to the host's validator.
 *
 * Spec: core binary/types, Composite Types and Recursive Types; binary/modules, Type Section.
 */
import type { CompType, FuncType, RecGroup, SubType } from "../types/externtype.ts";
import type { FieldType, StorageType, TypeIdx, ValType } from "../types/valtype.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ModuleState } from "./module-state.ts";
import { decodeTypeIdx, decodeValType } from "./value-types.ts";

const REC = 0x4e;
const SUB_FINAL = 0x4f;
const SUB = 0x50;
const ARRAY = 0x5e;
const STRUCT = 0x5f;
const FUNC = 0x60;
const I8 = 0x78;
const I16 = 0x77;

/**
 * Longest chain of supertypes. Engines have the same limit; it bounds the walk of a subtype test.
 */
const MAX_SUBTYPE_DEPTH = 63;

// Shared, and lists of one are written at once: a list that grows by one takes 150 bytes, which a
// module of a million types would take four times for each.
const NO_SUPERTYPES: readonly TypeIdx[] = [];
const NO_TYPES: readonly ValType[] = [];

export function decodeTypeSection(state: ModuleState): void {
  const { reader } = state;
  const depths: number[] = [];
  const groups = reader.count();
  for (let i = 0; i < groups; i++) {
    reader.item = i;
    const start = state.types.length;
    let size = 1;
    if (reader.peek() === REC) {
      reader.u8();
      size = reader.count();
    }
    const decodeMember = (member: number): SubType => {
      const type = decodeSubType(reader, start + member, start + size);
      const depth = type.supertypes.reduce((deepest, parent) => Math.max(deepest, depths[parent]! + 1), 0);
      if (depth > MAX_SUBTYPE_DEPTH) {
        throw reader.error("decode/implementation-limit", `more than ${MAX_SUBTYPE_DEPTH} supertypes in a chain`);
      }
      depths.push(depth);
      return type;
    };
    const types = size === 0 ? [] : [decodeMember(0)];
    for (let member = 1; member < size; member++) types.push(decodeMember(member));
    const group: RecGroup = { start, types };
    state.recGroups.push(group);
    for (const type of types) state.types.push(type);
  }
}

/** `own` is the type's index, `typeLimit` the index after its recursion group. */
function decodeSubType(reader: ByteReader, own: number, typeLimit: number): SubType {
  const start = reader.pos;
  let code = reader.u8();
  let final = true;
  let supertypes = NO_SUPERTYPES;
  if (code === SUB || code === SUB_FINAL) {
    final = code === SUB_FINAL;
    const count = reader.count();
    if (count > 1) throw reader.error("decode/sub-type", `${count} supertypes, at most one is allowed`, start);
    if (count === 1) supertypes = [decodeTypeIdx(reader, own)];
    code = reader.u8();
  }
  return { final, supertypes, comp: decodeCompType(reader, code, typeLimit) };
}

function decodeCompType(reader: ByteReader, code: number, typeLimit: number): CompType {
  switch (code) {
    case FUNC:
      return decodeFuncType(reader, typeLimit);
    case STRUCT: {
      const fields: FieldType[] = [];
      for (let left = reader.count(); left > 0; left--) fields.push(decodeFieldType(reader, typeLimit));
      return { kind: "struct", fields };
    }
    case ARRAY:
      return { kind: "array", element: decodeFieldType(reader, typeLimit) };
    default:
      // The code is an s7 in disguise, so a set top bit means that more bytes should follow.
      if (code >= 0x80) throw reader.error("decode/leb-too-long", "s7 of more than 1 byte", reader.pos - 1);
      throw reader.error("decode/definition-type", `found 0x${code.toString(16)}`, reader.pos - 1);
  }
}

function decodeFuncType(reader: ByteReader, typeLimit: number): FuncType {
  const params = decodeResultType(reader, typeLimit);
  return { kind: "func", params, results: decodeResultType(reader, typeLimit) };
}

function decodeResultType(reader: ByteReader, typeLimit: number): readonly ValType[] {
  const count = reader.count();
  if (count === 0) return NO_TYPES;
  const types = [decodeValType(reader, typeLimit)];
  for (let left = count - 1; left > 0; left--) types.push(decodeValType(reader, typeLimit));
  return types;
}

function decodeFieldType(reader: ByteReader, typeLimit: number): FieldType {
  const storage = decodeStorageType(reader, typeLimit);
  return { storage, mutable: decodeMutability(reader) };
}

function decodeStorageType(reader: ByteReader, typeLimit: number): StorageType {
  const code = reader.peek();
  if (code !== I8 && code !== I16) return decodeValType(reader, typeLimit);
  reader.u8();
  return code === I8 ? "i8" : "i16";
}

/** @throws DecodeError decode/mutability. */
export function decodeMutability(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw reader.error("decode/mutability", `found 0x${flag.toString(16)}`, reader.pos - 1);
  return flag === 1;
}
