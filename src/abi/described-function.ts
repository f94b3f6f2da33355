/**
 * A host function whose words are made only when somebody looks. One shape for all, since a process
 * that is started has some tens of them (bench: sh.loop1000).
 */
import type { CallWords, HostFunction } from "#kernel";
import type { FuncType } from "#wasm";

export class DescribedFunction implements HostFunction {
  readonly name: string;
  readonly type: FuncType;
  readonly mayBlock: boolean;
  readonly call: HostFunction["call"];
  readonly #words: () => CallWords;

  constructor({ name, type, mayBlock }: Pick<HostFunction, "name" | "type" | "mayBlock">, call: HostFunction["call"], words: () => CallWords) {
    this.name = name;
    this.type = type;
    this.mayBlock = mayBlock;
    this.call = call;
    this.#words = words;
  }

  get words(): CallWords {
    return this.#words();
  }
}
