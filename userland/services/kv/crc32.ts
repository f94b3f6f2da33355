/** The CRC-32 of Ethernet and zip (reflected polynomial 0xEDB88320), by a table of 256 entries. */

const TABLE = memory.data(1024, 4);

function fillTable(): void {
  for (let index: u32 = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    store<u32>(TABLE + (index << 2), value);
  }
}
fillTable();

export function crc32(at: usize, length: u32): u32 {
  let crc: u32 = 0xffff_ffff;
  for (const end = at + length; at < end; at++) crc = load<u32>(TABLE + (((crc ^ load<u8>(at)) & 0xff) << 2)) ^ (crc >>> 8);
  return ~crc;
}
