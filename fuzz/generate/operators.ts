/**
 * Instructions that take operands and give one result, without immediates, as rows.
 *
 * Spec: core binary/instructions, Numeric Instructions and Vector Instructions.
 */
import { F32, F64, I32, I64, V128 } from "./syntax.ts";
import type { ValType } from "./syntax.ts";
import { u32 } from "./encode.ts";

export interface Operator {
  readonly bytes: readonly number[];
  readonly params: readonly ValType[];
  readonly result: ValType;
  /** The result may be a NaN that the operands do not fix. */
  readonly nan: false | "scalar" | "f32x4" | "f64x2";
}

const rows: Operator[] = [];
function add(first: number, last: number, params: readonly ValType[], result: ValType, nan: Operator["nan"] = false): void {
  for (let opcode = first; opcode <= last; opcode++) rows.push({ bytes: [opcode], params, result, nan });
}
function addPrefixed(prefix: number, subs: readonly number[], params: readonly ValType[], result: ValType, nan: Operator["nan"] = false): void {
  for (const sub of subs) rows.push({ bytes: [prefix, ...u32(sub)], params, result, nan });
}

add(0x45, 0x45, [I32], I32); // eqz
add(0x46, 0x4f, [I32, I32], I32);
add(0x50, 0x50, [I64], I32);
add(0x51, 0x5a, [I64, I64], I32);
add(0x5b, 0x60, [F32, F32], I32);
add(0x61, 0x66, [F64, F64], I32);
add(0x67, 0x69, [I32], I32);
add(0x6a, 0x78, [I32, I32], I32); // division traps
add(0x79, 0x7b, [I64], I64);
add(0x7c, 0x8a, [I64, I64], I64);
add(0x8b, 0x8c, [F32], F32); // abs, neg
add(0x8d, 0x91, [F32], F32, "scalar");
add(0x92, 0x97, [F32, F32], F32, "scalar");
add(0x98, 0x98, [F32, F32], F32); // copysign
add(0x99, 0x9a, [F64], F64);
add(0x9b, 0x9f, [F64], F64, "scalar");
add(0xa0, 0xa5, [F64, F64], F64, "scalar");
add(0xa6, 0xa6, [F64, F64], F64);
add(0xa7, 0xa7, [I64], I32);
add(0xa8, 0xa9, [F32], I32); // trapping conversions
add(0xaa, 0xab, [F64], I32);
add(0xac, 0xad, [I32], I64);
add(0xae, 0xaf, [F32], I64);
add(0xb0, 0xb1, [F64], I64);
add(0xb2, 0xb3, [I32], F32);
add(0xb4, 0xb5, [I64], F32);
add(0xb6, 0xb6, [F64], F32, "scalar");
add(0xb7, 0xb8, [I32], F64);
add(0xb9, 0xba, [I64], F64);
add(0xbb, 0xbb, [F32], F64, "scalar");
add(0xbc, 0xbc, [F32], I32); // reinterpretations
add(0xbd, 0xbd, [F64], I64);
add(0xbe, 0xbe, [I32], F32);
add(0xbf, 0xbf, [I64], F64);
add(0xc0, 0xc1, [I32], I32);
add(0xc2, 0xc4, [I64], I64);
addPrefixed(0xfc, [0, 1], [F32], I32); // saturating conversions
addPrefixed(0xfc, [2, 3], [F64], I32);
addPrefixed(0xfc, [4, 5], [F32], I64);
addPrefixed(0xfc, [6, 7], [F64], I64);

addPrefixed(0xfd, [0x0f, 0x10, 0x11], [I32], V128); // splats
addPrefixed(0xfd, [0x12], [I64], V128);
addPrefixed(0xfd, [0x13], [F32], V128);
addPrefixed(0xfd, [0x14], [F64], V128);
addPrefixed(0xfd, [0x0e, 0x23, 0x24, 0x2d, 0x37, 0x39, 0x4e, 0x4f, 0x50, 0x51, 0x6e, 0x8e, 0x95, 0xae, 0xb5, 0xba, 0xce, 0xd5], [V128, V128], V128);
addPrefixed(0xfd, [0x4d, 0x60, 0x61, 0x62, 0xa0, 0xa1, 0xc0, 0xc1], [V128], V128);
addPrefixed(0xfd, [0x52], [V128, V128, V128], V128); // bitselect
addPrefixed(0xfd, [0x53, 0x63, 0x64, 0x83, 0xa3, 0xa4, 0xc3], [V128], I32); // any_true, all_true, bitmask
addPrefixed(0xfd, [0x6b, 0x8b, 0xab], [V128, I32], V128); // shl
addPrefixed(0xfd, [0xe4, 0xe5, 0xe6, 0xe7], [V128, V128], V128, "f32x4");
addPrefixed(0xfd, [0xf0, 0xf1, 0xf2, 0xf3], [V128, V128], V128, "f64x2");

export const OPERATORS: readonly Operator[] = rows;

const byResult = new Map<string, Operator[]>();
for (const row of rows) {
  const list = byResult.get(row.result.name);
  if (list === undefined) byResult.set(row.result.name, [row]);
  else list.push(row);
}

export function operatorsOf(result: ValType): readonly Operator[] {
  return byResult.get(result.name) ?? [];
}
