/** What a process has used so far, or had used when it ended. */
export interface Usage {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Bytes of linear memories and tables now, and at most. */
  readonly memory: number;
  readonly peakMemory: number;
  readonly output: number;
  readonly handles: number;
  readonly threads: number;
  /** Times that one of its threads got the processor. */
  readonly switches: number;
}
