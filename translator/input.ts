/**
 * The module that is translated, as far as its bodies need it. The host gives the numbers to `open`, fills the
 * tables at the exported places, and then goes on with `main.ts`.
 *
 * Offsets of the original become places in this memory by `delta`.
 */
import { PREFIXED } from "../src/wasm/translate/bounds";
import { take } from "./memory";

/** Bytes from the first body to the end of the last. */
export let code: usize = 0;
/** What to take from a place in `code` to have the offset in the original. */
export let delta: usize = 0;

/** Defined functions, and functions that are imported. */
export let defined = 0;
export let imported = 0;
/** Four words by defined function: offsets of the body, its instructions and its end, and how many locals it has with its parameters. */
export let bodies: usize = 0;
/** Type by function, imports first, as words. */
export let funcTypes: usize = 0;

export let typeCount = 0;
/** Words by type: the node of calls through tables and references of it or -1; its supertype or -1. */
export let typeNodes: usize = 0;
export let supertypes: usize = 0;
/** Words by type: bytes of a struct; bytes of an array's element. */
export let structBytes: usize = 0;
export let elementBytes: usize = 0;
/** By type: 1 for a functype with parameters. */
export let takesParams: usize = 0;

export let memoryCount = 0;
/** By memory: 1 when it is shared. */
export let sharedMemories: usize = 0;
export let tagCount = 0;
/** By tag: 1 when its exceptions carry references. */
export let carriesReference: usize = 0;

/** By function, imports first: 1 when its address is taken. What constant expressions take is there before the scan. */
export let addressTaken: usize = 0;
export let exportCount = 0;
/** Words: functions that are exported. */
export let exportedFuncs: usize = 0;

/** Nodes of the call graph: the defined functions, the types, and "outside". */
export let nodeCount = 0;
/** Whether references to functions may cross the border of the module. */
export let bordersOpen = false;

/** By opcode, and by number behind each of the prefixes 0xfb to 0xfe: what follows, as the instruction table says. */
export let immediates: usize = 0;
export let prefixed: usize = 0;
/** By opcode: what the scanner does, for a whole scan and for one that only looks for calls. */
export let steps: usize = 0;
export let callSteps: usize = 0;

/**
 * The guest's own branch hints: by defined function the number of its first one, with one more for the end; and for each its offset
 * in the body and 0 = unlikely or 1 = likely, as words.
 */
export let hintFirst: usize = 0;
export let guestHints: usize = 0;
export let hasGuestHints = false;

export const enum Option { safepoints = 1, limits = 2, fuel = 4 }
/** `Option` bits. */
export let options = 0;
/** Indices of what is appended to the module. */
export let flagMemory: u32 = 0;
export let fuelGlobal: u32 = 0;
export let gcGlobal: u32 = 0;

/** Begins a translation; `start` and `end` are the offsets of the code, `bits` the options, `hints` is how many the guest has or -1. */
export function open(
  start: usize, end: usize, definedFuncs: i32, importedFuncs: i32, types: i32, memories: i32, tags: i32, exported: i32,
  nodes: i32, isOpen: bool, bits: i32, hints: i32,
): void {
  defined = definedFuncs;
  imported = importedFuncs;
  typeCount = types;
  memoryCount = memories;
  tagCount = tags;
  exportCount = exported;
  nodeCount = nodes;
  bordersOpen = isOpen;
  options = bits;
  // Some room behind the end: an instruction that goes on there is read as zeros.
  code = take(end - start + 64);
  delta = code - start;
  bodies = take(<usize>defined << 4);
  funcTypes = take(<usize>(imported + defined) << 2);
  typeNodes = take(<usize>types << 2);
  supertypes = take(<usize>types << 2);
  structBytes = take(<usize>types << 2);
  elementBytes = take(<usize>types << 2);
  takesParams = take(types);
  sharedMemories = take(memories);
  carriesReference = take(tags);
  addressTaken = take(imported + defined);
  exportedFuncs = take(<usize>exported << 2);
  immediates = take(256);
  prefixed = take(4 * <usize>PREFIXED);
  steps = take(256);
  callSteps = take(256);
  hasGuestHints = hints >= 0;
  if (hasGuestHints) {
    hintFirst = take(<usize>(defined + 1) << 2);
    guestHints = take(<usize>hints << 3);
  }
}

/** Tells where the appended memory and globals come to lie. */
export function append(flag: u32, fuel: u32, gc: u32): void {
  flagMemory = flag;
  fuelGlobal = fuel;
  gcGlobal = gc;
}

@inline
export function bodyStart(index: i32): usize {
  return load<usize>(bodies + (<usize>index << 4)) + delta;
}
@inline
export function bodyCode(index: i32): usize {
  return load<usize>(bodies + (<usize>index << 4), 4) + delta;
}
@inline
export function bodyEnd(index: i32): usize {
  return load<usize>(bodies + (<usize>index << 4), 8) + delta;
}
@inline
export function bodyLocals(index: i32): u32 {
  return load<u32>(bodies + (<usize>index << 4), 12);
}

/** The node of calls through tables and references of a type; -1 when it is none of functions. */
@inline
export function typeNode(type: i32): i32 {
  return <u32>type < <u32>typeCount ? load<i32>(typeNodes + (<usize>type << 2)) : -1;
}

export function isShared(memory: i32): bool {
  return <u32>memory < <u32>memoryCount && load<u8>(sharedMemories + memory) == 1;
}
export function hasReferences(tag: i32): bool {
  return <u32>tag < <u32>tagCount && load<u8>(carriesReference + tag) == 1;
}
export function hasParams(type: i32): bool {
  return <u32>type < <u32>typeCount && load<u8>(takesParams + type) == 1;
}
