/**
 * Text for people: names that come from programs made harmless, sizes and times in readable
 * units, columns.
 */

/** Control and formatting characters, lone surrogates, private and unassigned ones; a terminal obeys some of them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Without anything that a terminal would obey; line ends and tabs stay. */
export function harmless(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === "\n" || character === "\t" ? character : escape(character)));
}

/** The name of a file as it stands in a message; one that is empty would not be seen there. */
export function shownPath(path: string): string {
  return path === "" ? '""' : harmless(path);
}

/** A name of a program's own in quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, "\\$&").replace(UNPRINTABLE, escape)}"`;
}

const BYTE_UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** Such as "512 bytes", "1.5 MiB". */
export function printBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let size = bytes / 1024;
  let unit = 0;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${Number(size.toFixed(size < 10 ? 2 : 1))} ${BYTE_UNITS[unit]}`;
}

/** Such as "350 ms", "2.05 s". */
export function printMs(ms: number): string {
  return ms < 1000 ? `${Number(ms.toFixed(ms < 10 ? 1 : 0))} ms` : `${Number((ms / 1000).toFixed(2))} s`;
}

/** "1 section", "3 sections". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Rows as lines, each column as wide as its widest cell; `right` names columns that are set flush right. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows.map((row) =>
    row.map((cell, index) => (right.includes(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!))).join("  ").trimEnd(),
  );
}
