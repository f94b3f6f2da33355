/**
 * A guest that makes the calls that a script tells it, and scripts of random calls: mostly
 * close to sense, so that they get somewhere, often not at all.
 *
 * A script is a row of records: the number of the call, a mask of arguments that are to be loaded
 * from the address given, and the arguments, 64 bits each. Calls may overwrite the script while it
 * runs; whatever then stands there is run.
 */
import { compile } from "watr";
import { ISOLA_CALLS, coreOf } from "#abi";
import type { HandleKind, IsolaCall, IsolaParam } from "#abi";
import type { ValType } from "#wasm";

export const SCRIPT_CALLS = 120;
const ARGUMENT_COUNT = 9;
const RECORD = 8 + ARGUMENT_COUNT * 8;
const SCRIPT = 0x8000;
const ARGUMENTS = 0x100;
const NAMES = 0x200;
const SLOTS = 0x1000;
const SLOT_COUNT = 48;
/** Where the handles of each kind are, by custom: first slot and how many. */
const SLOTS_OF: Readonly<Record<HandleKind, readonly [first: number, count: number]>> = {
  channel: [0, 12], event: [16, 6], timer: [24, 3], wait_set: [28, 2], memory: [32, 3], process: [36, 2], job: [38, 5], image: [45, 1], any: [0, SLOT_COUNT],
};
/** Startup handles and the slots in which the program puts them. */
const STARTUP_SLOTS = { script: 47, left: 0, right: 1, event: 16, shared: 17, memory: 32, peer: 36, job: 38, image: 45 } as const;
export type StartupName = keyof typeof STARTUP_SLOTS;
const STARTUP = Object.entries(STARTUP_SLOTS);
const MEMORY_BYTES = 2 * 65536;
const MESSAGE_BYTES = SCRIPT_CALLS * RECORD;

/** The program: finds its script in the channel "script", runs it, ends. */
export function scriptRunner(): Uint8Array {
  const argument = (type: ValType, index: number): string => {
    const load = `(i64.load (i32.const ${ARGUMENTS + index * 8}))`;
    return type === "i64" ? load : `(i32.wrap_i64 ${load})`;
  };
  const cases = ISOLA_CALLS.map(({ name, type }) => `(drop (call $${name} ${type.params.map((param, index) => argument(param, index)).join(" ")})) (br $next)`);
  const opened = ISOLA_CALLS.map(() => "(block ").join("");
  const table = ISOLA_CALLS.map((_, index) => index).join(" ");
  return compile(`(module
    ${ISOLA_CALLS.map(({ name, type }) => `(import "isola" "${name}" (func $${name} ${type.params.map((param) => `(param ${param})`).join(" ")} (result i32)))`).join("\n")}
    (memory (export "memory") ${MEMORY_BYTES / 65536})
    ${STARTUP.map(([name], index) => `(data (i32.const ${NAMES + index * 16}) "${name}")`).join("\n")}
    (func (export "_start") (local $at i32) (local $left i32) (local $index i32) (local $value i64)
      ${STARTUP.map(([name, slot], index) => `(drop (call $startup_handle (i32.const ${NAMES + index * 16}) (i32.const ${name.length}) (i32.const ${SLOTS + slot * 4})))`).join("\n")}
      (if (call $channel_receive (i32.load (i32.const ${SLOTS + STARTUP_SLOTS.script * 4})) (i32.const ${SCRIPT}) (i32.const ${MESSAGE_BYTES}) (i32.const 0) (i32.const 0) (i32.const ${ARGUMENTS}) (i64.const -1)) (then (return)))
      (local.set $at (i32.const ${SCRIPT}))
      (local.set $left (i32.const ${SCRIPT_CALLS}))
      (loop $again
        (block $next
          (local.set $index (i32.const 0))
          (loop $each
            (local.set $value (i64.load offset=8 (i32.add (local.get $at) (i32.shl (local.get $index) (i32.const 3)))))
            (if (i32.and (i32.load offset=4 (local.get $at)) (i32.shl (i32.const 1) (local.get $index)))
              (then (local.set $value (i64.load32_u (i32.and (i32.wrap_i64 (local.get $value)) (i32.const 0xfffc))))))
            (i64.store (i32.add (i32.const ${ARGUMENTS}) (i32.shl (local.get $index) (i32.const 3))) (local.get $value))
            (local.set $index (i32.add (local.get $index) (i32.const 1)))
            (br_if $each (i32.lt_u (local.get $index) (i32.const ${ARGUMENT_COUNT}))))
          ${opened}
          (br_table ${table} (i32.rem_u (i32.load (local.get $at)) (i32.const ${ISOLA_CALLS.length})))
          ${cases.map((text) => `) ${text}`).join("\n")})
        (local.set $at (i32.add (local.get $at) (i32.const ${RECORD})))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))))`) as Uint8Array;
}

export type Random = (bound: number) => number;

/** A stream of numbers below a bound, the same for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const slot = (random: Random, kind: HandleKind = "any"): number => {
  const [first, count] = SLOTS_OF[random(8) === 0 ? "any" : kind];
  return SLOTS + 4 * (first + random(count));
};
/** What a call makes. */
const madeBy = (call: IsolaCall): HandleKind => (Object.keys(SLOTS_OF) as HandleKind[]).find((kind) => call.name === `${kind}_create`) ?? "any";
/** Numbers at which checks go wrong. */
const EDGES = [0, 1, 3, 4, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8, MEMORY_BYTES, MEMORY_BYTES - 1, MEMORY_BYTES - 4, MEMORY_BYTES - 8, 65536];
const edge = (random: Random): number => (random(3) === 0 ? random(0x1_0000_0000) : EDGES[random(EDGES.length)]!);
const addr = (random: Random): number => (random(12) === 0 ? edge(random) : 0x2000 + 4 * random(0x1000));

interface Argument {
  readonly value: number | bigint;
  readonly indirect?: boolean;
}

/** The core arguments of one parameter. */
function argumentsFor(call: IsolaCall, param: IsolaParam, random: Random): readonly Argument[] {
  const plain = (value: number | bigint): Argument => ({ value });
  switch (param.kind) {
    case "handle":
      return [random(20) === 0 ? plain(edge(random)) : { value: slot(random, param.handle), indirect: true }];
    case "handle_out":
      return [plain(random(12) === 0 ? edge(random) : slot(random, madeBy(call)))];
    case "rights":
      return [plain(random(2) === 0 ? 0xffff_ffff : random(1024))];
    case "signals":
      return [plain(random(8) === 0 ? edge(random) : 1 + random(31))];
    case "u32":
      return [plain(random(6) === 0 ? edge(random) : random(20))];
    case "u64":
      return [plain(random(8) === 0 ? BigInt(edge(random)) << 32n : BigInt(random(12)))];
    case "deadline":
      return [plain(random(12) === 0 ? [1_000_000_000_000n, -1n, -(2n ** 63n), 2n ** 63n - 1n][random(4)]! : BigInt(random(2)))];
    case "duration":
      return [plain([0n, 1n, 1_000_000n, -1n, 2n ** 63n - 1n][random(5)]!)];
    case "clock":
      return [plain(random(3))];
    case "status":
      return [plain(random(256))];
    case "strings":
      // Zeros are so many empty strings.
      return random(3) === 0 ? [plain(addr(random)), plain(random(20))] : [plain(0), plain(random(2))];
    case "bytes":
    case "buffer":
    case "name":
      return [plain(addr(random)), plain(random(10) === 0 ? edge(random) : random(200))];
    case "handles":
      if (call.name === "process_create" && random(2) === 0) return [plain(SLOTS), plain(0)];
      return [plain(random(8) === 0 ? addr(random) : slot(random)), plain(random(16) === 0 ? edge(random) : random(3))];
    case "handle_buffer":
      return [plain(random(8) === 0 ? addr(random) : slot(random)), plain(random(16) === 0 ? edge(random) : random(3))];
    case "events":
      return [plain(addr(random)), plain(random(10) === 0 ? edge(random) : random(6))];
    default:
      return [plain(addr(random))];
  }
}

/** Calls that end much, and would end most scripts early. */
const RARE = ["process_exit", "job_kill", "process_kill", "handle_revoke", "startup_handle"];

const SEND = ISOLA_CALLS.findIndex(({ name }) => name === "channel_send");
const RECEIVE = ISOLA_CALLS.findIndex(({ name }) => name === "channel_receive");

export function randomScript(random: Random): Uint8Array {
  const script = new DataView(new ArrayBuffer(MESSAGE_BYTES));
  for (let at = 0; at < MESSAGE_BYTES; at += RECORD) {
    let number = random(ISOLA_CALLS.length);
    if (RARE.includes(ISOLA_CALLS[number]!.name) && random(20) > 0) number = at / RECORD % 2 === 0 ? SEND : RECEIVE;
    const call = ISOLA_CALLS[number]!;
    let index = 0;
    let mask = 0;
    for (const param of call.params) {
      const values = argumentsFor(call, param, random);
      if (values.length !== coreOf(param).length) throw new Error(`${param.name} takes ${coreOf(param).length} core parameters`);
      for (const { value, indirect } of values) {
        script.setBigInt64(at + 8 + index * 8, BigInt.asIntN(64, BigInt(value)), true);
        if (indirect === true) mask |= 1 << index;
        index++;
      }
    }
    script.setUint32(at, number, true);
    script.setUint32(at + 4, mask, true);
  }
  return new Uint8Array(script.buffer);
}
