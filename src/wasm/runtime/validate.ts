/**
 * Validation of a whole module by the host.
 *
 * The host's validator answers yes or no; only after a no is the module given to the host's
 * compiler as well, for its words and the offset.
 *
 * Spec: core valid/modules.
 */
import { IsolaError } from "#base";
import { checkCode } from "../binary/check-code.ts";
import type { DecodedModule } from "../binary/module.ts";

/** A well-formed module that breaks a validation rule, or needs what the host does not have. */
export class ValidateError extends IsolaError {
  readonly code = "validate/invalid";
  readonly module: string | undefined;
  /** Byte offset in the module where the host stopped, when it tells. */
  readonly offset: number | undefined;
  /** The host's words for what is wrong. */
  readonly reason: string;
  constructor(module: string | undefined, offset: number | undefined, reason: string, options?: { cause?: unknown }) {
    const where = [module, offset === undefined ? undefined : `at 0x${offset.toString(16)}`].filter((part) => part !== undefined).join(" ");
    super(where === "" ? reason : `${reason} (${where})`, options);
    this.module = module;
    this.offset = offset;
    this.reason = reason;
  }
}

/**
 * @throws DecodeError when an instruction is malformed, which decoding a module does not see.
 * @throws ValidateError for all else that the host refuses.
 */
export function hostValidate(module: DecodedModule, name: string | undefined): void {
  const { bytes } = module;
  if (WebAssembly.validate(bytes)) return;
  checkCode(bytes, module, name);
  try {
    new WebAssembly.Module(bytes);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    // V8: "WebAssembly.Module(): REASON @+OFFSET"; SpiderMonkey: "at offset OFFSET: REASON".
    const message = cause.message.replace(/^WebAssembly\.\w+(\(\))?:? */, "");
    const match = / @\+(\d+)$/.exec(message) ?? /at offset (\d+)/.exec(message);
    throw new ValidateError(name, match === null ? undefined : Number(match[1]), message.replace(/ @\+\d+$/, ""), { cause });
  }
  throw new ValidateError(name, undefined, "the host refuses the module without giving a reason");
}
