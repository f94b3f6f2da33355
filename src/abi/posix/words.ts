/**
 * POSIX calls in words, for traces and fault reports. What an address points at is read from the
 * guest's memory where it holds; nothing here can fail, whatever the arguments are.
 */
import type { CallWords, CoreValue } from "#kernel";
import type { GuestMemory } from "../guest-memory.ts";
import { Errno, errnoName } from "../wasi-p1/errno.ts";
import { PARAM_KINDS } from "./calls-table.ts";
import type { ParamKind, PosixCall } from "./calls-table.ts";
import { POSIX_SIGNALS, posixSignalName } from "./signals.ts";

/** Longest text that is shown, in bytes, and longest list, in items. */
const SHOWN_BYTES = 80;
const SHOWN_ITEMS = 8;
const FILLED_IN: readonly ParamKind[] = ["u32_out", "u32_old", "signals_out", "signals_old", "attributes_out", "buffer"];

/** What a call says of its parameters. */
type Described = Pick<PosixCall, "params">;

export function posixWords(memory: GuestMemory, call: Described): CallWords {
  return new Words(memory, call);
}

class Words implements CallWords {
  readonly #memory: GuestMemory;
  readonly #call: Described;

  constructor(memory: GuestMemory, call: Described) {
    this.#memory = memory;
    this.#call = call;
  }

  before(args: readonly CoreValue[]): string[] {
    const first = this.#call.params.findIndex(({ kind }) => FILLED_IN.includes(kind));
    return this.#texts(args, false).slice(0, first < 0 ? undefined : first);
  }
  after(args: readonly CoreValue[], answer: CoreValue | undefined): string[] {
    return this.#texts(args, answer === Errno.success);
  }
  answer(answer: CoreValue): string {
    return answer === Errno.success ? "0" : `${answer} (${errnoName(Number(answer))})`;
  }

  #texts(args: readonly CoreValue[], filled: boolean): string[] {
    this.#memory.begin();
    let index = 0;
    return this.#call.params.map(({ kind }) => {
      const [first = 0, second = 0] = args.slice(index, (index += PARAM_KINDS[kind].core.length));
      return this.#text(kind, first, Number(second) >>> 0, filled);
    });
  }

  /** `filled`: the call has written what it says. */
  #text(kind: ParamKind, value: CoreValue, count: number, filled: boolean): string {
    const number = typeof value === "bigint" ? 0 : value >>> 0;
    switch (kind) {
      case "u32":
      case "fd":
        return String(number);
      case "pid":
        return String(number | 0);
      case "signal":
        return posixSignalName(number);
      case "signals":
        return setText(BigInt.asUintN(64, BigInt(value)));
      case "name":
        return this.#string(number, count);
      case "strings":
        return this.#strings(number, count);
      case "fd_pairs":
        return this.#pairs(number, count);
      case "buffer":
        return `[${count} at ${hex(number)}]`;
      case "u32_out":
      case "u32_old":
        return filled ? this.#read(number, 4, (at) => String(this.#memory.u32(at))) : hex(number);
      case "signals_out":
      case "signals_old":
        return filled ? this.#read(number, 8, (at) => setText(this.#memory.u64(at))) : hex(number);
      case "attributes":
        return this.#read(number, 16, (at) => this.#attributes(at));
      case "attributes_out":
        return filled ? this.#read(number, 16, (at) => this.#attributes(at)) : hex(number);
      default:
        return kind satisfies never;
    }
  }

  #read(addr: number, size: number, text: (at: number) => string): string {
    return addr !== 0 && this.#memory.has(addr, size) ? `[${text(addr)}]` : hex(addr);
  }

  #attributes(at: number): string {
    return [0, 4, 8, 12].map((offset) => hex(this.#memory.u32(at + offset))).join(", ");
  }

  #string(addr: number, length: number): string {
    const text = length <= SHOWN_BYTES && this.#memory.has(addr, length) ? this.#memory.string(addr, length) : undefined;
    return text === undefined ? `[${length} at ${hex(addr)}]` : JSON.stringify(text);
  }

  #strings(addr: number, length: number): string {
    const text = length <= SHOWN_BYTES && this.#memory.has(addr, length) ? this.#memory.string(addr, length) : undefined;
    return text === undefined ? `[${length} at ${hex(addr)}]` : JSON.stringify(text.split("\0").slice(0, -1));
  }

  #pairs(addr: number, count: number): string {
    if (!this.#memory.hasItems(addr, count, 8)) return `[${count} at ${hex(addr)}]`;
    const shown = Array.from({ length: Math.min(count, SHOWN_ITEMS) }, (_, index) => `${this.#memory.u32(addr + index * 8)}<-${this.#memory.u32(addr + index * 8 + 4)}`);
    return `[${shown.join(", ")}${count > SHOWN_ITEMS ? ", …" : ""}]`;
  }
}

function setText(set: bigint): string {
  const names = POSIX_SIGNALS.filter(({ number }) => (set & (1n << BigInt(number - 1))) !== 0n).map(({ name }) => name);
  return `{${names.join(" ")}}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
