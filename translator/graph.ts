/**
 * Who may call whom, as far as it can be known without running.
 *
 * Nodes: the module's own functions; one node per function type for all calls through tables and
 * references of it; and one node "outside" for code of other modules and the host. A node of a
 * type leads to every function of that type whose address is taken, subtypes included. Function
 * types are told apart by their structure with concrete references blurred, so that types
 * which are equal are never held to be different.
 *
 * Calls of imports are no edges: they are checked at each site (`sites.ts`), which cuts
 * every cycle that leaves the module through an import. A cycle that leaves through a table or a
 * reference goes through "outside", which leads to all exported functions and, when
 * references to functions cross the module's border, to all whose address is taken.
 *
 * Edges are kept in compressed rows: those of node `n` are `firstEdge(n)` to `firstEdge(n + 1)`.
 */
import {
  addressTaken, bodyCode, bodyEnd, bordersOpen, defined, exportCount, exportedFuncs, funcTypes, imported, nodeCount, supertypes, typeCount, typeNode,
} from "./input";
import { Buffer, newBuffer, take } from "./memory";
import { Flag, Kind, Seen, first, keepBody, length, mayKeep, rowAfter, rowAt, seen } from "./rows";
import { scan, scanCalls } from "./scan";
import { Weight, objectWeight } from "./weight";

/** Words: by node its first edge; by edge where it leads to, and how many calls in the text of a function make it up. */
let firsts: usize = 0;
let targets = changetype<Buffer>(0);
let counts = changetype<Buffer>(0);
let edges = 0;
/** By node the edge of the current source that leads to it; valid when not before the source's first edge. */
let edgeTo: usize = 0;
let sourceFirst = 0;
/** By defined function: the weight of its own text, see `Weight`, as f64; whether loops lie in it, whose rounds that does not count. */
let weights: usize = 0;
let loops: usize = 0;
/** By node: 1 when it calls an import. */
let imports: usize = 0;

@inline
export function firstEdge(node: i32): i32 {
  return load<i32>(firsts + (<usize>node << 2));
}
@inline
export function target(edge: i32): i32 {
  return targets.word(edge);
}
@inline
export function callCount(edge: i32): i32 {
  return counts.word(edge);
}
export function edgeCount(): i32 {
  return edges;
}
@inline
export function ownWeight(func: i32): f64 {
  return load<f64>(weights + (<usize>func << 3));
}
@inline
export function hasLoops(func: i32): bool {
  return load<u8>(loops + func) == 1;
}
@inline
export function callsImport(node: i32): bool {
  return load<u8>(imports + node) == 1;
}

export function openGraph(): void {
  firsts = take(<usize>(nodeCount + 1) << 2);
  edgeTo = take(<usize>nodeCount << 2);
  memory.fill(edgeTo, 0xff, <usize>nodeCount << 2);
  targets = newBuffer(1 << 14);
  counts = newBuffer(1 << 14);
  weights = take(<usize>defined << 3);
  loops = take(defined);
  imports = take(nodeCount);
  edges = 0;
}

/** Adds defined function `index`, the next one. */
export function addFunction(index: i32): void {
  const code = bodyCode(index);
  const end = bodyEnd(index);
  if (mayKeep()) {
    scan(code, end);
    keepBody();
    store<u8>(loops + index, (seen & Seen.loop) == 0 ? 0 : 1);
  } else {
    scanCalls(code, end);
    // Blocks are not looked at: there may be loops.
    store<u8>(loops + index, 1);
  }
  if ((seen & Seen.importCall) != 0) store<u8>(imports + index, 1);
  openNode(index);
  store<f64>(weights + (<usize>index << 3), <f64>(end - code) + addEdges());
}

function openNode(node: i32): void {
  store<i32>(firsts + (<usize>node << 2), edges);
  sourceFirst = edges;
}

function addEdge(to: i32): void {
  const known = load<i32>(edgeTo + (<usize>to << 2));
  if (known >= sourceFirst) {
    counts.setWord(known, counts.word(known) + 1);
    return;
  }
  store<i32>(edgeTo + (<usize>to << 2), edges++);
  targets.pushWord(to);
  counts.pushWord(1);
}

/** Adds the edges of the body at hand; returns the weight of its long instructions. */
function addEdges(): f64 {
  let weight: f64 = 0;
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    switch (row.kind) {
      case Kind.call:
      case Kind.returnCall: {
        const to = row.arg - imported;
        if (to >= 0 && to < defined) addEdge(to);
        break;
      }
      case Kind.callIndirect:
      case Kind.returnCallIndirect:
      case Kind.callRef:
      case Kind.returnCallRef: {
        const node = typeNode(row.arg);
        if (node >= 0) addEdge(node);
        break;
      }
      case Kind.refFunc:
        if (<u32>row.arg < <u32>(imported + defined)) store<u8>(addressTaken + row.arg, 1);
        break;
      case Kind.memoryInit:
      case Kind.memoryCopy:
      case Kind.memoryFill:
        weight += row.has(Flag.large) ? Weight.bulk : Weight.smallBulk;
        break;
      case Kind.memoryGrow:
      case Kind.tableGrow:
        weight += Weight.growth;
        break;
      case Kind.throw_:
      case Kind.rethrow:
      case Kind.throwRef:
        weight += Weight.throw_;
        break;
      case Kind.objectNew:
        weight += objectWeight(row.arg);
        break;
      case Kind.tableBulk:
        weight += Weight.tableBulk;
        break;
      case Kind.arrayBulk:
      case Kind.arrayNew:
        weight += Weight.arrayBulk;
        break;
      default:
    }
  }
  return weight;
}

/** Adds the edges of the type nodes and of "outside", when all functions are there. */
export function closeGraph(): void {
  const outside = nodeCount - 1;
  // Functions by the node of their type or of one of its supertypes, as chains of (function, next).
  const heads = take(<usize>nodeCount << 2);
  memory.fill(heads, 0xff, <usize>nodeCount << 2);
  const chains = newBuffer(1 << 12);
  for (let func = 0; func < imported + defined; func++) {
    if (load<u8>(addressTaken + func) == 0) continue;
    let type = load<i32>(funcTypes + (<usize>func << 2));
    // Chains of supertypes lead to smaller indices, so this ends.
    for (let below = typeCount; type >= 0 && type < below;) {
      below = type;
      const node = typeNode(type);
      if (node < 0) break;
      const link = <i32>(chains.length >> 3);
      chains.pushWord(func);
      chains.pushWord(load<i32>(heads + (<usize>node << 2)));
      store<i32>(heads + (<usize>node << 2), link);
      type = load<i32>(supertypes + (<usize>type << 2));
    }
  }
  for (let node = defined; node < outside; node++) {
    openNode(node);
    if (bordersOpen) addEdge(outside);
    for (let link = load<i32>(heads + (<usize>node << 2)); link >= 0; link = chains.word(2 * link + 1)) {
      const func = chains.word(2 * link);
      addEdge(func < imported ? outside : func - imported);
    }
  }
  openNode(outside);
  for (let i = 0; i < exportCount; i++) {
    const func = load<i32>(exportedFuncs + (<usize>i << 2));
    if (func >= imported && func < imported + defined) addEdge(func - imported);
  }
  if (bordersOpen) {
    for (let func = imported; func < imported + defined; func++) {
      if (load<u8>(addressTaken + func) == 1) addEdge(func - imported);
    }
  }
  store<i32>(firsts + (<usize>nodeCount << 2), edges);
}
