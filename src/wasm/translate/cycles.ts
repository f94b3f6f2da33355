/**
 * Finds what lies on cycles of the call graph: its strongly connected components, by Tarjan's
 * algorithm with a stack of its own, in time linear in nodes and edges.
 *
 * A call of an import leads to "outside" when references to functions cross the module's
 * border: what is called there can come back. Without that only the host could, and its frames are
 * large and do not nest without an end.
 */
import type { CallGraph } from "./call-graph.ts";

/** By node: the number of its component, or -1 when no cycle passes the node. */
export function findCycles(graph: CallGraph): Int32Array {
  const { definedCount, nodeCount, first, targets, callsImport, open } = graph;
  const outside = nodeCount - 1;
  const component = new Int32Array(nodeCount).fill(-1);
  const index = new Int32Array(nodeCount).fill(-1);
  const low = new Int32Array(nodeCount);
  const next = new Int32Array(nodeCount);
  // Nodes that are being walked, and nodes whose component is not complete.
  const path = new Int32Array(nodeCount);
  const pending = new Int32Array(nodeCount);
  const isPending = new Uint8Array(nodeCount);
  const callsItself = new Uint8Array(nodeCount);
  let seen = 0;
  let waiting = 0;
  let components = 0;
  for (let root = 0; root < nodeCount; root++) {
    if (index[root] !== -1) continue;
    let depth = -1;
    let entered = root;
    for (;;) {
      if (entered >= 0) {
        index[entered] = low[entered] = seen++;
        next[entered] = first[entered]!;
        isPending[entered] = 1;
        pending[waiting++] = entered;
        path[++depth] = entered;
        entered = -1;
      }
      const node = path[depth]!;
      const last = first[node + 1]! + (open && node < definedCount ? callsImport[node]! : 0);
      while (next[node]! < last) {
        const edge = next[node]!++;
        const target = edge < first[node + 1]! ? targets[edge]! : outside;
        if (target === node) callsItself[node] = 1;
        if (index[target] === -1) {
          entered = target;
          break;
        }
        if (isPending[target] === 1) low[node] = Math.min(low[node]!, index[target]!);
      }
      if (entered >= 0) continue;
      if (low[node] === index[node]) {
        const single = pending[waiting - 1] === node;
        const cyclic = !single || callsItself[node] === 1;
        let member: number;
        do {
          member = pending[--waiting]!;
          isPending[member] = 0;
          if (cyclic) component[member] = components;
        } while (member !== node);
        components++;
      }
      if (--depth < 0) break;
      const parent = path[depth]!;
      low[parent] = Math.min(low[parent]!, low[node]!);
    }
  }
  return component;
}
