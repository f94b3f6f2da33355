/**
 * Constants and patterns as a script writes them, for the report of a failure.
 *
 * A float is printed with the fewest digits that read back as the same bits.
 *
 * Spec: core text/values.
 */
import { laneWidth } from "./value.ts";
import type { LaneType, NanPattern, NumType, Pattern } from "./value.ts";

/** Such as `(i32.const -1)`. */
export function printConst(kind: NumType, bits: bigint | NanPattern): string {
  return `(${kind}.const ${printNumber(kind, bits)})`;
}

/** Such as `(v128.const i32x4 0 0 0 1)`. */
export function printLanes(lane: LaneType, lanes: readonly (bigint | NanPattern)[]): string {
  return `(v128.const ${lane}x${lanes.length} ${lanes.map((bits) => printNumber(lane, bits)).join(" ")})`;
}

export function printPattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case "either": return `(either ${pattern.choices.map(printPattern).join(" ")})`;
    case "v128": return printLanes(pattern.lane, pattern.lanes);
    case "ref.null": return pattern.heap === undefined ? "(ref.null)" : `(ref.null ${pattern.heap})`;
    case "ref.extern":
    case "ref.host": return pattern.id === undefined ? `(${pattern.kind})` : `(${pattern.kind} ${pattern.id})`;
    case "ref": return `(ref.${pattern.heap})`;
    default: return printConst(pattern.kind, pattern.bits);
  }
}

function printNumber(lane: LaneType, bits: bigint | NanPattern): string {
  if (typeof bits !== "bigint") return bits;
  return lane === "f32" || lane === "f64" ? printFloat(lane, bits) : String(BigInt.asIntN(laneWidth(lane), bits));
}

function printFloat(type: "f32" | "f64", bits: bigint): string {
  const width = laneWidth(type), mantissa = type === "f32" ? 23n : 52n;
  const sign = bits >> BigInt(width - 1) === 0n ? "" : "-";
  const payload = BigInt.asUintN(Number(mantissa), bits), magnitude = BigInt.asUintN(width - 1, bits);
  const infinity = ((1n << (BigInt(width - 1) - mantissa)) - 1n) << mantissa;
  if (magnitude === infinity) return `${sign}inf`;
  if (magnitude > infinity) return payload === 1n << (mantissa - 1n) ? `${sign}nan` : `${sign}nan:0x${payload.toString(16)}`;
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f64") {
    view.setBigUint64(0, magnitude);
    return sign + String(view.getFloat64(0));
  }
  view.setUint32(0, Number(magnitude));
  const value = view.getFloat32(0);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return sign + String(short);
  }
  return sign + String(Number(value.toPrecision(9)));
}
