/**
 * What a benchmark is: a named row with a measurement and, where one was promised, a target.
 *
 * A row runs in a process of its own, so that neither the heap nor the compiled code of another
 * row counts. Whatever it is compared to is measured in the same run, turn by turn.
 */

export interface Target {
  /** What is bounded: the row's value in its unit, or its ratio to what it is compared to. */
  readonly of: "value" | "ratio";
  readonly at: "most" | "least";
  readonly bound: number;
}

/** One figure below a row's own. */
export interface Part {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against?: Against;
}

export interface Against {
  readonly name: string;
  /** In the unit of what is compared to it. */
  readonly value: number;
}

export interface Measured {
  readonly value: number;
  readonly against?: Against;
  /** How many samples the value stands on. */
  readonly runs: number;
  /** Distance of the quartiles over the median, of the samples behind `value`. */
  readonly spread?: number;
  readonly parts?: readonly Part[];
  /** What a reader must know to judge the figure. */
  readonly notes?: readonly string[];
}

export interface Row {
  readonly name: string;
  /** One line. */
  readonly meaning: string;
  readonly unit: string;
  readonly target?: Target;
  /** The process that measures it is ended after this time, and the row counts as failed. */
  readonly limitMs: number;
  /** Flags of Node for that process. */
  readonly execArgv?: readonly string[];
  measure(): Promise<Measured>;
}

export function printTarget({ target, unit }: Row): string {
  if (target === undefined) return "none";
  return `${target.of === "ratio" ? "ratio " : ""}${target.at === "most" ? "≤" : "≥"} ${target.bound.toLocaleString("en-US")}${target.of === "value" && unit !== "ratio" ? ` ${unit}` : ""}`;
}

/** Undefined without a target. */
export function meetsTarget({ target }: Row, { value, against }: Measured): boolean | undefined {
  if (target === undefined) return undefined;
  const figure = target.of === "value" ? value : against === undefined ? NaN : value / against.value;
  return target.at === "most" ? figure <= target.bound : figure >= target.bound;
}
