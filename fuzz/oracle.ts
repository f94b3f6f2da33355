/**
 * Holds our decoder and translator against the host's validator, which is native and widely used.
 *
 * - Decoding throws a `DecodeError` or nothing, whatever the bytes.
 * - What the host rejects is rejected, with a `DecodeError` or a `ValidateError`.
 * - What the host accepts is decoded, and translated by every option set into something that the
 *   host accepts, twice into the same bytes.
 */
import { DecodeError, ValidateError, decodeModule, hostValidate, translate } from "#wasm";
import type { DecodedModule } from "#wasm";
import { OPTION_SETS, hostReason, sameBytes } from "./differential.ts";

/** Codes of what the host lets pass although the specification does not. */
const HOST_IS_LENIENT = new Set<string>([
  // V8 reads the byte before a tag's type as a LEB128 integer, so that it may be longer than one byte.
  "decode/tag-attribute",
]);

const HOST_IS_UNSURE = /mix of legacy and new exception handling/;

export type Verdict =
  | { readonly kind: "accepted" | "rejected" }
  | { readonly kind: "wrong"; readonly what: string };

export function judge(bytes: Uint8Array<ArrayBuffer>): Verdict {
  const valid = WebAssembly.validate(bytes);
  const wrong = (what: string): Verdict => ({ kind: "wrong", what });
  let module: DecodedModule;
  try {
    module = decodeModule(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) return wrong(`decoding throws ${trace(error)}`);
    return valid && !HOST_IS_LENIENT.has(error.code) ? wrong(`the decoder refuses what the host accepts: ${error.message}`) : { kind: "rejected" };
  }
  try {
    hostValidate(module, undefined);
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof ValidateError)) return wrong(`validation throws ${trace(error)}`);
    // V8 looks for a mix of the two forms of exceptions while it validates functions side by side, so
    // whether it finds one can differ from one time to the next.
    if (valid && HOST_IS_UNSURE.test(error.message)) return { kind: "rejected" };
    return valid ? wrong(`validation refuses what the host accepts: ${error.message}`) : { kind: "rejected" };
  }
  if (!valid) return wrong(`accepted, but the host refuses it: ${hostReason(bytes)}`);
  for (const options of OPTION_SETS) {
    const which = JSON.stringify(options);
    try {
      const translated = translate(module, options).bytes;
      if (!WebAssembly.validate(translated as Uint8Array<ArrayBuffer>)) return wrong(`with ${which} the host refuses the translation: ${hostReason(new Uint8Array(translated))}`);
      if (!sameBytes(translated, translate(module, options).bytes)) return wrong(`with ${which} two translations differ`);
    } catch (error) {
      return wrong(`with ${which} translation throws ${trace(error)}`);
    }
  }
  return { kind: "accepted" };
}

function trace(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
