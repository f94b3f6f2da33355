/**
 * Damaged modules: our decoder, validation and translator agree with the host's validator.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Engine, Module } from "#wasm";
import { kernels, suiteModules } from "../../fuzz/corpus.ts";
import { encodeModule } from "../../fuzz/generate/encode.ts";
import { buildModule, plans } from "../../fuzz/generate/module.ts";
import { mutate } from "../../fuzz/mutate.ts";
import { judge } from "../../fuzz/oracle.ts";
import { Random } from "../../fuzz/random.ts";

const MUTATIONS = 12_000;
const TIME_LIMIT_MS = 40_000;
const AT_LEAST = 1500;
const SEED = Number(process.env["ISOLA_PROOF_SEED"] ?? 5);

const generated = fc.sample(plans, { seed: SEED, numRuns: 60 }).map((plan) => ({ name: "generated", bytes: encodeModule(buildModule(plan)) }));
const sources = [...(suiteModules() ?? []).filter(({ bytes }) => bytes.length < 100_000), ...kernels(), ...generated];

test("damaged modules are judged as the host judges them", (context) => {
  const random = new Random(SEED);
  const end = performance.now() + TIME_LIMIT_MS;
  const counts = { accepted: 0, rejected: 0, wrong: 0 };
  let made = 0;
  for (; made < MUTATIONS && performance.now() < end; made++) {
    const from = random.pick(sources);
    const bytes = mutate(from.bytes, random.pick(sources).bytes, random);
    const verdict = judge(bytes);
    counts[verdict.kind]++;
    if (verdict.kind === "wrong") assert.fail(`mutation ${made} of ${from.name}: ${verdict.what}\n${Buffer.from(bytes).toString("base64")}`);
  }
  context.diagnostic(`${made} damaged modules, ${counts.accepted} of them valid`);
  assert.ok(made >= AT_LEAST, `only ${made} in ${TIME_LIMIT_MS} ms`);
  // Mutations that never give a valid module would not reach the translator.
  assert.ok(counts.accepted > made / 50 && counts.rejected > made / 50);
});

test("compiling as a whole accepts what the host accepts", async () => {
  const random = new Random(SEED + 1);
  const engine = new Engine();
  let accepted = 0;
  for (let i = 0; i < 1000; i++) {
    const bytes = mutate(random.pick(generated).bytes, random.pick(generated).bytes, random);
    const valid = WebAssembly.validate(bytes);
    const compiled = await Module.compile(engine, bytes).then(() => true, (error: unknown) => {
      assert.match(String(Reflect.get(Object(error), "code")), /^(decode|validate)\//);
      // The one form that the host takes against the specification.
      return String(Reflect.get(Object(error), "code")) === "decode/tag-attribute" ? valid : false;
    });
    assert.equal(compiled, valid, Buffer.from(bytes).toString("base64"));
    if (compiled) accepted++;
  }
  assert.ok(accepted > 20, `${accepted} accepted`);
});
