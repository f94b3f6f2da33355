/** The shell: builtins, options, traps. */
import { BUILTINS } from "./sh/builtins.rows.ts";
import { OPTIONS } from "./sh/options.rows.ts";
import { rows } from "./sh/row.ts";
import { TRAPS } from "./sh/traps.rows.ts";

rows(BUILTINS, OPTIONS, TRAPS);
