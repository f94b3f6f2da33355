/**
 * Constants and result patterns of a script. Numbers are bit patterns throughout, so that NaN
 * payloads and signed zeros survive.
 *
 * Spec: core text/values; the script language of the specification's test suite.
 */
import { parseFloatBits, parseInteger } from "./number.ts";
import type { FloatType } from "./number.ts";
import { WastError } from "./sexpr.ts";
import type { List, Node, Place } from "./sexpr.ts";

export type NumType = "i32" | "i64" | FloatType;
export type LaneType = "i8" | "i16" | NumType;
export type NanPattern = "nan:canonical" | "nan:arithmetic";

/** An argument. `heap` is a heap type's text; a bare `(ref.null)` has none. */
export type Const =
  | { readonly kind: NumType; readonly bits: bigint }
  | { readonly kind: "v128"; readonly bits: bigint }
  | { readonly kind: "ref.null"; readonly heap: string | undefined }
  /** `ref.host` is a host value as anyref, `ref.extern` the same as externref. */
  | { readonly kind: "ref.extern" | "ref.host"; readonly id: number };

/** What a result must be. */
export type Pattern =
  | { readonly kind: NumType; readonly bits: bigint | NanPattern }
  | { readonly kind: "v128"; readonly lane: LaneType; readonly lanes: readonly (bigint | NanPattern)[] }
  | { readonly kind: "ref.null"; readonly heap: string | undefined }
  | { readonly kind: "ref.extern" | "ref.host"; readonly id: number | undefined }
  /** Any non-null reference of this heap type: `(ref.func)`, `(ref.struct)`, ... An index after `ref.func` is not compared. */
  | { readonly kind: "ref"; readonly heap: string }
  | { readonly kind: "either"; readonly choices: readonly Pattern[] };

const NUM_WIDTH: Readonly<Record<LaneType, number>> = { i8: 8, i16: 16, i32: 32, i64: 64, f32: 32, f64: 64 };
const SHAPES: Readonly<Record<string, LaneType>> = { i8x16: "i8", i16x8: "i16", i32x4: "i32", i64x2: "i64", f32x4: "f32", f64x2: "f64" };

/** Width of a lane in bits. */
export const laneWidth = (lane: LaneType): number => NUM_WIDTH[lane];

export function parsePattern(node: Node): Pattern {
  if (node.kind !== "list") throw new WastError(node, "a result is a list");
  const keyword = head(node);
  if (keyword === "either") return { kind: "either", choices: node.items.slice(1).map(parsePattern) };
  const operands = node.items.slice(1).map((item) => word(item, node));
  if (keyword === "v128.const") {
    const lane = shapeOf(operands[0], node);
    const lanes = operands.slice(1).map((text) => number(text, lane, node));
    if (lanes.length * laneWidth(lane) !== 128) throw new WastError(node, "wrong number of lanes");
    return { kind: "v128", lane, lanes };
  }
  const num = /^(i32|i64|f32|f64)\.const$/.exec(keyword)?.[1];
  if (num !== undefined) {
    const kind = num as NumType;
    if (operands.length !== 1) throw new WastError(node, `'${keyword}' takes one number`);
    return { kind, bits: number(operands[0] ?? "", kind, node) };
  }
  if (keyword === "ref.null") return { kind: keyword, heap: operands[0] };
  if (keyword === "ref.extern" || keyword === "ref.host") {
    return { kind: keyword, id: operands[0] === undefined ? undefined : Number(integer(operands[0], 32, node)) };
  }
  const heap = /^ref\.(func|struct|array|i31|eq|any|exn)$/.exec(keyword)?.[1];
  if (heap !== undefined) return { kind: "ref", heap };
  throw new WastError(node, `unknown result '${keyword}'`);
}

export function parseConst(node: Node): Const {
  const pattern = parsePattern(node);
  switch (pattern.kind) {
    case "either":
    case "ref":
      throw new WastError(node, `'${pattern.kind}' is no argument`);
    case "v128":
      return { kind: "v128", bits: joinLanes(pattern.lanes.map((bits) => exact(bits, node)), laneWidth(pattern.lane)) };
    case "ref.null":
      return pattern;
    case "ref.extern":
    case "ref.host":
      if (pattern.id === undefined) throw new WastError(node, `'${pattern.kind}' needs a number here`);
      return { kind: pattern.kind, id: pattern.id };
    default:
      return { kind: pattern.kind, bits: exact(pattern.bits, node) };
  }
}

/** Packs lanes, lane 0 lowest. */
export function joinLanes(lanes: readonly bigint[], width: number): bigint {
  return lanes.reduceRight((bits, lane) => (bits << BigInt(width)) | lane, 0n);
}

function number(text: string, lane: LaneType, place: Place): bigint | NanPattern {
  if (text === "nan:canonical" || text === "nan:arithmetic") return text;
  if (lane !== "f32" && lane !== "f64") return integer(text, laneWidth(lane), place);
  const bits = parseFloatBits(text, lane);
  if (bits === undefined) throw new WastError(place, `'${text}' is no ${lane}`);
  return bits;
}

function integer(text: string, width: number, place: Place): bigint {
  const bits = parseInteger(text, width);
  if (bits === undefined) throw new WastError(place, `'${text}' is no integer of ${width} bits`);
  return bits;
}

function exact(bits: bigint | NanPattern, place: Place): bigint {
  if (typeof bits === "bigint") return bits;
  throw new WastError(place, `'${bits}' is no argument`);
}

function shapeOf(text: string | undefined, place: Place): LaneType {
  const lane = SHAPES[text ?? ""];
  if (lane === undefined) throw new WastError(place, `unknown vector shape '${text ?? ""}'`);
  return lane;
}

function head(list: List): string {
  return word(list.items[0], list);
}

function word(node: Node | undefined, place: Place): string {
  if (node?.kind === "atom") return node.text;
  throw new WastError(place, "expected a word");
}
