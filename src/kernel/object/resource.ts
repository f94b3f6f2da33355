/** What accounts count besides CPU time. */
export const RESOURCES = ["memory", "processes", "threads", "handles", "output", "storage"] as const;
/** memory, output and storage count bytes. */
export type Resource = (typeof RESOURCES)[number];
