;; Searches a text of 256 KiB over four letters for n patterns taken from it, by comparing at
;; every place; gives the sum of the places.
(memory 5)
(global $length i32 (i32.const 262144))

(func $find (param $pattern i32) (param $width i32) (result i32)
  (local $at i32) (local $k i32) (local $first i32) (local $last i32)
  (local.set $first (i32.load8_u (local.get $pattern)))
  (local.set $last (i32.sub (global.get $length) (local.get $width)))
  (loop $places
    (block $differs
      (br_if $differs (i32.ne (i32.load8_u (local.get $at)) (local.get $first)))
      (local.set $k (i32.const 1))
      (loop $compare
        (br_if $differs
          (i32.ne (i32.load8_u (i32.add (local.get $at) (local.get $k))) (i32.load8_u (i32.add (local.get $pattern) (local.get $k)))))
        (br_if $compare (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $width))))
      (return (local.get $at)))
    (br_if $places (i32.le_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $last))))
  (i32.const -1))

(func $run (export "run") (param $n i32) (result i32)
  (local $at i32) (local $x i32) (local $sum i32)
  (local.set $x (i32.const 1))
  (loop $fill
    (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.store8 (local.get $at) (i32.add (i32.const 97) (i32.shr_u (local.get $x) (i32.const 30))))
    (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (global.get $length))))
  (local.set $at (i32.sub (global.get $length) (i32.const 64)))
  (loop $patterns
    (local.set $sum (i32.add (local.get $sum) (call $find (local.get $at) (i32.const 24))))
    (local.set $at (i32.sub (local.get $at) (i32.const 511)))
    (br_if $patterns (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum))
