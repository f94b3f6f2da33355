/** Signals that ask us to end: the first is passed on, a second ends this process at once. */
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndSignal = (typeof SIGNALS)[number];

/** The exit status that a shell gives for it. */
export function signalStatus(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}

export function onEndSignal(first: (signal: EndSignal) => void): void {
  let seen = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (seen) process.exit(signalStatus(signal));
      seen = true;
      first(signal);
    });
  }
}
