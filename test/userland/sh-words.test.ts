/** The shell: what words expand to. */
import { ARITHMETIC } from "./sh/arithmetic.rows.ts";
import { FIELDS } from "./sh/fields.rows.ts";
import { PARAMETERS } from "./sh/parameters.rows.ts";
import { QUOTING } from "./sh/quoting.rows.ts";
import { rows } from "./sh/row.ts";
import { SUBSTITUTION } from "./sh/substitution.rows.ts";

rows(QUOTING, PARAMETERS, ARITHMETIC, FIELDS, SUBSTITUTION);
