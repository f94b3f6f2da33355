/**
 * Finds what lies on cycles of the call graph: its strongly connected components, by Tarjan's
 * algorithm with a stack of its own, in time linear in nodes and edges.
 *
 * A call of an import leads to "outside" when references to functions cross the module's
 * border: what is called there can come back. Without that only the host could, and its frames are
 * large and do not nest without an end.
 */
import { callsImport, firstEdge, target } from "./graph";
import { bordersOpen, defined, nodeCount } from "./input";
import { take } from "./memory";

let components: usize = 0;

/** The number of a node's component, or -1 when no cycle passes the node. */
@inline
export function component(node: i32): i32 {
  return load<i32>(components + (<usize>node << 2));
}

@inline
function get(table: usize, node: i32): i32 {
  return load<i32>(table + (<usize>node << 2));
}
@inline
function put(table: usize, node: i32, value: i32): void {
  store<i32>(table + (<usize>node << 2), value);
}

export function findCycles(): void {
  const words = <usize>nodeCount << 2;
  const outside = nodeCount - 1;
  components = take(words);
  memory.fill(components, 0xff, words);
  const index = take(words);
  memory.fill(index, 0xff, words);
  const low = take(words);
  const next = take(words);
  // Nodes that are being walked, and nodes whose component is not complete.
  const path = take(words);
  const pending = take(words);
  const isPending = take(nodeCount);
  const callsItself = take(nodeCount);
  let seen = 0;
  let waiting = 0;
  let found = 0;
  for (let root = 0; root < nodeCount; root++) {
    if (get(index, root) != -1) continue;
    let depth = -1;
    let entered = root;
    while (true) {
      if (entered >= 0) {
        put(index, entered, seen);
        put(low, entered, seen++);
        put(next, entered, firstEdge(entered));
        store<u8>(isPending + entered, 1);
        put(pending, waiting++, entered);
        put(path, ++depth, entered);
        entered = -1;
      }
      const node = get(path, depth);
      const own = firstEdge(node + 1);
      const last = own + (bordersOpen && node < defined && callsImport(node) ? 1 : 0);
      let edge = get(next, node);
      while (edge < last) {
        const to = edge < own ? target(edge) : outside;
        edge++;
        if (to == node) store<u8>(callsItself + node, 1);
        if (get(index, to) == -1) {
          entered = to;
          break;
        }
        if (load<u8>(isPending + to) == 1) put(low, node, min(get(low, node), get(index, to)));
      }
      put(next, node, edge);
      if (entered >= 0) continue;
      if (get(low, node) == get(index, node)) {
        const cyclic = get(pending, waiting - 1) != node || load<u8>(callsItself + node) == 1;
        let member: i32;
        do {
          member = get(pending, --waiting);
          store<u8>(isPending + member, 0);
          if (cyclic) put(components, member, found);
        } while (member != node);
        found++;
      }
      if (--depth < 0) break;
      const parent = get(path, depth);
      put(low, parent, min(get(low, parent), get(low, node)));
    }
  }
}
