/** The time. */
import { clock_time_get } from "./wasi";

const TIME = memory.data(8, 8);

/** Nanoseconds of a clock of `Clock`; 0 when the program was given no clocks. */
export function now(clock: u32): u64 {
  return clock_time_get(clock, 1, TIME) == 0 ? load<u64>(TIME) : 0;
}
