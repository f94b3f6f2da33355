/** The aliases of the shell. */
import { Bytes } from "./bytes";
import { Table } from "./table";

export const aliases = new Table<Bytes>();
