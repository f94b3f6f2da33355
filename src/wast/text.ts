/**
 * Module text to binary, by the text library, and whose fault it is when that fails.
 */
import { compile } from "watr";
import { IsolaError } from "#base";
import { hasLegacyExceptions, replaceLegacy, restoreLegacy } from "./legacy-text.ts";
import type { Place } from "./sexpr.ts";

/** The text library refused a module; the message is what it said, without the place. */
export class TextError extends IsolaError {
  readonly code = "wast/text";
  /** Where in the text, if the library told. */
  readonly place: Place | undefined;
  constructor(cause: unknown, withPlace: boolean) {
    const said = cause instanceof Error ? cause.message : String(cause);
    // "what is wrong at LINE:COLUMN"
    const match = /^([^]*) at (\d+):(\d+)$/.exec(said);
    super(match?.[1] ?? said, { cause });
    this.place = match === null || !withPlace ? undefined : { line: Number(match[2]), column: Number(match[3]) };
  }
}

/** @throws TextError when the text library refuses the text. */
export function textToBinary(text: string): Uint8Array<ArrayBuffer> {
  const isLegacy = hasLegacyExceptions(text);
  try {
    return isLegacy ? restoreLegacy(compile(replaceLegacy(text))) : Uint8Array.from(compile(text));
  } catch (error) {
    // Of rewritten text the place is not that of the source.
    throw new TextError(error, !isLegacy);
  }
}
