/** Names of packages, of their programs, and of files in them: all come from strangers. */

/** As npm allows them for new packages. */
const PACKAGE_NAME = /^(?:@[a-z0-9~][a-z0-9._~-]{0,99}\/)?[a-z0-9~][a-z0-9._~-]{0,213}$/;
/** A version or a tag. */
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+-]{0,127}$/;
/** No option, no hidden file, nothing that a shell takes apart; "[" is a program, too. */
const PROGRAM_NAME = /^(?:\[|[A-Za-z0-9][A-Za-z0-9_.+-]{0,63})$/;

export function isPackageName(name: string): boolean {
  return PACKAGE_NAME.test(name) && !name.includes("..");
}
export function isVersion(version: string): boolean {
  return VERSION.test(version) && !version.includes("..");
}
export function isProgramName(name: string): boolean {
  return PROGRAM_NAME.test(name);
}

/** A relative path in plain form; undefined when it is absolute, climbs, or is no path that every host has. */
export function plainPath(path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0") || /^[A-Za-z]:/.test(path) || !path.isWellFormed()) return undefined;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return names.includes("..") ? undefined : names.join("/");
}
