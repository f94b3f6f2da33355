/** What the scanner does after reading an opcode, made of the instruction table: `translator/scan.ts` reads it. */
import { Immediate, immediateOf } from "../binary/instructions.ts";

const Step = { plain: 0, one: 1, memarg: 2, skip4: 3, skip8: 4, other: 5, blockType: 6, event: 7 } as const;

/** `unreachable`, blocks and their marks, branches, `return`. */
const CONTROL = [0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x18, 0x19, 0x1f, 0xd5, 0xd6];
/** Calls and `ref.func`. */
const CALLS = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0xd2];
const MEMORY_GROW = 0x40;

/** By opcode, for a whole scan. */
export const STEPS = column([...CONTROL, ...CALLS, MEMORY_GROW]);
/** For a scan that only asks what the call graph wants to know: half the time of a whole one. */
export const CALL_STEPS = column(CALLS);

function column(events: readonly number[]): Uint8Array {
  const steps = new Uint8Array(256).fill(Step.other);
  for (let opcode = 0; opcode < 256; opcode++) {
    const kind = immediateOf[opcode]!;
    if (kind === Immediate.none) steps[opcode] = Step.plain;
    else if (kind >= Immediate.label && kind <= Immediate.elem) steps[opcode] = Step.one;
    else if (kind === Immediate.i32 || kind === Immediate.i64 || kind === Immediate.heapType) steps[opcode] = Step.one;
    else if (kind === Immediate.blockType) steps[opcode] = Step.blockType;
    else if (kind === Immediate.memarg) steps[opcode] = Step.memarg;
    else if (kind === Immediate.f32) steps[opcode] = Step.skip4;
    else if (kind === Immediate.f64) steps[opcode] = Step.skip8;
  }
  for (const opcode of events) steps[opcode] = Step.event;
  for (let prefix = 0xfb; prefix <= 0xfe; prefix++) steps[prefix] = Step.event;
  return steps;
}
