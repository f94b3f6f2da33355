/**
 * The life of one service as a state machine: pure logic that is told what happened and when, and
 * answers what to do. It touches no process and no clock, so every order of events can be tested.
 *
 *     stopped -> starting -> ready -> stopping -> stopped
 *                   ^  \______/ \
 *                   |     |      `-> done      it ended as it may
 *                   |     v
 *                backoff <'-> failed           given up
 *
 * - There is at most one process: `spawn` is asked for only while none lives or is being made.
 * - In every state that is not final there is a deadline, a process, or one being made, so nothing waits for ever.
 * - A process that is not ready in time, or does not answer a ping in time, is killed; so is one that has not
 *   ended within its grace after it was asked to stop. A kill counts as a failure.
 */
import type { RestartPolicy } from "./restart-policy.ts";

export type ServiceState = "stopped" | "starting" | "ready" | "stopping" | "backoff" | "done" | "failed";
/** "start": as soon as its process runs. "message": when it says so. "exit": when it has exited with 0. */
export type Readiness = "start" | "message" | "exit";

export interface LifeRules {
  readonly readiness: Readiness;
  /** Longest time until it is ready. */
  readonly startMs: number;
  /** Between being asked to stop and being killed; 0 kills at once. */
  readonly graceMs: number;
  readonly heartbeat: { readonly periodMs: number; readonly timeoutMs: number } | undefined;
}

export type ServiceAction =
  /** Make a process; answered by `spawned` or `notSpawned`. */
  | { readonly kind: "spawn" }
  /** Answered by `pong` with the same number. */
  | { readonly kind: "ping"; readonly number: number }
  | { readonly kind: "ask-stop" }
  /** Answered by `ended`. */
  | { readonly kind: "kill"; readonly reason: string };

const NOTHING: readonly ServiceAction[] = [];
const SPAWN: readonly ServiceAction[] = [{ kind: "spawn" }];

export class ServiceMachine {
  readonly #rules: LifeRules;
  readonly #policy: RestartPolicy;
  /** Told of every change of state, with the reason in words where there is one. */
  readonly #changed: (state: ServiceState, reason: string | undefined) => void;
  #state: ServiceState = "stopped";
  /** A process is being made, or lives. At most one of them. */
  #spawning = false;
  #alive = false;
  /** Valid while stopping: start again after that. */
  #again = false;
  /** Valid while a kill is under way: why. */
  #killing: string | undefined = undefined;
  /** When the state is left by itself; Infinity while only an event leads on. */
  #deadlineMs = Infinity;
  /** Valid while ready, with a heartbeat: the ping that is unanswered. */
  #awaited: number | undefined = undefined;
  #pings = 0;
  /** Undefined until it has become ready. */
  #readyAtMs: number | undefined = undefined;
  restarts = 0;

  constructor(rules: LifeRules, policy: RestartPolicy, changed: (state: ServiceState, reason: string | undefined) => void) {
    this.#rules = rules;
    this.#policy = policy;
    this.#changed = changed;
  }

  get state(): ServiceState {
    return this.#state;
  }
  /** When to call `tick`. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }
  /** Whether a process lives or is being made. */
  get busy(): boolean {
    return this.#spawning || this.#alive;
  }
  /** Why it is being killed, when it is. */
  get killing(): string | undefined {
    return this.#killing;
  }

  /** Somebody wants it to run. */
  start(nowMs: number): readonly ServiceAction[] {
    switch (this.#state) {
      case "starting":
      case "ready":
        return NOTHING;
      case "stopping":
        this.#again = true;
        return NOTHING;
      case "stopped":
      case "backoff":
      case "done":
      case "failed":
        this.#policy.reset();
        return this.#spawn(nowMs, undefined);
    }
  }

  /** Somebody wants it not to run. */
  stop(nowMs: number, reason = "stopped on request"): readonly ServiceAction[] {
    this.#again = false;
    if (this.#state === "stopping" || this.#state === "stopped") return NOTHING;
    if (!this.busy) {
      this.#enter("stopped", Infinity, reason);
      return NOTHING;
    }
    this.#enter("stopping", nowMs + this.#rules.graceMs, reason);
    // What is being made is dealt with when it is there; what is being killed needs no asking.
    return this.#spawning || this.#killing !== undefined ? NOTHING : this.#end(reason);
  }

  /** Ends it and starts it anew, at once when it does not run. */
  restart(nowMs: number, reason = "restarted on request"): readonly ServiceAction[] {
    const actions = this.stop(nowMs, reason);
    if (this.state !== "stopping") return this.start(nowMs);
    this.#again = true;
    return actions;
  }

  spawned(nowMs: number): readonly ServiceAction[] {
    this.#spawning = false;
    this.#alive = true;
    if (this.#state === "failed") return this.#kill("given up while it started");
    if (this.#state === "stopping") {
      this.#deadlineMs = nowMs + this.#rules.graceMs;
      return this.#end("stopped while it started");
    }
    if (this.#rules.readiness === "start") this.#becomeReady(nowMs);
    return NOTHING;
  }

  notSpawned(nowMs: number, reason: string): readonly ServiceAction[] {
    this.#spawning = false;
    return this.#over(false, reason, nowMs);
  }

  /** It says that it is ready. Said at any other time it means nothing. */
  ready(nowMs: number): readonly ServiceAction[] {
    if (this.#state === "starting" && this.#alive && this.#rules.readiness === "message" && this.#killing === undefined) this.#becomeReady(nowMs);
    return NOTHING;
  }

  pong(number: number, nowMs: number): readonly ServiceAction[] {
    if (this.#state !== "ready" || number !== this.#awaited || this.#killing !== undefined) return NOTHING;
    this.#awaited = undefined;
    this.#deadlineMs = nowMs + this.#rules.heartbeat!.periodMs; // something was awaited
    return NOTHING;
  }

  /** Asked by a ping, it says that it is not well. */
  unwell(number: number, reason: string): readonly ServiceAction[] {
    return this.#state === "ready" && number === this.#awaited ? this.#kill(reason) : NOTHING;
  }

  /** Its process is gone. `reason` says how in words. */
  ended(success: boolean, reason: string, nowMs: number): readonly ServiceAction[] {
    this.#alive = false;
    const killed = this.#killing;
    return this.#over(success && killed === undefined, killed ?? reason, nowMs);
  }

  /** It can never be started again: what it needs is gone. */
  giveUp(reason: string): readonly ServiceAction[] {
    this.#again = false;
    this.#enter("failed", Infinity, reason);
    return this.#alive && this.#killing === undefined ? this.#kill(reason) : NOTHING;
  }

  /** The deadline may have passed. */
  tick(nowMs: number): readonly ServiceAction[] {
    if (nowMs < this.#deadlineMs) return NOTHING;
    this.#deadlineMs = Infinity;
    switch (this.#state) {
      case "backoff":
        this.restarts++;
        return this.#spawn(nowMs, undefined);
      case "starting":
        // One that is still being made has nobody to kill: it is looked at again when it is there.
        if (!this.#alive) this.#deadlineMs = nowMs + this.#rules.startMs;
        return this.#alive ? this.#kill(`it was not ready within ${this.#rules.startMs / 1000} s`) : NOTHING;
      case "stopping":
        return this.#alive ? this.#kill("it did not stop in time") : NOTHING;
      case "ready": {
        const { heartbeat } = this.#rules;
        if (heartbeat === undefined) return NOTHING;
        if (this.#awaited !== undefined) return this.#kill(`it did not answer within ${heartbeat.timeoutMs / 1000} s`);
        this.#awaited = ++this.#pings;
        this.#deadlineMs = nowMs + heartbeat.timeoutMs;
        return [{ kind: "ping", number: this.#pings }];
      }
      case "stopped":
      case "done":
      case "failed":
        return NOTHING;
    }
  }

  #spawn(nowMs: number, reason: string | undefined): readonly ServiceAction[] {
    // What was given up may still be dying.
    if (this.busy) {
      this.#again = true;
      this.#enter("stopping", nowMs + this.#rules.graceMs, reason);
      return NOTHING;
    }
    this.#spawning = true;
    this.#killing = undefined;
    this.#awaited = undefined;
    this.#readyAtMs = undefined;
    this.#enter("starting", nowMs + this.#rules.startMs, reason);
    return SPAWN;
  }

  #becomeReady(nowMs: number): void {
    this.#readyAtMs = nowMs;
    const { heartbeat } = this.#rules;
    this.#enter("ready", heartbeat === undefined ? Infinity : nowMs + heartbeat.periodMs, undefined);
  }

  #end(reason: string): readonly ServiceAction[] {
    return this.#rules.graceMs > 0 ? [{ kind: "ask-stop" }] : this.#kill(reason);
  }

  #kill(reason: string): readonly ServiceAction[] {
    if (this.#killing !== undefined) return NOTHING;
    this.#killing = reason;
    this.#deadlineMs = Infinity;
    return [{ kind: "kill", reason }];
  }

  /** There is no process any more, or there never was one. */
  #over(success: boolean, reason: string, nowMs: number): readonly ServiceAction[] {
    this.#killing = undefined;
    if (this.#state === "failed") return NOTHING;
    if (this.#state === "stopping") {
      if (this.#again) {
        this.#again = false;
        this.#policy.reset();
        return this.#spawn(nowMs, undefined);
      }
      this.#enter("stopped", Infinity, undefined);
      return NOTHING;
    }
    const upMs = this.#readyAtMs === undefined ? 0 : nowMs - this.#readyAtMs;
    const verdict = this.#policy.ended(success, upMs, nowMs);
    if (verdict.kind === "rest") this.#enter("done", Infinity, reason);
    else if (verdict.kind === "give-up") this.#enter("failed", Infinity, `${reason}; ${verdict.reason}`);
    else this.#enter("backoff", nowMs + verdict.afterMs, reason);
    return NOTHING;
  }

  #enter(state: ServiceState, deadlineMs: number, reason: string | undefined): void {
    this.#state = state;
    this.#deadlineMs = deadlineMs;
    this.#changed(state, reason);
  }
}
