/**
 * Module text to binary, by the text library, and whose fault it is when that fails.
 */
import { compile } from "watr";
import { hasLegacyExceptions, replaceLegacy, restoreLegacy } from "./legacy-text.ts";

/** The text library refused a module; the cause is what it said. */
export class TextError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "TextError";
  }
}

/** @throws TextError when the text library refuses the text. */
export function textToBinary(text: string): Uint8Array<ArrayBuffer> {
  try {
    return hasLegacyExceptions(text) ? restoreLegacy(compile(replaceLegacy(text))) : Uint8Array.from(compile(text));
  } catch (error) {
    throw new TextError(error);
  }
}
