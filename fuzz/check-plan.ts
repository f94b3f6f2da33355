/** All that must hold for one generated module. */
import { compare } from "./differential.ts";
import type { Comparison } from "./differential.ts";
import { faceOfTree } from "./face.ts";
import { countInstructions } from "./count.ts";
import { encodeModule } from "./generate/encode.ts";
import { BUDGET, buildModule } from "./generate/module.ts";
import type { ModulePlan } from "./generate/module.ts";

/**
 * Steps (function entries and loop rounds) between two looks at the flag, at most. Without
 * cycles there remain entries of functions off all cycles and loops that run once.
 */
export const LONGEST_STEPS = 64;
/** The same where loops that dispatch look every 32 rounds only; still well below a whole budget. */
const LONGEST_OUTLINED_STEPS = 160;
/** Rounds of a loop that the generator lets run unpaid, and one for the text around. */
const UNPAID_ROUNDS = 13;

export interface Checked {
  readonly comparison: Comparison;
  readonly problems: readonly string[];
}

/** Runs a module with three of the option sets, everything on among them. */
export function checkPlan(plan: ModulePlan): Checked {
  const tree = buildModule(plan);
  const bytes = encodeModule(tree);
  const chosen = (plan.start * 5 + plan.funcs.length) % 8;
  const comparison = compare(bytes, faceOfTree(tree), (options) => {
    const bits = (options.safepoints ? 1 : 0) + (options.limits ? 2 : 0) + (options.fuel ? 4 : 0);
    return bits === chosen || bits === 1 || bits === 7;
  });
  const problems = comparison.differences.map(({ options, what, expected, found }) => `${JSON.stringify(options)} ${what}: expected ${expected}, found ${found}`);
  const { checked, outlined, untouched } = comparison;
  if (outlined !== undefined && outlined.longestSteps > LONGEST_OUTLINED_STEPS) problems.push(`${outlined.longestSteps} steps without a look at the flag in outlined loops`);
  if (checked !== undefined) {
    const longestBody = Math.max(...tree.funcs.map(({ body }) => countInstructions(body)));
    // Between two looks each entry and each round runs its text once; returning from calls, one
    // more piece of text per frame.
    const frames = plan.acyclic ? plan.funcs.length : BUDGET;
    const fuelBound = (Math.min(checked.longestSteps, LONGEST_STEPS) + frames + 1) * UNPAID_ROUNDS * longestBody;
    if (checked.longestSteps > LONGEST_STEPS) problems.push(`${checked.longestSteps} steps without a look at the flag`);
    if (checked.longestFuel > fuelBound) problems.push(`${checked.longestFuel} instructions without a look at the flag, at most ${fuelBound} expected`);
    if (checked.ticks * LONGEST_STEPS < untouched.steps - LONGEST_STEPS) problems.push(`${checked.ticks} ticks in ${untouched.steps} steps`);
  }
  return { comparison, problems };
}
