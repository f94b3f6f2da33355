/**
 * From an address to the line of source that it was compiled from.
 *
 * The section is read once, when the first line is wanted, for an index of checkpoints: places in
 * the programs from which a look-up runs on to its row. So a table needs a fraction of the
 * room that its rows would take, and a look-up takes a bounded time, whatever the section holds.
 *
 * Addresses count from the contents of the code section. Where functions were left out of the
 * linked module, linkers leave their rows behind at address 0 or at the end of the address space,
 * where no code can be.
 *
 * Spec: DWARF 5 section 6.2, Line Number Information.
 */
import type { DebugSections } from "./debug-sections.ts";
import { fileName } from "./line-files.ts";
import { LineProgram, Step } from "./line-program.ts";
import { readLineUnit } from "./line-unit.ts";
import type { LineUnit } from "./line-unit.ts";

/** A place in a source file, as the line table tells it. */
export interface SourceLocation {
  /** As the compiler wrote it: a path of the machine that it ran on, maybe relative. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; undefined when only the line is known. */
  readonly column: number | undefined;
}

/** Program bytes between two checkpoints of one sequence. */
const STRIDE = 1024;
/** Program bytes without a row after which the last row stands alone. */
const ROWLESS = 65536;
const MAX_ADDRESS = 0xffff_ffff;
/** A sequence that begins here or above, or at 0, is of a function that was not linked. */
const LEFT_BEHIND = 0xffff_fffe;
/** Memory for checkpoints ends here; code described after that has no lines. */
const MAX_CHECKPOINTS = 1 << 20;

// Fields of a checkpoint: the row made just before `POS`, and where the next checkpoint takes over.
const START = 0;
const END = 1;
const UNIT = 2;
const POS = 3;
const FILE = 4;
const LINE = 5;
const COLUMN = 6;
const FIELDS = 7;

export class LineTable {
  readonly #sections: DebugSections;
  #index: Uint32Array | undefined = undefined;

  constructor(sections: DebugSections) {
    this.#sections = sections;
  }

  /** Undefined where the compiler names no line. Never throws. */
  find(address: number): SourceLocation | undefined {
    const index = this.#index ??= buildIndex(this.#sections.line);
    const at = findCheckpoint(index, address);
    if (at === undefined) return undefined;
    const { unit } = readLineUnit(this.#sections.line, index[at + UNIT]!);
    if (unit === undefined) return undefined;
    const { file, line, column } = this.#rowOf(index, at, unit, address);
    if (line === 0) return undefined;
    const name = fileName(this.#sections, unit, file);
    return name === undefined ? undefined : { file: name, line, column: column === 0 ? undefined : column };
  }

  /** The last row at or before `address`, from the checkpoint on. */
  #rowOf(index: Uint32Array, at: number, unit: LineUnit, address: number): Row {
    let row: Row = { file: index[at + FILE]!, line: index[at + LINE]!, column: index[at + COLUMN]! };
    const program = new LineProgram(this.#sections.line, unit, index[at + POS]!);
    program.address = index[at + START]!;
    program.file = row.file;
    program.line = row.line;
    program.column = row.column;
    while (program.next() === Step.row && program.address <= address) {
      row = { file: program.file, line: program.line, column: program.column };
    }
    return row;
  }
}

interface Row {
  readonly file: number;
  readonly line: number;
  readonly column: number;
}

/** Offset in `index` of a checkpoint whose range holds `address`. */
function findCheckpoint(index: Uint32Array, address: number): number | undefined {
  let low = 0;
  let high = index.length / FIELDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index[middle * FIELDS + START]! <= address) low = middle + 1;
    else high = middle;
  }
  // Ranges of sound sections do not overlap; of others, a near one may do.
  for (let k = low - 1; k >= 0 && k > low - 9; k--) if (address < index[k * FIELDS + END]!) return k * FIELDS;
  return undefined;
}

function buildIndex(section: Uint8Array): Uint32Array {
  const list = new CheckpointList();
  for (let at = 0; at < section.length && !list.full;) {
    const { unit, next } = readLineUnit(section, at);
    if (unit !== undefined) indexUnit(list, section, at, unit);
    at = next;
  }
  return list.sorted();
}

function indexUnit(list: CheckpointList, section: Uint8Array, unitAt: number, unit: LineUnit): void {
  const program = new LineProgram(section, unit);
  /** Offset after the last row, and its address. */
  let pos = 0;
  let address = 0;
  let fresh = true;
  let dead = false;
  while (!list.full) {
    const step = program.next();
    if (step === Step.programEnd) break;
    if (fresh) dead = program.address === 0 || program.address >= LEFT_BEHIND;
    fresh = step === Step.sequenceEnd;
    if (list.open && program.pos - pos > ROWLESS) list.close(address);
    if (step === Step.sequenceEnd) {
      list.close(program.address);
      program.reset();
      continue;
    }
    if (dead) continue;
    if (!list.open || program.pos - list.pos > STRIDE) {
      list.close(program.address);
      list.add(unitAt, program);
    }
    ({ pos, address } = program);
  }
  // A sequence without an end does not say how far its last row reaches.
  list.close(address);
}

/** Checkpoints in the making; at most the last one is open. */
class CheckpointList {
  #fields = new Uint32Array(64 * FIELDS);
  #length = 0;
  #ascending = true;
  /** Whether the last checkpoint still lacks its end. */
  open = false;

  get full(): boolean {
    return this.#length >= MAX_CHECKPOINTS * FIELDS;
  }

  /** Where the program goes on after the last checkpoint. */
  get pos(): number {
    return this.#fields[this.#length - FIELDS + POS]!;
  }

  add(unit: number, { address, pos, file, line, column }: LineProgram): void {
    if (address > MAX_ADDRESS) return;
    if (this.#length === this.#fields.length) {
      const grown = new Uint32Array(this.#length * 2);
      grown.set(this.#fields);
      this.#fields = grown;
    }
    if (this.#length > 0 && address < this.#fields[this.#length - FIELDS + START]!) this.#ascending = false;
    const fields = this.#fields;
    const at = this.#length;
    fields[at + START] = address;
    fields[at + END] = 0;
    fields[at + UNIT] = unit;
    fields[at + POS] = pos;
    fields[at + FILE] = file;
    fields[at + LINE] = line;
    fields[at + COLUMN] = column;
    this.#length = at + FIELDS;
    this.open = true;
  }

  /** Gives the open checkpoint its end; an empty one is dropped. */
  close(end: number): void {
    if (!this.open) return;
    this.open = false;
    const at = this.#length - FIELDS;
    if (end > this.#fields[at + START]! && end <= MAX_ADDRESS) this.#fields[at + END] = end;
    else this.#length = at;
  }

  sorted(): Uint32Array {
    const fields = this.#fields;
    if (this.#ascending) return fields.slice(0, this.#length);
    const order = Uint32Array.from({ length: this.#length / FIELDS }, (_, k) => k * FIELDS);
    order.sort((a, b) => fields[a + START]! - fields[b + START]!);
    const sorted = new Uint32Array(this.#length);
    order.forEach((from, k) => sorted.set(fields.subarray(from, from + FIELDS), k * FIELDS));
    return sorted;
  }
}
