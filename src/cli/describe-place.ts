/** Which part of a module an offset lies in, for error messages. */
import { ValidateError, decodeModule, decodeNames } from "#wasm";
import type { DecodeError, DecodedModule } from "#wasm";
import { quoted } from "./text.ts";

/** By section id. Spec: core binary/modules, Sections. */
export const SECTION_NAMES = [
  "custom", "type", "import", "function", "table", "memory", "global",
  "export", "start", "element", "code", "data", "data count", "tag",
] as const;

/** Such as `function 12 "main"` or `global section`; undefined for a decode error, which tells by itself, and where nothing is known. */
export function describePlace(bytes: Uint8Array, error: DecodeError | ValidateError): string | undefined {
  if (!(error instanceof ValidateError) || error.offset === undefined) return undefined;
  // The host found it invalid, so it was decoded before.
  return placeOf(decodeModule(bytes), error.offset);
}

function placeOf(module: DecodedModule, offset: number): string | undefined {
  const section = module.sections.find(({ header, end }) => offset >= header && offset < end);
  if (section === undefined) return undefined;
  const body = module.bodies.findIndex(({ range }) => offset >= range.start && offset < range.end);
  if (body === -1) return `${SECTION_NAMES[section.id] ?? "unknown"} section`;
  const index = module.importCounts.func + body;
  const name = decodeNames(module).funcName(index);
  return `function ${index}${name === undefined ? "" : ` ${quoted(name)}`}`;
}
