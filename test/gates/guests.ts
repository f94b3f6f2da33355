/** The programs of these tests: a service with functions of every temper, and clients that print what they get. */
import { compile } from "watr";
import type { OfferOptions } from "../../src/node.ts";

export const bytes = (fields: string): Uint8Array => compile(`(module ${fields})`) as Uint8Array;

const WRITE = `
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (func $print (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  ;; Prints a number and a newline.
  (func $show (param $n i32) (local $at i32) (local $minus i32)
    (local.set $at (i32.const 63)) (i32.store8 (i32.const 63) (i32.const 10))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (local.set $minus (i32.const 1)) (local.set $n (i32.sub (i32.const 0) (local.get $n)))))
    (loop $l
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (br_if $l (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (if (local.get $minus) (then (local.set $at (i32.sub (local.get $at) (i32.const 1))) (i32.store8 (local.get $at) (i32.const 45))))
    (call $print (local.get $at) (i32.sub (i32.const 64) (local.get $at))))`;

/** Allocates upwards, growing as needed; old places are not used again. */
export const ALLOCATOR = `
  (global $top (mut i32) (i32.const 1024))
  (global $allocations (export "allocations") (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param $old i32) (param i32) (param $align i32) (param $size i32) (result i32) (local $at i32)
    (global.set $allocations (i32.add (global.get $allocations) (i32.const 1)))
    (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.lt_s (memory.grow (i32.add (i32.const 1) (i32.shr_u (i32.sub (global.get $top) (i32.mul (memory.size) (i32.const 65536))) (i32.const 16)))) (i32.const 0))
        (then (return (i32.const 0))))))
    (local.get $at))`;

export const SERVICE = `
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 200)
  (global $calls (mut i32) (i32.const 0))
  (tag $t)
  ${ALLOCATOR}
  (func (export "_initialize") (global.set $calls (i32.const 100)))
  (func (export "count") (result i32) (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
  (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func (export "wide") (param i64 f32 f64) (result i64) (i64.add (local.get 0) (i64.add (i64.trunc_f32_s (local.get 1)) (i64.trunc_f64_s (local.get 2)))))
  (func (export "slow") (param i32 i32) (result i32) (drop (call $yield)) (drop (call $yield)) (i32.sub (local.get 0) (local.get 1)))
  (func (export "trap") (param i32 i32) (result i32) unreachable)
  (func (export "throw") (param i32 i32) (result i32) (throw $t))
  (func $spin (export "spin") (param i32 i32) (result i32) (loop $l (br $l)) (i32.const 0))
  (func (export "stubborn") (param i32 i32) (result i32) (loop $l (block $h (try_table (catch_all $h) (drop (call $spin (i32.const 0) (i32.const 0))))) (br $l)) (i32.const 0))
  (func $deep (export "recurse") (param i32 i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0) (local.get 1))))
  (func (export "exit") (param i32 i32) (result i32) (call $exit (i32.const 3)) (i32.const 0))
  (func (export "hog") (param i32 i32) (result i32) (loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) (memory.size))
  ;; Sum of bytes.
  (func (export "sum") (param $at i32) (param $length i32) (result i32) (local $sum i32)
    (if (local.get $length) (then (loop $l
      (local.set $length (i32.sub (local.get $length) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $at) (local.get $length)))))
      (br_if $l (local.get $length)))))
    (local.get $sum))
  ;; Copies as much as fits, in reverse, after growing the memory.
  (func (export "reverse") (param $at i32) (param $length i32) (param $to i32) (param $capacity i32) (result i32) (local $i i32)
    (drop (memory.grow (i32.const 1)))
    (if (i32.gt_u (local.get $length) (local.get $capacity)) (then (return (i32.const -28))))
    (if (local.get $length) (then (loop $l
      (i32.store8 (i32.add (local.get $to) (local.get $i)) (i32.load8_u (i32.add (local.get $at) (i32.sub (i32.sub (local.get $length) (local.get $i)) (i32.const 1)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $length))))))
    (local.get $length))
  ;; Waits for a byte of standard input.
  (func (export "wait") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1))
    (drop (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))
    (i32.load8_u (i32.const 32)))
  (func (export "boast") (param i32 i32) (result i32) (i32.add (local.get 1) (i32.const 1)))`;

export const PAIR = { params: ["i32", "i32"], results: ["i32"] } as const;
export const FUNCTIONS = {
  count: { params: [], results: ["i32"] },
  sub: PAIR, trap: PAIR, throw: PAIR, spin: PAIR, stubborn: PAIR, recurse: PAIR, exit: PAIR, hog: PAIR,
  slow: { ...PAIR, blocking: true },
  wait: { ...PAIR, blocking: true },
  wide: { params: ["i64", "f32", "f64"], results: ["i64"] },
  sum: { params: ["bytes"], results: ["i32"] },
  reverse: { params: ["bytes", "buffer"], results: ["i32"] },
  boast: { params: ["buffer"], results: ["i32"] },
} satisfies OfferOptions["functions"];

/** A client that calls `name` with `args` (text) and prints the answer and the status. */
export const caller = (name: string, args = "(i32.const 3) (i32.const 4)", type = "(param i32 i32) (result i32)", times = 1): string => `
  (import "svc" "${name}" (func $call ${type}))
  (import "svc" "gate_status" (func $status (result i32)))
  (memory (export "memory") 1)
  ${WRITE}
  (data (i32.const 256) "abcdefgh")
  (func (export "_start") (local $i i32)
    (loop $again
      (call $show (call $call ${args})) (call $show (call $status))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${times}))))
    (call $print (i32.const 256) (i32.const 16)))`;
