/**
 * Kernel calls in words, for traces and fault reports. What an address points at is read from
 * the guest's memory where it holds; nothing here can fail, whatever the arguments are.
 */
import { RIGHT_TABLE, SIGNAL_TABLE, Status, statusName } from "#kernel";
import type { CallWords, CoreValue } from "#kernel";
import type { GuestMemory } from "../guest-memory.ts";
import { STRUCTS, coreOf } from "./calls-table.ts";
import type { IsolaCall, IsolaParam } from "./calls-table.ts";

/** Longest string that is shown, in bytes, and longest list, in items. */
const SHOWN_BYTES = 80;
const SHOWN_ITEMS = 8;
const SAME_RIGHTS = 0xffff_ffff;
const CLOCKS = ["monotonic", "realtime"];

export function isolaWords(memory: GuestMemory, call: IsolaCall): CallWords {
  return new Words(memory, call);
}

class Words implements CallWords {
  readonly #memory: GuestMemory;
  readonly #call: IsolaCall;

  constructor(memory: GuestMemory, call: IsolaCall) {
    this.#memory = memory;
    this.#call = call;
  }

  before(args: readonly CoreValue[]): string[] {
    return this.#texts(args, undefined);
  }
  after(args: readonly CoreValue[], answer: CoreValue): string[] {
    return this.#texts(args, Number(answer));
  }
  answer(answer: CoreValue): string {
    return answer === Status.ok ? "0" : `${answer} (${statusName(Number(answer))})`;
  }

  #texts(args: readonly CoreValue[], answer: number | undefined): string[] {
    this.#memory.begin();
    const texts: string[] = [];
    let index = 0;
    for (const param of this.#call.params) {
      if (answer === undefined && isFilledIn(param)) break;
      const [first = 0, second = 0] = args.slice(index, (index += coreOf(param).length));
      texts.push(this.#text(param, first, Number(second) >>> 0, answer === Status.ok));
    }
    return texts;
  }

  /** `filled`: the call has written what it says. */
  #text(param: IsolaParam, value: CoreValue, count: number, filled: boolean): string {
    const number = typeof value === "bigint" ? 0 : value >>> 0;
    switch (param.kind) {
      case "u32":
      case "status":
        return String(number);
      case "u64":
        return BigInt.asUintN(64, BigInt(value)).toString();
      case "duration":
        return `${value}ns`;
      case "deadline":
        return BigInt(value) < 0n ? "never" : BigInt(value) === 0n ? "now" : `${value}ns`;
      case "rights":
        return number === SAME_RIGHTS ? "same" : bits(RIGHT_TABLE, number);
      case "signals":
        return bits(SIGNAL_TABLE, number);
      case "clock":
        return CLOCKS[number] ?? String(number);
      case "name":
        return this.#string(number, count);
      case "handles":
        return this.#list(number, count);
      case "handle_buffer":
        return `[${count} at ${hex(number)}]`;
      case "bytes":
      case "strings":
      case "buffer":
      case "events":
        return `[${count} at ${hex(number)}]`;
      case "handle_out":
        return filled ? this.#filled(number, 4, (at) => hex(this.#memory.u32(at))) : hex(number);
      case "u32_out":
        return filled ? this.#filled(number, 4, (at) => String(this.#memory.u32(at))) : hex(number);
      case "u64_out":
        return filled ? this.#filled(number, 8, (at) => String(this.#memory.u64(at))) : hex(number);
      case "sizes_out":
        return filled ? this.#filled(number, STRUCTS.sizes.size, (at) => `{${this.#memory.u32(at)} bytes, ${this.#memory.u32(at + 4)} handles}`) : hex(number);
      case "handle":
      case "info_out":
      case "state_out":
      case "usage_out":
      case "limits":
        return hex(number);
      default:
        return param satisfies never;
    }
  }

  #filled(addr: number, size: number, text: (at: number) => string): string {
    return this.#memory.has(addr, size) ? `[${text(addr)}]` : hex(addr);
  }

  #string(addr: number, length: number): string {
    const text = length <= SHOWN_BYTES && this.#memory.has(addr, length) ? this.#memory.string(addr, length) : undefined;
    return text === undefined ? `[${length} at ${hex(addr)}]` : JSON.stringify(text);
  }

  #list(addr: number, count: number): string {
    if (!this.#memory.hasItems(addr, count, 4)) return `[${count} at ${hex(addr)}]`;
    const shown = Array.from({ length: Math.min(count, SHOWN_ITEMS) }, (_, index) => hex(this.#memory.u32(addr + index * 4)));
    return `[${shown.join(", ")}${count > SHOWN_ITEMS ? ", …" : ""}]`;
  }
}

function isFilledIn(param: IsolaParam): boolean {
  return param.kind.endsWith("_out");
}

function bits(table: readonly { readonly name: string; readonly bit: number }[], value: number): string {
  const names = table.filter(({ bit }) => (value & bit) !== 0).map(({ name }) => name);
  const known = table.reduce((all, { bit }) => all | bit, 0);
  return (value & ~known) !== 0 || names.length === 0 ? hex(value) : names.join("|");
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
