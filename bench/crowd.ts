/**
 * A system with many programs that live and wait, spread over harts. The host thread is one of these harts and has its
 * share of them; what is measured there, in its processor time, meets what others do on this machine least.
 */
import { boot } from "../src/node.ts";
import type { Process, Program, SpawnOptions, System } from "../src/node.ts";
import { WAIT } from "./guests.ts";

/** So many that each has about a thousand parked stacks of 10,000: a collection of young objects walks them all. */
export const CROWD_HARTS = 10;
export const SIZES = [10, 100, 1_000, 10_000] as const;
/** Spawns under way at once. */
const AT_ONCE = 20;

export const QUIET: SpawnOptions = { stdout: "null", stderr: "null" };
const WAITING: SpawnOptions = { ...QUIET, stdin: "pipe" };

export class Crowd {
  readonly os: System;
  readonly members: Process[] = [];
  readonly #program: Program;

  private constructor(os: System, program: Program) {
    this.os = os;
    this.#program = program;
  }

  static async start(): Promise<Crowd> {
    const os = await boot({ harts: CROWD_HARTS, cacheFolder: false });
    return new Crowd(os, await os.compile(WAIT()));
  }

  /** One more that waits, on the hart named or where the least is to do. */
  spawn(hart?: number): Promise<Process> {
    return this.os.spawn(this.#program, hart === undefined ? WAITING : { ...WAITING, hart });
  }

  async growTo(size: number): Promise<void> {
    while (this.members.length < size) {
      const count = Math.min(AT_ONCE, size - this.members.length);
      this.members.push(...await Promise.all(Array.from({ length: count }, () => this.spawn())));
    }
    // Until each has run up to its read.
    for (const member of this.members) while (member.usage().switches === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const dead = this.members.filter(({ running }) => !running).length;
    if (dead > 0) throw new Error(`${dead} of the crowd have ended`);
  }

  /** Members by hart. */
  async shares(): Promise<number[]> {
    const shares = Array.from({ length: CROWD_HARTS }, () => 0);
    for (const { hart } of (await this.os.snapshot()).processes) shares[hart]!++;
    return shares;
  }

  close(): Promise<void> {
    return this.os.close();
  }
}
