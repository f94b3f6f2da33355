/** `path` as it is meant in the directory `cwd`, which is absolute. Nothing is looked up: links and ".." are for the walk. */
export function absolutePath(cwd: string, path: string): string {
  return path.startsWith("/") ? path : cwd === "/" ? `/${path}` : `${cwd}/${path}`;
}
