/**
 * Calls as lines for people, as `--trace calls` shows them. Strings are read from the guest's
 * memory where the address holds; nothing here can fail, whatever the arguments are.
 */
import { BLOCK, DIE } from "#kernel";
import type { GuestMemory } from "../guest-memory.ts";
import type { ParamKind, WasiCall } from "./calls-table.ts";
import { PARAM_KINDS, WASI_CALLS } from "./calls-table.ts";
import { errnoName } from "./errno.ts";
import type { RightName } from "./rights.ts";
import { Right, rightsFromU64 } from "./rights.ts";

/** Longest string that a line shows, in bytes. */
const SHOWN_MAX = 80;
const CLOCKS = ["realtime", "monotonic", "process_cputime", "thread_cputime"];
const CALLS = new Map(WASI_CALLS.map((call) => [call.name, call]));

/** `fd_write(fd=1, iovs=[2 at 0x1000], nwritten=0xff0)`: the call `name` with core arguments `args`. */
export function describeCall(memory: GuestMemory, name: string, args: readonly (number | bigint)[], call: WasiCall | undefined = CALLS.get(name)): string {
  return call === undefined ? `${name}(${args.join(", ")})` : `${name}(${describeArguments(memory, call, args)})`;
}

/** How a call ended, for the end of its line. */
export function describeAnswer(answer: number | undefined): string {
  if (answer === undefined || answer === DIE) return "never returns";
  return answer === BLOCK ? "blocks" : errnoName(answer);
}

function describeArguments(memory: GuestMemory, call: WasiCall, args: readonly (number | bigint)[]): string {
  let index = 0;
  return call.params
    .map(({ name, kind }) => {
      const values = args.slice(index, (index += PARAM_KINDS[kind].length));
      return `${name}=${describe(memory, kind, values)}`;
    })
    .join(", ");
}

function describe(memory: GuestMemory, kind: ParamKind, [first = 0, second = 0]: readonly (number | bigint)[]): string {
  const number = Number(typeof first === "bigint" ? BigInt.asUintN(32, first) : first >>> 0);
  const count = Number(second) >>> 0;
  switch (kind) {
    case "fd":
    case "u32":
    case "signal":
    case "whence":
      return String(number);
    case "flags":
      return `0x${number.toString(16)}`;
    case "clock":
      return CLOCKS[number] ?? String(number);
    case "u64":
      return BigInt.asUintN(64, BigInt(first)).toString();
    case "s64":
      return BigInt.asIntN(64, BigInt(first)).toString();
    case "rights":
      return rightNames(BigInt(first));
    case "addr":
    case "out":
      return hex(number);
    case "path":
      return quoted(memory, number, count);
    case "iovecs":
    case "ciovecs":
      return `[${count} at ${hex(number)}]`;
    case "buffer":
      return `[${count} bytes at ${hex(number)}]`;
    default:
      return kind satisfies never;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function quoted(memory: GuestMemory, addr: number, byteLength: number): string {
  if (!memory.has(addr, byteLength)) return `[${byteLength} bytes outside the memory at ${hex(addr)}]`;
  const shown = Math.min(byteLength, SHOWN_MAX);
  const text = memory.string(addr, shown);
  if (text === undefined) return `[${byteLength} bytes at ${hex(addr)}]`;
  return shown < byteLength ? `${JSON.stringify(text)}…` : JSON.stringify(text);
}

function rightNames(claimed: bigint): string {
  const rights = rightsFromU64(claimed);
  const names = (Object.keys(Right) as RightName[]).filter((name) => (rights & Right[name]) !== 0);
  return names.length > 4 ? hex(rights) : names.join("|") || "0";
}
