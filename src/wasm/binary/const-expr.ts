/**
 * Constant expressions of globals, tables, element and data segments.
 *
 * Only the extent is wanted, but the immediates of the constant instructions are read strictly,
 * and functions and globals that are named must exist. Other instructions are passed over: the
 * host's validator says that they are not constant.
 *
 * Spec: core binary/instructions, Expressions; valid/instructions, Constant Expressions.
 */
import { instructionOf, opcodeOf } from "./instructions.ts";
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
 * @throws DecodeError decode/end-expected when the bytes run out, decode/opcode, decode/unknown-func,
 * decode/unknown-global, decode/leb-*.
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
        if (opcode < 0xfb && instructionOf(opcode) === undefined) {
          throw reader.error("decode/opcode", opcode.toString(16).padStart(2, "0"), at);
        }
        reader.pos = skipInstruction(reader.bytes, at, reader.end);
    }
  }
}
