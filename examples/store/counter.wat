;; Counts in the key "n" of the store, ten times, a tenth of a second apart. A call that got no answer, because the store has
;; ended, is made again over a new connection. The exit status is the count.
(module
  (import "isola" "startup_handle" (func $startup_handle (param i32 i32 i32) (result i32)))
  (import "isola" "channel_send" (func $channel_send (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "isola" "channel_receive" (func $channel_receive (param i32 i32 i32 i32 i32 i32 i64) (result i32)))
  (import "isola" "handle_close" (func $handle_close (param i32) (result i32)))
  (import "isola" "event_create" (func $event_create (param i32) (result i32)))
  (import "isola" "wait_one" (func $wait_one (param i32 i32 i64 i32) (result i32)))
  (import "isola" "clock_read" (func $clock_read (param i32 i32) (result i32)))
  (import "isola" "process_exit" (func $process_exit (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "kv")
  ;; Requests: id, op (1 get, 2 put), length of the key, key "n"; the value of a put follows.
  (data (i32.const 64) "\01\00\00\00\01\00\00\00\01\00\00\00n")
  (data (i32.const 96) "\02\00\00\00\02\00\00\00\01\00\00\00n")
  ;; What is printed: "n is now 0\n", as one iovec.
  (data (i32.const 128) "\90\00\00\00\0c\00\00\00") (data (i32.const 144) "n is now   \0a")
  (global $supervisor (mut i32) (i32.const 0))
  (global $store (mut i32) (i32.const 0))

  (func $check (param $status i32)
    (if (local.get $status) (then (drop (call $process_exit (i32.const 100))))))

  ;; A connection to the store, which the supervisor makes when the store is there.
  (func $connect
    (drop (call $handle_close (global.get $store)))
    (i32.store (i32.const 32) (i32.const 0))
    (call $check (call $channel_send (global.get $supervisor) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const -1)))
    (call $check (call $channel_receive (global.get $supervisor) (i32.const 24) (i32.const 8) (i32.const 32) (i32.const 1) (i32.const 40) (i64.const -1)))
    (call $check (i32.load (i32.const 24)))
    (global.set $store (i32.load (i32.const 32))))

  ;; The request at $addr, until it is answered; the answer is at 192: id, status, value.
  (func $call (param $addr i32) (param $length i32)
    (loop $again
      (if (i32.eqz (call $channel_send (global.get $store) (local.get $addr) (local.get $length) (i32.const 0) (i32.const 0) (i64.const -1)))
        (then (if (i32.eqz (call $channel_receive (global.get $store) (i32.const 192) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 40) (i64.const -1)))
          (then (return)))))
      (call $connect)
      (br $again)))

  (func $sleep
    (call $check (call $clock_read (i32.const 0) (i32.const 48)))
    (drop (call $wait_one (i32.load (i32.const 20)) (i32.const 8) (i64.add (i64.load (i32.const 48)) (i64.const 100000000)) (i32.const 56))))

  (func (export "_start") (local $round i32) (local $n i32)
    (call $check (call $startup_handle (i32.const 0) (i32.const 2) (i32.const 16)))
    (global.set $supervisor (i32.load (i32.const 16)))
    (call $check (call $event_create (i32.const 20)))
    (call $connect)
    (loop $tick
      (call $call (i32.const 64) (i32.const 13))
      ;; Not there yet: 0.
      (local.set $n (if (result i32) (i32.load (i32.const 196)) (then (i32.const 0)) (else (i32.load8_u (i32.const 200)))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (i32.store8 (i32.const 109) (local.get $n))
      (call $call (i32.const 96) (i32.const 14))
      (i32.store8 (i32.const 153) (if (result i32) (i32.lt_u (local.get $n) (i32.const 10)) (then (i32.const 32)) (else (i32.const 49))))
      (i32.store8 (i32.const 154) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (drop (call $fd_write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 60)))
      (call $sleep)
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $tick (i32.lt_u (local.get $round) (i32.const 10))))
    (drop (call $process_exit (local.get $n)))))
