/**
 * Kernel calls as lines for people, as `--trace calls` shows them. Nothing here can fail, whatever
 * the arguments are.
 */
import { BLOCK, DIE, RIGHT_TABLE, SIGNAL_TABLE, statusName } from "#kernel";
import type { GuestMemory } from "../guest-memory.ts";
import { coreOf } from "./calls-table.ts";
import type { IsolaCall, IsolaParam } from "./calls-table.ts";

const NAME_MAX = 80;
const HANDLES_SHOWN = 4;
const CLOCKS = ["monotonic", "realtime"];

/** `channel_send(end=0x100003, bytes=[64 at 0x400], handles=[], deadline=never)`. */
export function describeIsolaCall(memory: GuestMemory, call: IsolaCall, args: readonly (number | bigint)[]): string {
  let index = 0;
  const described = call.params.map((param) => {
    const [first = 0, second = 0] = args.slice(index, (index += coreOf(param).length));
    return `${param.name}=${describe(memory, param, first, Number(second) >>> 0)}`;
  });
  return `${call.name}(${described.join(", ")})`;
}

export function describeIsolaAnswer(answer: number): string {
  if (answer === DIE) return "never returns";
  return answer === BLOCK ? "blocks" : statusName(answer);
}

function describe(memory: GuestMemory, param: IsolaParam, value: number | bigint, count: number): string {
  const number = typeof value === "bigint" ? 0 : value >>> 0;
  switch (param.kind) {
    case "u32":
    case "status":
      return String(number);
    case "u64":
      return BigInt.asUintN(64, BigInt(value)).toString();
    case "duration":
      return `${value} ns`;
    case "deadline":
      return BigInt(value) < 0n ? "never" : BigInt(value) === 0n ? "now" : `${value} ns`;
    case "rights":
      return number === 0xffff_ffff ? "same" : bits(RIGHT_TABLE, number);
    case "signals":
      return bits(SIGNAL_TABLE, number);
    case "clock":
      return CLOCKS[number] ?? String(number);
    case "bytes":
    case "buffer":
    case "handle_buffer":
    case "events":
      return `[${count} at ${hex(number)}]`;
    case "name":
      return name(memory, number, count);
    case "handles":
      return handles(memory, number, count);
    default:
      return hex(number);
  }
}

function bits(table: readonly { readonly name: string; readonly bit: number }[], value: number): string {
  const names = table.filter(({ bit }) => (value & bit) !== 0).map(({ name }) => name);
  const known = table.reduce((all, { bit }) => all | bit, 0);
  return (value & ~known) !== 0 || names.length === 0 ? hex(value) : names.join("|");
}

function name(memory: GuestMemory, addr: number, length: number): string {
  if (length > NAME_MAX || !memory.has(addr, length)) return `[${length} at ${hex(addr)}]`;
  const text = memory.string(addr, length);
  return text === undefined ? `[${length} at ${hex(addr)}]` : JSON.stringify(text);
}

function handles(memory: GuestMemory, addr: number, count: number): string {
  if (count > HANDLES_SHOWN || !memory.hasItems(addr, count, 4)) return `[${count} at ${hex(addr)}]`;
  return `[${Array.from({ length: count }, (_, index) => hex(memory.u32((addr >>> 0) + index * 4))).join(", ")}]`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
