/**
 * Chooses the functions and calls that are checked, so that every cycle of the call graph is cut
 * and no acyclic part of it grows too heavy.
 *
 * One depth-first walk over the graph, from "outside" on: an edge to a node that is still being walked is a
 * back edge, and without the back edges there is no cycle. A back edge is checked at its calls. Where
 * these are many in the whole module, and where it comes from a node that is no place for a check, a type
 * or "outside", its target is *cut*: all calls in its text that stay on cycles are checked. That
 * is not more than one check for each time it runs, as at its entry, and none on paths that call
 * nothing: those of `malloc` and its like [safepoint.cpython].
 *
 * The walk keeps its own stack; it takes time linear in nodes and edges.
 */
import { component, findCycles } from "./cycles";
import { callCount, edgeCount, firstEdge, hasLoops, ownWeight, target } from "./graph";
import { defined, nodeCount } from "./input";
import { take } from "./memory";
import { Weight } from "./weight";

/** Up to so many calls a back edge to a function is checked there, and its target is not cut. */
const FEW_SITES = 4;

/** By defined function: 1 when its entry is checked; 1 when its body needs checks along the text, see `Weight`. */
let entries: usize = 0;
let heavies: usize = 0;
/** By edge of the graph: 1 when its calls are checked. */
let checkedEdges: usize = 0;
/** Words by node: weight of a call of it; and of one that passes no check, up to `Weight.tail`, or more than that. */
let weights: usize = 0;
let tails: usize = 0;
/** By edge: 1 when it leads back. */
let back: usize = 0;
/** Words: nodes in the order in which the walk left them. */
let order: usize = 0;

@inline
export function isEntryChecked(func: i32): bool {
  return load<u8>(entries + func) == 1;
}
@inline
export function isHeavy(func: i32): bool {
  return load<u8>(heavies + func) == 1;
}
@inline
export function isEdgeChecked(edge: i32): bool {
  return load<u8>(checkedEdges + edge) == 1;
}
@inline
export function callWeight(node: i32): i32 {
  return load<i32>(weights + (<usize>node << 2));
}
@inline
export function tailOf(node: i32): i32 {
  return load<i32>(tails + (<usize>node << 2));
}
@inline
function isBack(edge: i32): bool {
  return load<u8>(back + edge) == 1;
}

export function chooseSites(): void {
  entries = take(defined);
  heavies = take(defined);
  checkedEdges = take(edgeCount());
  back = take(edgeCount());
  order = take(<usize>nodeCount << 2);
  walk();

  // Edges out of nodes that have no place for a check.
  const cut = take(defined);
  const checkCallsOf = take(nodeCount);
  for (let node = defined; node < nodeCount; node++) {
    for (let edge = firstEdge(node); edge < firstEdge(node + 1); edge++) {
      if (!isBack(edge)) continue;
      if (target(edge) < defined) store<u8>(cut + target(edge), 1);
      else store<u8>(checkCallsOf + node, 1);
    }
  }
  const backSites = take(<usize>defined << 2);
  const own = firstEdge(defined);
  for (let edge = 0; edge < own; edge++) {
    const to = target(edge);
    if (!isBack(edge) || to >= defined) continue;
    const sites = backSites + (<usize>to << 2);
    store<i32>(sites, load<i32>(sites) + callCount(edge));
  }
  for (let edge = 0; edge < own; edge++) {
    const to = target(edge);
    if (to >= defined) store<u8>(checkedEdges + edge, load<u8>(back + edge) | load<u8>(checkCallsOf + to));
    else if (isBack(edge) && load<i32>(backSites + (<usize>to << 2)) > FEW_SITES) store<u8>(cut + to, 1);
  }
  for (let edge = 0; edge < own; edge++) {
    const to = target(edge);
    if (to < defined && isBack(edge) && load<u8>(cut + to) == 0) store<u8>(checkedEdges + edge, 1);
  }
  findCycles();
  for (let node = 0; node < defined; node++) {
    if (load<u8>(cut + node) == 0) continue;
    for (let edge = firstEdge(node); edge < firstEdge(node + 1); edge++) {
      if (component(target(edge)) == component(node)) store<u8>(checkedEdges + edge, 1);
    }
  }
  weigh();
  walk(true);
  weighTails();
}

/** Weighs nodes from callees to callers, and checks the entries of functions that grow too heavy. */
function weigh(): void {
  weights = take(<usize>nodeCount << 2);
  for (let i = 0; i < nodeCount; i++) {
    const node = load<i32>(order + (<usize>i << 2));
    const own = node < defined;
    let weight: f64 = own ? ownWeight(node) : 0;
    for (let edge = firstEdge(node); edge < firstEdge(node + 1); edge++) {
      if (isBack(edge)) continue;
      const callee = <f64>callWeight(target(edge));
      // One call reaches one of the functions of a type.
      if (own) weight += <f64>callCount(edge) * callee;
      else if (callee > weight) weight = callee;
    }
    if (own && weight > Weight.limit) {
      store<u8>(entries + node, 1);
      store<u8>(heavies + node, 1);
    }
    store<i32>(weights + (<usize>node << 2), own && isEntryChecked(node) ? 0 : <i32>min<f64>(weight, Weight.limit));
  }
}

/**
 * Weighs once more what a call runs that passes no check: nothing that a checked call leads to, since a check comes before
 * that. Rounds of loops count as long.
 *
 * INV: without the calls that are checked the graph has no cycle. Each cycle has a back edge, and either that is checked,
 * or all edges out of its target that stay on cycles are.
 */
function weighTails(): void {
  const long: f64 = Weight.tail + 1;
  tails = take(<usize>nodeCount << 2);
  for (let i = 0; i < nodeCount; i++) {
    const node = load<i32>(order + (<usize>i << 2));
    const own = node < defined;
    let weight: f64 = own ? ownWeight(node) : 0;
    if (node == nodeCount - 1 || (own && hasLoops(node))) weight = long;
    for (let edge = firstEdge(node); edge < firstEdge(node + 1); edge++) {
      if (isEdgeChecked(edge)) continue;
      const callee = <f64>tailOf(target(edge));
      weight = own ? weight + <f64>callCount(edge) * callee : max(weight, callee);
    }
    store<i32>(tails + (<usize>node << 2), own && isEntryChecked(node) ? 0 : <i32>min(weight, long));
  }
}

const enum State { unseen = 0, open = 1, done = 2 }

/** Finds the order, and which edges lead back. With `unchecked`, as if there were no checked edges. */
function walk(unchecked: bool = false): void {
  const state = take(nodeCount);
  const stack = take(<usize>nodeCount << 2);
  const next = take(<usize>nodeCount << 2);
  let left = order;
  for (let root = nodeCount - 1; root >= 0; root--) {
    if (load<u8>(state + root) != State.unseen) continue;
    let top = stack;
    store<i32>(top, root);
    store<i32>(next + (<usize>root << 2), firstEdge(root));
    store<u8>(state + root, State.open);
    while (top >= stack) {
      const node = load<i32>(top);
      const at = next + (<usize>node << 2);
      const edge = load<i32>(at);
      if (edge == firstEdge(node + 1)) {
        store<u8>(state + node, State.done);
        store<i32>(left, node);
        left += 4;
        top -= 4;
        continue;
      }
      store<i32>(at, edge + 1);
      if (unchecked && isEdgeChecked(edge)) continue;
      const to = target(edge);
      if (load<u8>(state + to) == State.open) {
        store<u8>(back + edge, 1);
      } else if (load<u8>(state + to) == State.unseen) {
        store<u8>(state + to, State.open);
        store<i32>(next + (<usize>to << 2), firstEdge(to));
        top += 4;
        store<i32>(top, to);
      }
    }
  }
}
