/** docs/posix.md: every POSIX call, with all that its arguments mean. */
import { POSIX_CALLS, POSIX_CONSTANTS, POSIX_MODULE, POSIX_PARAM_KINDS, POSIX_SIGNALS, POSIX_STRUCTS } from "#abi";
import { layout, table } from "./kernel-call-reference.ts";

export function posixCallReference(): string {
  const calls = POSIX_CALLS.map(({ name, params, type, mayBlock, meaning }) => [
    `\`${name}\``, params.map((param) => `${param.name}: ${param.kind}`).join("; "), `\`(${type.params.join(", ")})\``, mayBlock ? "yes" : "", meaning,
  ]);
  return `# Processes, pipes, signals and terminals

<!-- Written by tools/generate.ts from src/abi/posix/calls-table.ts and src/abi/posix/signals.ts. -->

A program that belongs to a session (\`os.createSession\`, a shell, a terminal) can import POSIX calls from the module \`${POSIX_MODULE}\`, beside those of WASI. Each answers an error number of WASI preview 1 as an i32, 0 when it did what it says; results are written to addresses in the program's memory. Descriptors are those of the WASI calls: \`fd_read\` and all others work on what \`pipe\`, \`dup\` and \`spawn\` make. A program outside of a session that imports them gets \`nosys\` from each.

A program that imports none of these calls can be started by one that does: it has the descriptors that it was given, its signals do what they do by themselves, and its arguments and environment are as with WASI.

Bindings: \`userland/sdk/posix.ts\` for AssemblyScript, \`userland/sdk/posix.h\` for C and C++.

## Processes

Processes have the numbers that the system gives them, which are never used again. A child that has ended stays in the table until its parent has waited for it; when the parent has ended, it goes at once. All of a session is one job: its limits hold for all processes together, and a \`spawn\` beyond them answers \`again\`. When the session's end comes, everything in it ends.

The status that \`waitpid\` writes is encoded as elsewhere: exit status << 8 after an exit; the number of the signal after an end by a signal; signal << 8 | 0x7f when stopped; 0xffff when it went on. A trap tells as SEGV, \`unreachable\` as ILL, division by zero or overflow as FPE, and an end by a limit or by the host as KILL.

## Signals

A signal arrives at the next safepoint of the program or when a blocking call is left. A program that handles signals exports \`__isola_signal\`, a function of one i32, the number. It runs on the stack of the program's first thread, which it interrupts; a call in it that would block answers \`again\`, though what it asked of a file may still happen. A blocking call that a handler interrupts answers \`intr\` afterwards; one that had begun to transfer answers how much it did. A signal that is ignored, or whose default is to be ignored, interrupts nothing.

A child starts with default actions where its parent handles a signal, with the signals ignored that its parent ignores, and with the same signals blocked.

A stopped program runs nothing at all; only CONT and KILL reach it.

${table(["number", "name", "by itself", "meaning"], POSIX_SIGNALS.map((row) => [String(row.number), row.name, row.default, row.meaning]))}

## Calls

${table(["name", "parameters", "core types", "may block", "meaning"], calls)}

## Kinds of parameters

${table(["kind", "core types", "meaning"], Object.entries(POSIX_PARAM_KINDS).map(([kind, { core, meaning }]) => [kind, core.join(", "), meaning]))}

## Structs

${table(["struct", "bytes", "fields", "meaning"], Object.entries(POSIX_STRUCTS).map(([name, { size, fields, meaning }]) => [name, String(size), layout(fields), meaning]))}

## Constants

${Object.entries(POSIX_CONSTANTS).map(([name, rows]) => `${name}:\n\n${table(["name", "value", "meaning"], rows.map((row) => [row.name, name === "ModeBit" ? `0${row.value.toString(8)}` : row.value > 9 ? `0x${row.value.toString(16)}` : String(row.value), row.meaning.replaceAll("|", "\\|")]))}`).join("\n\n")}
`;
}
