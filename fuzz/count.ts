/** Instructions in a tree: what one walk over all text costs, by the rules of fuel. */
import type { Instr, ModuleTree } from "./generate/syntax.ts";

/** Structure counts once when it is entered; `end`, `else` and handlers count nothing. */
export function countInstructions(body: readonly Instr[]): number {
  let count = 0;
  for (const instr of body) {
    count++;
    switch (instr.kind) {
      case "plain":
        break;
      case "if":
        count += countInstructions(instr.yes) + countInstructions(instr.no ?? []);
        break;
      case "try":
        count += countInstructions(instr.body) + countInstructions(instr.all ?? []);
        for (const handler of instr.handlers) count += countInstructions(handler.body);
        break;
      default:
        count += countInstructions(instr.body);
    }
  }
  return count;
}

export function countModule({ funcs }: ModuleTree): number {
  let count = 0;
  for (const { body } of funcs) count += countInstructions(body);
  return count;
}
