/**
 * Generated modules do the same untouched and translated: equal results, equal traps at equal
 * places, equal memories, tables and globals; and with the flag always up no step goes unchecked.
 *
 * `ISOLA_PROOF_SEED` chooses other modules; `node fuzz/run.ts` runs for longer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkPlan } from "../../fuzz/check-plan.ts";
import { compare } from "../../fuzz/differential.ts";
import { faceOfTree } from "../../fuzz/face.ts";
import { encodeModule } from "../../fuzz/generate/encode.ts";
import { buildModule, plans } from "../../fuzz/generate/module.ts";

const MODULES = 2500;
/** A busy machine runs fewer modules, but so many at least. */
const TIME_LIMIT_MS = 45_000;
const AT_LEAST = 300;
const SEED = Number(process.env["ISOLA_PROOF_SEED"] ?? 3);

test("generated modules do the same when translated", (context) => {
  let modules = 0;
  let returned = 0;
  let trapped = 0;
  let steps = 0;
  let ticks = 0;
  const traps = new Set<string>();
  fc.assert(fc.property(plans, (plan) => {
    const { comparison: { untouched, checked }, problems } = checkPlan(plan);
    assert.deepEqual(problems, []);
    modules++;
    steps += untouched.steps;
    ticks += checked?.ticks ?? 0;
    for (const event of untouched.events) {
      if (event.includes(": returned ")) returned++;
      const threw = /: threw (\D+) \d+@/.exec(event)?.[1];
      if (threw === undefined) continue;
      trapped++;
      traps.add(threw);
    }
  }), { numRuns: MODULES, seed: SEED, interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: false });
  context.diagnostic(`${modules} modules: ${returned} calls returned, ${trapped} trapped in ${traps.size} ways, ${steps} steps, ${ticks} ticks`);
  assert.ok(modules >= AT_LEAST, `only ${modules} modules in ${TIME_LIMIT_MS} ms`);
  // That the modules do something: most calls return, many trap, and they loop.
  assert.ok(returned > 2 * modules && trapped > modules / 10 && steps > 50 * modules);
  assert.ok(traps.size >= 8, [...traps].join());
});

test("the comparison sees a difference", () => {
  // Two modules that differ in one constant stand for a wrong translation: the second one's
  // result is held against the first one's.
  const [plan] = fc.sample(fc.record({ plan: plans, num: fc.nat() }), { seed: 1, numRuns: 1 });
  const built = buildModule({ ...plan!.plan, acyclic: false, start: 0, funcs: [{ type: 0, locals: [], exported: true, body: [], result: { pick: 0, num: 0, kids: [{ pick: 0, num: 1, kids: [] }] } }] });
  const other = buildModule({ ...plan!.plan, acyclic: false, start: 0, funcs: [{ type: 0, locals: [], exported: true, body: [], result: { pick: 0, num: 0, kids: [{ pick: 0, num: 2, kids: [] }] } }] });
  const events = [built, other].map((tree) => compare(encodeModule(tree), faceOfTree(tree), () => false).untouched.events);
  assert.notDeepEqual(events[0], events[1]);
});
