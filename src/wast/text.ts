/**
 * Module text to binary, by the text library, and whose fault it is when that fails.
 */
import { compile } from "watr";
import { IsolaError } from "#base";
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

function toTextError(cause: unknown, isLegacy: boolean): TextError {
  if (cause instanceof WastError) return new TextError(cause.reason, { line: cause.line, column: cause.column }, cause);
  const said = cause instanceof Error ? cause.message : String(cause);
  // "what is wrong at LINE:COLUMN". Of rewritten text the place is not that of the source.
  const match = /^([^]*) at (\d+):(\d+)$/.exec(said);
  return new TextError(match?.[1] ?? said, match === null || isLegacy ? undefined : { line: Number(match[2]), column: Number(match[3]) }, cause);
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
