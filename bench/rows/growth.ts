/**
 * [growth.spawn] [growth.switch] [growth.message] [growth.kill] What an operation costs when 10, 100, 1,000 and 10,000
 * other programs live, all waiting, over ten harts: the worst of them against the cost at 10. In processor
 * time of the host thread, which is the hart where the operation happens.
 */
import { CROWD_HARTS, Crowd, QUIET, SIZES } from "../crowd.ts";
import type { Process } from "../../src/node.ts";
import { YIELD } from "../guests.ts";
import { player } from "../players.ts";
import { threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median } from "../statistics.ts";

const ROUNDS = 9;
const SPAWNS = 100;
const SWITCHES = 50_000;
const MESSAGES = 10_000;

/** Microseconds of one operation, a few times. */
type Operation = (crowd: Crowd) => Promise<() => Promise<number>>;

async function all(processes: readonly Promise<Process>[]): Promise<void> {
  const ends = await Promise.all((await Promise.all(processes)).map(({ exited }) => exited));
  if (ends.some(({ status }) => status !== 0)) throw new Error("a program did not end well");
}

const spawning = (kills: boolean): Operation => async (crowd) => async () => {
  const started = threadCpuMs();
  const made: Process[] = [];
  for (let count = 0; count < SPAWNS; count++) made.push(await crowd.spawn(0));
  const spawned = threadCpuMs();
  for (const process of made) process.kill();
  await Promise.all(made.map(({ exited }) => exited));
  return (((kills ? threadCpuMs() - spawned : spawned - started)) * 1e3) / SPAWNS;
};

const switching: Operation = async ({ os }) => {
  const program = await os.compile(YIELD(SWITCHES / 2));
  return async () => {
    const started = threadCpuMs();
    await all([os.spawn(program, { ...QUIET, hart: 0 }), os.spawn(program, { ...QUIET, hart: 0 })]);
    return ((threadCpuMs() - started) * 1e3) / SWITCHES;
  };
};

const messaging: Operation = async ({ os }) => {
  const [ping, pong] = [await os.compile(player({ first: true, rounds: MESSAGES })), await os.compile(player({ first: false, rounds: MESSAGES }))];
  return async () => {
    const [a, b] = os.channel();
    const started = threadCpuMs();
    await all([os.spawn(pong, { ...QUIET, hart: 0, handles: { end: b.give() } }), os.spawn(ping, { ...QUIET, hart: 0, handles: { end: a.give() } })]);
    return ((threadCpuMs() - started) * 1e3) / (2 * MESSAGES);
  };
};

function growth(name: string, meaning: string, operation: Operation): Row {
  const measure = async (): Promise<Measured> => {
    const crowd = await Crowd.start();
    const once = await operation(crowd);
    for (let warm = 0; warm < 4; warm++) await once();
    const costs: number[] = [];
    for (const size of SIZES) {
      await crowd.growTo(size);
      await once();
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) samples.push(await once());
      costs.push(median(samples));
    }
    await crowd.close();
    return {
      value: Math.max(...costs) / costs[0]!, // there are sizes
      runs: ROUNDS,
      parts: costs.map((value, index) => ({ name: `with ${SIZES[index]!.toLocaleString("en-US")} programs`, value, unit: "µs" })),
      notes: [`the others wait, spread over ${CROWD_HARTS} harts`],
    };
  };
  return { name, meaning, unit: "ratio", target: { of: "value", at: "most", bound: 1.5 }, limitMs: 200_000, measure };
}

export const growthSpawn = growth("growth.spawn", "starting a program among up to 10,000, against the same among 10", spawning(false));
export const growthSwitch = growth("growth.switch", "a voluntary switch among up to 10,000 programs, against the same among 10", switching);
export const growthMessage = growth("growth.message", "a message of 64 bytes with the switch to its receiver among up to 10,000 programs, against the same among 10", messaging);
export const growthKill = growth("growth.kill", "killing a program among up to 10,000, against the same among 10", spawning(true));
