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
import type { CallGraph } from "./call-graph.ts";
import { findCycles } from "./cycles.ts";
import { Weight } from "./weight.ts";

/** Up to so many calls a back edge to a function is checked there, and its target is not cut. */
const FEW_SITES = 4;

export interface CheckSites {
  /** By defined function: 1 when its entry is checked. */
  readonly entries: Uint8Array;
  /** By edge of the graph: 1 when its calls are checked. */
  readonly edges: Uint8Array;
  /** By node: weight of a call of it. */
  readonly weights: Float64Array;
  /** By defined function: 1 when its body needs checks along the text, see `Weight`. */
  readonly heavy: Uint8Array;
  /** By node: number of the cycles it lies on, or -1, see `findCycles`. */
  readonly component: Int32Array;
  /** By node: weight of a call of it behind a call of a cycle: up to `Weight.tail`, or more than that. */
  readonly tails: Float64Array;
}

export function chooseCheckSites(graph: CallGraph): CheckSites {
  const { definedCount, nodeCount, first, targets, sites } = graph;
  const entries = new Uint8Array(definedCount);
  const edges = new Uint8Array(targets.length);
  const { order, back } = walk(graph);

  // Edges out of nodes that have no place for a check.
  const cut = new Uint8Array(definedCount);
  const checkCallsOf = new Uint8Array(nodeCount);
  for (let node = definedCount; node < nodeCount; node++) {
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (back[edge] === 0) continue;
      if (targets[edge]! < definedCount) cut[targets[edge]!] = 1;
      else checkCallsOf[node] = 1;
    }
  }
  const backSites = new Int32Array(definedCount);
  for (let edge = 0; edge < first[definedCount]!; edge++) {
    const target = targets[edge]!;
    if (back[edge] === 1 && target < definedCount) backSites[target]! += sites[edge]!;
  }
  for (let edge = 0; edge < first[definedCount]!; edge++) {
    const target = targets[edge]!;
    if (target >= definedCount) edges[edge] = back[edge]! | checkCallsOf[target]!;
    else if (back[edge] === 1 && backSites[target]! > FEW_SITES) cut[target] = 1;
  }
  for (let edge = 0; edge < first[definedCount]!; edge++) {
    const target = targets[edge]!;
    if (target < definedCount && back[edge] === 1 && cut[target] === 0) edges[edge] = 1;
  }
  const component = findCycles(graph);
  for (let node = 0; node < definedCount; node++) {
    if (cut[node] === 0) continue;
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (component[targets[edge]!] === component[node]) edges[edge] = 1;
    }
  }
  const heavy = new Uint8Array(definedCount);
  const weights = weigh(graph, order, back, entries, heavy);
  return { entries, edges, weights, heavy, component, tails: weighTails(graph, order, back, entries) };
}

/** Weighs nodes from callees to callers, and checks the entries of functions that grow too heavy. */
function weigh(graph: CallGraph, order: Int32Array, back: Uint8Array, entries: Uint8Array, heavy: Uint8Array): Float64Array {
  const { definedCount, first, targets, sites } = graph;
  const weights = new Float64Array(graph.nodeCount);
  for (const node of order) {
    const own = node < definedCount;
    let weight = own ? graph.weights[node]! : 0;
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (back[edge] === 1) continue;
      const target = weights[targets[edge]!]!;
      // One call reaches one of the functions of a type.
      if (own) weight += sites[edge]! * target;
      else if (target > weight) weight = target;
    }
    if (own && weight > Weight.limit) {
      entries[node] = 1;
      heavy[node] = 1;
    }
    weights[node] = own && entries[node] === 1 ? 0 : Math.min(weight, Weight.limit);
  }
  return weights;
}

/**
 * Weighs nodes once more, where a call has to be a short one: rounds of loops count as long, and so
 * does what other modules and the host do.
 */
function weighTails(graph: CallGraph, order: Int32Array, back: Uint8Array, entries: Uint8Array): Float64Array {
  const { definedCount, nodeCount, first, targets, sites } = graph;
  const long = Weight.tail + 1;
  const tails = new Float64Array(nodeCount);
  for (const node of order) {
    const own = node < definedCount;
    let weight = own ? graph.weights[node]! : 0;
    if (node === nodeCount - 1 || (own && (graph.loops[node] === 1 || graph.callsImport[node] === 1))) weight = long;
    for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
      if (back[edge] === 1) continue;
      const target = tails[targets[edge]!]!;
      weight = own ? weight + sites[edge]! * target : Math.max(weight, target);
    }
    tails[node] = own && entries[node] === 1 ? 0 : Math.min(weight, long);
  }
  return tails;
}

/** Nodes in the order in which the walk left them, and 1 for each back edge. */
function walk(graph: CallGraph): { readonly order: Int32Array; readonly back: Uint8Array } {
  const { nodeCount, first, targets } = graph;
  const unseen = 0;
  const open = 1;
  const done = 2;
  const state = new Uint8Array(nodeCount);
  const back = new Uint8Array(targets.length);
  const order = new Int32Array(nodeCount);
  let left = 0;
  const stack = new Int32Array(nodeCount);
  const next = new Int32Array(nodeCount);
  for (let root = nodeCount - 1; root >= 0; root--) {
    if (state[root] !== unseen) continue;
    let depth = 0;
    stack[0] = root;
    next[root] = first[root]!;
    state[root] = open;
    while (depth >= 0) {
      const node = stack[depth]!;
      const edge = next[node]!;
      if (edge === first[node + 1]!) {
        state[node] = done;
        order[left++] = node;
        depth--;
        continue;
      }
      next[node] = edge + 1;
      const target = targets[edge]!;
      if (state[target] === open) {
        back[edge] = 1;
      } else if (state[target] === unseen) {
        state[target] = open;
        next[target] = first[target]!;
        stack[++depth] = target;
      }
    }
  }
  return { order, back };
}
