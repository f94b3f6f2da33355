/**
 * What the host process can bear of stacks and linear memories. Using up the host's memory
 * mappings ends the whole host process without an error, so the kernel counts and refuses first.
 *
 * A dropped memory is only gone when the host's collector has found it; its mappings are counted
 * until then. Sizes: see `Capacity`.
 */
import { IsolaError } from "#base";
import type { MappingCounts } from "../link/shared-counts.ts";
import type { Machine } from "../machine.ts";

export class CapacityError extends IsolaError {
  readonly code = "kernel/capacity";
  readonly what: "memories" | "mappings";
  readonly limit: number;

  constructor(what: "memories" | "mappings", limit: number, reason: string, options?: { cause: unknown }) {
    super(`this host process can hold no more programs: ${reason}`, options);
    this.what = what;
    this.limit = limit;
  }
}

export class Mappings {
  readonly #machine: Machine;
  readonly #counts: MappingCounts | undefined;
  readonly #registry = new FinalizationRegistry<undefined>(() => this.#addMemories(-1));
  #stacks = 0;
  /** Stacks that threads will need which have not run yet. */
  #reserved = 0;
  #memories = 0;

  /** `counts` is where harts of one host process see each other's. */
  constructor(machine: Machine, counts?: MappingCounts) {
    this.#machine = machine;
    this.#counts = counts;
  }

  get stacks(): number {
    return this.#stacks;
  }
  get memories(): number {
    return this.#memories;
  }

  /** Collects when `memories` more memories and one stack would not fit now. */
  async makeRoom(memories: number): Promise<void> {
    if (this.#refusal(memories, 1) !== undefined) await this.#machine.collect();
  }

  /** Keeps room for the stack of a thread that has yet to run, until `unreserveStack`. @throws CapacityError */
  reserveStack(): void {
    const refused = this.#refusal(0, 1);
    if (refused !== undefined) throw refused;
    this.#reserved++;
    this.#tellStacks();
  }

  unreserveStack(): void {
    this.#reserved--;
    this.#tellStacks();
  }

  /** @throws CapacityError */
  chargeStack(): void {
    const refused = this.#refusal(0, 1);
    if (refused !== undefined) throw refused;
    this.#stacks++;
    this.#tellStacks();
  }

  refundStack(): void {
    this.#stacks--;
    this.#tellStacks();
  }

  /** Whether one more memory fits, counting it: follow with `watch` of the memory or `refundMemory`.  @throws CapacityError */
  chargeMemory(): void {
    const refused = this.#refusal(1, 0);
    if (refused !== undefined) throw refused;
    this.#addMemories(1);
  }

  refundMemory(): void {
    this.#addMemories(-1);
  }

  /** Gives the charge of `memory` back when the host has let go of it. */
  watch(memory: WebAssembly.Memory): void {
    this.#registry.register(memory, undefined);
  }

  /** What to say when the host itself refuses one more memory. */
  hostRefusal(cause: unknown): CapacityError {
    return new CapacityError("memories", this.#memories, `the host has no room for one more memory (${this.#live})`, { cause });
  }

  #refusal(memories: number, stacks: number): CapacityError | undefined {
    const { capacity } = this.#machine;
    const allMemories = this.#memories + memories + (this.#counts?.memoriesElsewhere ?? 0);
    const allStacks = this.#stacks + this.#reserved + stacks + (this.#counts?.stacksElsewhere ?? 0);
    if (allMemories > capacity.memories) return this.#error("memories", capacity.memories);
    const mappings = allMemories * capacity.mappingsPerMemory + allStacks * capacity.mappingsPerStack;
    if (mappings > capacity.mappings) return this.#error("mappings", capacity.mappings);
    return undefined;
  }

  get #live(): string {
    const memories = this.#memories + (this.#counts?.memoriesElsewhere ?? 0);
    const stacks = this.#stacks + this.#reserved + (this.#counts?.stacksElsewhere ?? 0);
    return `${memories} memories, ${stacks} stacks`;
  }

  #addMemories(count: number): void {
    this.#memories += count;
    if (this.#counts !== undefined) this.#counts.memories = this.#memories;
  }
  #tellStacks(): void {
    if (this.#counts !== undefined) this.#counts.stacks = this.#stacks + this.#reserved;
  }

  #error(what: "memories" | "mappings", limit: number): CapacityError {
    return new CapacityError(what, limit, `its ${limit} ${what} are in use (${this.#live})`);
  }
}
