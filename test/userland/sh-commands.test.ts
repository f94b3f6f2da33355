/** The shell: what commands do. */
import { CONTROL } from "./sh/control.rows.ts";
import { FUNCTIONS } from "./sh/functions.rows.ts";
import { REDIRECTIONS } from "./sh/redirections.rows.ts";
import { rows } from "./sh/row.ts";
import { SYNTAX } from "./sh/syntax.rows.ts";

rows(CONTROL, FUNCTIONS, REDIRECTIONS, SYNTAX);
