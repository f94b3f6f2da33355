/**
 * Active segments: where a module writes when it is instantiated, and which of them cannot fit.
 *
 * An offset is a number where that is known from the module alone. Else it is kept as code in
 * which only imported globals are read: the initial values of the module's own are written into
 * it, which is possible because constant expressions only push.
 *
 * Spec: core exec/modules, Instantiation; element segments first, then data segments, in order.
 */
import { opcodeOf } from "../binary/instructions.ts";
import type { ConstExpr, DecodedModule } from "../binary/module.ts";
import { skipInstruction } from "../binary/skip.ts";
import { ByteReader } from "../binary/byte-reader.ts";
import { evaluateConst, initialGlobals } from "./const-eval.ts";
import type { GlobalLookup } from "./const-eval.ts";
import type { ConstValue } from "./const-value.ts";

/** One active segment of a module, free of the module's bytes. */
export interface ActiveSegment {
  readonly kind: "elem" | "data";
  /** Of the segment, in its section. */
  readonly index: number;
  /** Index of the memory or table that it is written to. */
  readonly target: number;
  /** Bytes or elements. */
  readonly size: number;
  /** Byte or element where it begins; undefined when that depends on imports. */
  readonly offset: bigint | undefined;
  /** When `offset` is undefined: its expression over imported globals, with the final `end`; undefined when that is unreasonably long. */
  readonly code: readonly number[] | undefined;
}

/** Of more segments only the first are kept: they only serve error messages. */
const SEGMENTS_MAX = 1000;
/** Written-out code can double with each global, so that a guest could make it as long as it likes. */
const CODE_MAX = 4096;

const GLOBAL_GET = opcodeOf("global.get")!;

/** The active segments of a valid module in the order in which they are written; the first thousand of them. */
export function activeSegments(module: DecodedModule): ActiveSegment[] {
  const globals = initialGlobals(module);
  const found: ActiveSegment[] = [];
  const add = (kind: ActiveSegment["kind"], index: number, target: number, size: number, offset: ConstExpr, addr: "i32" | "i64" | undefined): void => {
    const at = position(evaluateConst(module, offset, globals), addr);
    found.push({ kind, index, target, size, offset: at, code: at === undefined ? overImports(module, offset) : undefined });
  };
  for (const [index, { mode, table, offset, funcs, exprs }] of module.elems.entries()) {
    if (found.length >= SEGMENTS_MAX) return found;
    if (mode === "active" && offset !== undefined) add("elem", index, table, (funcs ?? exprs ?? []).length, offset, module.tables[table]?.addr);
  }
  for (const [index, { mode, memory, offset, start, end }] of module.datas.entries()) {
    if (found.length >= SEGMENTS_MAX) return found;
    if (mode === "active" && offset !== undefined) add("data", index, memory, end - start, offset, module.memories[memory]?.addr);
  }
  return found;
}

/** A segment with the offset that made it fail. */
export interface MisfitSegment {
  readonly segment: ActiveSegment;
  readonly offset: bigint;
  /** What the memory or table has: bytes or elements. */
  readonly available: bigint;
}

/**
 * The first segment that does not fit, given the values of the imported globals and what each
 * memory and table holds; undefined when all that is known fits.
 */
export function firstMisfit(segments: readonly ActiveSegment[], globals: GlobalLookup, available: (segment: ActiveSegment) => bigint | undefined): MisfitSegment | undefined {
  for (const segment of segments) {
    const { offset, code, size } = segment;
    const at = offset ?? (code === undefined ? undefined : position(evaluateConst({ bytes: Uint8Array.from(code), types: [] }, { start: 0, end: code.length }, globals), undefined));
    const room = available(segment);
    if (at !== undefined && room !== undefined && at + BigInt(size) > room) return { segment, offset: at, available: room };
  }
  return undefined;
}

/** An offset as the address it is: unsigned. */
function position(value: ConstValue | undefined, addr: "i32" | "i64" | undefined): bigint | undefined {
  if (value?.type === "i32" && addr !== "i64") return BigInt(value.value >>> 0);
  return value?.type === "i64" && addr !== "i32" ? BigInt.asUintN(64, value.value) : undefined;
}

/** The expression with the module's own globals written out. */
function overImports(module: DecodedModule, expr: ConstExpr): number[] | undefined {
  const { bytes, globalDefs, importCounts } = module;
  const code: number[] = [];
  /** What is left of the expressions begun; one that a global stands in for comes on top. */
  const open: { at: number; readonly end: number }[] = [{ at: expr.start, end: expr.end - 1 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.at >= top.end) {
      open.pop();
      continue;
    }
    const start = top.at;
    top.at = skipInstruction(bytes, start, top.end);
    const index = bytes[start] === GLOBAL_GET ? new ByteReader(bytes, start + 1, top.at).u32() : -1;
    const init = globalDefs[index - importCounts.global]?.init;
    if (init !== undefined) open.push({ at: init.start, end: init.end - 1 });
    else code.push(...bytes.subarray(start, top.at));
    if (code.length > CODE_MAX || open.length > CODE_MAX) return undefined;
  }
  return [...code, 0x0b];
}
