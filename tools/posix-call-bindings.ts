/** userland/sdk/posix.ts and userland/sdk/posix.h: the POSIX calls for programs in AssemblyScript and in C. */
import { Errno, POSIX_CALLS, POSIX_CONSTANTS, POSIX_MODULE, POSIX_SIGNALS, POSIX_STRUCTS } from "#abi";
import type { PosixCall, PosixParam } from "#abi";
import { constants, struct } from "./kernel-call-bindings.ts";

/** `2big` is no identifier. */
const errnoIdentifier = (name: string): string => (name === "2big" ? "too_big" : name);

/** Parameters as AssemblyScript declares them. */
function declared({ name, kind }: PosixParam): string[] {
  switch (kind) {
    case "u32":
    case "fd":
    case "signal":
      return [`${name}: u32`];
    case "pid":
      return [`${name}: i32`];
    case "signals":
      return [`${name}: u64`];
    case "name":
    case "strings":
    case "buffer":
      return [`${name}: usize`, `${name}_length: usize`];
    case "fd_pairs":
      return [`${name}: usize`, `${name}_count: u32`];
    default:
      return [`${name}: usize`];
  }
}

function declaration({ name, params, meaning }: PosixCall): string {
  return `/** ${meaning} */\n@external("${POSIX_MODULE}", "${name}")\nexport declare function ${name}(${params.flatMap(declared).join(", ")}): u32;`;
}

export function posixCallBindings(): string {
  return `/**
 * The POSIX calls of Isola for AssemblyScript. Written by tools/generate.ts; docs/posix.md says
 * what each means. Every call answers an \`Errno\`.
 */

${constants("Errno", Object.entries(Errno).map(([name, value]) => ({ name: errnoIdentifier(name), value })))}

${constants("Signal", POSIX_SIGNALS.map(({ name, number, meaning }) => ({ name, value: number, meaning })))}

${Object.entries(POSIX_CONSTANTS).map(([name, rows]) => constants(name, rows.map((row) => ({ ...row, name: row.name === "default" ? "standard" : row.name })))).join("\n\n")}

${Object.entries(POSIX_STRUCTS).map(([name, layout]) => struct(name.split("_").map(capital).join(""), layout)).join("\n\n")}

${POSIX_CALLS.map(declaration).join("\n\n")}
`;
}

function capital(word: string): string {
  return `${word[0]!.toUpperCase()}${word.slice(1)}`;
}

/** Parameters as C declares them. */
function cParams({ name, kind }: PosixParam): string[] {
  switch (kind) {
    case "u32":
    case "signal":
      return [`uint32_t ${name}`];
    case "fd":
      return [`int ${name}`];
    case "pid":
      return [`int32_t ${name}`];
    case "signals":
      return [`uint64_t ${name}`];
    case "name":
    case "strings":
      return [`const char *${name}`, `size_t ${name}_length`];
    case "buffer":
      return [`char *${name}`, `size_t ${name}_length`];
    case "fd_pairs":
      return [`const struct isola_fd_pair *${name}`, `size_t ${name}_count`];
    case "attributes":
      return [`const struct isola_attributes *${name}`];
    case "attributes_out":
      return [`struct isola_attributes *${name}`];
    case "u32_out":
    case "u32_old":
      return [`uint32_t *${name}`];
    case "signals_out":
    case "signals_old":
      return [`uint64_t *${name}`];
    default:
      return kind satisfies never;
  }
}

function cDeclaration({ name, params, meaning }: PosixCall): string {
  const list = params.flatMap(cParams).join(", ");
  return `/* ${meaning} */\n__attribute__((import_module("${POSIX_MODULE}"), import_name("${name}")))\nuint32_t isola_${name}(${list === "" ? "void" : list});`;
}

function cConstants(prefix: string, rows: readonly { readonly name: string; readonly value: number; readonly meaning: string }[]): string {
  return `enum {\n${rows.map(({ name, value, meaning }) => `  ISOLA_${prefix}${name.toUpperCase()} = ${value}, /* ${meaning} */`).join("\n")}\n};`;
}

const snake = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

function cStruct(name: string, { fields, meaning }: { readonly fields: string; readonly meaning: string }): string {
  const lines = fields.split(" ").map((field) => `  uint32_t ${field.split(":")[0]};`);
  return `/* ${capital(meaning)}. */\nstruct isola_${name} {\n${lines.join("\n")}\n};`;
}

export function posixCallHeader(): string {
  return `/*
 * The POSIX calls of Isola for C. Written by tools/generate.ts; docs/posix.md says what each means.
 * Every call answers an errno of WASI preview 1, which are those of wasi-libc's errno.h.
 *
 * A program that includes this in one file with ISOLA_POSIX_START defined starts in its working
 * directory: relative paths mean what they mean elsewhere. A handler of signals is a function
 * ISOLA_SIGNAL_HANDLER(number) { ... }.
 */
#ifndef ISOLA_POSIX_H
#define ISOLA_POSIX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

${cConstants("SIG", POSIX_SIGNALS.map((row) => ({ ...row, value: row.number })))}

${Object.entries(POSIX_CONSTANTS).map(([name, rows]) => cConstants(`${snake(name)}_`, rows)).join("\n\n")}

${Object.entries(POSIX_STRUCTS).map(([name, layout]) => cStruct(name, layout)).join("\n\n")}

${POSIX_CALLS.map(cDeclaration).join("\n\n")}

#define ISOLA_SIGNAL_HANDLER(number) \\
  __attribute__((export_name("__isola_signal"))) void isola_signal(int number)

#ifdef ISOLA_POSIX_START
#include <unistd.h>
/* wasi-libc keeps a working directory of its own, which begins at the root. */
__attribute__((constructor)) static void isola_posix_init(void) {
  char path[4096];
  uint32_t length;
  if (isola_getcwd(path, sizeof path - 1, &length) != 0) return;
  path[length] = 0;
  chdir(path);
}
#endif

#ifdef __cplusplus
}
#endif

#endif
`;
}
