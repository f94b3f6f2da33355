/** Programs that play over a channel, the startup handle "end", with messages of 64 bytes. */
import { moduleOf } from "./guests.ts";

export const MESSAGE_BYTES = 64;

const PRELUDE = `
  (import "isola" "startup_handle" (func $startup (param i32 i32 i32) (result i32)))
  (import "isola" "channel_send" (func $send (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "isola" "channel_receive" (func $receive (param i32 i32 i32 i32 i32 i32 i64) (result i32)))
  (import "isola" "clock_read" (func $clock (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 0) "end")`;
const SEND = `(if (call $send (local.get $end) (i32.const 16) (i32.const ${MESSAGE_BYTES}) (i32.const 0) (i32.const 0) (i64.const -1)) (then unreachable))`;
const RECEIVE = `(if (call $receive (local.get $end) (i32.const 16) (i32.const ${MESSAGE_BYTES}) (i32.const 0) (i32.const 0) (i32.const 8) (i64.const -1)) (then unreachable))`;
/** Where the times are noted, 8 bytes each. */
const TIMES = 1024;
const BATCHES_MAX = 30_000;

/** Does `moves` so often; with `batch`, notes the time before each so many rounds and writes all times to its standard output at the end. */
function playing(moves: string, rounds: number, batch = 0): Uint8Array<ArrayBuffer> {
  const batches = batch === 0 ? 1 : rounds / batch;
  if (!Number.isInteger(batches) || batches > BATCHES_MAX) throw new Error("batches do not fit");
  return moduleOf(`${PRELUDE}
    (func (export "_start") (local $end i32) (local $n i32) (local $batch i32)
      (if (call $startup (i32.const 0) (i32.const 3) (i32.const 4)) (then unreachable))
      (local.set $end (i32.load (i32.const 4)))
      (loop $batches
        (if (call $clock (i32.const 0) (i32.add (i32.const ${TIMES}) (i32.shl (local.get $batch) (i32.const 3)))) (then unreachable))
        (local.set $n (i32.const ${rounds / batches}))
        (loop $again
          ${moves}
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (br_if $batches (i32.lt_u (local.tee $batch (i32.add (local.get $batch) (i32.const 1))) (i32.const ${batches}))))
      (i32.store (i32.const 200) (i32.const ${TIMES}))
      (i32.store (i32.const 204) (i32.const ${batch === 0 ? 0 : batches * 8}))
      (if (i32.load (i32.const 204)) (then (drop (call $write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208)))))))`);
}

/** Ping-pong; `first` sends before it receives. */
export function player({ first, rounds, batch }: { readonly first: boolean; readonly rounds: number; readonly batch?: number }): Uint8Array<ArrayBuffer> {
  return playing(first ? SEND + RECEIVE : RECEIVE + SEND, rounds, batch);
}

/** One direction only. */
export function stream({ sends, rounds, batch }: { readonly sends: boolean; readonly rounds: number; readonly batch?: number }): Uint8Array<ArrayBuffer> {
  return playing(sends ? SEND : RECEIVE, rounds, batch);
}

/** Microseconds of one round in each batch, from what a player wrote. */
export function batchUs(output: Uint8Array, batch: number): number[] {
  const times = new BigInt64Array(output.slice().buffer);
  return Array.from({ length: times.length - 1 }, (_, index) => Number(times[index + 1]! - times[index]!) / 1e3 / batch);
}
