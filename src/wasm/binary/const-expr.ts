/**
 * Constant expressions of globals, tables, element and data segments.
 *
 * Only the extent is wanted, but the immediates of the constant instructions are read strictly,
 * and functions and globals that are named must exist. Other instructions are passed over: the
 * host's validator says that they are not constant.
 *
 * Spec: core binary/instructions, Expressions; valid/instructions, Constant Expressions.
 */
import type { ByteReader } from "./byte-reader.ts";
import { DecodeError } from "./decode-error.ts";
import { opcodeOf } from "./instructions.ts";
import type { ConstExpr } from "./module.ts";
import type { ModuleState } from "./module-state.ts";
import { skipInstruction } from "./skip.ts";
import { decodeHeapType } from "./value-types.ts";

const END = 0x0b;
const GLOBAL_GET = 0x23;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const REF_NULL = 0xd0;
const REF_FUNC = 0xd2;

/** Opcodes that an `end` of their own closes. `delegate` closes a `try` instead of one. */
const OPENS: ReadonlySet<number> = new Set(["block", "loop", "if", "try", "try_table"].map((name) => opcodeOf(name)!));
const DELEGATE = opcodeOf("delegate")!;

/**
 * Reads to the `end` that closes the expression.
 *
 * @throws DecodeError decode/unexpected-end-of-section, decode/opcode, decode/unknown-func,
 * decode/unknown-global, decode/leb-too-long, decode/leb-too-large.
 */
export function decodeConstExpr(state: ModuleState): ConstExpr {
  const { reader } = state;
  const start = reader.pos;
  let depth = 0;
  for (;;) {
    const at = reader.pos;
    const opcode = reader.u8();
    switch (opcode) {
      case END:
        if (depth === 0) return { start, end: reader.pos };
        depth--;
        break;
      case I32_CONST:
        reader.s32();
        break;
      case I64_CONST:
        reader.s64();
        break;
      case GLOBAL_GET:
        state.index("global");
        break;
      case REF_FUNC:
        state.index("func");
        break;
      case REF_NULL:
        decodeHeapType(reader, state.types.length);
        break;
      default:
        if (OPENS.has(opcode)) depth++;
        else if (opcode === DELEGATE && depth > 0) depth--;
        reader.pos = skipFrom(state.reader, at);
    }
  }
}

/** Skipping knows neither the module nor the place; they are added here. */
function skipFrom(reader: ByteReader, at: number): number {
  try {
    return skipInstruction(reader.bytes, at, reader.end);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const code = error.code === "decode/unexpected-end" ? reader.endCode : error.code;
    throw reader.error(code, error.detail, error.at.offset);
  }
}
