/** Sizes and times as people write them: "64 MiB", "1.5s", 500. */
import { IsolaError } from "#base";

export class QuantityError extends IsolaError {
  readonly code = "os/quantity";
  readonly text: string;
  constructor(text: string, expected: string) {
    super(`"${text}" is no ${expected}`);
    this.text = text;
  }
}

/** Bytes as a number, or a text with a unit: B, KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB or K, M, G, T (powers of 1024). */
export type Bytes = number | string;
/** Milliseconds as a number, or a text with a unit: ms, s, m, h. */
export type Duration = number | string;

const BYTE_UNITS: Readonly<Record<string, number>> = {
  b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12,
  k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4,
};
const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3 };

function parse(quantity: number | string, units: Readonly<Record<string, number>>, plain: number, expected: string): number {
  if (typeof quantity === "number") {
    if (!Number.isFinite(quantity) || quantity < 0) throw new QuantityError(String(quantity), expected);
    return quantity;
  }
  const match = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*$/.exec(quantity);
  const unit = match?.[2] === "" ? plain : units[match?.[2]?.toLowerCase() ?? ""];
  if (match === null || unit === undefined) throw new QuantityError(quantity, expected);
  return Number(match[1]) * unit;
}

/** @throws QuantityError */
export function parseBytes(quantity: Bytes): number {
  return Math.floor(parse(quantity, BYTE_UNITS, 1, "size such as \"64MiB\" or a number of bytes"));
}

/** Milliseconds. A text without a unit counts seconds. @throws QuantityError */
export function parseDuration(quantity: Duration): number {
  return parse(quantity, TIME_UNITS, 1e3, "time such as \"2s\" or \"500ms\"");
}
