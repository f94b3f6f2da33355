/**
 * Constant expressions for a text library that reads only nested ones.
 *
 * Of `i32.const 7`, or of several instructions one after the other, the library writes
 * something else without a word. Here such an expression becomes one nested instruction:
 *
 *     (global i32 i32.const 7)                        (global i32 (i32.const 7))
 *     (offset i32.const 1 i32.const 2 i32.add)        (offset (i32.add (i32.const 1) (i32.const 2)))
 *
 * Lines stay as they are. An expression that leaves not exactly one value, or that holds an
 * instruction which is not constant, is refused: its module could not be valid.
 *
 * Spec: core text/instructions, Folded Instructions; valid/instructions, Constant Expressions.
 */
import { parseSexprs, WastError } from "./sexpr.ts";
import type { List, Node, Place } from "./sexpr.ts";

/** Constant instructions that take operands; how many, where the immediates do not say it. */
const OPERANDS: Readonly<Record<string, number>> = {
  "i32.const": 0, "i64.const": 0, "f32.const": 0, "f64.const": 0, "v128.const": 0, "ref.null": 0, "ref.func": 0, "global.get": 0,
  "i32.add": 2, "i32.sub": 2, "i32.mul": 2, "i64.add": 2, "i64.sub": 2, "i64.mul": 2,
  "ref.i31": 1, "any.convert_extern": 1, "extern.convert_any": 1,
  "struct.new_default": 0, "array.new_default": 1, "array.new": 2,
};
/** A keyword with a dot, which no immediate is. */
const INSTRUCTION = /^[a-z][a-z0-9]*\.[a-z0-9_.]+$|^nop$|^unreachable$|^drop$/;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @throws WastError, with the place in `text`, when an expression has not one value. */
export function nestConstExprs(text: string): string {
  const edits: Edit[] = [];
  for (const expr of findConstExprs(readNodes(text))) {
    const first = expr[0], last = expr.at(-1);
    if (first === undefined || last === undefined || (expr.length === 1 && first.kind === "list")) continue;
    const nested = nest(expr, text), before = text.slice(first.start, last.end);
    edits.push({ start: first.start, end: last.end, text: nested + "\n".repeat(Math.max(0, countLines(before) - countLines(nested))) });
  }
  let out = "", at = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

const countLines = (text: string): number => text.split("\n").length;

/** Nothing when the text cannot be read: what is wrong with it the library says. */
function readNodes(text: string): readonly Node[] {
  try {
    return parseSexprs(text);
  } catch (error) {
    // A RangeError is the host's word for a text nested too deeply.
    if (error instanceof WastError || error instanceof RangeError) return [];
    throw error;
  }
}

function* findConstExprs(nodes: readonly Node[]): Generator<readonly Node[]> {
  for (const node of nodes) {
    if (node.kind !== "list") continue;
    switch (headWord(node)) {
      case "module": yield* findConstExprs(node.items); break;
      case "global": yield* exprAfterType(node); break;
      case "table":
        yield* exprAfterType(node);
        yield* exprsInside(node);
        break;
      case "data":
      case "elem": yield* exprsInside(node); break;
    }
  }
}

/** What stands in `(offset ...)` and `(item ...)`, also in the segment inside a table. */
function* exprsInside(field: List): Generator<readonly Node[]> {
  for (const node of field.items) {
    if (node.kind !== "list") continue;
    const head = headWord(node);
    if (head === "offset" || head === "item") yield node.items.slice(1);
    else if (head === "elem") yield* exprsInside(node);
  }
}

/** What follows the type of a global or table. */
function* exprAfterType(field: List): Generator<readonly Node[]> {
  let at = 1;
  for (let node = field.items[at]; node !== undefined; node = field.items[++at]) {
    const head = headWord(node);
    if (head === "import") return;
    if (head === "elem") return;
    if (head === "export") continue;
    if (node.kind === "atom" && (node.text.startsWith("$") || /^[0-9]/.test(node.text) || (headWord(field) === "table" && /^i(32|64)$/.test(node.text)))) continue;
    const rest = field.items.slice(at + 1);
    if (headWord(rest[0]) !== "elem") yield rest;
    return;
  }
}

/** An instruction, and the nested ones that it has as operands already. */
interface Step extends Place {
  readonly name: string;
  readonly immediates: readonly string[];
  readonly text: string;
  readonly given: number;
}

function nest(expr: readonly Node[], source: string): string {
  const stack: string[] = [];
  for (const step of steps(expr, source)) {
    const count = operandCount(step, stack.length + step.given) - step.given;
    if (count < 0 || count > stack.length) throw new WastError(step, `'${step.name}' has not the operands it needs`);
    const operands = stack.splice(stack.length - count);
    stack.push(`(${[step.text, ...operands].join(" ")})`);
  }
  const only = stack[0];
  if (only === undefined || stack.length > 1) throw new WastError(expr[0] ?? { line: 1, column: 1 }, `a constant expression with ${stack.length} values`);
  return only;
}

/** `all` is how many values there are. The last `struct.new` takes them all; the engine knows whether it may. */
function operandCount({ name, immediates, line, column }: Step, all: number): number {
  if (name === "struct.new") return all;
  const count = name === "array.new_fixed" ? Number(immediates[1]) : OPERANDS[name];
  if (count === undefined || Number.isNaN(count)) throw new WastError({ line, column }, `constant expression required: '${name}' is not constant`);
  return count;
}

function* steps(expr: readonly Node[], source: string): Generator<Step> {
  for (let at = 0; at < expr.length;) {
    const node = expr[at++];
    if (node?.kind === "list") {
      const items = node.items, given = items.filter((item) => item.kind === "list").length;
      yield { line: node.line, column: node.column, name: headWord(node), immediates: words(items.slice(1)), text: source.slice(node.start + 1, node.end - 1), given };
    } else if (node?.kind === "atom" && INSTRUCTION.test(node.text)) {
      const begin = at;
      while (isImmediate(expr[at])) at++;
      const immediates = words(expr.slice(begin, at));
      yield { line: node.line, column: node.column, name: node.text, immediates, text: [node.text, ...immediates].join(" "), given: 0 };
    } else if (node !== undefined) {
      throw new WastError(node, "expected an instruction");
    }
  }
}

const isImmediate = (node: Node | undefined): boolean => node?.kind === "atom" && !INSTRUCTION.test(node.text);

const words = (nodes: readonly Node[]): string[] => nodes.flatMap((node) => (node.kind === "atom" ? [node.text] : []));

function headWord(node: Node | undefined): string {
  const first = node?.kind === "list" ? node.items[0] : undefined;
  return first?.kind === "atom" ? first.text : "";
}
