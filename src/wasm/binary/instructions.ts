/**
 * The instructions of WebAssembly 3.0 with threads and the legacy exceptions, as one table of
 * rows that decoder, translator, printer and docs read.
 *
 * Rows are for people and sorted by opcode; hot loops read the byte columns derived below (an
 * object row measured 1.5 times, a `Map` five times the cost of a column). Names are the
 * specification's, which gives one name to two opcodes three times: `select`, `ref.test` and
 * `ref.cast`.
 *
 * Spec: core appendix/index-instructions; threads; legacy exception handling.
 */

/**
 * What follows an opcode. `skip.ts` relies on the order: kinds from `label` to `elem` are one
 * LEB128 u32, those from `typeTable` to `tableTable` two; the others are read one by one.
 */
export const Immediate = {
  none: 0,
  // One u32: an index, a label, or a length.
  label: 1,
  func: 2,
  type: 3,
  local: 4,
  global: 5,
  table: 6,
  /** One memory index. */
  memory: 7,
  tag: 8,
  data: 9,
  elem: 10,
  // Two u32.
  /** Type index, table index. */
  typeTable: 11,
  /** Type index, field index. */
  structField: 12,
  /** Type index, number of operands. */
  typeLength: 13,
  typeData: 14,
  typeElem: 15,
  /** Target type index, source type index. */
  typeType: 16,
  /** Data index, memory index. */
  dataMemory: 17,
  /** Target memory index, source memory index. */
  memoryMemory: 18,
  /** Elem index, table index. */
  elemTable: 19,
  /** Target table index, source table index. */
  tableTable: 20,
  /** One byte that must be zero. */
  zero: 21,
  /** s33: empty (-64), a value type, or a type index. */
  blockType: 22,
  /** Block type, then a vector of catch clauses. */
  tryTable: 23,
  /** A vector of labels and a default label. */
  labelTable: 24,
  /** A vector of value types. */
  selectTypes: 25,
  /** s33. */
  heapType: 26,
  /** Flags byte, label, source heap type, target heap type. */
  castBranch: 27,
  /** Align and flags (bit 6: a memory index follows), then the u64 offset. */
  memarg: 28,
  /** A memarg, then a lane byte. */
  memargLane: 29,
  /** One lane byte. */
  lane: 30,
  /** Sixteen lane bytes. */
  shuffle: 31,
  i32: 32,
  i64: 33,
  f32: 34,
  f64: 35,
  v128: 36,
  /** One-byte column only: the opcode goes on with a u32, see `immediateOfPrefixed`. */
  prefix: 254,
  /** No such instruction. */
  illegal: 255,
} as const;
export type Immediate = (typeof Immediate)[keyof typeof Immediate];

/**
 * - `opcode`: the byte, or `prefix << 16 | rest` behind a prefix byte.
 * - `type`: operands and results, `addr` for the address type of the memory or table; "" when
 *   it depends on more than the opcode or the stack becomes polymorphic.
 * - `align`: log2 of the bytes accessed, for memargs.
 */
export type InstructionRow = readonly [
  opcode: number,
  name: string,
  immediate: Immediate,
  type: string,
  align?: number,
];

const I = Immediate;

/** All instructions, sorted by opcode; those with a prefix have it above the low 16 bits. Spec: core appendix/index-instructions. */
export const INSTRUCTIONS: readonly InstructionRow[] = [
  // Control
  [0x00, "unreachable", I.none, ""],
  [0x01, "nop", I.none, "->"],
  [0x02, "block", I.blockType, ""],
  [0x03, "loop", I.blockType, ""],
  [0x04, "if", I.blockType, ""],
  [0x05, "else", I.none, ""],

  // Exceptions (0x06, 0x07, 0x09, 0x18 and 0x19 are the legacy form)
  [0x06, "try", I.blockType, ""],
  [0x07, "catch", I.tag, ""],
  [0x08, "throw", I.tag, ""],
  [0x09, "rethrow", I.label, ""],
  [0x0a, "throw_ref", I.none, ""],

  // Control, calls
  [0x0b, "end", I.none, ""],
  [0x0c, "br", I.label, ""],
  [0x0d, "br_if", I.label, ""],
  [0x0e, "br_table", I.labelTable, ""],
  [0x0f, "return", I.none, ""],
  [0x10, "call", I.func, ""],
  [0x11, "call_indirect", I.typeTable, ""],
  [0x12, "return_call", I.func, ""],
  [0x13, "return_call_indirect", I.typeTable, ""],
  [0x14, "call_ref", I.type, ""],
  [0x15, "return_call_ref", I.type, ""],

  // Exceptions, continued
  [0x18, "delegate", I.label, ""],
  [0x19, "catch_all", I.none, ""],

  // Parametric
  [0x1a, "drop", I.none, ""],
  [0x1b, "select", I.none, ""],
  [0x1c, "select", I.selectTypes, ""],

  // Exceptions with exnref
  [0x1f, "try_table", I.tryTable, ""],

  // Variable and table access
  [0x20, "local.get", I.local, ""],
  [0x21, "local.set", I.local, ""],
  [0x22, "local.tee", I.local, ""],
  [0x23, "global.get", I.global, ""],
  [0x24, "global.set", I.global, ""],
  [0x25, "table.get", I.table, ""],
  [0x26, "table.set", I.table, ""],

  // Memory
  [0x28, "i32.load", I.memarg, "addr -> i32", 2],
  [0x29, "i64.load", I.memarg, "addr -> i64", 3],
  [0x2a, "f32.load", I.memarg, "addr -> f32", 2],
  [0x2b, "f64.load", I.memarg, "addr -> f64", 3],
  [0x2c, "i32.load8_s", I.memarg, "addr -> i32", 0],
  [0x2d, "i32.load8_u", I.memarg, "addr -> i32", 0],
  [0x2e, "i32.load16_s", I.memarg, "addr -> i32", 1],
  [0x2f, "i32.load16_u", I.memarg, "addr -> i32", 1],
  [0x30, "i64.load8_s", I.memarg, "addr -> i64", 0],
  [0x31, "i64.load8_u", I.memarg, "addr -> i64", 0],
  [0x32, "i64.load16_s", I.memarg, "addr -> i64", 1],
  [0x33, "i64.load16_u", I.memarg, "addr -> i64", 1],
  [0x34, "i64.load32_s", I.memarg, "addr -> i64", 2],
  [0x35, "i64.load32_u", I.memarg, "addr -> i64", 2],
  [0x36, "i32.store", I.memarg, "addr i32 ->", 2],
  [0x37, "i64.store", I.memarg, "addr i64 ->", 3],
  [0x38, "f32.store", I.memarg, "addr f32 ->", 2],
  [0x39, "f64.store", I.memarg, "addr f64 ->", 3],
  [0x3a, "i32.store8", I.memarg, "addr i32 ->", 0],
  [0x3b, "i32.store16", I.memarg, "addr i32 ->", 1],
  [0x3c, "i64.store8", I.memarg, "addr i64 ->", 0],
  [0x3d, "i64.store16", I.memarg, "addr i64 ->", 1],
  [0x3e, "i64.store32", I.memarg, "addr i64 ->", 2],
  [0x3f, "memory.size", I.memory, "-> addr"],
  [0x40, "memory.grow", I.memory, "addr -> addr"],

  // Constants
  [0x41, "i32.const", I.i32, "-> i32"],
  [0x42, "i64.const", I.i64, "-> i64"],
  [0x43, "f32.const", I.f32, "-> f32"],
  [0x44, "f64.const", I.f64, "-> f64"],

  // i32 comparison
  [0x45, "i32.eqz", I.none, "i32 -> i32"],
  [0x46, "i32.eq", I.none, "i32 i32 -> i32"],
  [0x47, "i32.ne", I.none, "i32 i32 -> i32"],
  [0x48, "i32.lt_s", I.none, "i32 i32 -> i32"],
  [0x49, "i32.lt_u", I.none, "i32 i32 -> i32"],
  [0x4a, "i32.gt_s", I.none, "i32 i32 -> i32"],
  [0x4b, "i32.gt_u", I.none, "i32 i32 -> i32"],
  [0x4c, "i32.le_s", I.none, "i32 i32 -> i32"],
  [0x4d, "i32.le_u", I.none, "i32 i32 -> i32"],
  [0x4e, "i32.ge_s", I.none, "i32 i32 -> i32"],
  [0x4f, "i32.ge_u", I.none, "i32 i32 -> i32"],

  // i64 comparison
  [0x50, "i64.eqz", I.none, "i64 -> i32"],
  [0x51, "i64.eq", I.none, "i64 i64 -> i32"],
  [0x52, "i64.ne", I.none, "i64 i64 -> i32"],
  [0x53, "i64.lt_s", I.none, "i64 i64 -> i32"],
  [0x54, "i64.lt_u", I.none, "i64 i64 -> i32"],
  [0x55, "i64.gt_s", I.none, "i64 i64 -> i32"],
  [0x56, "i64.gt_u", I.none, "i64 i64 -> i32"],
  [0x57, "i64.le_s", I.none, "i64 i64 -> i32"],
  [0x58, "i64.le_u", I.none, "i64 i64 -> i32"],
  [0x59, "i64.ge_s", I.none, "i64 i64 -> i32"],
  [0x5a, "i64.ge_u", I.none, "i64 i64 -> i32"],

  // f32 comparison
  [0x5b, "f32.eq", I.none, "f32 f32 -> i32"],
  [0x5c, "f32.ne", I.none, "f32 f32 -> i32"],
  [0x5d, "f32.lt", I.none, "f32 f32 -> i32"],
  [0x5e, "f32.gt", I.none, "f32 f32 -> i32"],
  [0x5f, "f32.le", I.none, "f32 f32 -> i32"],
  [0x60, "f32.ge", I.none, "f32 f32 -> i32"],

  // f64 comparison
  [0x61, "f64.eq", I.none, "f64 f64 -> i32"],
  [0x62, "f64.ne", I.none, "f64 f64 -> i32"],
  [0x63, "f64.lt", I.none, "f64 f64 -> i32"],
  [0x64, "f64.gt", I.none, "f64 f64 -> i32"],
  [0x65, "f64.le", I.none, "f64 f64 -> i32"],
  [0x66, "f64.ge", I.none, "f64 f64 -> i32"],

  // i32 arithmetic
  [0x67, "i32.clz", I.none, "i32 -> i32"],
  [0x68, "i32.ctz", I.none, "i32 -> i32"],
  [0x69, "i32.popcnt", I.none, "i32 -> i32"],
  [0x6a, "i32.add", I.none, "i32 i32 -> i32"],
  [0x6b, "i32.sub", I.none, "i32 i32 -> i32"],
  [0x6c, "i32.mul", I.none, "i32 i32 -> i32"],
  [0x6d, "i32.div_s", I.none, "i32 i32 -> i32"],
  [0x6e, "i32.div_u", I.none, "i32 i32 -> i32"],
  [0x6f, "i32.rem_s", I.none, "i32 i32 -> i32"],
  [0x70, "i32.rem_u", I.none, "i32 i32 -> i32"],
  [0x71, "i32.and", I.none, "i32 i32 -> i32"],
  [0x72, "i32.or", I.none, "i32 i32 -> i32"],
  [0x73, "i32.xor", I.none, "i32 i32 -> i32"],
  [0x74, "i32.shl", I.none, "i32 i32 -> i32"],
  [0x75, "i32.shr_s", I.none, "i32 i32 -> i32"],
  [0x76, "i32.shr_u", I.none, "i32 i32 -> i32"],
  [0x77, "i32.rotl", I.none, "i32 i32 -> i32"],
  [0x78, "i32.rotr", I.none, "i32 i32 -> i32"],

  // i64 arithmetic
  [0x79, "i64.clz", I.none, "i64 -> i64"],
  [0x7a, "i64.ctz", I.none, "i64 -> i64"],
  [0x7b, "i64.popcnt", I.none, "i64 -> i64"],
  [0x7c, "i64.add", I.none, "i64 i64 -> i64"],
  [0x7d, "i64.sub", I.none, "i64 i64 -> i64"],
  [0x7e, "i64.mul", I.none, "i64 i64 -> i64"],
  [0x7f, "i64.div_s", I.none, "i64 i64 -> i64"],
  [0x80, "i64.div_u", I.none, "i64 i64 -> i64"],
  [0x81, "i64.rem_s", I.none, "i64 i64 -> i64"],
  [0x82, "i64.rem_u", I.none, "i64 i64 -> i64"],
  [0x83, "i64.and", I.none, "i64 i64 -> i64"],
  [0x84, "i64.or", I.none, "i64 i64 -> i64"],
  [0x85, "i64.xor", I.none, "i64 i64 -> i64"],
  [0x86, "i64.shl", I.none, "i64 i64 -> i64"],
  [0x87, "i64.shr_s", I.none, "i64 i64 -> i64"],
  [0x88, "i64.shr_u", I.none, "i64 i64 -> i64"],
  [0x89, "i64.rotl", I.none, "i64 i64 -> i64"],
  [0x8a, "i64.rotr", I.none, "i64 i64 -> i64"],

  // f32 arithmetic
  [0x8b, "f32.abs", I.none, "f32 -> f32"],
  [0x8c, "f32.neg", I.none, "f32 -> f32"],
  [0x8d, "f32.ceil", I.none, "f32 -> f32"],
  [0x8e, "f32.floor", I.none, "f32 -> f32"],
  [0x8f, "f32.trunc", I.none, "f32 -> f32"],
  [0x90, "f32.nearest", I.none, "f32 -> f32"],
  [0x91, "f32.sqrt", I.none, "f32 -> f32"],
  [0x92, "f32.add", I.none, "f32 f32 -> f32"],
  [0x93, "f32.sub", I.none, "f32 f32 -> f32"],
  [0x94, "f32.mul", I.none, "f32 f32 -> f32"],
  [0x95, "f32.div", I.none, "f32 f32 -> f32"],
  [0x96, "f32.min", I.none, "f32 f32 -> f32"],
  [0x97, "f32.max", I.none, "f32 f32 -> f32"],
  [0x98, "f32.copysign", I.none, "f32 f32 -> f32"],

  // f64 arithmetic
  [0x99, "f64.abs", I.none, "f64 -> f64"],
  [0x9a, "f64.neg", I.none, "f64 -> f64"],
  [0x9b, "f64.ceil", I.none, "f64 -> f64"],
  [0x9c, "f64.floor", I.none, "f64 -> f64"],
  [0x9d, "f64.trunc", I.none, "f64 -> f64"],
  [0x9e, "f64.nearest", I.none, "f64 -> f64"],
  [0x9f, "f64.sqrt", I.none, "f64 -> f64"],
  [0xa0, "f64.add", I.none, "f64 f64 -> f64"],
  [0xa1, "f64.sub", I.none, "f64 f64 -> f64"],
  [0xa2, "f64.mul", I.none, "f64 f64 -> f64"],
  [0xa3, "f64.div", I.none, "f64 f64 -> f64"],
  [0xa4, "f64.min", I.none, "f64 f64 -> f64"],
  [0xa5, "f64.max", I.none, "f64 f64 -> f64"],
  [0xa6, "f64.copysign", I.none, "f64 f64 -> f64"],

  // Conversions
  [0xa7, "i32.wrap_i64", I.none, "i64 -> i32"],
  [0xa8, "i32.trunc_f32_s", I.none, "f32 -> i32"],
  [0xa9, "i32.trunc_f32_u", I.none, "f32 -> i32"],
  [0xaa, "i32.trunc_f64_s", I.none, "f64 -> i32"],
  [0xab, "i32.trunc_f64_u", I.none, "f64 -> i32"],
  [0xac, "i64.extend_i32_s", I.none, "i32 -> i64"],
  [0xad, "i64.extend_i32_u", I.none, "i32 -> i64"],
  [0xae, "i64.trunc_f32_s", I.none, "f32 -> i64"],
  [0xaf, "i64.trunc_f32_u", I.none, "f32 -> i64"],
  [0xb0, "i64.trunc_f64_s", I.none, "f64 -> i64"],
  [0xb1, "i64.trunc_f64_u", I.none, "f64 -> i64"],
  [0xb2, "f32.convert_i32_s", I.none, "i32 -> f32"],
  [0xb3, "f32.convert_i32_u", I.none, "i32 -> f32"],
  [0xb4, "f32.convert_i64_s", I.none, "i64 -> f32"],
  [0xb5, "f32.convert_i64_u", I.none, "i64 -> f32"],
  [0xb6, "f32.demote_f64", I.none, "f64 -> f32"],
  [0xb7, "f64.convert_i32_s", I.none, "i32 -> f64"],
  [0xb8, "f64.convert_i32_u", I.none, "i32 -> f64"],
  [0xb9, "f64.convert_i64_s", I.none, "i64 -> f64"],
  [0xba, "f64.convert_i64_u", I.none, "i64 -> f64"],
  [0xbb, "f64.promote_f32", I.none, "f32 -> f64"],
  [0xbc, "i32.reinterpret_f32", I.none, "f32 -> i32"],
  [0xbd, "i64.reinterpret_f64", I.none, "f64 -> i64"],
  [0xbe, "f32.reinterpret_i32", I.none, "i32 -> f32"],
  [0xbf, "f64.reinterpret_i64", I.none, "i64 -> f64"],

  // Sign extension
  [0xc0, "i32.extend8_s", I.none, "i32 -> i32"],
  [0xc1, "i32.extend16_s", I.none, "i32 -> i32"],
  [0xc2, "i64.extend8_s", I.none, "i64 -> i64"],
  [0xc3, "i64.extend16_s", I.none, "i64 -> i64"],
  [0xc4, "i64.extend32_s", I.none, "i64 -> i64"],

  // References
  [0xd0, "ref.null", I.heapType, ""],
  [0xd1, "ref.is_null", I.none, ""],
  [0xd2, "ref.func", I.func, ""],
  [0xd3, "ref.eq", I.none, ""],
  [0xd4, "ref.as_non_null", I.none, ""],
  [0xd5, "br_on_null", I.label, ""],
  [0xd6, "br_on_non_null", I.label, ""],

  // Aggregates, casts and i31 (prefix 0xfb)
  [0xfb_0000, "struct.new", I.type, ""],
  [0xfb_0001, "struct.new_default", I.type, ""],
  [0xfb_0002, "struct.get", I.structField, ""],
  [0xfb_0003, "struct.get_s", I.structField, ""],
  [0xfb_0004, "struct.get_u", I.structField, ""],
  [0xfb_0005, "struct.set", I.structField, ""],
  [0xfb_0006, "array.new", I.type, ""],
  [0xfb_0007, "array.new_default", I.type, ""],
  [0xfb_0008, "array.new_fixed", I.typeLength, ""],
  [0xfb_0009, "array.new_data", I.typeData, ""],
  [0xfb_000a, "array.new_elem", I.typeElem, ""],
  [0xfb_000b, "array.get", I.type, ""],
  [0xfb_000c, "array.get_s", I.type, ""],
  [0xfb_000d, "array.get_u", I.type, ""],
  [0xfb_000e, "array.set", I.type, ""],
  [0xfb_000f, "array.len", I.none, ""],
  [0xfb_0010, "array.fill", I.type, ""],
  [0xfb_0011, "array.copy", I.typeType, ""],
  [0xfb_0012, "array.init_data", I.typeData, ""],
  [0xfb_0013, "array.init_elem", I.typeElem, ""],
  [0xfb_0014, "ref.test", I.heapType, ""],
  [0xfb_0015, "ref.test", I.heapType, ""],
  [0xfb_0016, "ref.cast", I.heapType, ""],
  [0xfb_0017, "ref.cast", I.heapType, ""],
  [0xfb_0018, "br_on_cast", I.castBranch, ""],
  [0xfb_0019, "br_on_cast_fail", I.castBranch, ""],
  [0xfb_001a, "any.convert_extern", I.none, ""],
  [0xfb_001b, "extern.convert_any", I.none, ""],
  [0xfb_001c, "ref.i31", I.none, ""],
  [0xfb_001d, "i31.get_s", I.none, ""],
  [0xfb_001e, "i31.get_u", I.none, ""],

  // Saturating truncation (prefix 0xfc)
  [0xfc_0000, "i32.trunc_sat_f32_s", I.none, "f32 -> i32"],
  [0xfc_0001, "i32.trunc_sat_f32_u", I.none, "f32 -> i32"],
  [0xfc_0002, "i32.trunc_sat_f64_s", I.none, "f64 -> i32"],
  [0xfc_0003, "i32.trunc_sat_f64_u", I.none, "f64 -> i32"],
  [0xfc_0004, "i64.trunc_sat_f32_s", I.none, "f32 -> i64"],
  [0xfc_0005, "i64.trunc_sat_f32_u", I.none, "f32 -> i64"],
  [0xfc_0006, "i64.trunc_sat_f64_s", I.none, "f64 -> i64"],
  [0xfc_0007, "i64.trunc_sat_f64_u", I.none, "f64 -> i64"],

  // Bulk memory and tables (prefix 0xfc)
  [0xfc_0008, "memory.init", I.dataMemory, "addr i32 i32 ->"],
  [0xfc_0009, "data.drop", I.data, "->"],
  [0xfc_000a, "memory.copy", I.memoryMemory, ""],
  [0xfc_000b, "memory.fill", I.memory, "addr i32 addr ->"],
  [0xfc_000c, "table.init", I.elemTable, "addr i32 i32 ->"],
  [0xfc_000d, "elem.drop", I.elem, "->"],
  [0xfc_000e, "table.copy", I.tableTable, ""],
  [0xfc_000f, "table.grow", I.table, ""],
  [0xfc_0010, "table.size", I.table, "-> addr"],
  [0xfc_0011, "table.fill", I.table, ""],

  // Vectors: memory and constants (prefix 0xfd)
  [0xfd_0000, "v128.load", I.memarg, "addr -> v128", 4],
  [0xfd_0001, "v128.load8x8_s", I.memarg, "addr -> v128", 3],
  [0xfd_0002, "v128.load8x8_u", I.memarg, "addr -> v128", 3],
  [0xfd_0003, "v128.load16x4_s", I.memarg, "addr -> v128", 3],
  [0xfd_0004, "v128.load16x4_u", I.memarg, "addr -> v128", 3],
  [0xfd_0005, "v128.load32x2_s", I.memarg, "addr -> v128", 3],
  [0xfd_0006, "v128.load32x2_u", I.memarg, "addr -> v128", 3],
  [0xfd_0007, "v128.load8_splat", I.memarg, "addr -> v128", 0],
  [0xfd_0008, "v128.load16_splat", I.memarg, "addr -> v128", 1],
  [0xfd_0009, "v128.load32_splat", I.memarg, "addr -> v128", 2],
  [0xfd_000a, "v128.load64_splat", I.memarg, "addr -> v128", 3],
  [0xfd_000b, "v128.store", I.memarg, "addr v128 ->", 4],
  [0xfd_000c, "v128.const", I.v128, "-> v128"],
  [0xfd_000d, "i8x16.shuffle", I.shuffle, "v128 v128 -> v128"],
  [0xfd_000e, "i8x16.swizzle", I.none, "v128 v128 -> v128"],

  // Vectors: lanes
  [0xfd_000f, "i8x16.splat", I.none, "i32 -> v128"],
  [0xfd_0010, "i16x8.splat", I.none, "i32 -> v128"],
  [0xfd_0011, "i32x4.splat", I.none, "i32 -> v128"],
  [0xfd_0012, "i64x2.splat", I.none, "i64 -> v128"],
  [0xfd_0013, "f32x4.splat", I.none, "f32 -> v128"],
  [0xfd_0014, "f64x2.splat", I.none, "f64 -> v128"],
  [0xfd_0015, "i8x16.extract_lane_s", I.lane, "v128 -> i32"],
  [0xfd_0016, "i8x16.extract_lane_u", I.lane, "v128 -> i32"],
  [0xfd_0017, "i8x16.replace_lane", I.lane, "v128 i32 -> v128"],
  [0xfd_0018, "i16x8.extract_lane_s", I.lane, "v128 -> i32"],
  [0xfd_0019, "i16x8.extract_lane_u", I.lane, "v128 -> i32"],
  [0xfd_001a, "i16x8.replace_lane", I.lane, "v128 i32 -> v128"],
  [0xfd_001b, "i32x4.extract_lane", I.lane, "v128 -> i32"],
  [0xfd_001c, "i32x4.replace_lane", I.lane, "v128 i32 -> v128"],
  [0xfd_001d, "i64x2.extract_lane", I.lane, "v128 -> i64"],
  [0xfd_001e, "i64x2.replace_lane", I.lane, "v128 i64 -> v128"],
  [0xfd_001f, "f32x4.extract_lane", I.lane, "v128 -> f32"],
  [0xfd_0020, "f32x4.replace_lane", I.lane, "v128 f32 -> v128"],
  [0xfd_0021, "f64x2.extract_lane", I.lane, "v128 -> f64"],
  [0xfd_0022, "f64x2.replace_lane", I.lane, "v128 f64 -> v128"],

  // Vectors: comparison
  [0xfd_0023, "i8x16.eq", I.none, "v128 v128 -> v128"],
  [0xfd_0024, "i8x16.ne", I.none, "v128 v128 -> v128"],
  [0xfd_0025, "i8x16.lt_s", I.none, "v128 v128 -> v128"],
  [0xfd_0026, "i8x16.lt_u", I.none, "v128 v128 -> v128"],
  [0xfd_0027, "i8x16.gt_s", I.none, "v128 v128 -> v128"],
  [0xfd_0028, "i8x16.gt_u", I.none, "v128 v128 -> v128"],
  [0xfd_0029, "i8x16.le_s", I.none, "v128 v128 -> v128"],
  [0xfd_002a, "i8x16.le_u", I.none, "v128 v128 -> v128"],
  [0xfd_002b, "i8x16.ge_s", I.none, "v128 v128 -> v128"],
  [0xfd_002c, "i8x16.ge_u", I.none, "v128 v128 -> v128"],
  [0xfd_002d, "i16x8.eq", I.none, "v128 v128 -> v128"],
  [0xfd_002e, "i16x8.ne", I.none, "v128 v128 -> v128"],
  [0xfd_002f, "i16x8.lt_s", I.none, "v128 v128 -> v128"],
  [0xfd_0030, "i16x8.lt_u", I.none, "v128 v128 -> v128"],
  [0xfd_0031, "i16x8.gt_s", I.none, "v128 v128 -> v128"],
  [0xfd_0032, "i16x8.gt_u", I.none, "v128 v128 -> v128"],
  [0xfd_0033, "i16x8.le_s", I.none, "v128 v128 -> v128"],
  [0xfd_0034, "i16x8.le_u", I.none, "v128 v128 -> v128"],
  [0xfd_0035, "i16x8.ge_s", I.none, "v128 v128 -> v128"],
  [0xfd_0036, "i16x8.ge_u", I.none, "v128 v128 -> v128"],
  [0xfd_0037, "i32x4.eq", I.none, "v128 v128 -> v128"],
  [0xfd_0038, "i32x4.ne", I.none, "v128 v128 -> v128"],
  [0xfd_0039, "i32x4.lt_s", I.none, "v128 v128 -> v128"],
  [0xfd_003a, "i32x4.lt_u", I.none, "v128 v128 -> v128"],
  [0xfd_003b, "i32x4.gt_s", I.none, "v128 v128 -> v128"],
  [0xfd_003c, "i32x4.gt_u", I.none, "v128 v128 -> v128"],
  [0xfd_003d, "i32x4.le_s", I.none, "v128 v128 -> v128"],
  [0xfd_003e, "i32x4.le_u", I.none, "v128 v128 -> v128"],
  [0xfd_003f, "i32x4.ge_s", I.none, "v128 v128 -> v128"],
  [0xfd_0040, "i32x4.ge_u", I.none, "v128 v128 -> v128"],
  [0xfd_0041, "f32x4.eq", I.none, "v128 v128 -> v128"],
  [0xfd_0042, "f32x4.ne", I.none, "v128 v128 -> v128"],
  [0xfd_0043, "f32x4.lt", I.none, "v128 v128 -> v128"],
  [0xfd_0044, "f32x4.gt", I.none, "v128 v128 -> v128"],
  [0xfd_0045, "f32x4.le", I.none, "v128 v128 -> v128"],
  [0xfd_0046, "f32x4.ge", I.none, "v128 v128 -> v128"],
  [0xfd_0047, "f64x2.eq", I.none, "v128 v128 -> v128"],
  [0xfd_0048, "f64x2.ne", I.none, "v128 v128 -> v128"],
  [0xfd_0049, "f64x2.lt", I.none, "v128 v128 -> v128"],
  [0xfd_004a, "f64x2.gt", I.none, "v128 v128 -> v128"],
  [0xfd_004b, "f64x2.le", I.none, "v128 v128 -> v128"],
  [0xfd_004c, "f64x2.ge", I.none, "v128 v128 -> v128"],

  // Vectors: bits
  [0xfd_004d, "v128.not", I.none, "v128 -> v128"],
  [0xfd_004e, "v128.and", I.none, "v128 v128 -> v128"],
  [0xfd_004f, "v128.andnot", I.none, "v128 v128 -> v128"],
  [0xfd_0050, "v128.or", I.none, "v128 v128 -> v128"],
  [0xfd_0051, "v128.xor", I.none, "v128 v128 -> v128"],
  [0xfd_0052, "v128.bitselect", I.none, "v128 v128 v128 -> v128"],
  [0xfd_0053, "v128.any_true", I.none, "v128 -> i32"],

  // Vectors: single lanes of memory
  [0xfd_0054, "v128.load8_lane", I.memargLane, "addr v128 -> v128", 0],
  [0xfd_0055, "v128.load16_lane", I.memargLane, "addr v128 -> v128", 1],
  [0xfd_0056, "v128.load32_lane", I.memargLane, "addr v128 -> v128", 2],
  [0xfd_0057, "v128.load64_lane", I.memargLane, "addr v128 -> v128", 3],
  [0xfd_0058, "v128.store8_lane", I.memargLane, "addr v128 ->", 0],
  [0xfd_0059, "v128.store16_lane", I.memargLane, "addr v128 ->", 1],
  [0xfd_005a, "v128.store32_lane", I.memargLane, "addr v128 ->", 2],
  [0xfd_005b, "v128.store64_lane", I.memargLane, "addr v128 ->", 3],
  [0xfd_005c, "v128.load32_zero", I.memarg, "addr -> v128", 2],
  [0xfd_005d, "v128.load64_zero", I.memarg, "addr -> v128", 3],
  [0xfd_005e, "f32x4.demote_f64x2_zero", I.none, "v128 -> v128"],
  [0xfd_005f, "f64x2.promote_low_f32x4", I.none, "v128 -> v128"],

  // i8x16, with rounding of floats between
  [0xfd_0060, "i8x16.abs", I.none, "v128 -> v128"],
  [0xfd_0061, "i8x16.neg", I.none, "v128 -> v128"],
  [0xfd_0062, "i8x16.popcnt", I.none, "v128 -> v128"],
  [0xfd_0063, "i8x16.all_true", I.none, "v128 -> i32"],
  [0xfd_0064, "i8x16.bitmask", I.none, "v128 -> i32"],
  [0xfd_0065, "i8x16.narrow_i16x8_s", I.none, "v128 v128 -> v128"],
  [0xfd_0066, "i8x16.narrow_i16x8_u", I.none, "v128 v128 -> v128"],
  [0xfd_0067, "f32x4.ceil", I.none, "v128 -> v128"],
  [0xfd_0068, "f32x4.floor", I.none, "v128 -> v128"],
  [0xfd_0069, "f32x4.trunc", I.none, "v128 -> v128"],
  [0xfd_006a, "f32x4.nearest", I.none, "v128 -> v128"],
  [0xfd_006b, "i8x16.shl", I.none, "v128 i32 -> v128"],
  [0xfd_006c, "i8x16.shr_s", I.none, "v128 i32 -> v128"],
  [0xfd_006d, "i8x16.shr_u", I.none, "v128 i32 -> v128"],
  [0xfd_006e, "i8x16.add", I.none, "v128 v128 -> v128"],
  [0xfd_006f, "i8x16.add_sat_s", I.none, "v128 v128 -> v128"],
  [0xfd_0070, "i8x16.add_sat_u", I.none, "v128 v128 -> v128"],
  [0xfd_0071, "i8x16.sub", I.none, "v128 v128 -> v128"],
  [0xfd_0072, "i8x16.sub_sat_s", I.none, "v128 v128 -> v128"],
  [0xfd_0073, "i8x16.sub_sat_u", I.none, "v128 v128 -> v128"],
  [0xfd_0074, "f64x2.ceil", I.none, "v128 -> v128"],
  [0xfd_0075, "f64x2.floor", I.none, "v128 -> v128"],
  [0xfd_0076, "i8x16.min_s", I.none, "v128 v128 -> v128"],
  [0xfd_0077, "i8x16.min_u", I.none, "v128 v128 -> v128"],
  [0xfd_0078, "i8x16.max_s", I.none, "v128 v128 -> v128"],
  [0xfd_0079, "i8x16.max_u", I.none, "v128 v128 -> v128"],
  [0xfd_007a, "f64x2.trunc", I.none, "v128 -> v128"],
  [0xfd_007b, "i8x16.avgr_u", I.none, "v128 v128 -> v128"],

  // i16x8
  [0xfd_007c, "i16x8.extadd_pairwise_i8x16_s", I.none, "v128 -> v128"],
  [0xfd_007d, "i16x8.extadd_pairwise_i8x16_u", I.none, "v128 -> v128"],
  [0xfd_007e, "i32x4.extadd_pairwise_i16x8_s", I.none, "v128 -> v128"],
  [0xfd_007f, "i32x4.extadd_pairwise_i16x8_u", I.none, "v128 -> v128"],
  [0xfd_0080, "i16x8.abs", I.none, "v128 -> v128"],
  [0xfd_0081, "i16x8.neg", I.none, "v128 -> v128"],
  [0xfd_0082, "i16x8.q15mulr_sat_s", I.none, "v128 v128 -> v128"],
  [0xfd_0083, "i16x8.all_true", I.none, "v128 -> i32"],
  [0xfd_0084, "i16x8.bitmask", I.none, "v128 -> i32"],
  [0xfd_0085, "i16x8.narrow_i32x4_s", I.none, "v128 v128 -> v128"],
  [0xfd_0086, "i16x8.narrow_i32x4_u", I.none, "v128 v128 -> v128"],
  [0xfd_0087, "i16x8.extend_low_i8x16_s", I.none, "v128 -> v128"],
  [0xfd_0088, "i16x8.extend_high_i8x16_s", I.none, "v128 -> v128"],
  [0xfd_0089, "i16x8.extend_low_i8x16_u", I.none, "v128 -> v128"],
  [0xfd_008a, "i16x8.extend_high_i8x16_u", I.none, "v128 -> v128"],
  [0xfd_008b, "i16x8.shl", I.none, "v128 i32 -> v128"],
  [0xfd_008c, "i16x8.shr_s", I.none, "v128 i32 -> v128"],
  [0xfd_008d, "i16x8.shr_u", I.none, "v128 i32 -> v128"],
  [0xfd_008e, "i16x8.add", I.none, "v128 v128 -> v128"],
  [0xfd_008f, "i16x8.add_sat_s", I.none, "v128 v128 -> v128"],
  [0xfd_0090, "i16x8.add_sat_u", I.none, "v128 v128 -> v128"],
  [0xfd_0091, "i16x8.sub", I.none, "v128 v128 -> v128"],
  [0xfd_0092, "i16x8.sub_sat_s", I.none, "v128 v128 -> v128"],
  [0xfd_0093, "i16x8.sub_sat_u", I.none, "v128 v128 -> v128"],
  [0xfd_0094, "f64x2.nearest", I.none, "v128 -> v128"],
  [0xfd_0095, "i16x8.mul", I.none, "v128 v128 -> v128"],
  [0xfd_0096, "i16x8.min_s", I.none, "v128 v128 -> v128"],
  [0xfd_0097, "i16x8.min_u", I.none, "v128 v128 -> v128"],
  [0xfd_0098, "i16x8.max_s", I.none, "v128 v128 -> v128"],
  [0xfd_0099, "i16x8.max_u", I.none, "v128 v128 -> v128"],
  [0xfd_009b, "i16x8.avgr_u", I.none, "v128 v128 -> v128"],
  [0xfd_009c, "i16x8.extmul_low_i8x16_s", I.none, "v128 v128 -> v128"],
  [0xfd_009d, "i16x8.extmul_high_i8x16_s", I.none, "v128 v128 -> v128"],
  [0xfd_009e, "i16x8.extmul_low_i8x16_u", I.none, "v128 v128 -> v128"],
  [0xfd_009f, "i16x8.extmul_high_i8x16_u", I.none, "v128 v128 -> v128"],

  // i32x4
  [0xfd_00a0, "i32x4.abs", I.none, "v128 -> v128"],
  [0xfd_00a1, "i32x4.neg", I.none, "v128 -> v128"],
  [0xfd_00a3, "i32x4.all_true", I.none, "v128 -> i32"],
  [0xfd_00a4, "i32x4.bitmask", I.none, "v128 -> i32"],
  [0xfd_00a7, "i32x4.extend_low_i16x8_s", I.none, "v128 -> v128"],
  [0xfd_00a8, "i32x4.extend_high_i16x8_s", I.none, "v128 -> v128"],
  [0xfd_00a9, "i32x4.extend_low_i16x8_u", I.none, "v128 -> v128"],
  [0xfd_00aa, "i32x4.extend_high_i16x8_u", I.none, "v128 -> v128"],
  [0xfd_00ab, "i32x4.shl", I.none, "v128 i32 -> v128"],
  [0xfd_00ac, "i32x4.shr_s", I.none, "v128 i32 -> v128"],
  [0xfd_00ad, "i32x4.shr_u", I.none, "v128 i32 -> v128"],
  [0xfd_00ae, "i32x4.add", I.none, "v128 v128 -> v128"],
  [0xfd_00b1, "i32x4.sub", I.none, "v128 v128 -> v128"],
  [0xfd_00b5, "i32x4.mul", I.none, "v128 v128 -> v128"],
  [0xfd_00b6, "i32x4.min_s", I.none, "v128 v128 -> v128"],
  [0xfd_00b7, "i32x4.min_u", I.none, "v128 v128 -> v128"],
  [0xfd_00b8, "i32x4.max_s", I.none, "v128 v128 -> v128"],
  [0xfd_00b9, "i32x4.max_u", I.none, "v128 v128 -> v128"],
  [0xfd_00ba, "i32x4.dot_i16x8_s", I.none, "v128 v128 -> v128"],
  [0xfd_00bc, "i32x4.extmul_low_i16x8_s", I.none, "v128 v128 -> v128"],
  [0xfd_00bd, "i32x4.extmul_high_i16x8_s", I.none, "v128 v128 -> v128"],
  [0xfd_00be, "i32x4.extmul_low_i16x8_u", I.none, "v128 v128 -> v128"],
  [0xfd_00bf, "i32x4.extmul_high_i16x8_u", I.none, "v128 v128 -> v128"],

  // i64x2
  [0xfd_00c0, "i64x2.abs", I.none, "v128 -> v128"],
  [0xfd_00c1, "i64x2.neg", I.none, "v128 -> v128"],
  [0xfd_00c3, "i64x2.all_true", I.none, "v128 -> i32"],
  [0xfd_00c4, "i64x2.bitmask", I.none, "v128 -> i32"],
  [0xfd_00c7, "i64x2.extend_low_i32x4_s", I.none, "v128 -> v128"],
  [0xfd_00c8, "i64x2.extend_high_i32x4_s", I.none, "v128 -> v128"],
  [0xfd_00c9, "i64x2.extend_low_i32x4_u", I.none, "v128 -> v128"],
  [0xfd_00ca, "i64x2.extend_high_i32x4_u", I.none, "v128 -> v128"],
  [0xfd_00cb, "i64x2.shl", I.none, "v128 i32 -> v128"],
  [0xfd_00cc, "i64x2.shr_s", I.none, "v128 i32 -> v128"],
  [0xfd_00cd, "i64x2.shr_u", I.none, "v128 i32 -> v128"],
  [0xfd_00ce, "i64x2.add", I.none, "v128 v128 -> v128"],
  [0xfd_00d1, "i64x2.sub", I.none, "v128 v128 -> v128"],
  [0xfd_00d5, "i64x2.mul", I.none, "v128 v128 -> v128"],
  [0xfd_00d6, "i64x2.eq", I.none, "v128 v128 -> v128"],
  [0xfd_00d7, "i64x2.ne", I.none, "v128 v128 -> v128"],
  [0xfd_00d8, "i64x2.lt_s", I.none, "v128 v128 -> v128"],
  [0xfd_00d9, "i64x2.gt_s", I.none, "v128 v128 -> v128"],
  [0xfd_00da, "i64x2.le_s", I.none, "v128 v128 -> v128"],
  [0xfd_00db, "i64x2.ge_s", I.none, "v128 v128 -> v128"],
  [0xfd_00dc, "i64x2.extmul_low_i32x4_s", I.none, "v128 v128 -> v128"],
  [0xfd_00dd, "i64x2.extmul_high_i32x4_s", I.none, "v128 v128 -> v128"],
  [0xfd_00de, "i64x2.extmul_low_i32x4_u", I.none, "v128 v128 -> v128"],
  [0xfd_00df, "i64x2.extmul_high_i32x4_u", I.none, "v128 v128 -> v128"],

  // f32x4 and f64x2
  [0xfd_00e0, "f32x4.abs", I.none, "v128 -> v128"],
  [0xfd_00e1, "f32x4.neg", I.none, "v128 -> v128"],
  [0xfd_00e3, "f32x4.sqrt", I.none, "v128 -> v128"],
  [0xfd_00e4, "f32x4.add", I.none, "v128 v128 -> v128"],
  [0xfd_00e5, "f32x4.sub", I.none, "v128 v128 -> v128"],
  [0xfd_00e6, "f32x4.mul", I.none, "v128 v128 -> v128"],
  [0xfd_00e7, "f32x4.div", I.none, "v128 v128 -> v128"],
  [0xfd_00e8, "f32x4.min", I.none, "v128 v128 -> v128"],
  [0xfd_00e9, "f32x4.max", I.none, "v128 v128 -> v128"],
  [0xfd_00ea, "f32x4.pmin", I.none, "v128 v128 -> v128"],
  [0xfd_00eb, "f32x4.pmax", I.none, "v128 v128 -> v128"],
  [0xfd_00ec, "f64x2.abs", I.none, "v128 -> v128"],
  [0xfd_00ed, "f64x2.neg", I.none, "v128 -> v128"],
  [0xfd_00ef, "f64x2.sqrt", I.none, "v128 -> v128"],
  [0xfd_00f0, "f64x2.add", I.none, "v128 v128 -> v128"],
  [0xfd_00f1, "f64x2.sub", I.none, "v128 v128 -> v128"],
  [0xfd_00f2, "f64x2.mul", I.none, "v128 v128 -> v128"],
  [0xfd_00f3, "f64x2.div", I.none, "v128 v128 -> v128"],
  [0xfd_00f4, "f64x2.min", I.none, "v128 v128 -> v128"],
  [0xfd_00f5, "f64x2.max", I.none, "v128 v128 -> v128"],
  [0xfd_00f6, "f64x2.pmin", I.none, "v128 v128 -> v128"],
  [0xfd_00f7, "f64x2.pmax", I.none, "v128 v128 -> v128"],

  // Vectors: conversions
  [0xfd_00f8, "i32x4.trunc_sat_f32x4_s", I.none, "v128 -> v128"],
  [0xfd_00f9, "i32x4.trunc_sat_f32x4_u", I.none, "v128 -> v128"],
  [0xfd_00fa, "f32x4.convert_i32x4_s", I.none, "v128 -> v128"],
  [0xfd_00fb, "f32x4.convert_i32x4_u", I.none, "v128 -> v128"],
  [0xfd_00fc, "i32x4.trunc_sat_f64x2_s_zero", I.none, "v128 -> v128"],
  [0xfd_00fd, "i32x4.trunc_sat_f64x2_u_zero", I.none, "v128 -> v128"],
  [0xfd_00fe, "f64x2.convert_low_i32x4_s", I.none, "v128 -> v128"],
  [0xfd_00ff, "f64x2.convert_low_i32x4_u", I.none, "v128 -> v128"],

  // Relaxed vectors
  [0xfd_0100, "i8x16.relaxed_swizzle", I.none, "v128 v128 -> v128"],
  [0xfd_0101, "i32x4.relaxed_trunc_f32x4_s", I.none, "v128 -> v128"],
  [0xfd_0102, "i32x4.relaxed_trunc_f32x4_u", I.none, "v128 -> v128"],
  [0xfd_0103, "i32x4.relaxed_trunc_f64x2_s_zero", I.none, "v128 -> v128"],
  [0xfd_0104, "i32x4.relaxed_trunc_f64x2_u_zero", I.none, "v128 -> v128"],
  [0xfd_0105, "f32x4.relaxed_madd", I.none, "v128 v128 v128 -> v128"],
  [0xfd_0106, "f32x4.relaxed_nmadd", I.none, "v128 v128 v128 -> v128"],
  [0xfd_0107, "f64x2.relaxed_madd", I.none, "v128 v128 v128 -> v128"],
  [0xfd_0108, "f64x2.relaxed_nmadd", I.none, "v128 v128 v128 -> v128"],
  [0xfd_0109, "i8x16.relaxed_laneselect", I.none, "v128 v128 v128 -> v128"],
  [0xfd_010a, "i16x8.relaxed_laneselect", I.none, "v128 v128 v128 -> v128"],
  [0xfd_010b, "i32x4.relaxed_laneselect", I.none, "v128 v128 v128 -> v128"],
  [0xfd_010c, "i64x2.relaxed_laneselect", I.none, "v128 v128 v128 -> v128"],
  [0xfd_010d, "f32x4.relaxed_min", I.none, "v128 v128 -> v128"],
  [0xfd_010e, "f32x4.relaxed_max", I.none, "v128 v128 -> v128"],
  [0xfd_010f, "f64x2.relaxed_min", I.none, "v128 v128 -> v128"],
  [0xfd_0110, "f64x2.relaxed_max", I.none, "v128 v128 -> v128"],
  [0xfd_0111, "i16x8.relaxed_q15mulr_s", I.none, "v128 v128 -> v128"],
  [0xfd_0112, "i16x8.relaxed_dot_i8x16_i7x16_s", I.none, "v128 v128 -> v128"],
  [0xfd_0113, "i32x4.relaxed_dot_i8x16_i7x16_add_s", I.none, "v128 v128 v128 -> v128"],

  // Threads (prefix 0xfe)
  [0xfe_0000, "memory.atomic.notify", I.memarg, "addr i32 -> i32", 2],
  [0xfe_0001, "memory.atomic.wait32", I.memarg, "addr i32 i64 -> i32", 2],
  [0xfe_0002, "memory.atomic.wait64", I.memarg, "addr i64 i64 -> i32", 3],
  [0xfe_0003, "atomic.fence", I.zero, "->"],
  [0xfe_0010, "i32.atomic.load", I.memarg, "addr -> i32", 2],
  [0xfe_0011, "i64.atomic.load", I.memarg, "addr -> i64", 3],
  [0xfe_0012, "i32.atomic.load8_u", I.memarg, "addr -> i32", 0],
  [0xfe_0013, "i32.atomic.load16_u", I.memarg, "addr -> i32", 1],
  [0xfe_0014, "i64.atomic.load8_u", I.memarg, "addr -> i64", 0],
  [0xfe_0015, "i64.atomic.load16_u", I.memarg, "addr -> i64", 1],
  [0xfe_0016, "i64.atomic.load32_u", I.memarg, "addr -> i64", 2],
  [0xfe_0017, "i32.atomic.store", I.memarg, "addr i32 ->", 2],
  [0xfe_0018, "i64.atomic.store", I.memarg, "addr i64 ->", 3],
  [0xfe_0019, "i32.atomic.store8", I.memarg, "addr i32 ->", 0],
  [0xfe_001a, "i32.atomic.store16", I.memarg, "addr i32 ->", 1],
  [0xfe_001b, "i64.atomic.store8", I.memarg, "addr i64 ->", 0],
  [0xfe_001c, "i64.atomic.store16", I.memarg, "addr i64 ->", 1],
  [0xfe_001d, "i64.atomic.store32", I.memarg, "addr i64 ->", 2],
  [0xfe_001e, "i32.atomic.rmw.add", I.memarg, "addr i32 -> i32", 2],
  [0xfe_001f, "i64.atomic.rmw.add", I.memarg, "addr i64 -> i64", 3],
  [0xfe_0020, "i32.atomic.rmw8.add_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_0021, "i32.atomic.rmw16.add_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_0022, "i64.atomic.rmw8.add_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_0023, "i64.atomic.rmw16.add_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_0024, "i64.atomic.rmw32.add_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_0025, "i32.atomic.rmw.sub", I.memarg, "addr i32 -> i32", 2],
  [0xfe_0026, "i64.atomic.rmw.sub", I.memarg, "addr i64 -> i64", 3],
  [0xfe_0027, "i32.atomic.rmw8.sub_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_0028, "i32.atomic.rmw16.sub_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_0029, "i64.atomic.rmw8.sub_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_002a, "i64.atomic.rmw16.sub_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_002b, "i64.atomic.rmw32.sub_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_002c, "i32.atomic.rmw.and", I.memarg, "addr i32 -> i32", 2],
  [0xfe_002d, "i64.atomic.rmw.and", I.memarg, "addr i64 -> i64", 3],
  [0xfe_002e, "i32.atomic.rmw8.and_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_002f, "i32.atomic.rmw16.and_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_0030, "i64.atomic.rmw8.and_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_0031, "i64.atomic.rmw16.and_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_0032, "i64.atomic.rmw32.and_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_0033, "i32.atomic.rmw.or", I.memarg, "addr i32 -> i32", 2],
  [0xfe_0034, "i64.atomic.rmw.or", I.memarg, "addr i64 -> i64", 3],
  [0xfe_0035, "i32.atomic.rmw8.or_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_0036, "i32.atomic.rmw16.or_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_0037, "i64.atomic.rmw8.or_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_0038, "i64.atomic.rmw16.or_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_0039, "i64.atomic.rmw32.or_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_003a, "i32.atomic.rmw.xor", I.memarg, "addr i32 -> i32", 2],
  [0xfe_003b, "i64.atomic.rmw.xor", I.memarg, "addr i64 -> i64", 3],
  [0xfe_003c, "i32.atomic.rmw8.xor_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_003d, "i32.atomic.rmw16.xor_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_003e, "i64.atomic.rmw8.xor_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_003f, "i64.atomic.rmw16.xor_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_0040, "i64.atomic.rmw32.xor_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_0041, "i32.atomic.rmw.xchg", I.memarg, "addr i32 -> i32", 2],
  [0xfe_0042, "i64.atomic.rmw.xchg", I.memarg, "addr i64 -> i64", 3],
  [0xfe_0043, "i32.atomic.rmw8.xchg_u", I.memarg, "addr i32 -> i32", 0],
  [0xfe_0044, "i32.atomic.rmw16.xchg_u", I.memarg, "addr i32 -> i32", 1],
  [0xfe_0045, "i64.atomic.rmw8.xchg_u", I.memarg, "addr i64 -> i64", 0],
  [0xfe_0046, "i64.atomic.rmw16.xchg_u", I.memarg, "addr i64 -> i64", 1],
  [0xfe_0047, "i64.atomic.rmw32.xchg_u", I.memarg, "addr i64 -> i64", 2],
  [0xfe_0048, "i32.atomic.rmw.cmpxchg", I.memarg, "addr i32 i32 -> i32", 2],
  [0xfe_0049, "i64.atomic.rmw.cmpxchg", I.memarg, "addr i64 i64 -> i64", 3],
  [0xfe_004a, "i32.atomic.rmw8.cmpxchg_u", I.memarg, "addr i32 i32 -> i32", 0],
  [0xfe_004b, "i32.atomic.rmw16.cmpxchg_u", I.memarg, "addr i32 i32 -> i32", 1],
  [0xfe_004c, "i64.atomic.rmw8.cmpxchg_u", I.memarg, "addr i64 i64 -> i64", 0],
  [0xfe_004d, "i64.atomic.rmw16.cmpxchg_u", I.memarg, "addr i64 i64 -> i64", 1],
  [0xfe_004e, "i64.atomic.rmw32.cmpxchg_u", I.memarg, "addr i64 i64 -> i64", 2],
];

function column(prefix: number | undefined): Uint8Array {
  const own = INSTRUCTIONS.filter(([opcode]) => (prefix === undefined ? opcode < 0x100 : opcode >>> 16 === prefix));
  const size = prefix === undefined ? 0x100 : (own.at(-1)?.[0] ?? 0) % 0x1_0000 + 1;
  const kinds = new Uint8Array(size).fill(Immediate.illegal);
  for (const [opcode, , immediate] of own) kinds[opcode & 0xffff] = immediate;
  return kinds;
}

/** Kind of immediates by one-byte opcode: `prefix` for 0xfb to 0xfe, `illegal` for holes. */
export const immediateOf: Uint8Array = column(undefined).fill(Immediate.prefix, 0xfb, 0xff);

/** Kinds of immediates by number, for each of the prefixes 0xfb to 0xfe in turn. */
export const immediatesOfPrefixed: readonly Uint8Array[] = [column(0xfb), column(0xfc), column(0xfd), column(0xfe)];

/** Kind of immediates of `prefix sub`, where `prefix` is 0xfb to 0xfe; `illegal` for holes. */
export function immediateOfPrefixed(prefix: number, sub: number): number {
  const kinds = immediatesOfPrefixed[prefix - 0xfb];
  return kinds === undefined || sub >= kinds.length ? Immediate.illegal : kinds[sub]!;
}

const BY_OPCODE: ReadonlyMap<number, InstructionRow> = new Map(INSTRUCTIONS.map((row) => [row[0], row]));

/** The row of an opcode (`prefix << 16 | rest` behind a prefix byte). Not for hot loops. */
export function instructionOf(opcode: number): InstructionRow | undefined {
  return BY_OPCODE.get(opcode);
}

const BY_NAME: ReadonlyMap<string, number> = new Map(INSTRUCTIONS.toReversed().map(([opcode, name]) => [name, opcode]));

/** The opcode of a name; of the first row where the specification gives a name to two opcodes. */
export function opcodeOf(name: string): number | undefined {
  return BY_NAME.get(name);
}
