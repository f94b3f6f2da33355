/**
 * One module, run untouched and translated with every choice of rewrites: both must show the same.
 */
import { decodeModule, translate } from "#wasm";
import type { Translated, TranslateOptions } from "#wasm";
import type { ModuleFace } from "./face.ts";
import { run } from "./host.ts";
import type { Report } from "./host.ts";

/** All eight combinations, everything on last. */
export const OPTION_SETS: readonly TranslateOptions[] = Array.from({ length: 8 }, (_, bits) => ({
  safepoints: (bits & 1) !== 0, limits: (bits & 2) !== 0, fuel: (bits & 4) !== 0,
}));

export interface Difference {
  readonly options: TranslateOptions;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly untouched: Report;
  /** With safepoints and fuel. */
  readonly checked: Report | undefined;
  /** With safepoints and without fuel: then slow paths lie outside of innermost loops. */
  readonly outlined: Report | undefined;
}

/** Translates with all option sets, twice each; runs those that `choose` names. */
export function compare(bytes: Uint8Array<ArrayBuffer>, face: ModuleFace, choose: (options: TranslateOptions) => boolean): Comparison {
  const differences: Difference[] = [];
  if (!WebAssembly.validate(bytes)) throw new Error(`the host refuses the module: ${hostReason(bytes)}`);
  const untouched = run(face, bytes, undefined);
  let checked: Report | undefined;
  let outlined: Report | undefined;
  const decoded = decodeModule(bytes);
  for (const options of OPTION_SETS) {
    const differ = (what: string, expected: string, found: string): void => void differences.push({ options, what, expected, found });
    let translated: Translated;
    try {
      translated = translate(decoded, options);
    } catch (error) {
      differ("translation", "a module", String(error));
      continue;
    }
    if (!sameBytes(translated.bytes, translate(decoded, options).bytes)) differ("second translation", "the same bytes", "others");
    if (!WebAssembly.validate(new Uint8Array(translated.bytes))) {
      differ("translation", "a valid module", hostReason(new Uint8Array(translated.bytes)));
      continue;
    }
    if (!choose(options)) continue;
    const report = run(face, bytes, translated);
    if (options.safepoints && options.fuel) checked = report;
    if (options.safepoints && !options.fuel) outlined = report;
    compareLists(untouched.events, report.events, "event", differ);
    compareLists(untouched.state, report.state, "state", differ);
  }
  return { differences, untouched, checked, outlined };
}

function compareLists(expected: readonly string[], found: readonly string[], what: string, differ: (what: string, expected: string, found: string) => void): void {
  for (let index = 0; index < Math.max(expected.length, found.length); index++) {
    if (expected[index] === found[index]) continue;
    differ(`${what} ${index}`, expected[index] ?? "nothing", found[index] ?? "nothing");
    return;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function hostReason(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    return String(error);
  }
  return "the host compiles it";
}
