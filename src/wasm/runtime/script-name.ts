/**
 * Gives the bytes for the host one name section: our identity instead of the guest's names.
 *
 * Dropping a section before the code moves the code; `shift` is how far, so that positions in
 * the host's stack can be turned back into positions of the translator's output.
 *
 * Spec: core binary/modules, Custom Section; core appendix, Name Section.
 */
import { assert } from "#base";
import { SCRIPT_PREFIX } from "./script-table.ts";

const CUSTOM = 0;
const CODE = 10;
const NAME = [4, 0x6e, 0x61, 0x6d, 0x65];

export interface NamedBytes {
  readonly bytes: Uint8Array;
  /** Bytes that were dropped before the code section. */
  readonly shift: number;
}

export function nameScript(bytes: Uint8Array, identity: string): NamedBytes {
  const section = nameSection(identity);
  const kept: Uint8Array[] = [];
  let keptLength = 0;
  let runStart = 0;
  let dropped = 0;
  let shift = 0;
  const keep = (end: number): void => {
    kept.push(bytes.subarray(runStart, end));
    keptLength += end - runStart;
  };
  let at = 8;
  while (at < bytes.length) {
    const header = at;
    const id = bytes[at++];
    let size = 0;
    for (let bit = 0; ; bit += 7) {
      const byte = bytes[at++];
      assert(byte !== undefined && bit < 35, "translated module has a broken section header");
      size += (byte & 0x7f) * 2 ** bit;
      if (byte < 0x80) break;
    }
    const end = at + size;
    if (id === CODE) shift = dropped;
    if (id === CUSTOM && size >= NAME.length && NAME.every((byte, i) => bytes[at + i] === byte)) {
      keep(header);
      runStart = end;
      dropped += end - header;
    }
    at = end;
  }
  assert(at === bytes.length, "translated module has a section that leaves it");
  keep(bytes.length);
  const named = new Uint8Array(keptLength + section.length);
  let into = 0;
  for (const part of kept) {
    named.set(part, into);
    into += part.length;
  }
  named.set(section, into);
  return { bytes: named, shift };
}

function nameSection(identity: string): Uint8Array {
  const name = new TextEncoder().encode(SCRIPT_PREFIX + identity);
  const contents = NAME.length + 3 + name.length;
  assert(contents < 128, "identity of a module is too long");
  return Uint8Array.of(CUSTOM, contents, ...NAME, 0, name.length + 1, name.length, ...name);
}
