/**
 * A client of the key-value store that trusts nobody: it writes ever new values under its own keys, retries what was not
 * acknowledged, and whatever it reads must be what was acknowledged last. Its ledger, a region of the memory object
 * "ledger", says what that is, for others to check; the region is given by its argument, a digit.
 *
 *     ledger region of 1,024 bytes:  puts u32, gets u32, lost u32 (calls without an answer), made u32 (connections), 48 bytes
 *                                    free, then for each of the 64 keys u32: the number in its acknowledged value, 0 for none
 *
 * It ends with 0 when its ledger's stop word, at 16 of the region, is not 0; with 50 and more when the store broke its word.
 */
import { NEVER, memory_read, memory_write, process_exit, thread_yield } from "../sdk/isola";
import { ConnectStatus, Connection } from "../sdk/connection";
import { check, startup } from "../sdk/service";
import { ANSWER_HEAD, KvStatus, Op, REQUEST_HEAD } from "../services/kv/protocol";

@external("wasi_snapshot_preview1", "args_get")
declare function args_get(pointers: usize, bytes: usize): u32;
@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(count: usize, bytes: usize): u32;

const KV_NAME = memory.data<u8>([0x6b, 0x76]); // "kv"
const LEDGER_NAME = memory.data<u8>([0x6c, 0x65, 0x64, 0x67, 0x65, 0x72]); // "ledger"
const KEYS: u32 = 64;
const KEY_LENGTH: u32 = 4;
const VALUE_MAX: u32 = 600;
const REGION: u32 = 1024;
const NUMBERS: u32 = 64;
const STOP: u32 = 16;
const REQUEST = memory.data(1024, 8);
const ANSWER = memory.data(1024, 8);
const COUNTS = memory.data(16, 4);
const WORD = memory.data(4, 4);
const ACKNOWLEDGED = memory.data(256, 4);
const ARGUMENTS = memory.data(256, 4);

let region: u32 = 0;
let ledger: u32 = 0;
let random: u32 = 1;
let calls: u32 = 0;

function next(below: u32): u32 {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random % below;
}

/** What the value with this number is: its length and each of its bytes follow from it. */
function valueLength(number: u32): u32 {
  return 4 + (number * 0x9e37_79b1 >>> 16) % (VALUE_MAX - 4);
}
function valueByte(number: u32, at: u32): u8 {
  return <u8>(number * 31 + at * 7);
}

function count(at: u32, by: u32): void {
  store<u32>(COUNTS + at, load<u32>(COUNTS + at) + by);
}

/** Writes the head of a request; gives its length. */
function request(op: u32, key: u32): u32 {
  store<u32>(REQUEST, ++calls);
  store<u32>(REQUEST, op, 4);
  store<u32>(REQUEST, KEY_LENGTH, 8);
  store<u16>(REQUEST + REQUEST_HEAD, <u16>(0x6330 + (region << 8)));
  store<u16>(REQUEST + REQUEST_HEAD, <u16>key, 2);
  return REQUEST_HEAD + KEY_LENGTH;
}

/** Calls until there is an answer; gives its length. The store may die meanwhile, as often as it likes. */
function call(connection: Connection, length: u32): u32 {
  let got = connection.call(REQUEST, length, ANSWER, 1024, NEVER);
  while (got == 0) {
    if (connection.status != ConnectStatus.ok && connection.status != ConnectStatus.busy) process_exit(52);
    count(8, 1);
    got = connection.call(REQUEST, length, ANSWER, 1024, NEVER);
  }
  if (got < ANSWER_HEAD) process_exit(51);
  if (load<u32>(ANSWER) != load<u32>(REQUEST)) process_exit(50);
  return got;
}

function put(connection: Connection, key: u32): void {
  const number = load<u32>(ACKNOWLEDGED + (key << 2)) + 1;
  const head = request(Op.put, key);
  const length = valueLength(number);
  store<u32>(REQUEST + head, number);
  for (let at: u32 = 4; at < length; at++) store<u8>(REQUEST + head + at, valueByte(number, at));
  call(connection, head + length);
  if (load<u32>(ANSWER, 4) != KvStatus.ok) process_exit(53);
  store<u32>(ACKNOWLEDGED + (key << 2), number);
  count(0, 1);
  check(memory_write(ledger, region * REGION + NUMBERS + (key << 2), ACKNOWLEDGED + (key << 2), 4));
}

function get(connection: Connection, key: u32): void {
  const number = load<u32>(ACKNOWLEDGED + (key << 2));
  const got = call(connection, request(Op.get, key));
  count(4, 1);
  const status = load<u32>(ANSWER, 4);
  if (number == 0) {
    if (status != KvStatus.not_found) process_exit(54);
    return;
  }
  if (status != KvStatus.ok) process_exit(55);
  const value = ANSWER + ANSWER_HEAD;
  const length = valueLength(number);
  if (got != ANSWER_HEAD + length || load<u32>(value) != number) process_exit(56);
  for (let at: u32 = 4; at < length; at++) if (load<u8>(value + at) != valueByte(number, at)) process_exit(57);
}

export function _start(): void {
  if (args_sizes_get(COUNTS, WORD) != 0 || load<u32>(COUNTS) < 2 || load<u32>(WORD) > 128 || args_get(ARGUMENTS, ARGUMENTS + 64) != 0) process_exit(58);
  region = load<u8>(load<u32>(ARGUMENTS, 4)) - 0x30;
  store<u32>(COUNTS, 0);
  random = 0x1234_5678 * (region * 2 + 1);
  ledger = startup(LEDGER_NAME, 6);
  const connection = new Connection(KV_NAME, 2);
  for (;;) {
    check(memory_read(ledger, region * REGION + STOP, WORD, 4));
    const stop = load<u32>(WORD) != 0;
    if (next(3) == 0) get(connection, next(KEYS));
    else put(connection, next(KEYS));
    store<u32>(COUNTS, connection.made, 12);
    check(memory_write(ledger, region * REGION, COUNTS, 16));
    if (stop) break;
    thread_yield();
  }
  for (let key: u32 = 0; key < KEYS; key++) get(connection, key);
}
