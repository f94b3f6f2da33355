/** The programs of `userland`, built when they have to be, and compiled for a system. */
import { readFileSync } from "node:fs";
import type { Program, System } from "isola";
import { buildUserland } from "../../tools/build-userland.ts";

const BIN = "bin/";

export class Programs {
  readonly #os: System;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #compiled = new Map<string, Promise<Program>>();

  private constructor(os: System, paths: ReadonlyMap<string, string>) {
    this.#os = os;
    this.#paths = paths;
  }

  static async build(os: System): Promise<Programs> {
    return new Programs(os, (await buildUserland()).programs);
  }

  get names(): readonly string[] {
    return [...this.#paths.keys()].filter((path) => path.startsWith(BIN)).map((path) => path.slice(BIN.length));
  }

  has(name: string): boolean {
    return this.#paths.has(BIN + name);
  }

  /** The module's bytes. */
  bytes(name: string): Uint8Array {
    const path = this.#paths.get(BIN + name);
    if (path === undefined) throw new Error(`there is no program ${name}`);
    return readFileSync(path);
  }

  get(name: string): Promise<Program> {
    let program = this.#compiled.get(name);
    if (program === undefined) this.#compiled.set(name, (program = this.#os.compile(this.bytes(name), { name })));
    return program;
  }
}
