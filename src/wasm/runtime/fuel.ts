/**
 * Fuel of one store: how many more instructions its instances may run.
 *
 * Each instance counts down a global of its own. When that falls below zero the hook draws a
 * slice from the tank, so the tank and the globals together are what is left. A store has
 * run out when tank and other instances cannot cover what the instance already owes.
 */

const SLICE = 1n << 20n;

export class FuelTank {
  /** Not yet handed to an instance; undefined = unlimited. */
  #tank: bigint | undefined;
  readonly #globals = new Set<WebAssembly.Global>();

  constructor(fuel: bigint | undefined) {
    this.#tank = fuel;
  }

  /** What is left in all, zero at least; undefined when unlimited. */
  get remaining(): bigint | undefined {
    if (this.#tank === undefined) return undefined;
    let left = this.#tank;
    for (const global of this.#globals) left += global.value as bigint;
    return left < 0n ? 0n : left;
  }

  /** Sets what is left in all; what instances hold already is taken back. */
  set(fuel: bigint | undefined): void {
    for (const global of this.#globals) global.value = 0n;
    this.#tank = fuel;
  }

  /** For instantiation: an instance begins with an empty global. */
  attach(global: WebAssembly.Global): void {
    global.value = 0n;
    this.#globals.add(global);
  }

  /** For an instance that is let go: what it has not used goes back. */
  detach(global: WebAssembly.Global): void {
    if (!this.#globals.delete(global)) return;
    if (this.#tank !== undefined) this.#tank += global.value as bigint;
    global.value = 0n;
  }

  /** Answer of the fuel hook: fuel to add to `global`, or a negative value to trap. */
  draw(global: WebAssembly.Global): bigint {
    const value = global.value as bigint;
    const owed = value < 0n ? -value : 0n;
    if (this.#tank === undefined) return owed + SLICE;
    if (this.#tank < owed) this.#reclaim(global);
    const tank = this.#tank;
    if (tank < owed) return -1n;
    const wanted = owed + SLICE;
    const given = wanted < tank ? wanted : tank;
    this.#tank = tank - given;
    return given;
  }

  /** Takes back what other instances have not used; they draw again when they run. */
  #reclaim(except: WebAssembly.Global): void {
    for (const global of this.#globals) {
      const left = global.value as bigint;
      if (global === except || left <= 0n || this.#tank === undefined) continue;
      this.#tank += left;
      global.value = 0n;
    }
  }
}
