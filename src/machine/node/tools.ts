/** The programs of `/bin` that come with this package. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hostDirectory } from "./host-directory.ts";
import type { HostFileSystem } from "./host-directory.ts";

/** In a checkout, after `npm run build:userland`; in the published package. */
const FOLDERS = ["../../../userland/build/bin", "../../userland/bin"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

let opened: HostFileSystem | undefined = undefined;

/** Opens them when they are asked for; undefined when they were not built. */
export function builtInTools(): (() => HostFileSystem) | undefined {
  const folder = FOLDERS.find((path) => existsSync(path));
  return folder === undefined ? undefined : () => (opened ??= hostDirectory(folder, { read: true }));
}
