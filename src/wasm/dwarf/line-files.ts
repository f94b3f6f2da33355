/**
 * Names of the source files of a line unit.
 *
 * Versions 2 to 4 list directories and files as text and leave the compilation's own directory
 * to another section, so their relative names stay relative. Version 5 describes each field by
 * a form and lists that directory first. Files that a program defines on the way are not known;
 * compilers have not made any for decades.
 *
 * Tables are walked anew for each name, and only up to a bound.
 *
 * Spec: DWARF 5 sections 6.2.4.1, Standard Content Descriptions, and 7.5.6, Form Encodings; DWARF 4 section 6.2.4.
 */
import { decodeUtf8 } from "#base";
import { DebugReader } from "./debug-reader.ts";
import type { DebugSections } from "./debug-sections.ts";
import type { LineUnit } from "./line-unit.ts";

/** Larger directory and file tables have no names. */
const TABLE_BYTES = 1024 * 1024;
/** Longer names are no names. */
const NAME_BYTES = 4096;

// What a field of version 5 holds
const PATH = 1;
const DIRECTORY_INDEX = 2;

/** The path of file `file`, as the program's register numbers it; undefined when the tables do not tell. */
export function fileName(sections: DebugSections, unit: LineUnit, file: number): string | undefined {
  if (unit.program - unit.tables > TABLE_BYTES) return undefined;
  const reader = new DebugReader(sections.line, unit.tables, unit.program);
  return unit.version === 5 ? describedName(sections, unit, reader, file) : listedName(reader, file);
}

/** Versions 2 to 4. Directory 0 is that of the compilation. */
function listedName(reader: DebugReader, file: number): string | undefined {
  const directories: TextRange[] = [];
  for (let entry = reader.text(); entry.end > entry.start; entry = reader.text()) directories.push(entry);
  for (let index = 1; index <= file; index++) {
    const entry = reader.text();
    if (entry.end === entry.start) return undefined;
    const directory = reader.uleb();
    reader.uleb(); // time of the last change
    reader.uleb(); // length
    if (index < file || reader.failed) continue;
    const parent = directories[directory - 1];
    return join(parent && textOf(reader.bytes, parent), textOf(reader.bytes, entry));
  }
  return undefined;
}

interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Version 5. Both tables count from 0. */
function describedName(sections: DebugSections, unit: LineUnit, reader: DebugReader, file: number): string | undefined {
  const directories = reader.pos;
  if (!walkEntries(sections, unit, reader, undefined)) return undefined;
  const found = walkEntries(sections, unit, reader, file);
  if (found === undefined || found === true || reader.failed) return undefined;
  const directory = (index: number): string | undefined => {
    const entry = walkEntries(sections, unit, new DebugReader(reader.bytes, directories, unit.program), index);
    return typeof entry === "object" ? entry.path : undefined;
  };
  const parent = directory(found.directory);
  return join(found.directory === 0 ? parent : join(directory(0), parent), found.path);
}

interface Entry {
  readonly path: string | undefined;
  readonly directory: number;
}

/**
 * Walks one table of version 5: to the entry `wanted`, or over all of it, which gives true.
 * Undefined when there is no such entry, or a form is unknown.
 */
function walkEntries(sections: DebugSections, unit: LineUnit, reader: DebugReader, wanted: number | undefined): Entry | true | undefined {
  const formats: { readonly content: number; readonly form: number }[] = [];
  for (let left = reader.u8(); left > 0; left--) formats.push({ content: reader.uleb(), form: reader.uleb() });
  const count = reader.uleb();
  // Entries without fields take no bytes: nothing would end the walk but their number.
  if (formats.length === 0) return wanted === undefined ? true : undefined;
  for (let index = 0; index < count && !reader.failed; index++) {
    let path: string | undefined;
    let directory = 0;
    for (const { content, form } of formats) {
      const value = readForm(sections, unit, reader, form, index === wanted);
      if (value === undefined) return undefined;
      if (content === PATH && typeof value === "string") path = value;
      if (content === DIRECTORY_INDEX && typeof value === "number") directory = value;
    }
    if (index === wanted) return { path, directory };
  }
  return wanted === undefined && !reader.failed ? true : undefined;
}

/** A field's value, or null for one that says nothing here; undefined for a form of unknown size. Each form takes a byte or more. */
function readForm(sections: DebugSections, unit: LineUnit, reader: DebugReader, form: number, wanted: boolean): string | number | null | undefined {
  const offset = (): number => unit.offsetSize === 8 ? reader.u64() : reader.u32();
  const named = (strings: Uint8Array): string | null => {
    const at = offset();
    return wanted ? textOf(strings, new DebugReader(strings, at, at + NAME_BYTES + 1).text()) ?? null : null;
  };
  const skip = (count: number): null => {
    reader.skip(count);
    return null;
  };
  switch (form) {
    case 0x08: { // string
      const range = reader.text();
      return wanted ? textOf(reader.bytes, range) ?? null : null;
    }
    case 0x1f: return named(sections.lineStr); // line_strp
    case 0x0e: return named(sections.str); // strp
    case 0x0b: return reader.u8(); // data1
    case 0x05: return reader.u16(); // data2
    case 0x06: return reader.u32(); // data4
    case 0x07: return reader.u64(); // data8
    case 0x0f: return reader.uleb(); // udata
    case 0x1e: return skip(16); // data16
    case 0x09: return skip(reader.uleb()); // block
    case 0x0a: return skip(reader.u8()); // block1
    case 0x03: return skip(reader.u16()); // block2
    case 0x04: return skip(reader.u32()); // block4
    // Strings that only further sections hold: strx, strx1 to strx4, strp_sup.
    case 0x1a: reader.uleb(); return null;
    case 0x25: return skip(1);
    case 0x26: return skip(2);
    case 0x27: return skip(3);
    case 0x28: return skip(4);
    case 0x1d: return skip(unit.offsetSize);
    default: return undefined;
  }
}

/** Undefined for an empty name too. */
function textOf(bytes: Uint8Array, { start, end }: TextRange): string | undefined {
  return end === start || end - start > NAME_BYTES ? undefined : decodeUtf8(bytes, start, end);
}

function join(directory: string | undefined, name: string | undefined): string | undefined {
  if (name === undefined || directory === undefined || /^([/\\]|[A-Za-z]:[/\\])/.test(name)) return name;
  const rest = name.replace(/^(\.([/\\]|$))+/, "");
  if (rest === "") return directory;
  return /[/\\]$/.test(directory) ? directory + rest : `${directory}/${rest}`;
}
