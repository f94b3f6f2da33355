/** Waiting for time to pass, or for input. */
import { Clock, poll_oneoff } from "./wasi";

const SUBSCRIPTIONS = memory.data(96, 8);
const EVENTS = memory.data(64, 8);
const COUNT = memory.data(4);
const SIZE: usize = 48;
const TYPE_CLOCK: u8 = 0;
const TYPE_READ: u8 = 1;

/** Waits so many nanoseconds. Answers an errno: `intr` when a signal came first. */
export function sleep(nanoseconds: u64): u32 {
  putClock(SUBSCRIPTIONS, nanoseconds);
  return poll_oneoff(SUBSCRIPTIONS, EVENTS, 1, COUNT);
}

/** Waits until there is something to read, or the end; false when the time was over first. */
export function awaitInput(fd: u32, nanoseconds: u64): bool {
  putClock(SUBSCRIPTIONS, nanoseconds);
  memory.fill(SUBSCRIPTIONS + SIZE, 0, SIZE);
  store<u64>(SUBSCRIPTIONS + SIZE, 1);
  store<u8>(SUBSCRIPTIONS + SIZE, TYPE_READ, 8);
  store<u32>(SUBSCRIPTIONS + SIZE, fd, 16);
  if (poll_oneoff(SUBSCRIPTIONS, EVENTS, 2, COUNT) != 0) return false;
  for (let index = 0; index < load<i32>(COUNT); index++) if (load<u64>(EVENTS + index * 32) == 1) return true;
  return false;
}

function putClock(address: usize, nanoseconds: u64): void {
  memory.fill(address, 0, SIZE);
  store<u8>(address, TYPE_CLOCK, 8);
  store<u32>(address, Clock.monotonic, 16);
  store<u64>(address, nanoseconds, 24);
}
