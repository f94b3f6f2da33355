/** What a process has used, as other harts see it: figures in shared memory that its own hart writes after each of its slices. */
import type { Usage } from "../usage.ts";

const FIELDS = ["cpuMs", "wallMs", "memory", "peakMemory", "output", "handles", "threads", "switches"] as const satisfies readonly (keyof Usage)[];

export class UsageCell {
  readonly buffer: SharedArrayBuffer;
  readonly #figures: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIELDS.length * 8)) {
    this.buffer = buffer;
    this.#figures = new Float64Array(buffer);
  }

  write(usage: Usage): void {
    for (let index = 0; index < FIELDS.length; index++) this.#figures[index] = usage[FIELDS[index]!];
  }
  read(): Usage {
    return Object.fromEntries(FIELDS.map((field, index) => [field, this.#figures[index]!])) as Readonly<Record<keyof Usage, number>>;
  }
}
