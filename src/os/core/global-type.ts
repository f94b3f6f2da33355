/**
 * The number type of a host's global. The host does not tell, but links a global to an import of its
 * own type only, so a module for each type is asked.
 */
export const NUMBER_TYPES = ["i32", "i64", "f32", "f64"] as const;
export type NumberType = (typeof NUMBER_TYPES)[number];

/** Undefined for a constant or a global of another type. */
export function numberTypeOf(global: WebAssembly.Global): NumberType | undefined {
  return NUMBER_TYPES.find((type) => {
    try {
      new WebAssembly.Instance(importer(type), { "": { "": global } });
      return true;
    } catch (error) {
      if (error instanceof WebAssembly.LinkError) return false;
      throw error;
    }
  });
}

const CODES: Readonly<Record<NumberType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** (module (import "" "" (global (mut T)))) */
function importer(type: NumberType): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, 6, 1, 0, 0, 3, CODES[type], 1));
}
