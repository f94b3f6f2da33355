/**
 * Number literals of the text format as bit patterns, rounded exactly.
 *
 * Floats are rounded from an exact fraction to nearest, ties to even: going through a double
 * first would round an f32 twice.
 *
 * Spec: core text/values.
 */

export type FloatType = "f32" | "f64";

interface FloatFormat {
  readonly bits: bigint;
  readonly mantissa: bigint;
  /** Exponent of the smallest subnormal's unit, and the largest exponent of a unit in the last place. */
  readonly minUnit: bigint;
  readonly maxUnit: bigint;
}
const FORMATS: Readonly<Record<FloatType, FloatFormat>> = {
  f32: { bits: 32n, mantissa: 23n, minUnit: -149n, maxUnit: 104n },
  f64: { bits: 64n, mantissa: 52n, minUnit: -1074n, maxUnit: 971n },
};

/** The bit pattern of an integer literal of `width` bits, signed or not; undefined when it is none or too large. */
export function parseInteger(text: string, width: number): bigint | undefined {
  const match = /^([+-]?)(0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt((match[2] ?? "").replaceAll("_", ""));
  const isNegative = match[1] === "-";
  if (magnitude > (isNegative ? 1n << BigInt(width - 1) : (1n << BigInt(width)) - 1n)) return undefined;
  return BigInt.asUintN(width, isNegative ? -magnitude : magnitude);
}

/** The bit pattern of a float literal, or undefined when it is none. `nan:canonical` and the like are no literals. */
export function parseFloatBits(text: string, type: FloatType): bigint | undefined {
  const format = FORMATS[type];
  const match = /^([+-]?)(.*)$/.exec(text.replaceAll("_", ""));
  if (match === null) return undefined;
  const sign = match[1] === "-" ? 1n << (format.bits - 1n) : 0n, body = match[2] ?? "";
  const infinity = ((1n << (format.bits - 1n - format.mantissa)) - 1n) << format.mantissa;
  if (body === "inf") return sign | infinity;
  if (body === "nan") return sign | infinity | (1n << (format.mantissa - 1n));
  const payload = /^nan:(0x[0-9a-fA-F]+)$/.exec(body);
  if (payload !== null) {
    const bits = BigInt(payload[1] ?? "");
    return bits === 0n || bits >> format.mantissa !== 0n ? undefined : sign | infinity | bits;
  }
  const fraction = parseFraction(body);
  if (fraction === undefined) return undefined;
  return sign | roundFraction(fraction.numerator, fraction.denominator, format, infinity);
}

/** Orders of magnitude, in the literal's base, beyond which every format has only infinity or zero. */
const MAX_ORDER = { decimal: 400n, hex: 1200n } as const;

function parseFraction(body: string): { numerator: bigint; denominator: bigint } | undefined {
  const hex = /^0x([0-9a-fA-F]+)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?$/.exec(body);
  const decimal = /^([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(body);
  const parts = hex ?? decimal;
  if (parts === null) return undefined;
  const whole = parts[1] ?? "", after = parts[2] ?? "", exponent = BigInt(parts[3] ?? "0");
  const digits = BigInt((hex === null ? "" : "0x") + whole + after);
  const base = hex === null ? 10n : 2n, perDigit = hex === null ? 1n : 4n;
  let shift = exponent - BigInt(after.length) * perDigit;
  // The value lies below base ** order, and not more than a digit below. Powers beyond what matters are never computed.
  const order = shift + BigInt((whole + after).replace(/^0+/, "").length) * perDigit;
  const limit = MAX_ORDER[hex === null ? "decimal" : "hex"];
  if (order > limit || order < -limit) shift += (order > 0n ? limit : -limit) - order;
  return shift >= 0n
    ? { numerator: digits * base ** shift, denominator: 1n }
    : { numerator: digits, denominator: base ** -shift };
}

/** Rounds a non-negative fraction to nearest, ties to even. */
function roundFraction(numerator: bigint, denominator: bigint, format: FloatFormat, infinity: bigint): bigint {
  if (numerator === 0n) return 0n;
  // The unit in the last place: the quotient in that unit has mantissa + 1 bits, or fewer for a subnormal.
  let unit = BigInt(numerator.toString(2).length - denominator.toString(2).length) - format.mantissa;
  if (unit > format.maxUnit) return infinity;
  for (;;) {
    if (unit < format.minUnit) unit = format.minUnit;
    const scaled = unit >= 0n ? numerator : numerator << -unit;
    const divisor = unit >= 0n ? denominator << unit : denominator;
    let quotient = scaled / divisor;
    const length = BigInt(quotient.toString(2).length);
    if (length > format.mantissa + 1n) {
      unit++;
      continue;
    }
    if (length < format.mantissa + 1n && unit > format.minUnit) {
      unit--;
      continue;
    }
    const twice = (scaled % divisor) * 2n;
    if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) quotient++;
    // A carry out of the mantissa lands in the exponent field by itself, up to infinity.
    const biased = unit - format.minUnit;
    const bits = (biased << format.mantissa) + quotient;
    return bits >= infinity ? infinity : bits;
  }
}
