/**
 * Which memories a module can write to: by an instruction, by a data segment, or because it
 * exports them, whereby others could. A memory that is not among these can be given to the module
 * for reading only, and the module's own code is the proof.
 *
 * Spec: core exec/instructions, Memory Instructions; threads exec/instructions.
 */
import { INSTRUCTIONS, Immediate, immediateOf, immediateOfPrefixed } from "./instructions.ts";
import type { DecodedModule } from "./module.ts";
import { skipInstruction } from "./skip.ts";

const MEMORY_FOLLOWS = 0x40;
const MEMORY_INIT = "memory.init";
const MEMORY_COPY = "memory.copy";
const MEMORY_FILL = "memory.fill";

/** Opcodes of instructions that store, by their names in the table: plain, lanes, atomics. */
const STORES: ReadonlySet<number> = new Set(
  INSTRUCTIONS.filter(([, name]) => /\.store|\.atomic\.rmw/.test(name) || [MEMORY_INIT, MEMORY_COPY, MEMORY_FILL].includes(name)).map(([opcode]) => opcode),
);
const INIT = INSTRUCTIONS.find(([, name]) => name === MEMORY_INIT)?.[0];

/** Indices in the memory space. The module must have been accepted by the host's validator. */
export function writtenMemories(module: DecodedModule): ReadonlySet<number> {
  const written = new Set<number>();
  for (const { kind, index } of module.exports) if (kind === "memory") written.add(index);
  for (const { mode, memory } of module.datas) if (mode === "active") written.add(memory);
  const { bytes } = module;
  for (const { code, end } of module.bodies) {
    for (let pos = code; pos < end; pos = skipInstruction(bytes, pos, end)) scan(bytes, pos, written);
    if (written.size === module.memories.length) break;
  }
  return written;
}

function scan(bytes: Uint8Array, pos: number, written: Set<number>): void {
  let opcode = bytes[pos]!;
  let at = pos + 1;
  let kind = immediateOf[opcode]!;
  if (kind === Immediate.prefix) {
    const [sub, next] = u32(bytes, at);
    kind = immediateOfPrefixed(opcode, sub);
    opcode = opcode * 0x1_0000 + sub;
    at = next;
  }
  if (!STORES.has(opcode)) return;
  if (kind === Immediate.memarg || kind === Immediate.memargLane) {
    const [flags, next] = u32(bytes, at);
    written.add(flags >= MEMORY_FOLLOWS ? u32(bytes, next)[0] : 0);
    return;
  }
  // `memory.init` names its data segment first; `memory.copy` its target first.
  const [first, next] = u32(bytes, at);
  written.add(opcode === INIT ? u32(bytes, next)[0] : first);
}

function u32(bytes: Uint8Array, pos: number): readonly [value: number, next: number] {
  let value = 0;
  let at = pos;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return [value >>> 0, at];
}
