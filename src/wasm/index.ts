// Types
export type * from "./types/valtype.ts";
export type * from "./types/externtype.ts";
