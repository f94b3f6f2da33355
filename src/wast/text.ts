/**
 * Module text to binary, by the text library, and whose fault it is when that fails.
 */
import { compile } from "watr";
import { IsolaError, reasonText } from "#base";
import { nestConstExprs } from "./const-text.ts";
import { hasLegacyExceptions, replaceLegacy, restoreLegacy } from "./legacy-text.ts";
import { WastError } from "./sexpr.ts";
import type { Place } from "./sexpr.ts";

/** Module text that was refused, by the text library or before it; the message is why, without the place. */
export class TextError extends IsolaError {
  readonly code = "wast/text";
  /** Where in the text, if it is known. */
  readonly place: Place | undefined;
  constructor(reason: string, place: Place | undefined, cause: unknown) {
    super(reason, { cause });
    this.place = place;
  }
}

/** What the text library says in words of its own, by what it means here. */
const REASONS: Readonly<Record<string, string>> = {
  "Unknown section module": "there is more than one module in it",
  "Unknown section component": "it is a component; only core modules can be used so far",
};

function toTextError(cause: unknown, isLegacy: boolean): TextError {
  if (cause instanceof WastError) return new TextError(cause.reason, { line: cause.line, column: cause.column }, cause);
  if (cause instanceof RangeError && /call stack/i.test(cause.message)) return new TextError("it is nested too deep to be read", undefined, cause);
  const said = reasonText(cause);
  // "what is wrong at LINE:COLUMN". Of rewritten text the place is not that of the source.
  const match = /^([^]*) at (\d+):(\d+)$/.exec(said);
  const reason = match?.[1] ?? said;
  return new TextError(REASONS[reason] ?? reason, match === null || isLegacy ? undefined : { line: Number(match[2]), column: Number(match[3]) }, cause);
}

/** @throws TextError when the text is refused. */
export function textToBinary(text: string): Uint8Array<ArrayBuffer> {
  const isLegacy = hasLegacyExceptions(text);
  try {
    const nested = nestConstExprs(text);
    return isLegacy ? restoreLegacy(compile(replaceLegacy(nested))) : Uint8Array.from(compile(nested));
  } catch (error) {
    throw toTextError(error, isLegacy);
  }
}
