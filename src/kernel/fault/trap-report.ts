/** Turns what came out of a guest's stack into the words of a fault report. */
import { reasonText } from "#base";
import { Trap } from "#wasm";
import type { Process } from "../process.ts";

export interface End {
  readonly message: string;
  readonly trap: Trap | undefined;
}

/** `error` came out of a thread of `process` that nobody had told to end. */
export function describeEnd(error: unknown, process: Process): End {
  const trap = process.store === undefined ? undefined : Trap.from(error, process.store);
  if (trap !== undefined) return { message: trap.message, trap };
  return { message: `a host function failed: ${reasonText(error)}`, trap: undefined };
}
