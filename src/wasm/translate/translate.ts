/**
 * The translator: decoded module in, rewritten module out.
 *
 * Two walks over the bodies: one that scans them for the call graph, one that places and writes
 * body after body into one buffer. Work and memory are linear in the size of the module. The work can be
 * done in steps, so that a large module does not keep others from a host thread.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule } from "../binary/module.ts";
import { BranchHints } from "./branch-hints.ts";
import { buildCallGraph } from "./call-graph.ts";
import { chooseCheckSites } from "./check-sites.ts";
import { BodyEmitter } from "./emit-body.ts";
import { BodyEvents } from "./events.ts";
import { constantBytes } from "./gc-size.ts";
import { Helpers } from "./helpers.ts";
import { chooseHidden } from "./hidden.ts";
import { OffsetRuns } from "./offset-runs.ts";
import { Placement } from "./placement.ts";
import { BodyPlan } from "./plan.ts";
import { BodyScanner } from "./scan.ts";
import { assembleModule } from "./sections.ts";
import type { Translated, TranslateOptions } from "./translated.ts";

/**
 * Rewrites a module that the host's validator has accepted. The output is a function of the
 * bytes and the options alone.
 *
 * The validation comes first and is no formality: an index that names nothing in the guest's
 * module may name what is appended here, the flag memory and the hook table among it.
 *
 * @throws DecodeError for some of the bodies that a validator refuses, KernelBug for others.
 */
export function translate(module: DecodedModule, options: TranslateOptions): Translated {
  const steps = translateSteps(module, options);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Code after which a step ends; about a millisecond of work, while the translator is warm. */
const STEP_BYTES = 128 * 1024;

/**
 * As `translate`, in steps: the caller goes on when it likes. The bytes of the module must stay as they are until the
 * end. A body is not divided.
 */
export function* translateSteps(module: DecodedModule, options: TranslateOptions): Generator<void, Translated> {
  let done = 0;
  const hidden = chooseHidden(module, options);
  const helpers = new Helpers(module, options.fuel);
  const runs = new OffsetRuns();
  const hints = new BranchHints(module);
  const events = new BodyEvents(codeLength(module));
  const plan = new BodyPlan();
  const code = new ByteWriter(codeCapacity(module));
  const scanner = new BodyScanner(module, events);
  const building = options.safepoints ? buildCallGraph(module, scanner, events) : undefined;
  let built = building?.next();
  while (built !== undefined && built.done !== true) {
    if ((done += built.value) >= STEP_BYTES) {
      done = 0;
      yield;
    }
    built = building!.next();
  }
  const graph = built?.value;
  yield;
  const calls = graph === undefined ? undefined : { graph, sites: chooseCheckSites(graph) };
  yield;
  const placement = new Placement(module, events, plan, options, calls);
  const emitter = new BodyEmitter(module, events, plan, helpers, code, runs, hints);
  const imported = module.importCounts.func;
  for (const [index, body] of module.bodies.entries()) {
    if (!events.recall(index)) scanner.scan(body.code, body.range.end);
    placement.place(index, body);
    emitter.emit(imported + index, body);
    if ((done += body.range.end - body.code) >= STEP_BYTES) {
      done = 0;
      yield;
    }
  }
  runs.guest(code.length, 0);
  yield;

  // Memories are imported where the runtime needs a say in them: the flag has to come after
  // them, and with limits it chooses the maximum.
  const importMemories = options.safepoints || options.limits;
  const memories = importMemories
    ? module.memories.map((type, index) => ({ index, type })).slice(module.importCounts.memory)
    : [];
  const assembled = assembleModule(module, {
    hidden, memories, flag: options.safepoints, fuel: options.fuel, helpers, code, hints: hints.finish(),
  });
  return {
    bytes: assembled.bytes,
    memories,
    flag: options.safepoints,
    hidden,
    offsets: runs.finish(assembled.codeBase),
    firstHelper: module.funcs.length,
    usedHooks: helpers.usedHooks,
    constantBytes: constantBytes(module),
  };
}

/** Room for the code with what is inserted: real programs grow by up to an eighth. */
function codeCapacity(module: DecodedModule): number {
  return Math.ceil(codeLength(module) * 1.125) + 1024;
}

function codeLength(module: DecodedModule): number {
  const first = module.bodies[0]?.range.start ?? 0;
  const last = module.bodies.at(-1)?.range.end ?? 0;
  return last - first;
}
