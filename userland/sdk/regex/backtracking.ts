/**
 * Matching by trying one way after the other, which references to groups need. The number of steps
 * is bounded: past it there is no answer. Of all matches the one that begins first is found, and of those
 * the one that the expression prefers.
 */
import { Subject, holds } from "./assertions";
import { INSTRUCTION, Op, Program } from "./program";
import { compareBytes } from "../scan";
import { toLower } from "../bytes";

/** Steps for one text. */
const STEPS_MAX: i32 = 5_000_000;
/** On the stack: an instruction and where it is tried, or a place to be put back. */
const ENTRY: i32 = 12;

export class Backtracking {
  readonly places: usize;
  /** Whether the last search was given up. */
  exhausted: bool = false;
  private steps: i32 = 0;
  private stack: usize = 0;
  private room: i32 = 256;

  constructor(private readonly program: Program, private readonly fold: bool) {
    this.places = heap.alloc(program.places * 4);
    this.stack = heap.alloc(this.room * ENTRY);
  }

  find(subject: Subject, from: usize): bool {
    this.steps = 0;
    this.exhausted = false;
    for (let at = from; at <= subject.end && !this.exhausted; at++) if (this.tryAt(subject, at)) return true;
    return false;
  }

  private tryAt(subject: Subject, from: usize): bool {
    memory.fill(this.places, 0, this.program.places * 4);
    let height = this.push(0, 0, -1, <u32>from);
    while (height > 0) {
      const entry = this.stack + --height * ENTRY;
      const number = load<i32>(entry, 4);
      if (number >= 0) {
        store<u32>(this.places + (number << 2), load<u32>(entry, 8));
        continue;
      }
      let instruction = load<i32>(entry);
      let at = <usize>load<u32>(entry, 8);
      let goesOn = true;
      while (goesOn) {
        if (++this.steps > STEPS_MAX) {
          this.exhausted = true;
          return false;
        }
        const step = this.program.code + instruction * INSTRUCTION;
        const x = load<i32>(step, 4);
        instruction++;
        switch (load<u32>(step)) {
          case Op.match: return true;
          case Op.bytes: {
            goesOn = at < subject.end && (load<u8>(<usize>x + (load<u8>(at) >> 3)) >> (load<u8>(at) & 7) & 1) != 0;
            at++;
            break;
          }
          case Op.split: {
            height = this.push(height, load<i32>(step, 8), -1, <u32>at);
            instruction = x;
            break;
          }
          case Op.jump: {
            instruction = x;
            break;
          }
          case Op.save: {
            height = this.push(height, 0, x, load<u32>(this.places + (x << 2)));
            store<u32>(this.places + (x << 2), <u32>at);
            break;
          }
          case Op.assertion: {
            goesOn = holds(x, at, subject);
            break;
          }
          case Op.progress: {
            goesOn = load<u32>(this.places + (x << 2)) != <u32>at;
            break;
          }
          default: {
            const length = this.repeats(x, at, subject.end);
            goesOn = length >= 0;
            at += length;
          }
        }
      }
    }
    return false;
  }

  /** The length of a group's text when it stands at `at` too; -1 when it does not, or the group has none. */
  private repeats(group: i32, at: usize, end: usize): i32 {
    const from = <usize>load<u32>(this.places + (group << 3));
    const to = <usize>load<u32>(this.places + (group << 3), 4);
    if (from == 0 || to < from) return -1;
    const length = <i32>(to - from);
    if (<usize>length > end - at) return -1;
    if (!this.fold) return compareBytes(from, at, length) == 0 ? length : -1;
    for (let index = 0; index < length; index++) if (toLower(load<u8>(from + index)) != toLower(load<u8>(at + index))) return -1;
    return length;
  }

  private push(height: i32, instruction: i32, number: i32, value: u32): i32 {
    if (height == this.room) {
      this.room *= 2;
      this.stack = heap.realloc(this.stack, this.room * ENTRY);
    }
    const entry = this.stack + height * ENTRY;
    store<i32>(entry, instruction);
    store<i32>(entry, number, 4);
    store<u32>(entry, value, 8);
    return height + 1;
  }
}
