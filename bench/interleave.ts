/**
 * Samples of several things taken turn by turn, so that whatever else the machine does meanwhile
 * meets all of them alike. Every second round goes backwards: nobody is always the first.
 */

export type Sampler = () => number | Promise<number>;

export interface InterleaveOptions {
  /** Rounds whose samples are dropped. */
  readonly warmUp: number;
  readonly rounds: number;
}

/** One list of samples for each sampler, in their order. */
export async function interleave(samplers: readonly Sampler[], { warmUp, rounds }: InterleaveOptions): Promise<number[][]> {
  const samples: number[][] = samplers.map(() => []);
  for (let round = 0; round < warmUp + rounds; round++) {
    const order = samplers.map((_, index) => (round % 2 === 0 ? index : samplers.length - 1 - index));
    for (const index of order) {
      const value = await samplers[index]!(); // an index of the same list
      if (round >= warmUp) samples[index]!.push(value);
    }
  }
  return samples;
}

const word = new Int32Array(new SharedArrayBuffer(4));

/**
 * Processor time of this thread in milliseconds: unlike the time of day it does not count what other
 * programs took. Sleeps for a moment: Linux brings the account of a running thread up to date
 * only at its clock's ticks, some milliseconds apart, and when the thread gives up the processor.
 */
export function threadCpuMs(): number {
  Atomics.wait(word, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
