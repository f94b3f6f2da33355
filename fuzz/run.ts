/**
 * Fuzzes for long: `node fuzz/run.ts --seed S --minutes M [--only differential|mutation]`.
 *
 * Rounds of generated modules (run untouched and translated) and of mutated real ones (held
 * against the host's validator) take turns. A find is shrunk where that is possible, kept in
 * `fuzz/cases/`, and printed with its seed. Ends with status 1 when there was one.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { keepCase } from "./cases.ts";
import { kernels, suiteModules } from "./corpus.ts";
import { checkPlan } from "./check-plan.ts";
import { encodeModule } from "./generate/encode.ts";
import { buildModule, plans } from "./generate/module.ts";
import { mutate } from "./mutate.ts";
import { judge } from "./oracle.ts";
import { Random } from "./random.ts";

const PER_ROUND = 100;
const MUTATIONS_PER_ROUND = 3000;

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" }, minutes: { type: "string", default: "1" }, only: { type: "string" } } });
const seed = Number(values.seed);
const end = performance.now() + Number(values.minutes) * 60_000;
const seen = new Set<string>();
let finds = 0;
let generated = 0;
let mutated = 0;
let accepted = 0;

/** One line per kind of find, and the first module of it. */
function report(what: string, bytes: Uint8Array): void {
  const kind = what.replace(/\d+/g, "N").slice(0, 200);
  if (seen.has(kind)) return;
  seen.add(kind);
  finds++;
  console.log(`FOUND ${keepCase(bytes)}: ${what}`);
}

function differentialRound(round: number): void {
  const result = fc.check(fc.property(plans, (plan) => {
    generated++;
    const problems = checkPlan(plan).problems;
    if (problems.length > 0) throw new Error(problems[0]);
  }), { seed: seed * 1_000_003 + round, numRuns: PER_ROUND });
  if (result.failed && result.counterexample !== null) {
    const [plan] = result.counterexample;
    report(String(result.errorInstance), encodeModule(buildModule(plan)));
  }
}

const sources = values.only === "differential" ? [] : [...(suiteModules() ?? []), ...kernels()].filter(({ bytes }) => bytes.length < 100_000);

function mutationRound(round: number): void {
  const random = new Random(seed * 7919 + round);
  const made = fc.sample(plans, { seed: seed * 31 + round, numRuns: 20 }).map((plan) => ({ name: "generated", bytes: encodeModule(buildModule(plan)) }));
  for (let i = 0; i < MUTATIONS_PER_ROUND; i++) {
    const pool = i % 4 === 0 || sources.length === 0 ? made : sources;
    const bytes = mutate(random.pick(pool).bytes, random.pick(pool).bytes, random);
    const verdict = judge(bytes);
    mutated++;
    if (verdict.kind === "accepted") accepted++;
    else if (verdict.kind === "wrong") report(verdict.what, bytes);
  }
}

for (let round = 0; performance.now() < end; round++) {
  if (values.only !== "mutation") differentialRound(round);
  if (values.only !== "differential" && performance.now() < end) mutationRound(round);
  if (round % 10 === 9) console.log(`seed ${seed}, round ${round + 1}: ${generated} generated, ${mutated} mutated (${accepted} valid), ${finds} finds`);
}
console.log(`seed ${seed}: ${generated} generated modules, ${mutated} mutated modules (${accepted} valid), ${finds} finds`);
process.exitCode = finds > 0 ? 1 : 0;
