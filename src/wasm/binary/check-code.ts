/**
 * Strict reading of function bodies, for the words of an error.
 *
 * Bodies are skipped when a module is decoded and judged by the host's validator. When either
 * finds something wrong, this walk tells whether an instruction was malformed in the first
 * place: over-long integers, illegal opcodes, a missing `end`. It is no validation, and nothing
 * needs it for a module that is accepted. As in the reference interpreter a body is read past
 * its declared size, which is compared afterwards.
 *
 * Spec: core binary/instructions; core binary/modules, Code Section and Data Count Section.
 */
import { ByteReader } from "./byte-reader.ts";
import { Immediate, immediateOf, immediateOfPrefixed } from "./instructions.ts";
import type { FuncBody } from "./module.ts";
import { decodeHeapType, decodeValType } from "./value-types.ts";

const OP = { block: 0x02, loop: 0x03, if: 0x04, else: 0x05, try: 0x06, end: 0x0b, delegate: 0x18, tryTable: 0x1f, memoryInit: 0xfc08, dataDrop: 0xfc09 } as const;
const MEMARG_FLAGS = 0x80;
const EMPTY_BLOCK = 0x40;
const CATCH_KINDS = 4;
const CAST_FLAGS = 4;
/** Which types there are is a matter of validation. */
const ANY_TYPE = Number.POSITIVE_INFINITY;

/** What the walk needs of a module, decoded or half decoded. */
export interface CheckedCode {
  readonly bodies: readonly FuncBody[];
  readonly dataCount: number | undefined;
}

/** @throws DecodeError for the first malformed instruction of `bodies`. */
export function checkCode(bytes: Uint8Array, { bodies, dataCount }: CheckedCode, moduleName = ""): void {
  const reader = new ByteReader(bytes, 0, bytes.length, moduleName);
  reader.endCode = "decode/unexpected-end-of-section";
  reader.section = "code";
  bodies.forEach((body, i) => {
    reader.item = i;
    reader.pos = body.code;
    checkBody(reader, dataCount !== undefined);
    if (reader.pos !== body.end) {
      throw reader.error("decode/section-size", `the body's size says 0x${body.end.toString(16)}, its instructions say otherwise`);
    }
  });
}

function checkBody(reader: ByteReader, hasDataCount: boolean): void {
  /** Opcodes of the open blocks. */
  const open: number[] = [];
  for (;;) {
    const at = reader.pos, opcode = checkInstruction(reader);
    switch (opcode) {
      case OP.block: case OP.loop: case OP.if: case OP.try: case OP.tryTable:
        open.push(opcode);
        break;
      case OP.else:
        if (open.pop() !== OP.if) throw reader.error("decode/end-expected", "found an else without its if", at);
        open.push(opcode);
        break;
      case OP.delegate:
        open.pop();
        break;
      case OP.end:
        if (open.pop() === undefined) return;
        break;
      case OP.memoryInit: case OP.dataDrop:
        if (!hasDataCount) throw reader.error("decode/data-count-required", "an instruction names a data segment", at);
        break;
    }
  }
}

/** Reads one instruction and gives its opcode, prefix first. */
function checkInstruction(reader: ByteReader): number {
  const at = reader.pos, opcode = reader.u8(), kind = immediateOf[opcode]!; // a column of 256 entries
  if (kind === Immediate.illegal) throw reader.error("decode/opcode", hex(opcode), at);
  if (kind !== Immediate.prefix) {
    checkImmediates(reader, kind);
    return opcode;
  }
  const sub = reader.u32(), prefixed = immediateOfPrefixed(opcode, sub);
  if (prefixed === Immediate.illegal) throw reader.error("decode/opcode", `${hex(opcode)} ${hex(sub)}`, at);
  checkImmediates(reader, prefixed);
  return opcode * 0x100 + sub;
}

function checkImmediates(reader: ByteReader, kind: number): void {
  if (kind === Immediate.none) return;
  if (kind <= Immediate.elem) return void reader.u32();
  if (kind <= Immediate.tableTable) {
    reader.u32();
    reader.u32();
    return;
  }
  switch (kind) {
    case Immediate.zero: {
      const at = reader.pos, byte = reader.u8();
      if (byte !== 0) throw reader.error("decode/zero-byte", `found ${hex(byte)}`, at);
      return;
    }
    case Immediate.blockType:
      return checkBlockType(reader);
    case Immediate.tryTable:
      checkBlockType(reader);
      return checkVector(reader, checkCatch);
    case Immediate.labelTable:
      checkVector(reader, checkIndex);
      return checkIndex(reader);
    case Immediate.selectTypes:
      return checkVector(reader, () => decodeValType(reader, ANY_TYPE));
    case Immediate.heapType:
      return void decodeHeapType(reader, ANY_TYPE);
    case Immediate.castBranch: {
      const at = reader.pos, flags = reader.u8();
      if (flags >= CAST_FLAGS) throw reader.error("decode/cast-flags", `found ${hex(flags)}`, at);
      reader.u32();
      decodeHeapType(reader, ANY_TYPE);
      decodeHeapType(reader, ANY_TYPE);
      return;
    }
    case Immediate.memarg:
      return checkMemarg(reader);
    case Immediate.memargLane:
      checkMemarg(reader);
      return void reader.u8();
    case Immediate.lane:
      return void reader.u8();
    case Immediate.i32:
      return void reader.s32();
    case Immediate.i64:
      return void reader.s64();
    case Immediate.f32:
      return void reader.range(4);
    case Immediate.f64:
      return void reader.range(8);
    case Immediate.shuffle:
    case Immediate.v128:
      return void reader.range(16);
  }
}

function checkIndex(reader: ByteReader): void {
  reader.u32();
}

function checkVector(reader: ByteReader, entry: (reader: ByteReader) => void): void {
  for (let left = reader.count(); left > 0; left--) entry(reader);
}

/** Empty, a value type, or a type index as s33. */
function checkBlockType(reader: ByteReader): void {
  const first = reader.peek();
  if (first === EMPTY_BLOCK) reader.u8();
  // A single byte with bit 6 is a negative number, and so the code of a value type.
  else if (first >= EMPTY_BLOCK && first < 0x80) decodeValType(reader, ANY_TYPE);
  else if (reader.s33() < 0) throw reader.error("decode/value-type", "a block type that is neither a type index nor a value type");
}

/** `catch` and `catch_ref` have a tag and a label, `catch_all` and `catch_all_ref` a label. */
function checkCatch(reader: ByteReader): void {
  const at = reader.pos, clause = reader.u8();
  if (clause >= CATCH_KINDS) throw reader.error("decode/catch-kind", `found ${hex(clause)}`, at);
  if (clause < 2) reader.u32();
  reader.u32();
}

function checkMemarg(reader: ByteReader): void {
  const at = reader.pos, flags = reader.u32();
  if (flags >= MEMARG_FLAGS) throw reader.error("decode/memarg-flags", `found ${hex(flags)}`, at);
  if ((flags & 0x40) !== 0) reader.u32();
  reader.u64();
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");
