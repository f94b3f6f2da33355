/** How many columns of a terminal a character takes, as far as taking it back needs to know. */

/** Ranges of code points that are two columns wide: East Asian scripts and most emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x2e80, 0x303e], [0x3041, 0xa4cf], [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe30, 0xfe6f],
  [0xff00, 0xff60], [0xffe0, 0xffe6], [0x1f300, 0x1f64f], [0x1f900, 0x1f9ff], [0x20000, 0x3fffd],
];
/** Marks that go onto the character before them. */
const COMBINING: readonly (readonly [number, number])[] = [[0x300, 0x36f], [0x483, 0x489], [0x591, 0x5bd], [0x610, 0x61a], [0x64b, 0x65f], [0x200b, 0x200f], [0x20d0, 0x20ff], [0xfe00, 0xfe0f]];

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Columns of the character that these bytes are in UTF-8; 1 for what is none. */
export function columnsOf(bytes: Uint8Array): number {
  if (bytes.length === 1) return 1;
  const code = DECODER.decode(bytes).codePointAt(0) ?? 0;
  const within = (ranges: readonly (readonly [number, number])[]): boolean => ranges.some(([first, last]) => code >= first && code <= last);
  if (within(COMBINING)) return 0;
  return within(WIDE) ? 2 : 1;
}
