/**
 * The passes of the translator over the bodies of a module: scan them, build the call graph, choose what is checked, and write
 * them anew.
 *
 * The order of calls: `begin`, `open` and what it asks for, `append`, `setUp`; then `scanSome` while it says that there is more,
 * `choose`, `writeSome` while there is more, `finish`. What was written then lies at the exported places.
 *
 * Spec: core binary/instructions.
 */
import { component } from "./cycles";
import { emit, openEmitter, out } from "./emit";
import { addFunction, closeGraph, openGraph } from "./graph";
import { hintedFunctions, hints, openHints } from "./hints";
import { forgetHelpers } from "./host";
import { Option, bodyCode, bodyEnd, bodyStart, defined, options } from "./input";
import { clear } from "./memory";
import { openPlacement, place } from "./placement";
import { openRows, recallBody } from "./rows";
import { endRuns, moveRuns, openRuns, runs } from "./runs";
import { openScanner, scan } from "./scan";
import { chooseSites } from "./sites";

export {
  addressTaken, append, bodies, callSteps, carriesReference, code, elementBytes, exportedFuncs, funcTypes, guestHints, hintFirst, immediates,
  open, prefixed, sharedMemories, steps, structBytes, supertypes, takesParams, typeNodes,
} from "./input";
export { setBulk } from "./host";

/** The next function of the pass at hand. */
let next = 0;

/** Forgets the translation before. */
export function begin(): void {
  clear();
  forgetHelpers();
}

/** Begins, when the tables are filled. */
export function setUp(): void {
  const codeBytes: usize = defined == 0 ? 0 : bodyEnd(defined - 1) - bodyStart(0);
  openRows(codeBytes, defined);
  openScanner();
  if ((options & Option.safepoints) != 0) openGraph();
  openPlacement();
  openRuns(codeBytes);
  openHints(codeBytes);
  openEmitter(codeBytes);
  next = 0;
}

/** Scans the functions that follow, about `bytes` of code; whether there are more. */
export function scanSome(bytes: i32): bool {
  for (let left = bytes; next < defined && left > 0; next++) {
    addFunction(next);
    left -= <i32>(bodyEnd(next) - bodyCode(next));
  }
  return next < defined;
}

/** Chooses what is checked, once all functions are scanned. */
export function choose(): void {
  closeGraph();
  chooseSites();
  next = 0;
}

/** Number of the cycles that defined function `index` lies on, or -1. */
export function cycleOf(index: i32): i32 {
  return <u32>index < <u32>defined ? component(index) : -1;
}

/** Writes the functions that follow, about `bytes` of code; whether there are more. */
export function writeSome(bytes: i32): bool {
  for (let left = bytes; next < defined && left > 0; next++) {
    if (!recallBody(next)) scan(bodyCode(next), bodyEnd(next));
    place(next);
    emit(next);
    left -= <i32>(bodyEnd(next) - bodyCode(next));
  }
  return next < defined;
}

/** Ends the code of the guest. */
export function finish(): void {
  endRuns(<i32>out.length);
}

export function codeAt(): usize {
  return out.at;
}
export function codeLength(): usize {
  return out.length;
}
/** The offset map, for code that lies at `base` of the module. To be called once. */
export function runsFor(base: i32): usize {
  moveRuns(0, base);
  return runs.at;
}
/** Bytes of the offset map. */
export function runsLength(): usize {
  return runs.length;
}
/** Entries of the section with branch hints. */
export function hintsAt(): usize {
  return hints.at;
}
export function hintsLength(): usize {
  return hints.length;
}
export function hintsCount(): i32 {
  return hintedFunctions;
}
