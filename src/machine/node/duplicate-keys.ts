/** Keys that an object of a JSON text has more than once: `JSON.parse` takes the last and says nothing about the others. */

export interface DuplicateKey {
  /** Such as `services.kv.mounts["/data"]` or `services.kv.args[0].a`. */
  readonly path: string;
  /** Counted from 1: where it stands first, and where again. */
  readonly lines: readonly [first: number, again: number];
}

/** An object or a list that is open. */
interface Level {
  readonly path: string;
  /** The keys so far with their lines; undefined in a list. */
  readonly keys: Map<string, number> | undefined;
  /** Where the next value is. */
  next: string;
  index: number;
}

/** A string, which a colon makes a key; else a mark that says where something begins or ends. Numbers and words are passed over. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\],\n]/g;

/** All of them, in their order. `text` is what `JSON.parse` takes. */
export function duplicateKeys(text: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  const levels: Level[] = [{ path: "", keys: undefined, next: "", index: 0 }];
  let line = 1;
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    const level = levels.at(-1)!; // the first stays, since brackets match
    if (token === "\n") line++;
    else if (token === "{") levels.push({ path: level.next, keys: new Map(), next: "", index: 0 });
    else if (token === "[") levels.push({ path: level.next, keys: undefined, next: `${level.next}[0]`, index: 0 });
    else if (token === "}" || token === "]") levels.pop();
    else if (token === "," && level.keys === undefined) level.next = `${level.path}[${++level.index}]`;
    else if (string !== undefined && colon !== undefined && level.keys !== undefined) {
      const key = JSON.parse(string) as string;
      level.next = join(level.path, key);
      const first = level.keys.get(key);
      if (first === undefined) level.keys.set(key, line);
      else found.push({ path: level.next, lines: [first, line] });
      line += colon.split("\n").length - 1;
    }
  }
  return found;
}

/** As the paths of a manifest's mistakes are written. */
function join(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
