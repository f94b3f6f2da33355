/**
 * Chooses the names under which the kernel reaches into a translated module.
 *
 * All begin with one stem, `$isola` or `$isola` and a number: the first one that begins no
 * import module name and no export name of the guest. The choice depends on the module alone.
 */
import type { DecodedModule } from "../binary/module.ts";
import { needsLateSegments } from "./late-segments.ts";
import type { HiddenNames, TranslateOptions } from "./translated.ts";

const STEM = "$isola";

export function chooseHidden(module: DecodedModule, options: TranslateOptions): HiddenNames {
  // Numbers that the guest's names use up; "" counts as none and 0 is not used.
  const taken = new Set<number>();
  let bare = false;
  const look = (name: string): void => {
    if (!name.startsWith(STEM)) return;
    bare = true;
    // A name takes each number that its digits begin with: "$isola12" collides with 1 and 12.
    const digits = /^\d{0,9}/.exec(name.slice(STEM.length))?.[0] ?? "";
    for (let length = 1; length <= digits.length; length++) taken.add(Number(digits.slice(0, length)));
  };
  for (const entry of module.imports) look(entry.module);
  for (const entry of module.exports) look(entry.name);
  let number = 1;
  while (taken.has(number)) number++;
  const stem = bare ? `${STEM}${number}` : STEM;
  return {
    module: stem,
    hooks: `${stem}:hooks`,
    prefix: `${stem}:`,
    segments: needsLateSegments(module, options) ? `${stem}:segments` : undefined,
    start: module.start === undefined ? undefined : `${stem}:start`,
    fuel: options.fuel ? `${stem}:fuel` : undefined,
  };
}
