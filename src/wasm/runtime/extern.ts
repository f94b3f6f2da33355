/** What can be imported and exported: the union of the item classes. */
import type { Func } from "./func.ts";
import type { Global } from "./global.ts";
import type { Memory } from "./memory.ts";
import type { Table } from "./table.ts";
import type { Tag } from "./tag.ts";

export type Extern = Func | Global | Memory | Table | Tag;
