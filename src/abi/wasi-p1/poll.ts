/**
 * `poll_oneoff`: waits until at least one of several subscriptions has something to tell.
 *
 * The subscriptions are copied out of the guest's memory once. Relative timeouts count from the
 * call; absolute ones in their own clock, so a step of the real-time clock is noticed at the next
 * look. A subscription that can never succeed (bad descriptor, missing right, unknown clock) is
 * an event at once, with its error. All that is ready at one look is reported together.
 *
 * Spec: WASI preview 1, poll_oneoff.
 */
import type { WaitQueue } from "#kernel";
import { Clock, clockNs } from "./clock.ts";
import type { Descriptor } from "./descriptor.ts";
import { ListenerDescriptor, RegularFile, sinkOf, sourceOf } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { toOffset } from "./io.ts";
import type { Dialect } from "./layout.ts";
import { EVENT_HANGUP, EVENT_SIZE, EventType, SUBSCRIPTION_CLOCK_ABSTIME, writeEvent } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Calls, WasiState } from "./state.ts";

/** More subscriptions than this are refused; a process rarely has as many descriptors. One look at all of them takes less than a quantum. */
const SUBSCRIPTIONS_MAX = 4096;
/** Longest single sleep; whoever waits longer looks again in between. Below what host timers can hold. */
const SLEEP_MAX_MS = 1_000_000_000;
const NS_PER_MS = 1_000_000;

interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  /** Of a clock: its id and the time in that clock at which it is due. */
  readonly clock: number;
  readonly dueNs: bigint;
  readonly fd: number;
}

interface Event {
  readonly errno: number;
  readonly byteLength: number;
  readonly flags: number;
}

/** One look at a subscription: an event, or what would have to happen first. */
interface Pending {
  readonly queue: WaitQueue | undefined;
  readonly remainingNs: bigint | undefined;
}

export function pollCalls(state: WasiState, dialect: Dialect): Calls {
  const { memory } = state;

  const readSubscription = (at: number): Subscription | undefined => {
    const userdata = memory.u64(at);
    const type = memory.u8(at + 8);
    if (type === EventType.fdRead || type === EventType.fdWrite) return { userdata, type, clock: 0, dueNs: 0n, fd: memory.u32(at + 16) };
    if (type !== EventType.clock) return undefined;
    const clockAt = at + dialect.subscriptionClock;
    const clock = memory.u32(clockAt);
    const timeout = memory.u64(clockAt + 8);
    const flags = memory.u16(clockAt + 24);
    if ((flags & ~SUBSCRIPTION_CLOCK_ABSTIME) !== 0) return undefined;
    const absolute = (flags & SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
    return { userdata, type, clock, dueNs: absolute ? timeout : (clockNs(state, clock) ?? 0n) + timeout, fd: 0 };
  };

  const look = (subscription: Subscription, sizes: ReadonlyMap<RegularFile, number>): Event | Pending => {
    if (subscription.type === EventType.clock) return lookAtClock(state, subscription);
    const reads = subscription.type === EventType.fdRead;
    const descriptor = state.fds.get(subscription.fd, Right.pollFdReadwrite | (reads ? Right.fdRead : Right.fdWrite));
    if (descriptor === undefined) return failure(state.fds.errno);
    if (descriptor instanceof RegularFile) return ready(reads ? Math.max(0, (sizes.get(descriptor) ?? 0) - descriptor.offset) : 0, false);
    return reads ? lookAtSource(descriptor) : lookAtSink(descriptor);
  };

  const poll = (subscriptions: readonly Subscription[], out: number, countOut: number, sizes: ReadonlyMap<RegularFile, number>): number => {
    let written = 0;
    const queues = new Set<WaitQueue>();
    let soonest: bigint | undefined;
    for (const subscription of subscriptions) {
      const seen = look(subscription, sizes);
      if ("errno" in seen) {
        writeEvent(memory, (out >>> 0) + written * EVENT_SIZE, subscription.userdata, seen.errno, subscription.type, seen.byteLength, seen.flags);
        written++;
        continue;
      }
      if (seen.queue !== undefined) queues.add(seen.queue);
      if (seen.remainingNs !== undefined && (soonest === undefined || seen.remainingNs < soonest)) soonest = seen.remainingNs;
    }
    if (written > 0) {
      memory.setU32(countOut, written);
      return Errno.success;
    }
    const again = (): number => state.resumed(() => poll(subscriptions, out, countOut, sizes));
    const wait = { reason: "poll_oneoff", queues: [...queues], interrupted: Errno.intr, resume: again };
    if (soonest === undefined) return state.process.current().block(wait);
    const sleepMs = Math.min(Number(soonest) / NS_PER_MS, SLEEP_MAX_MS);
    return state.process.current().block({ ...wait, deadlineMs: state.process.machine.now() + sleepMs });
  };

  /** Sizes of the files that are asked for reading: they decide how many bytes are ready. */
  const withSizes = (subscriptions: readonly Subscription[], out: number, countOut: number): number => {
    const sizes = new Map<RegularFile, number>();
    const asked: Promise<void>[] = [];
    for (const { type, fd } of subscriptions) {
      const descriptor = type === EventType.fdRead ? state.fds.get(fd, Right.fdRead) : undefined;
      if (!(descriptor instanceof RegularFile) || sizes.has(descriptor)) continue;
      sizes.set(descriptor, 0);
      const stat = descriptor.file.stat();
      if (stat instanceof Promise) asked.push(stat.then((value) => void sizes.set(descriptor, toOffset(value.size))));
      else sizes.set(descriptor, toOffset(stat.size));
    }
    if (asked.length === 0) return poll(subscriptions, out, countOut, sizes);
    return state.settle(Promise.all(asked), undefined, "poll_oneoff", () => poll(subscriptions, out, countOut, sizes));
  };

  return {
    poll_oneoff: (addr: number, out: number, claimedCount: number, countOut: number) => {
      const count = claimedCount >>> 0;
      if (count === 0 || count > SUBSCRIPTIONS_MAX) return Errno.inval;
      if (!memory.hasItems(addr, count, dialect.subscriptionSize) || !memory.hasItems(out, count, EVENT_SIZE) || !memory.has(countOut, 4)) return Errno.fault;
      const subscriptions: Subscription[] = [];
      for (let index = 0; index < count; index++) {
        const subscription = readSubscription((addr >>> 0) + index * dialect.subscriptionSize);
        if (subscription === undefined) return Errno.inval;
        subscriptions.push(subscription);
      }
      return withSizes(subscriptions, out, countOut);
    },
  };
}

function lookAtClock(state: WasiState, { clock, dueNs }: Subscription): Event | Pending {
  if (clock > Clock.threadCpu) return failure(Errno.inval);
  if (clock > Clock.monotonic) return failure(Errno.notsup);
  if (!state.clocks) return failure(Errno.notcapable);
  const remainingNs = dueNs - (clockNs(state, clock) ?? 0n);
  return remainingNs <= 0n ? ready(0, false) : { queue: undefined, remainingNs };
}

function lookAtSource(descriptor: Descriptor): Event | Pending {
  if (descriptor instanceof ListenerDescriptor) {
    const { listener } = descriptor;
    return listener.pending > 0 ? ready(listener.pending, false) : { queue: listener.readable, remainingNs: undefined };
  }
  const source = sourceOf(descriptor);
  if (source === undefined) return failure(Errno.badf);
  if (source === null) return ready(0, true);
  const hangup = source.ended;
  return source.available > 0 || hangup ? ready(source.available, hangup) : { queue: source.readable, remainingNs: undefined };
}

function lookAtSink(descriptor: Descriptor): Event | Pending {
  const sink = sinkOf(descriptor);
  if (sink === undefined) return failure(Errno.badf);
  if (sink === null) return ready(0, false);
  if (sink.broken) return ready(0, true);
  return sink.room > 0 ? ready(sink.room, false) : { queue: sink.writable, remainingNs: undefined };
}

function ready(byteLength: number, hangup: boolean): Event {
  // A sink without a bound has infinite room; the field holds whole numbers.
  return { errno: Errno.success, byteLength: Math.min(byteLength, Number.MAX_SAFE_INTEGER), flags: hangup ? EVENT_HANGUP : 0 };
}
function failure(errno: number): Event {
  return { errno, byteLength: 0, flags: 0 };
}
