/**
 * Every address that a kernel call takes, outside of the caller's memory in every way there is: the call answers, changes
 * nothing, and the next one works. And ranges that overlap each other.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ISOLA_CALLS, coreOf } from "#abi";
import type { HandleKind, IsolaCall, IsolaParam } from "#abi";
import { Status } from "#kernel";
import { boot } from "../../src/node.ts";
import type { System } from "../../src/node.ts";
import { checkInvariants } from "../invariants.ts";
import { guest } from "../objects/guests.ts";

const END = 2 * 65536;
/** Bytes behind an address. */
const OUT_SIZES: Readonly<Record<string, number>> = { handle_out: 4, u32_out: 4, u64_out: 8, info_out: 12, sizes_out: 8, state_out: 8, usage_out: 40, limits: 64 };
/** Bytes of one item of a range. */
const ITEM_SIZES: Readonly<Record<string, number>> = { bytes: 1, strings: 1, name: 1, buffer: 1, handles: 4, handle_buffer: 4, events: 16 };
/** Where the guest keeps a handle of each kind. */
const HANDLES: Readonly<Record<HandleKind, number>> = { channel: 1000, event: 1008, timer: 1012, wait_set: 1016, memory: 1020, process: 1024, job: 1028, image: 1032, any: 1008 };

type Core = readonly string[];
const i32 = (value: number): string => `(i32.const ${value | 0})`;

/** Arguments that make sense. */
function good(param: IsolaParam): Core {
  switch (param.kind) {
    case "handle": return [`(i32.load ${i32(HANDLES[param.handle ?? "any"])})`];
    case "u64": case "deadline": case "duration": return ["(i64.const 0)"];
    case "rights": case "status": case "clock": return [i32(0)];
    case "u32": case "signals": return [i32(1)];
    case "events": return [i32(2048), i32(1)];
    default: return coreOf(param).length === 2 ? [i32(2048), i32(0)] : [i32(3072)];
  }
}

/** The same with an address that is outside of the memory. */
function bad(param: IsolaParam): Core[] {
  const size = OUT_SIZES[param.kind];
  if (size !== undefined) return [END, END - size + 1, END + 65536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000 - size, 0x1_0000_0000 - size + 1].map((addr) => [i32(addr)]);
  const item = ITEM_SIZES[param.kind];
  if (item === undefined) return [];
  return ([[END - item + 1, 1], [END - item, 2], [END + 65536, 1], [0xffff_ffff, 1], [0x1_0000_0000 - item, 1], [0x1_0000_0000 - item, 2], [0x8000_0000, 2]] as const).map(([addr, count]) => [i32(addr), i32(count)]);
}

const EXCEPT: Readonly<Record<string, string>> = {
  process_exit: "it has no address and does not return",
  handle_close: "it would take the handle away", handle_revoke: "it has no address", process_kill: "it would end the process", job_kill: "it would end the job",
};

describe("addresses outside of the memory", () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error: unknown) => bugs.push(error) });
  });
  after(() => os.close());

  const MAKE = `
    (data (i32.const 0) "job\\00image\\00other") (data (i32.const 64) "message") (data (i32.const 2100) "a\\00b\\00")
    (func $make
      (call $check (call $channel_create (i32.const 4) (i32.const 64) (i32.const 1000) (i32.const 1004)))
      (call $check (call $channel_send (i32.load (i32.const 1004)) (i32.const 64) (i32.const 7) (i32.const 0) (i32.const 0) (i64.const 0)))
      (call $check (call $event_create (i32.const 1008))) (call $check (call $event_signal (i32.load (i32.const 1008))))
      (call $check (call $timer_create (i32.const 1012)))
      (call $check (call $wait_set_create (i32.const 1016)))
      (call $check (call $wait_set_add (i32.load (i32.const 1016)) (i32.load (i32.const 1008)) (i32.const 8) (i64.const 77)))
      (call $check (call $memory_create (i32.const 1) (i32.const 1020)))
      (i32.store (i32.const 1024) (call $startup (i32.const 10) (i32.const 5)))
      (i32.store (i32.const 1028) (call $startup (i32.const 0) (i32.const 3)))
      (i32.store (i32.const 1032) (call $startup (i32.const 4) (i32.const 5)))
      (memory.fill (i32.const 3072) (i32.const 255) (i32.const 56)) (i64.store (i32.const 3128) (i64.const 0)))`;

  const cases: { readonly call: IsolaCall; readonly param: IsolaParam; readonly args: Core }[] = ISOLA_CALLS.flatMap((call) => (Object.hasOwn(EXCEPT, call.name) ? [] : call.params.flatMap((param) =>
    bad(param).map((core) => {
      // As many names as handles, or that comes first.
      const pairs = call.name === "process_create" && param.kind === "handles";
      return { call, param, args: call.params.flatMap((each) => (each === param ? core : pairs && each.name === "names" ? [i32(2100), `(i32.mul (i32.const 2) ${core[1]})`] : good(each))) };
    }))));

  test("each is refused, and nothing has happened", { timeout: 60_000 }, async () => {
    assert.ok(cases.length > 200, `${cases.length} cases`);
    const program = await guest(os, `${MAKE}
      (func (export "_start")
        (call $make)
        ${cases.map(({ call, args }, index) => `(i32.store16 (i32.const ${8192 + index * 2}) (call $${call.name} ${args.join(" ")}))`).join("\n")}
        ;; The message is still there, the event still reported, the memory object still zero.
        (call $check (call $channel_receive (i32.load (i32.const 1000)) (i32.const 4096) (i32.const 64) (i32.const 4200) (i32.const 2) (i32.const 4300) (i64.const 0)))
        (call $expect (i32.const 1) (i32.load (i32.const 4300)) (i32.const 7))
        (call $check (call $wait_set_wait (i32.load (i32.const 1016)) (i32.const 4400) (i32.const 1) (i32.const 4500) (i64.const 0)))
        (call $expect (i32.const 2) (i32.load (i32.const 4400)) (i32.const 77))
        (call $check (call $channel_send (call $startup (i32.const 20) (i32.const 0)) (i32.const 8192) (i32.const ${cases.length * 2}) (i32.const 0) (i32.const 0) (i64.const 0))))`);
    const [ours, theirs] = os.channel();
    const job = os.createJob({ name: "given" });
    const other = await os.spawn(await os.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), { service: true });
    const image = os.image(program);
    const process = await os.spawn(program, { handles: { "": theirs.give(), job: os.jobHandle(job), image: image.handle(), other: other.handle() } });
    assert.deepEqual(await process.exited, { status: 0 });
    const { bytes } = (await ours.receive())!;
    const answers = new DataView(bytes.buffer, bytes.byteOffset);
    for (const [index, { call, param, args }] of cases.entries()) {
      const answer = answers.getUint16(index * 2, true);
      assert.equal(answer, Status.bad_address, `${call.name}(${args.join(" ")}) for ${param.name}`);
    }
    assert.equal(other.running, true);
    assert.equal(job.killed, undefined);
    assert.equal(job.children.size, 0, "no job was made");
    checkInvariants(os);
    other.kill();
    image.close();
    ours.close();
    assert.deepEqual(bugs, []);
  });

  test("ranges that overlap each other are read before they are written, and read as they were", async () => {
    const program = await guest(os, `${MAKE}
      (func (export "_start") (local $n i32)
        (call $make)
        ;; The handle that is made is written into the limits that it is made by.
        (call $check (call $job_create (i32.load (i32.const 1028)) (i32.const 3072) (i32.const 3072)))
        (call $check (call $handle_info (i32.load (i32.const 3072)) (i32.const 3064)))
        (call $expect (i32.const 1) (i32.load (i32.const 3064)) (i32.const 7))
        ;; The count lies in the first event, and is written last.
        (call $check (call $wait_set_wait (i32.load (i32.const 1016)) (i32.const 4400) (i32.const 2) (i32.const 4400) (i64.const 0)))
        (call $expect (i32.const 2) (i32.load (i32.const 4400)) (i32.const 1))
        (call $expect (i32.const 3) (i32.load (i32.const 4408)) (i32.const 8))
        ;; A message and its handle are the same four bytes.
        (call $check (call $handle_duplicate (i32.load (i32.const 1008)) (i32.const -1) (i32.const 5000)))
        (local.set $n (i32.load (i32.const 5000)))
        (call $check (call $channel_send (i32.load (i32.const 1004)) (i32.const 5000) (i32.const 4) (i32.const 5000) (i32.const 1) (i64.const 0)))
        (call $check (call $channel_receive (i32.load (i32.const 1000)) (i32.const 5000) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 5100) (i64.const 0)))
        (call $expect (i32.const 4) (i32.load (i32.const 5000)) (i32.const 0x7373656d))
        ;; A handle that would be in a message twice goes not at all.
        (call $check (call $handle_duplicate (i32.load (i32.const 1008)) (i32.const -1) (i32.const 5000)))
        (i32.store (i32.const 5004) (i32.load (i32.const 5000)))
        (call $expect (i32.const 5) (call $channel_send (i32.load (i32.const 1004)) (i32.const 5000) (i32.const 8) (i32.const 5000) (i32.const 2) (i64.const 0)) (i32.const ${Status.invalid_argument}))
        (call $check (call $handle_close (i32.load (i32.const 5000))))
        ;; An object's memory into the range that its size was written to.
        (call $check (call $memory_size (i32.load (i32.const 1020)) (i32.const 5200)))
        (call $check (call $memory_write (i32.load (i32.const 1020)) (i64.const 0) (i32.const 5200) (i32.const 8)))
        (call $check (call $memory_read (i32.load (i32.const 1020)) (i64.const 0) (i32.const 5202) (i32.const 8)))
        (call $expect (i32.const 6) (i32.load16_u (i32.const 5202)) (i32.const 1))
        (call $expect (i32.const 7) (call $memory_read (i32.load (i32.const 1020)) (i64.const 65533) (i32.const 5200) (i32.const 8)) (i32.const ${Status.invalid_argument}))
        (call $expect (i32.const 8) (call $memory_write (i32.load (i32.const 1020)) (i64.const -4) (i32.const 5200) (i32.const 8)) (i32.const ${Status.invalid_argument}))))`);
    const job = os.createJob({ name: "given" });
    const event = os.event();
    const image = os.image(program);
    const process = await os.spawn(program, { handles: { job: os.jobHandle(job), image: image.handle(), other: event.handle() } });
    assert.deepEqual(await process.exited, { status: 0 });
    checkInvariants(os);
    event.close();
    image.close();
    assert.deepEqual(bugs, []);
  });
});
