/**
 * The custom sections that lead from an offset in the code back to a line of source.
 *
 * A module keeps copies of them, not its bytes. They are bounded, and read only when somebody
 * asks where a frame was written. Of several sections of one name the first counts.
 *
 * Spec: DWARF for WebAssembly, section "DWARF Sections in WebAssembly"; DWARF 5 section 6.2.
 */
import type { ByteRange, SectionRange } from "../binary/module.ts";

/** Larger debug data is left alone: the module then has no source lines. */
export const DEBUG_BYTES = 64 * 1024 * 1024;

/** Where the sections lie in the original module. */
export interface DebugRanges {
  /** Offset of the contents of the code section, which addresses count from. */
  readonly code: number;
  readonly line: ByteRange;
  readonly str: ByteRange | undefined;
  readonly lineStr: ByteRange | undefined;
}

export interface DebugSections {
  /** `.debug_line`. */
  readonly line: Uint8Array;
  /** `.debug_str` and `.debug_line_str`; empty when the module has none. */
  readonly str: Uint8Array;
  readonly lineStr: Uint8Array;
}

/** Undefined for a module without lines, or without code. */
export function findDebugSections(module: { readonly sections: readonly SectionRange[]; readonly customs: readonly { readonly name: string; readonly range: ByteRange }[] }): DebugRanges | undefined {
  const named = (name: string): ByteRange | undefined => module.customs.find((custom) => custom.name === name)?.range;
  const line = named(".debug_line");
  const code = module.sections.find(({ id }) => id === 10);
  if (line === undefined || code === undefined) return undefined;
  return { code: code.start, line, str: named(".debug_str"), lineStr: named(".debug_line_str") };
}

/** Copies the sections out of the module's bytes; undefined when they are too large. */
export function keepDebugSections(bytes: Uint8Array, { line, str, lineStr }: DebugRanges): DebugSections | undefined {
  const total = [line, str, lineStr].reduce((sum, range) => sum + (range === undefined ? 0 : range.end - range.start), 0);
  if (total > DEBUG_BYTES) return undefined;
  // Not `slice`: that of an embedder's subclass may share the bytes.
  const copy = (range: ByteRange | undefined): Uint8Array => range === undefined ? new Uint8Array(0) : new Uint8Array(bytes.subarray(range.start, range.end));
  return { line: copy(line), str: copy(str), lineStr: copy(lineStr) };
}
