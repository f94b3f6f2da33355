/** What is seen of services from outside, as plain data. */
import type { ServiceState } from "./service-machine.ts";

export interface ServiceStatus {
  readonly name: string;
  /** "waiting": to be started once what it needs is ready. */
  readonly state: ServiceState | "waiting";
  /** Number of its process; undefined while there is none. */
  readonly pid: number | undefined;
  /** How many processes have stood behind it. */
  readonly generation: number;
  /** How often it was started again by itself, since the system booted. */
  readonly restarts: number;
  /** Why it came into this state, where there is something to say. */
  readonly reason: string | undefined;
  /** How long it has been in this state, in milliseconds. */
  readonly forMs: number;
}

export interface ServiceEvent {
  readonly service: string;
  readonly state: ServiceState;
  readonly generation: number;
  readonly reason: string | undefined;
  /** Milliseconds since the services were launched. */
  readonly atMs: number;
}

/** One line of the log: of the system, or of what a service wrote. */
export interface LogLine {
  readonly atMs: number;
  readonly service: string;
  readonly text: string;
  /** "event": a change of state. "fault": a line of the report of one. "output": written by the service. */
  readonly kind: "event" | "fault" | "output";
  /** Somebody should look at it. */
  readonly alarm: boolean;
}
