;; Quicksort of n pseudo-random words; gives a sum over the sorted words that depends on their places.
(memory 32)

(func $sort (param $low i32) (param $high i32)
  (local $i i32) (local $j i32) (local $pivot i32) (local $x i32) (local $y i32)
  (if (i32.ge_s (local.get $low) (local.get $high)) (then (return)))
  (local.set $pivot (i32.load (i32.and (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)) (i32.const -4))))
  (local.set $i (local.get $low))
  (local.set $j (local.get $high))
  (block $parted
    (loop $part
      (block $i-found
        (loop $right
          (br_if $i-found (i32.ge_s (local.tee $x (i32.load (local.get $i))) (local.get $pivot)))
          (local.set $i (i32.add (local.get $i) (i32.const 4)))
          (br $right)))
      (block $j-found
        (loop $left
          (br_if $j-found (i32.le_s (local.tee $y (i32.load (local.get $j))) (local.get $pivot)))
          (local.set $j (i32.sub (local.get $j) (i32.const 4)))
          (br $left)))
      (br_if $parted (i32.gt_s (local.get $i) (local.get $j)))
      (i32.store (local.get $i) (local.get $y))
      (i32.store (local.get $j) (local.get $x))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (local.set $j (i32.sub (local.get $j) (i32.const 4)))
      (br_if $part (i32.le_s (local.get $i) (local.get $j)))))
  (call $sort (local.get $low) (local.get $j))
  (call $sort (local.get $i) (local.get $high)))

(func $run (export "run") (param $n i32) (result i32)
  (local $at i32) (local $end i32) (local $x i32) (local $sum i32)
  (local.set $end (i32.shl (local.get $n) (i32.const 2)))
  (local.set $x (i32.const 12345))
  (loop $fill
    (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
    (i32.store (local.get $at) (local.get $x))
    (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $end))))
  (call $sort (i32.const 0) (i32.sub (local.get $end) (i32.const 4)))
  (local.set $at (i32.const 0))
  (loop $add
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
    (br_if $add (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $end))))
  (local.get $sum))
