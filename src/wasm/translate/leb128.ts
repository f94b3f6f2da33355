/**
 * Unsigned LEB128 at a known offset of a body that was walked before.
 *
 * Spec: core binary/values, Integers.
 */

/** The number at `pos`. */
export function readU32(bytes: Uint8Array, pos: number): number {
  let value = 0;
  for (let at = pos, shift = 0; shift < 35; at++, shift += 7) {
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    if (!(byte >= 0x80)) break;
  }
  return value >>> 0;
}
