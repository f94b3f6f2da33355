/** What the host thread and its timekeeper share. Apart from both, since to load the timekeeper is to become it. */
export const ClockState = { asleep: 0, armed: 1, closed: 2 } as const;

export interface TimekeeperData {
  readonly flag: SharedArrayBuffer;
  /** Word 0: ClockState. Word 1: never written, to sleep on. */
  readonly control: SharedArrayBuffer;
  readonly quantumMs: number;
}
