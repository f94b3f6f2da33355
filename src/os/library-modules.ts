/**
 * Modules that are linked into one process: the order in which they are instantiated, so that
 * whatever one imports is there.
 */
import { IsolaError } from "#base";
import type { Program } from "./program.ts";

/** Library modules that cannot be linked into a process. */
export class LibraryError extends IsolaError {
  readonly code: "os/module-cycle" | "os/module-start" | "os/module-memory";
  /** The names concerned; with `os/module-cycle` each imports the next, and the last is the first. */
  readonly modules: readonly string[];
  constructor(code: "os/module-cycle" | "os/module-start" | "os/module-memory", modules: readonly string[], message: string) {
    super(message);
    this.code = code;
    this.modules = modules;
  }
}

/**
 * The modules, each after those that it imports.
 *
 * @throws LibraryError os/module-cycle; os/module-start when one is a program with a `_start` of its own.
 */
export function linkOrder(modules: Readonly<Record<string, Program>>): (readonly [name: string, program: Program])[] {
  const order: (readonly [string, Program])[] = [];
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (state.get(name) === "done") return;
    if (state.get(name) === "open") {
      const ring = [...path.slice(path.indexOf(name)), name];
      throw new LibraryError("os/module-cycle", ring, `modules import each other in a ring, so none of them can be first: ${ring.join(" -> ")}`);
    }
    const program = modules[name]!; // only own names are visited
    if (program.module.layout.exportsByName.has("_start")) throw new LibraryError("os/module-start", [name], `module "${name}" is a program with a "_start" of its own; it can be spawned, not linked`);
    state.set(name, "open");
    path.push(name);
    for (const { module } of program.module.imports) if (Object.hasOwn(modules, module)) visit(module);
    path.pop();
    state.set(name, "done");
    order.push([name, program]);
  };
  for (const name of Object.keys(modules)) visit(name);
  return order;
}
