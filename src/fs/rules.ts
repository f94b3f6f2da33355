/** Rules for options that are of this layer. */
import { mustBe } from "#base";
import type { OptionRule } from "#base";
import type { FileSystem } from "./interface.ts";

export function isFileSystem(value: unknown): boolean {
  return typeof (value as Partial<FileSystem> | null | undefined)?.root === "function";
}

export const mustBeFileSystem: OptionRule = mustBe('a file system, such as memory() or hostDir("./src")', isFileSystem);
