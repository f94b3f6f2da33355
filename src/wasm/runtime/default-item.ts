/**
 * Items that stand in for imports that nobody defined: zero, null, or as small as their type allows.
 *
 * Spec: core exec/runtime, Default Values.
 */
import type { ExternType, FuncRefType } from "../types/externtype.ts";
import { printRefType, printValType } from "../types/print.ts";
import { printCanonical } from "./canonical-types.ts";
import type { Extern } from "./extern.ts";
import { Global } from "./global.ts";
import { hasDefault } from "./host-stub.ts";
import { NoDefaultError } from "./link-errors.ts";
import { Memory } from "./memory.ts";
import type { Store } from "./store.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";
import type { UnknownCall } from "./trap.ts";
import { ValueError } from "./value.ts";

/**
 * @throws NoDefaultError when values of the type cannot be null, or the host cannot make such an item.
 * @throws LimitError when the store refuses.
 */
export function defaultItem(store: Store, type: Exclude<ExternType, FuncRefType>, at: UnknownCall): Extern {
  const { types } = store.engine;
  const none = (reason: string): NoDefaultError => new NoDefaultError(at.module, at.name, printCanonical(types, type), reason);
  try {
    switch (type.kind) {
      case "memory":
        return Memory.create(store, type);
      case "table":
        if (!type.element.nullable) throw none(`${printRefType(type.element)} cannot be null`);
        return Table.create(store, type);
      case "tag":
        return Tag.create(store, types.funcType(type.type)!.params); // a tag has a functype
      case "global": {
        const { value } = type;
        if (!hasDefault(value)) throw none(`${printValType(value)} cannot be null`);
        return Global.create(store, type, value === "i64" ? 0n : typeof value === "string" ? 0 : null);
      }
    }
  } catch (error) {
    if (error instanceof ValueError) throw none(error.message);
    throw error;
  }
}
