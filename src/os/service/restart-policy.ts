/**
 * When a service that has ended is started again: pure logic over ends and times.
 *
 * - `never`: not at all. `on-failure`: unless it exited with 0. `always`: whatever it ended with.
 * - The n-th restart in a row waits `firstMs * factor^(n-1)`, at most `maxMs`. A row ends when the service
 *   has stayed up for longer than the longest wait.
 * - Within any `windowMs` there are at most `restarts` restarts; the end that would need one more is the last.
 *
 * Times are milliseconds of any clock that does not go back.
 */

export type RestartMode = "never" | "on-failure" | "always";

export interface RestartRules {
  readonly mode: RestartMode;
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Share by which a wait may be longer, at random: 0 is none, 0.5 up to half more. */
  readonly jitter: number;
  readonly restarts: number;
  readonly windowMs: number;
}

export const RESTART_DEFAULTS: RestartRules = { mode: "on-failure", firstMs: 100, factor: 2, maxMs: 10_000, jitter: 0.1, restarts: 10, windowMs: 60_000 };

export type Verdict =
  | { readonly kind: "restart"; readonly afterMs: number }
  /** It ended as it may. */
  | { readonly kind: "rest" }
  | { readonly kind: "give-up"; readonly reason: string };

export class RestartPolicy {
  readonly rules: RestartRules;
  readonly #random: () => number;
  /** When the restarts of the last window were decided, oldest first. */
  #decided: number[] = [];
  #inRow = 0;

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(rules: RestartRules, random: () => number) {
    this.rules = rules;
    this.#random = random;
  }

  /** It ended, `upMs` after it had become ready (0 when it never had). */
  ended(success: boolean, upMs: number, nowMs: number): Verdict {
    const { mode, firstMs, factor, maxMs, jitter, restarts, windowMs } = this.rules;
    if (mode === "never") return success ? { kind: "rest" } : { kind: "give-up", reason: "it failed and is not to be restarted" };
    if (mode === "on-failure" && success) return { kind: "rest" };
    this.#decided = this.#decided.filter((at) => at > nowMs - windowMs);
    if (this.#decided.length >= restarts) {
      return { kind: "give-up", reason: `it was restarted ${restarts} times within ${windowMs / 1000} s` };
    }
    if (upMs > maxMs) this.#inRow = 0;
    const wait = Math.min(maxMs, firstMs * factor ** this.#inRow);
    this.#inRow++;
    this.#decided.push(nowMs);
    return { kind: "restart", afterMs: wait * (1 + jitter * this.#random()) };
  }

  /** Somebody took the matter in hand: what was is forgotten. */
  reset(): void {
    this.#decided = [];
    this.#inRow = 0;
  }
}
