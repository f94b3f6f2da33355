/**
 * The translator: decoded module in, rewritten module out.
 *
 * Two walks over the bodies: one that scans them for the call graph, one that places and writes
 * body after body into one buffer. Both are done by `Passes`. Work and memory are linear in the size of the module. The work can be
 * done in steps, so that a large module does not keep others from a host thread.
 */
import type { DecodedModule } from "../binary/module.ts";
import { constantBytes } from "./gc-size.ts";
import { Helpers } from "./helpers.ts";
import { chooseHidden } from "./hidden.ts";
import { Passes } from "./passes.ts";
import { assembleModule } from "./sections.ts";
import type { Translated, TranslateOptions } from "./translated.ts";

/**
 * Rewrites a module that the host's validator has accepted. The output is a function of the
 * bytes and the options alone.
 *
 * The validation comes first and is no formality: an index that names nothing in the guest's
 * module may name what is appended here, the flag memory and the hook table among it.
 *
 * @throws DecodeError for some of the bodies that a validator refuses, and for instructions that only the host knows.
 * @throws KernelBug for other bodies that a validator refuses.
 * @throws RangeError when the host has no memory for the work.
 */
export function translate(module: DecodedModule, options: TranslateOptions): Translated {
  const steps = inSteps(module, options, true);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Code after which a step ends; about a millisecond of work. */
const STEP_BYTES = 128 * 1024;

/**
 * As `translate`, in steps: the caller goes on when it likes. The bytes of the module must stay as they are until the
 * end. A body is not divided. The module may still turn out invalid: then the result, or how this fails, counts for nothing.
 */
export function translateSteps(module: DecodedModule, options: TranslateOptions): Generator<void, Translated> {
  return inSteps(module, options, false);
}

/** `accepted`: a validator has accepted the module, so nothing that it holds can have done harm to the passes. */
function* inSteps(module: DecodedModule, options: TranslateOptions, accepted: boolean): Generator<void, Translated> {
  const hidden = chooseHidden(module, options);
  const helpers = new Helpers(module, options.fuel);
  const passes = Passes.open(module, options, helpers, accepted);
  if (options.safepoints) {
    while (passes.scanSome(STEP_BYTES)) yield;
    yield;
    passes.choose();
    yield;
  }
  while (passes.writeSome(STEP_BYTES)) yield;
  passes.finish();
  yield;

  // Memories are imported where the runtime needs a say in them: the flag has to come after
  // them, and with limits it chooses the maximum.
  const importMemories = options.safepoints || options.limits;
  const memories = importMemories
    ? module.memories.map((type, index) => ({ index, type })).slice(module.importCounts.memory)
    : [];
  const assembled = assembleModule(module, {
    hidden, memories, flag: options.safepoints, fuel: options.fuel, helpers, code: passes.code, hints: passes.hints,
  });
  const offsets = passes.offsets(assembled.codeBase);
  passes.close(accepted);
  return {
    bytes: assembled.bytes,
    memories,
    flag: options.safepoints,
    hidden,
    offsets,
    firstHelper: module.funcs.length,
    usedHooks: helpers.usedHooks,
    constantBytes: constantBytes(module),
  };
}
