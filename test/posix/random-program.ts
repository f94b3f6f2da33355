/**
 * Programs of random POSIX calls and of those that agentOS's packages make, close enough to sense to get somewhere: they start themselves, send
 * each other signals, and use what the calls gave them, in a memory that anything may overwrite.
 */
import { compile } from "watr";
import { AGENTOS_CALLS, POSIX_CALLS, POSIX_MODULE, agentosCall } from "#abi";
import type { PosixParam } from "#abi";
import type { FuncType } from "#wasm";
import type { Random } from "../objects/random-guest.ts";

const CALLS = 80;
const MEMORY_BYTES = 2 * 65536;
/** Where results go, and are found again: descriptors and pids alike. */
const SLOTS = 0x1000;
const SLOT_COUNT = 24;
/** Paths, an argument list, descriptors for a child, buffers. */
const PATHS = ["/prog", "/tmp", "/", ".", "..", "/dev/tty", "none", "/tmp/link", "/script"];
const PATHS_AT = 0x200;
const PAIRS_AT = 0x400;
const IOVEC_AT = 0x500;
const EDGES = [0, 1, 2, 0x7fff_ffff, -1, -2, -4, -8, MEMORY_BYTES, MEMORY_BYTES - 1, MEMORY_BYTES - 4, 1 << 20, (1 << 20) - 1];

/** Ending oneself is rare, or little else happens; `pause` waits until then. */
const RARE: readonly string[] = ["pause", "setsid", "kill", "proc_kill", "sleep_ms"];

interface Call {
  readonly name: string;
  readonly params: readonly PosixParam[];
}
interface ImportedCall extends Call {
  readonly module: string;
  readonly type: FuncType;
}
const POSIX: readonly ImportedCall[] = POSIX_CALLS.map(({ name, params, type }) => ({ module: POSIX_MODULE, name, params, type }));
/** Of two forms of a call a program can import one. */
const AGENTOS: readonly ImportedCall[] = AGENTOS_CALLS.filter((call) => agentosCall(call.module, call.name) === call);
const WASI: readonly Call[] = [
  { name: "fd_read", params: [{ name: "fd", kind: "fd" }] },
  { name: "fd_write", params: [{ name: "fd", kind: "fd" }] },
  { name: "fd_close", params: [{ name: "fd", kind: "fd" }] },
  { name: "fd_renumber", params: [{ name: "fd", kind: "fd" }, { name: "to", kind: "fd" }] },
  { name: "proc_raise", params: [{ name: "signal", kind: "signal" }] },
];

const constant = (value: number): string => `(i32.const ${value | 0})`;
const slot = (random: Random): number => SLOTS + 4 * random(SLOT_COUNT);
const loaded = (random: Random): string => `(i32.load ${constant(slot(random))})`;
const edge = (random: Random): string => constant(EDGES[random(EDGES.length)]!);

/** What lets a program start: itself, three descriptors, nothing else asked. */
function usual({ name }: PosixParam, random: Random): string | undefined {
  switch (name) {
    case "path":
      return `${constant(PATHS_AT)} ${constant(PATHS[0]!.length)}`;
    case "env":
      return `${constant(0)} ${constant(0)}`;
    case "fds":
      return `${constant(PAIRS_AT)} ${constant(random(4))}`;
    case "flags":
      return constant(random(3) === 0 ? 1 : 0);
    case "pgid":
      return constant(0);
    case "argv":
      return `${constant(PATHS_AT)} ${constant(PATHS[0]!.length)}`;
    case "stdin":
    case "stdout":
    case "stderr":
      return constant(random(6) - 1);
    case "cwd":
      return `${constant(0)} ${constant(0)}`;
    default:
      return undefined;
  }
}

function argument({ kind, name }: PosixParam, random: Random): string {
  if (random(25) === 0) return ["name", "strings", "buffer", "fd_pairs"].includes(kind) ? `${edge(random)} ${edge(random)}` : kind === "signals" ? `(i64.const -1)` : edge(random);
  switch (kind) {
    case "fd":
      return random(2) === 0 ? constant(random(8)) : loaded(random);
    case "pid":
      return random(3) === 0 ? constant(-random(3)) : random(2) === 0 ? loaded(random) : `(i32.sub (i32.const 0) ${loaded(random)})`;
    case "signal":
      return constant(random(30));
    case "signals":
      return `(i64.const ${random(0x1000_0000)})`;
    case "u32":
      return name === "pgid" && random(2) === 0 ? loaded(random) : name === "options" ? constant(random(2) === 0 ? 1 : 3) : constant(random(4));
    case "name": {
      const index = random(PATHS.length);
      return `${constant(PATHS_AT + index * 16)} ${constant(PATHS[index]!.length)}`;
    }
    case "strings":
      return name === "env" && random(2) === 0 ? `${constant(0)} ${constant(0)}` : `${constant(PATHS_AT)} ${constant(16 * random(3))}`;
    case "fd_pairs":
      return `${constant(PAIRS_AT + 8 * random(4))} ${constant(random(4))}`;
    case "buffer":
      return `${constant(0x2000 + random(0x1000))} ${constant(random(200))}`;
    case "attributes":
    case "attributes_out":
      return constant(0x3000 + 4 * random(64));
    default:
      return constant(kind.endsWith("_old") && random(2) === 0 ? 0 : slot(random));
  }
}

function callText({ name, params }: Call, label: string, random: Random): string {
  const isUsual = (name === "spawn" || name === "proc_spawn") && random(3) > 0;
  const args = params.map((param) => (isUsual ? usual(param, random) : undefined) ?? argument(param, random)).join(" ");
  const more = name === "fd_read" || name === "fd_write" ? ` ${constant(IOVEC_AT)} ${constant(random(3))} ${constant(slot(random))}` : "";
  return `(drop (call $${label} ${args}${more}))`;
}

function pick(random: Random): string {
  if (random(5) === 0) {
    const call = WASI[random(WASI.length)]!;
    return callText(call, call.name, random);
  }
  const calls = random(3) === 0 ? AGENTOS : POSIX;
  let call = calls[random(calls.length)]!;
  if (RARE.includes(call.name) && random(6) > 0) {
    const instead = calls === AGENTOS ? (random(2) === 0 ? "proc_spawn" : "fd_pipe") : random(2) === 0 ? "spawn" : "pipe";
    call = calls.find(({ name }) => name === instead)!;
  }
  return callText(call, labelOf(call), random);
}

function labelOf({ module, name }: ImportedCall): string {
  return `${module}.${name}`;
}

/** A program of its own for each seed. */
export function randomProgram(random: Random): Uint8Array {
  const calls = (count: number): string => Array.from({ length: count }, () => pick(random)).join("\n");
  const little = (value: number): string => [0, 8, 16, 24].map((shift) => `\\${((value >>> shift) & 0xff).toString(16).padStart(2, "0")}`).join("");
  return compile(`(module
    ${[...POSIX, ...AGENTOS].map((call) => `(import "${call.module}" "${call.name}" (func $${labelOf(call)} ${call.type.params.map((param) => `(param ${param})`).join(" ")} (result i32)))`).join("\n")}
    ${WASI.map(({ name }) => `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${name === "fd_read" || name === "fd_write" ? "(param i32 i32 i32 i32)" : name === "fd_renumber" ? "(param i32 i32)" : "(param i32)"} (result i32)))`).join("\n")}
    (memory (export "memory") ${MEMORY_BYTES / 65536})
    ${PATHS.map((path, index) => `(data (i32.const ${PATHS_AT + index * 16}) "${path}")`).join("\n")}
    (data (i32.const ${PAIRS_AT}) "${[0, 0, 1, 1, 2, 2, 5, 1, 1, 4, 0, 3].map(little).join("")}")
    (data (i32.const ${IOVEC_AT}) "${[0x4000, 100, 0x5000, 5000].map(little).join("")}")
    (func (export "__isola_signal") (param i32) ${calls(3)})
    (func (export "_start") ${calls(CALLS)}))`) as Uint8Array;
}
