/**
 * A supervisor as a program: it keeps so many processes of the image "worker" alive in the job "job", as its argument
 * says (a digit, 3 without one). One that ends is started again, later each time it ends soon; when that has happened too often
 * it ends itself with 1, so that whoever supervises it decides. Its job is its own: what it has started ends with it.
 */
import { Event, NEVER, Signal, clock_read, handle_close, process_create, process_exit, timer_clear, timer_create, timer_set, wait_set_add, wait_set_create, wait_set_remove, wait_set_wait } from "../sdk/isola";
import { check, startup } from "../sdk/service";

@external("wasi_snapshot_preview1", "args_get")
declare function args_get(pointers: usize, bytes: usize): u32;
@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(count: usize, bytes: usize): u32;

const WORKER_NAME = memory.data<u8>([0x77, 0x6f, 0x72, 0x6b, 0x65, 0x72]); // "worker"
const JOB_NAME = memory.data<u8>([0x6a, 0x6f, 0x62]); // "job"
const WORKERS_MAX: u32 = 9;
const MILLISECOND: u64 = 1_000_000;
const FIRST_WAIT: u64 = MILLISECOND;
const LONGEST_WAIT: u64 = 256 * MILLISECOND;
/** Restarts of all workers within the window. */
const BUDGET: u32 = 50;
const WINDOW: u64 = 10_000 * MILLISECOND;
const OUT = memory.data(8, 8);
const EVENT = memory.data(16, 8);
const ARGUMENTS = memory.data(256, 4);

class Worker {
  process: u32 = 0;
  timer: u32 = 0;
  startedAt: u64 = 0;
  wait: u64 = FIRST_WAIT;
}

let set: u32 = 0;
let image: u32 = 0;
let job: u32 = 0;
let windowStart: u64 = 0;
let restarts: u32 = 0;

function now(): u64 {
  check(clock_read(0, OUT));
  return load<u64>(OUT);
}

function made(status: u32): u32 {
  check(status);
  return load<u32>(OUT);
}

function start(worker: Worker, key: u64): void {
  worker.startedAt = now();
  worker.process = made(process_create(image, job, 0, 0, 0, 0, 0, 0, OUT));
  check(wait_set_add(set, worker.process, Signal.ended, key));
}

/** Its process has ended: it waits for its timer. */
function ended(worker: Worker, key: u64): void {
  check(handle_close(worker.process));
  worker.process = 0;
  const at = now();
  if (at - windowStart > WINDOW) {
    windowStart = at;
    restarts = 0;
  }
  if (++restarts > BUDGET) process_exit(1);
  worker.wait = at - worker.startedAt > LONGEST_WAIT ? FIRST_WAIT : min(worker.wait * 2, LONGEST_WAIT);
  check(timer_set(worker.timer, at + worker.wait, 0));
  check(wait_set_add(set, worker.timer, Signal.signalled, key));
}

export function _start(): void {
  let count: u32 = 3;
  if (args_sizes_get(OUT, OUT + 4) == 0 && load<u32>(OUT) > 1 && load<u32>(OUT, 4) <= 128 && args_get(ARGUMENTS, ARGUMENTS + 64) == 0) {
    count = min(<u32>load<u8>(load<u32>(ARGUMENTS, 4)) - 0x30, WORKERS_MAX);
  }
  image = startup(WORKER_NAME, 6);
  job = startup(JOB_NAME, 3);
  set = made(wait_set_create(OUT));
  windowStart = now();
  const workers: Worker[] = [];
  for (let index: u32 = 0; index < count; index++) {
    const worker = new Worker();
    worker.timer = made(timer_create(OUT));
    workers.push(worker);
    start(worker, index);
  }
  for (;;) {
    check(wait_set_wait(set, EVENT, 1, OUT, NEVER));
    const key = changetype<Event>(EVENT).key;
    const worker = workers[<i32>key];
    if (worker.process != 0) {
      ended(worker, key);
    } else {
      check(wait_set_remove(set, key));
      check(timer_clear(worker.timer, OUT));
      start(worker, key);
    }
  }
}
