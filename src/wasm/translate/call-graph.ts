/**
 * Who may call whom, as far as it can be known without running.
 *
 * Nodes: the module's own functions; one node per function type for all calls through tables and
 * references of it; and one node "outside" for code of other modules and the host. A node of a
 * type leads to every function of that type whose address is taken, subtypes included. Function
 * types are told apart by their structure with concrete references blurred, so that types
 * which are equal are never held to be different.
 *
 * Calls of imports are no edges: they are checked at each site (`CheckSites`), which cuts
 * every cycle that leaves the module through an import. A cycle that leaves through a table or a
 * reference goes through "outside", which leads to all exported functions and, when
 * references to functions cross the module's border, to all whose address is taken.
 *
 * Edges are kept in compressed rows: those of node `n` are `first[n]` to `first[n + 1]`.
 */
import type { ConstExpr, DecodedModule } from "../binary/module.ts";
import { skipInstruction } from "../binary/skip.ts";
import type { FuncType } from "../types/externtype.ts";
import type { TypeIdx, ValType } from "../types/valtype.ts";
import { EventFlag, EventKind, Seen, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import type { BodyScanner } from "./scan.ts";
import { Weight, objectWeight } from "./weight.ts";

export interface CallGraph {
  /** Functions of the module's own; node `i` is function `importedFuncs + i`. */
  readonly definedCount: number;
  readonly nodeCount: number;
  readonly first: Int32Array;
  readonly targets: Int32Array;
  /** Calls in the text of a function that make up this edge. */
  readonly sites: Int32Array;
  /** Node of calls through tables and references, by type index. */
  readonly typeNodes: Int32Array;
  /** Weight of each function's own text, see `Weight`. */
  readonly weights: Float64Array;
  /** By defined function: 1 when loops lie in its text, whose rounds `weights` does not count. */
  readonly loops: Uint8Array;
  /** By node: 1 when it calls an import. */
  readonly callsImport: Uint8Array;
  /** Whether a call of an import may lead to "outside" and back into the module. */
  readonly open: boolean;
}

/** Hands out, after each body, the bytes of code that it has done. */
export function buildCallGraph(module: DecodedModule, scanner: BodyScanner, events: BodyEvents): Generator<number, CallGraph> {
  return new GraphBuilder(module).build(scanner, events);
}

class GraphBuilder {
  readonly #module: DecodedModule;
  readonly #imported: number;
  readonly #defined: number;
  readonly #typeNodes: Int32Array;
  readonly #nodeCount: number;
  readonly #addressTaken: Uint8Array;
  readonly #first: Int32Array;
  #targets = new Int32Array(4096);
  #sites = new Int32Array(4096);
  #edgeCount = 0;
  /** Per node the edge of the current source that leads to it; valid when not before the source's first edge. */
  readonly #edgeTo: Int32Array;
  #sourceFirst = 0;

  constructor(module: DecodedModule) {
    this.#module = module;
    this.#imported = module.importCounts.func;
    this.#defined = module.bodies.length;
    const { nodes, count } = numberTypes(module, this.#defined);
    this.#typeNodes = nodes;
    this.#nodeCount = this.#defined + count + 1;
    this.#addressTaken = new Uint8Array(module.funcs.length);
    this.#first = new Int32Array(this.#nodeCount + 1);
    this.#edgeTo = new Int32Array(this.#nodeCount).fill(-1);
  }

  *build(scanner: BodyScanner, events: BodyEvents): Generator<number, CallGraph> {
    const module = this.#module;
    const weights = new Float64Array(this.#defined);
    const loops = new Uint8Array(this.#defined);
    const callsImport = new Uint8Array(this.#nodeCount);
    const open = crossesBorder(module);
    this.#takeConstants();
    for (let index = 0; index < this.#defined; index++) {
      const body = module.bodies[index]!;
      if (events.mayKeep) {
        scanner.scan(body.code, body.range.end);
        events.keep();
        loops[index] = (events.seen & Seen.loop) === 0 ? 0 : 1;
      } else {
        scanner.scanCalls(body.code, body.range.end);
        // Blocks are not looked at: there may be loops.
        loops[index] = 1;
      }
      if ((events.seen & Seen.importCall) !== 0) callsImport[index] = 1;
      this.#open(index);
      weights[index] = body.range.end - body.code + this.#edgesOf(events);
      yield body.range.end - body.code;
    }
    this.#typeEdges(open);
    this.#first[this.#nodeCount] = this.#edgeCount;
    return {
      definedCount: this.#defined,
      nodeCount: this.#nodeCount,
      first: this.#first,
      targets: this.#targets.subarray(0, this.#edgeCount),
      sites: this.#sites.subarray(0, this.#edgeCount),
      typeNodes: this.#typeNodes,
      weights,
      loops,
      callsImport,
      open,
    };
  }

  #open(node: number): void {
    this.#first[node] = this.#edgeCount;
    this.#sourceFirst = this.#edgeCount;
  }

  #add(target: number): void {
    const known = this.#edgeTo[target]!;
    if (known >= this.#sourceFirst) {
      this.#sites[known]!++;
      return;
    }
    if (this.#edgeCount === this.#targets.length) {
      this.#targets = grown(this.#targets, this.#edgeCount * 2);
      this.#sites = grown(this.#sites, this.#edgeCount * 2);
    }
    this.#edgeTo[target] = this.#edgeCount;
    this.#targets[this.#edgeCount] = target;
    this.#sites[this.#edgeCount++] = 1;
  }

  /** Adds the edges of one body; returns the weight of its long instructions. */
  #edgesOf(events: BodyEvents): number {
    const { kind, arg, flags } = events;
    let weight = 0;
    for (let row = events.first; row < events.length; row++) {
      switch (kind[row]) {
        case EventKind.call:
        case EventKind.returnCall: {
          const target = arg[row]! - this.#imported;
          if (target >= 0 && target < this.#defined) this.#add(target);
          break;
        }
        case EventKind.callIndirect:
        case EventKind.returnCallIndirect:
        case EventKind.callRef:
        case EventKind.returnCallRef: {
          const node = this.#typeNodes[arg[row]!] ?? -1;
          if (node >= 0) this.#add(node);
          break;
        }
        case EventKind.refFunc:
          this.#take(arg[row]!);
          break;
        case EventKind.memoryInit:
        case EventKind.memoryCopy:
        case EventKind.memoryFill:
          if ((flags[row]! & EventFlag.large) !== 0) weight += Weight.bulk;
          else weight += Weight.smallBulk;
          break;
        case EventKind.memoryGrow:
        case EventKind.tableGrow:
          weight += Weight.growth;
          break;
        case EventKind.throw:
        case EventKind.rethrow:
        case EventKind.throwRef:
          weight += Weight.throw;
          break;
        case EventKind.objectNew:
          weight += objectWeight(arg[row]!);
          break;
        case EventKind.tableBulk:
          weight += Weight.tableBulk;
          break;
        case EventKind.arrayBulk:
        case EventKind.arrayNew:
          weight += Weight.arrayBulk;
          break;
        default:
      }
    }
    return weight;
  }

  #take(func: number): void {
    if (func < this.#addressTaken.length) this.#addressTaken[func] = 1;
  }

  #takeConstants(): void {
    const module = this.#module;
    for (const segment of module.elems) {
      for (const func of segment.funcs ?? []) this.#take(func);
      for (const expr of segment.exprs ?? []) this.#takeExpr(expr);
    }
    for (const { init } of module.globalDefs) this.#takeExpr(init);
    for (const { init } of module.tableDefs) if (init !== undefined) this.#takeExpr(init);
  }

  #takeExpr(expr: ConstExpr): void {
    const { bytes } = this.#module;
    for (let pos = expr.start; pos < expr.end;) {
      const next = skipInstruction(bytes, pos, expr.end);
      if (bytes[pos] === EventKind.refFunc) {
        let func = 0;
        for (let at = pos + 1, shift = 0; at < next && shift < 35; at++, shift += 7) func |= (bytes[at]! & 0x7f) << shift;
        this.#take(func >>> 0);
      }
      pos = next;
    }
  }

  /** Edges of the type nodes and of "outside". */
  #typeEdges(open: boolean): void {
    const module = this.#module;
    const outside = this.#nodeCount - 1;
    // Functions by the node of their type or of one of its supertypes, as chains.
    const head = new Int32Array(this.#nodeCount).fill(-1);
    const chainFunc: number[] = [];
    const chainNext: number[] = [];
    for (let func = 0; func < this.#addressTaken.length; func++) {
      if (this.#addressTaken[func] === 0) continue;
      let type: TypeIdx | undefined = module.funcs[func]?.type;
      // Chains of supertypes lead to smaller indices, so this ends.
      for (let below = Infinity; type !== undefined && type < below;) {
        below = type;
        const node = this.#typeNodes[type] ?? -1;
        if (node < 0) break;
        chainNext.push(head[node]!);
        head[node] = chainFunc.length;
        chainFunc.push(func);
        type = module.types[type]?.supertypes[0];
      }
    }
    for (let node = this.#defined; node < outside; node++) {
      this.#open(node);
      if (open) this.#add(outside);
      for (let link = head[node]!; link >= 0; link = chainNext[link]!) {
        const func = chainFunc[link]!;
        this.#add(func < this.#imported ? outside : func - this.#imported);
      }
    }
    this.#open(outside);
    for (const entry of module.exports) {
      if (entry.kind === "func" && entry.index >= this.#imported) this.#add(entry.index - this.#imported);
    }
    if (!open) return;
    for (let func = this.#imported; func < this.#addressTaken.length; func++) {
      if (this.#addressTaken[func] === 1) this.#add(func - this.#imported);
    }
  }
}

/** One node per structure of a function type, from `firstNode` on; -1 for other types. */
function numberTypes(module: DecodedModule, firstNode: number): { readonly nodes: Int32Array; readonly count: number } {
  const byKey = new Map<string, number>();
  const nodes = new Int32Array(module.types.length).fill(-1);
  module.types.forEach(({ comp }, index) => {
    if (comp.kind !== "func") return;
    const key = structureOf(comp);
    let node = byKey.get(key);
    if (node === undefined) {
      node = firstNode + byKey.size;
      byKey.set(key, node);
    }
    nodes[index] = node;
  });
  return { nodes, count: byKey.size };
}

function structureOf(type: FuncType): string {
  return `${type.params.map(blurred).join()}>${type.results.map(blurred).join()}`;
}

function blurred(type: ValType): string {
  if (typeof type === "string") return type;
  return typeof type.heap === "number" ? "ref" : `${type.nullable ? "null " : ""}${type.heap}`;
}

/** Whether a reference to a function may come into the module or leave it other than by name. */
function crossesBorder(module: DecodedModule): boolean {
  const { importCounts } = module;
  if (importCounts.table > 0) return true;
  const ofFunc = (func: number): boolean => {
    const comp = module.types[module.funcs[func]?.type ?? -1]?.comp;
    return comp?.kind === "func" && [...comp.params, ...comp.results].some(mayCarryFunc);
  };
  const ofTag = (tag: number): boolean => {
    const comp = module.types[module.tags[tag]?.type ?? -1]?.comp;
    return comp?.kind === "func" && comp.params.some(mayCarryFunc);
  };
  const ofGlobal = (global: number): boolean => {
    const type = module.globals[global];
    return type !== undefined && mayCarryFunc(type.value);
  };
  for (let func = 0; func < importCounts.func; func++) if (ofFunc(func)) return true;
  for (let global = 0; global < importCounts.global; global++) if (ofGlobal(global)) return true;
  for (let tag = 0; tag < importCounts.tag; tag++) if (ofTag(tag)) return true;
  for (const { kind, index } of module.exports) {
    if (kind === "table") return true;
    if (kind === "func" && ofFunc(index)) return true;
    if (kind === "global" && ofGlobal(index)) return true;
    if (kind === "tag" && ofTag(index)) return true;
  }
  // Aggregates can cross as `externref` and be cast back.
  return module.types.some(({ comp }) => (comp.kind === "struct" ? comp.fields : comp.kind === "array" ? [comp.element] : [])
    .some(({ storage }) => storage !== "i8" && storage !== "i16" && mayCarryFunc(storage)));
}

function mayCarryFunc(type: ValType): boolean {
  if (typeof type === "string") return false;
  switch (type.heap) {
    case "extern":
    case "noextern":
    case "i31":
    case "none":
    case "nofunc":
    case "noexn":
      return false;
    default:
      return true;
  }
}
