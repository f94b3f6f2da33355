/**
 * WASI calls in words, for traces and fault reports, close to how `strace` writes them: strings
 * and lists with their contents, flags by name, and what the call filled in once it succeeded.
 *
 * All is read from the guest's memory where the address holds; nothing here can fail, whatever the
 * arguments are.
 */
import type { CallWords, CoreValue } from "#kernel";
import type { GuestMemory } from "../guest-memory.ts";
import { PARAM_KINDS } from "./calls-table.ts";
import type { ParamKind, WasiCall } from "./calls-table.ts";
import { Errno, errnoName } from "./errno.ts";
import { EventType, FdFlag, FstFlag, OFlag, RiFlag, SdFlag, Whence } from "./layout.ts";
import type { Dialect } from "./layout.ts";
import { Right, rightsFromU64 } from "./rights.ts";
import type { RightName } from "./rights.ts";

/** Longest string that is shown, in bytes, and longest list, in items. */
const SHOWN_BYTES = 80;
const SHOWN_ITEMS = 8;
const IOVEC_SIZE = 8;
const CLOCKS = ["realtime", "monotonic", "process_cputime", "thread_cputime"];
const KINDS = ["unknown", "block", "char", "dir", "file", "dgram", "stream", "link"];

/** Flags by the parameter's name. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  oflags: OFlag, fdflags: FdFlag, fst_flags: FstFlag, ri_flags: RiFlag, how: SdFlag,
  dirflags: { follow: 1 }, old_flags: { follow: 1 },
};

/** What an `out` parameter points at, by its name. */
const OUT_SIZES: Readonly<Record<string, number>> = { resolution: 8, time: 8, newoffset: 8, offset: 8, ro_flags: 2, prestat: 8, stat: 64 };
const OUT_SIZE = 4;

/**
 * What is shown: "before" the call, the parameters up to the first that it fills in; of all
 * parameters what is there when it is "done" or "failed". "later" buffers serve other ends, so that only
 * their addresses are told; paths are mostly still there.
 */
type When = "before" | "done" | "failed" | "later";

export function wasiWords(memory: GuestMemory, call: WasiCall, dialect: Dialect): CallWords {
  return new Words(memory, call, dialect);
}

class Words implements CallWords {
  readonly #memory: GuestMemory;
  readonly #call: WasiCall;
  readonly #dialect: Dialect;

  constructor(memory: GuestMemory, call: WasiCall, dialect: Dialect) {
    this.#memory = memory;
    this.#call = call;
    this.#dialect = dialect;
  }

  before(args: readonly CoreValue[]): string[] {
    return this.#texts(args, "before");
  }

  after(args: readonly CoreValue[], answer: CoreValue | undefined): string[] {
    return this.#texts(args, answer === undefined ? "later" : answer === Errno.success ? "done" : "failed");
  }

  answer(answer: CoreValue): string {
    return answer === Errno.success ? "0" : `${answer} (${errnoName(Number(answer))})`;
  }

  #texts(args: readonly CoreValue[], when: When): string[] {
    this.#memory.begin();
    const texts: string[] = [];
    let index = 0;
    for (const { name, kind } of this.#call.params) {
      if (when === "before" && this.#isFilledIn(name, kind)) break;
      const values = args.slice(index, (index += PARAM_KINDS[kind].length));
      texts.push(this.#text(name, kind, values, args, when));
    }
    return texts;
  }

  #isFilledIn(name: string, kind: ParamKind): boolean {
    return kind === "out" || kind === "iovecs" || kind === "buffer" || (kind === "addr" && name !== "in");
  }

  #text(name: string, kind: ParamKind, [first = 0, second = 0]: readonly CoreValue[], args: readonly CoreValue[], when: When): string {
    const number = Number(typeof first === "bigint" ? BigInt.asUintN(32, first) : first >>> 0);
    const count = Number(second) >>> 0;
    const done = when === "done";
    switch (kind) {
      case "fd":
      case "u32":
      case "signal":
        return String(number);
      case "whence": {
        const meaning = this.#dialect.whence[number];
        return Object.entries(Whence).find(([, value]) => value === meaning)?.[0] ?? String(number);
      }
      case "flags":
        return flagNames(number, FLAGS[name]);
      case "clock":
        return CLOCKS[number] ?? String(number);
      case "u64":
        return BigInt.asUintN(64, BigInt(first)).toString();
      case "s64":
        return BigInt.asIntN(64, BigInt(first)).toString();
      case "rights":
        return rightNames(BigInt(first));
      case "addr":
        return name === "in" && when !== "later" ? this.#subscriptions(number, Number(args[2] ?? 0) >>> 0) : hex(number);
      case "path":
        return this.#quoted(number, count, count);
      case "ciovecs":
        return `${when === "later" ? hex(number) : this.#list(number, count, Infinity)}, ${count}`;
      case "iovecs":
        return `${done ? this.#list(number, count, this.#filledBytes(args)) : hex(number)}, ${count}`;
      case "buffer":
        return `${done ? this.#buffer(number, count, args) : hex(number)}, ${count}`;
      case "out":
        return done ? this.#out(name, number) : hex(number);
      default:
        return kind satisfies never;
    }
  }

  /** What `nread` or `bufused` says, of a call that has succeeded. */
  #filledBytes(args: readonly CoreValue[]): number {
    let index = 0;
    for (const { name, kind } of this.#call.params) {
      const at = Number(args[index]) >>> 0;
      if (kind === "out" && (name === "nread" || name === "bufused") && this.#memory.has(at, 4)) return this.#memory.u32(at);
      index += PARAM_KINDS[kind].length;
    }
    return Infinity;
  }

  /** Buffers with the first `filled` bytes in all of their contents. */
  #list(addr: number, count: number, filled: number): string {
    const memory = this.#memory;
    if (!memory.hasItems(addr, count, IOVEC_SIZE)) return hex(addr);
    const items: string[] = [];
    let left = filled;
    for (let item = 0; item < Math.min(count, SHOWN_ITEMS); item++) {
      const at = addr + item * IOVEC_SIZE;
      const length = memory.u32(at + 4);
      const used = Math.min(length, left);
      left -= used;
      items.push(`{${this.#quoted(memory.u32(at), used, length)}, ${length}}`);
    }
    return `[${items.join(", ")}${count > SHOWN_ITEMS ? ", …" : ""}]`;
  }

  #buffer(addr: number, byteLength: number, args: readonly CoreValue[]): string {
    switch (this.#call.name) {
      case "path_readlink":
      case "fd_prestat_dir_name": {
        const used = Math.min(byteLength, this.#filledBytes(args));
        return this.#quoted(addr, used, used);
      }
      default:
        return hex(addr);
    }
  }

  #quoted(addr: number, byteLength: number, claimed: number): string {
    if (!this.#memory.has(addr, byteLength)) return `[${claimed} bytes outside the memory at ${hex(addr)}]`;
    return bytesText(this.#memory.copy(addr, Math.min(byteLength, SHOWN_BYTES)), byteLength > SHOWN_BYTES);
  }

  #out(name: string, addr: number): string {
    const memory = this.#memory;
    const size = name === "stat" && this.#call.name === "fd_fdstat_get" ? 24 : name === "stat" ? this.#dialect.filestatSize : (OUT_SIZES[name] ?? OUT_SIZE);
    if (!memory.has(addr, size)) return hex(addr);
    if (name === "stat" && size === 24) return `{${KINDS[filetype(memory.u8(addr))] ?? "unknown"}, ${flagNames(memory.u16(addr + 2), FdFlag)}}`;
    if (name === "stat") {
      const bytes = memory.u64(addr + (this.#dialect.filestatNlink64 ? 32 : 24));
      return `{${KINDS[filetype(memory.u8(addr + 16))] ?? "unknown"}, size ${bytes}}`;
    }
    if (name === "prestat") return `{dir, ${memory.u32(addr + 4)}}`;
    return `[${size === 8 ? memory.u64(addr) : size === 2 ? memory.u16(addr) : memory.u32(addr)}]`;
  }

  #subscriptions(addr: number, count: number): string {
    const memory = this.#memory;
    const { subscriptionSize, subscriptionClock } = this.#dialect;
    if (!memory.hasItems(addr, count, subscriptionSize)) return hex(addr);
    const items: string[] = [];
    for (let item = 0; item < Math.min(count, SHOWN_ITEMS); item++) {
      const at = addr + item * subscriptionSize;
      const type = memory.u8(at + 8);
      if (type === EventType.clock) {
        const clock = memory.u32(at + subscriptionClock);
        const isAbsolute = (memory.u16(at + subscriptionClock + 24) & 1) !== 0;
        items.push(`{${CLOCKS[clock] ?? clock} ${isAbsolute ? "at" : "in"} ${memory.u64(at + subscriptionClock + 8)} ns}`);
      } else {
        items.push(`{${type === EventType.fdRead ? "read" : type === EventType.fdWrite ? "write" : `type ${type}`} ${memory.u32(at + 16)}}`);
      }
    }
    return `[${items.join(", ")}${count > SHOWN_ITEMS ? ", …" : ""}]`;
  }
}

/** The index in `KINDS`; WASI numbers dgram 5, stream 6 and link 7. */
function filetype(value: number): number {
  return value < KINDS.length ? value : 0;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** In quotes: as text when it is UTF-8, else byte by byte. `cut`: more follows that is not shown. */
function bytesText(bytes: Uint8Array, cut: boolean): string {
  let text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  // A character may be cut in half.
  if (cut) text = text.replace(/\uFFFD$/, "");
  const shown = text.includes("\uFFFD")
    ? `"${Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("")}"`
    : JSON.stringify(text);
  return cut ? `${shown}…` : shown;
}

function flagNames(flags: number, names: Readonly<Record<string, number>> = {}): string {
  if (flags === 0) return "0";
  const found: string[] = [];
  let rest = flags;
  for (const [name, bit] of Object.entries(names)) {
    if ((flags & bit) === 0) continue;
    found.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) found.push(hex(rest >>> 0));
  return found.join("|");
}

function rightNames(claimed: bigint): string {
  const rights = rightsFromU64(claimed);
  const names = (Object.keys(Right) as RightName[]).filter((name) => (rights & Right[name]) !== 0);
  return names.length > 4 ? hex(rights) : names.join("|") || "0";
}
