/**
 * Matching in which all that may still become a match is followed at once, byte by byte: the time
 * is bounded by the length of the text times the size of the expression, whatever both are. Of all
 * matches the one that begins first is found, and of those the longest; places of groups are those of the
 * preferred way there.
 */
import { Subject, holds } from "./assertions";
import { INSTRUCTION, Op, Program } from "./program";

/** Ways that are followed at one place in the text: instructions in their order, each with its places. */
class Ways {
  count: i32 = 0;
  /** By position the instruction, and by instruction the position. */
  private readonly dense: usize;
  private readonly sparse: usize;
  private readonly places: usize;

  constructor(instructions: i32, private readonly width: i32) {
    this.dense = heap.alloc(instructions * 4);
    this.sparse = heap.alloc(instructions * 4);
    memory.fill(this.sparse, 0, instructions * 4);
    this.places = heap.alloc(instructions * width * 4);
  }

  /** Whether the instruction is new. */
  add(instruction: i32): bool {
    const at = load<u32>(this.sparse + (instruction << 2));
    if (at < <u32>this.count && load<i32>(this.dense + (at << 2)) == instruction) return false;
    store<i32>(this.sparse + (instruction << 2), this.count);
    store<i32>(this.dense + (this.count++ << 2), instruction);
    return true;
  }

  // @ts-ignore: decorator
  @inline
  instruction(position: i32): i32 {
    return load<i32>(this.dense + (position << 2));
  }

  /** Where the places of a position are kept. */
  // @ts-ignore: decorator
  @inline
  placesOf(position: i32): usize {
    return this.places + position * this.width * 4;
  }
}

export class Simulation {
  /** Addresses in the text, by number; 0 for what was not met. */
  readonly places: usize;
  private now: Ways;
  private then: Ways;
  /** What is still to be visited: an instruction, or a place to be put back. 12 bytes each. */
  private stack: usize = 0;
  private stackRoom: i32 = 64;
  private readonly current: usize;

  private readonly width: i32;

  constructor(private readonly program: Program) {
    const width = program.places;
    this.width = width;
    this.now = new Ways(program.count, width);
    this.then = new Ways(program.count, width);
    this.places = heap.alloc(width * 4);
    this.current = heap.alloc(width * 4);
    this.stack = heap.alloc(this.stackRoom * 12);
  }

  /** Looks for a match that begins at `from` or behind; `places` has it then. `firsts`, unless it is 0, are the bytes that can begin one. */
  find(subject: Subject, from: usize, firsts: usize): bool {
    const code = this.program.code;
    let matched = false;
    this.now.count = 0;
    for (let at = from; ; at++) {
      if (!matched) {
        if (this.now.count == 0 && firsts != 0) {
          while (at < subject.end && (load<u8>(firsts + (load<u8>(at) >> 3)) >> (load<u8>(at) & 7) & 1) == 0) at++;
          if (at == subject.end) return false;
        }
        memory.fill(this.current, 0, this.width * 4);
        this.visit(this.now, 0, at, subject);
      }
      if (this.now.count == 0) break;
      this.then.count = 0;
      for (let position = 0; position < this.now.count; position++) {
        const instruction = this.now.instruction(position);
        const step = code + instruction * INSTRUCTION;
        const places = this.now.placesOf(position);
        const op = load<u32>(step);
        if (op == Op.match) {
          if (!matched || load<u32>(places) < load<u32>(this.places) || (load<u32>(places) == load<u32>(this.places) && load<u32>(places, 4) > load<u32>(this.places, 4))) {
            memory.copy(this.places, places, this.width * 4);
            matched = true;
          }
        } else if (op == Op.bytes && at < subject.end && !(matched && load<u32>(places) > load<u32>(this.places))) {
          const byte = load<u8>(at);
          const set = load<u32>(step, 4);
          if ((load<u8>(set + (byte >> 3)) >> (byte & 7) & 1) == 0) continue;
          memory.copy(this.current, places, this.width * 4);
          this.visit(this.then, instruction + 1, at + 1, subject);
        }
      }
      const swap = this.now;
      this.now = this.then;
      this.then = swap;
      if (at >= subject.end) break;
    }
    return matched;
  }

  /** Adds all that an instruction leads to without taking a byte; `current` has the places, and has them again afterwards. */
  private visit(ways: Ways, first: i32, at: usize, subject: Subject): void {
    const code = this.program.code;
    let height = this.push(0, first, -1, 0);
    while (height > 0) {
      const entry = this.stack + --height * 12;
      const number = load<i32>(entry, 4);
      if (number >= 0) {
        store<u32>(this.current + (number << 2), load<u32>(entry, 8));
        continue;
      }
      let instruction = load<i32>(entry);
      while (ways.add(instruction)) {
        const step = code + instruction * INSTRUCTION;
        const op = load<u32>(step);
        const x = load<i32>(step, 4);
        if (op == Op.bytes || op == Op.match) {
          memory.copy(ways.placesOf(ways.count - 1), this.current, this.width * 4);
          break;
        }
        if (op == Op.jump) {
          instruction = x;
          continue;
        }
        if (op == Op.split) {
          height = this.push(height, load<i32>(step, 8), -1, 0);
          instruction = x;
          continue;
        }
        if (op == Op.save) {
          height = this.push(height, 0, x, load<u32>(this.current + (x << 2)));
          store<u32>(this.current + (x << 2), <u32>at);
        } else if (op == Op.assertion && !holds(x, at, subject)) break;
        instruction++;
      }
    }
  }

  private push(height: i32, instruction: i32, number: i32, place: u32): i32 {
    if (height == this.stackRoom) {
      this.stackRoom *= 2;
      this.stack = heap.realloc(this.stack, this.stackRoom * 12);
    }
    const entry = this.stack + height * 12;
    store<i32>(entry, instruction);
    store<i32>(entry, number, 4);
    store<u32>(entry, place, 8);
    return height + 1;
  }
}
