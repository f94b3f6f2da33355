/**
 * Names as small numbers. A linker keeps each name once, however many definitions use it, and
 * finds a definition by one number made of two.
 *
 * Only names that are defined get a number; to look for one that nobody defined stores nothing,
 * so a guest's imports cannot make the table grow.
 */
export class NameTable {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  /** The number of `name`, a new one when it had none. */
  intern(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#ids.set(name, id);
    this.#names.push(name);
    return id;
  }

  /** The number of `name`, if it has one. */
  find(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** The name behind a number that this table gave. */
  name(id: number): string {
    const name = this.#names[id];
    if (name === undefined) throw new RangeError(`no name has the number ${id}`);
    return name;
  }
}
