/**
 * Memory objects as extra memories of a program: what it imports from `isola:memory`, by the
 * names of its startup handles.
 *
 * Reading needs the right to read. A module that can write to the memory, by its code, its data or
 * because it exports it, needs the right to write as well; the module was looked through when it
 * was compiled, so nothing is checked while it runs (INV-9). The memory where kernel calls put
 * their results counts as written: the export "memory", which the guest may write anyway, else memory 0.
 */
import { IsolaError } from "#base";
import { MemoryObject, Right } from "#kernel";
import { Memory, decodeModule, writtenMemories } from "#wasm";
import type { Module, Store } from "#wasm";
import type { HandleGift } from "./handles.ts";

export const SHARED_MEMORY_MODULE = "isola:memory";
const PAGE_SIZE_LOG2 = 16;

export interface SharedMemoryImport {
  readonly name: string;
  /** Index in the memory space. */
  readonly index: number;
  readonly writes: boolean;
}

/** An import of a memory object that cannot be satisfied. */
export class SharedMemoryError extends IsolaError {
  readonly code: "os/memory-missing" | "os/memory-rights";
  readonly importName: string;
  constructor(code: "os/memory-missing" | "os/memory-rights", importName: string, message: string) {
    super(message);
    this.code = code;
    this.importName = importName;
  }
}

/** What `module`, whose bytes these are, imports of memory objects. */
export function sharedMemoryImports(module: Module, bytes: Uint8Array): readonly SharedMemoryImport[] {
  const memories = module.imports.filter(({ type }) => type.kind === "memory");
  if (!memories.some(({ module: from }) => from === SHARED_MEMORY_MODULE)) return [];
  const written = writtenMemories(decodeModule(bytes, module.name));
  const results = module.exports.some(({ name, type }) => name === "memory" && type.kind === "memory") ? -1 : 0;
  return memories.flatMap(({ module: from, name }, index) => (from === SHARED_MEMORY_MODULE ? [{ name, index, writes: index === results || written.has(index) }] : []));
}

/**
 * The memory objects for `imports`, in their order.
 *
 * @throws SharedMemoryError
 */
export function findSharedMemories(program: string, imports: readonly SharedMemoryImport[], gifts: Readonly<Record<string, HandleGift>>): readonly MemoryObject[] {
  return imports.map(({ name, writes }) => {
    const gift = Object.hasOwn(gifts, name) ? gifts[name] : undefined;
    const object = gift?.object;
    if (gift === undefined || !(object instanceof MemoryObject)) {
      throw new SharedMemoryError("os/memory-missing", name, `${program} imports the memory object "${name}" and was given no handle on one by this name`);
    }
    const needed = writes ? Right.read | Right.write : Right.read;
    if ((gift.rights & needed) !== needed) {
      const what = writes ? "can write to it, which the handle does not allow" : "reads it, which the handle does not allow";
      throw new SharedMemoryError("os/memory-rights", name, `${program} imports the memory object "${name}" and ${what}`);
    }
    return object;
  });
}

/** The object as an item of `store`. */
export function storeMemory(store: Store, object: MemoryObject): Memory {
  const pages = BigInt(object.pages);
  return new Memory(store, object.raw, { kind: "memory", addr: "i32", shared: true, limits: { min: pages, max: pages }, pageSizeLog2: PAGE_SIZE_LOG2 });
}
