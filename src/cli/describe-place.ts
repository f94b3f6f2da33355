/** Which part of a module an offset lies in, for error messages. */
import { ByteReader, DecodeError, decodeModule, decodeNames } from "#wasm";
import type { DecodedModule, ValidateError } from "#wasm";
import { quoted } from "./text.ts";

/** Magic and version. */
const HEADER_BYTES = 8;

/** By section id. Spec: core binary/modules, Sections. */
export const SECTION_NAMES = [
  "custom", "type", "import", "function", "table", "memory", "global",
  "export", "start", "element", "code", "data", "data count", "tag",
] as const;

/** Such as `function 12 "main"` or `global section`, for the offset that `error` names; undefined where nothing is known. */
export function describePlace(bytes: Uint8Array, error: DecodeError | ValidateError): string | undefined {
  if (error instanceof DecodeError) return sectionAt(bytes, error.at.offset);
  // The host found it invalid, so it was decoded before.
  return error.offset === undefined ? undefined : placeIn(decodeModule(bytes), error.offset);
}

function placeIn(module: DecodedModule, offset: number): string | undefined {
  const body = module.bodies.findIndex(({ start, end }) => offset >= start && offset < end);
  if (body === -1) return sectionAt(module.bytes, offset);
  const index = module.importCounts.func + body;
  const name = decodeNames(module).funcName(index);
  return `function ${index}${name === undefined ? "" : ` ${quoted(name)}`}`;
}

/** From the headers of the sections alone, for modules that cannot be decoded. */
function sectionAt(bytes: Uint8Array, offset: number): string | undefined {
  if (offset >= bytes.length) return "end of the file";
  try {
    const reader = new ByteReader(bytes, HEADER_BYTES);
    while (reader.pos <= offset) {
      const id = reader.u8();
      const size = reader.u32();
      if (offset < reader.pos + size) return `${SECTION_NAMES[id] ?? "unknown"} section`;
      reader.pos += size;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return undefined;
}
