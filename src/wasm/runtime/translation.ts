/** A translated module as the runtime keeps it: ready for the host's compiler, and cacheable. */
import { translate, translateSteps } from "../translate/translate.ts";
import type { HiddenNames, Translated, TranslateOptions } from "../translate/translated.ts";
import type { DecodedModule } from "../binary/module.ts";
import { nameScript } from "./script-name.ts";
import { summarize } from "./summary.ts";
import type { ModuleSummary } from "./summary.ts";

export interface Translation {
  /** Of the original. */
  readonly summary: ModuleSummary;
  /** For the host: translated, with our identity as its only name section. */
  readonly code: Uint8Array;
  /** See `OffsetMap.runs`. */
  readonly offsets: Uint32Array;
  /** What to add to a position in `code` to get one that `offsets` speaks of. */
  readonly shift: number;
  readonly flag: boolean;
  readonly hidden: HiddenNames;
  readonly firstHelper: number;
  readonly usedHooks: number;
  readonly constantBytes: number;
  readonly memories: Translated["memories"];
}

export function makeTranslation(decoded: DecodedModule, options: TranslateOptions, identity: string): Translation {
  return keep(decoded, translate(decoded, options), identity);
}

/** Longest time between two turns of the host, in milliseconds. */
const SLICE_MS = 4;

/** The same, but the host gets a turn every few milliseconds. */
export async function makeTranslationInTurns(decoded: DecodedModule, options: TranslateOptions, identity: string, host: { readonly now: () => number; readonly turn: () => Promise<void> }): Promise<Translation> {
  const steps = translateSteps(decoded, options);
  await host.turn();
  let until = host.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return keep(decoded, step.value, identity);
    if (host.now() < until) continue;
    await host.turn();
    until = host.now() + SLICE_MS;
  }
}

function keep(decoded: DecodedModule, translated: Translated, identity: string): Translation {
  const { bytes, offsets, flag, hidden, firstHelper, usedHooks, constantBytes, memories } = translated;
  const named = nameScript(bytes, identity);
  return { summary: summarize(decoded), code: named.bytes, offsets: offsets.runs, shift: named.shift, flag, hidden, firstHelper, usedHooks, constantBytes, memories };
}
