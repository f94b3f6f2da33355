/** LEB128 at a place in a body that was walked before. Spec: core binary/values, Integers. */

/** The place behind the number at `at`. */
@inline
export function skipU32(at: usize): usize {
  while (load<u8>(at++) >= 0x80);
  return at;
}

/** The number at `at`; past its fifth byte nothing counts. */
@inline
export function readU32(at: usize): u32 {
  const byte = <u32>load<u8>(at);
  return byte < 0x80 ? byte : readLong(at);
}

function readLong(at: usize): u32 {
  let value: u32 = 0;
  for (let shift: u32 = 0; shift < 35; shift += 7) {
    const byte = <u32>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/** The signed number at `at`. */
export function readS32(at: usize): i32 {
  let value = 0;
  for (let shift = 0; shift < 35;) {
    const byte = <i32>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return shift < 32 && (byte & 0x40) != 0 ? value | (-1 << shift) : value;
  }
  return value;
}
