;; Product of two n by n matrices of f64; gives the sum of its elements as bits folded to 32.
(memory 32)

(func $run (export "run") (param $n i32) (result i32)
  (local $row i32) (local $column i32) (local $k i32) (local $size i32) (local $left i32) (local $right i32) (local $stride i32)
  (local $sum f64) (local $total f64)
  (local.set $stride (i32.shl (local.get $n) (i32.const 3)))
  (local.set $size (i32.mul (local.get $n) (local.get $stride)))
  (loop $fill
    (f64.store (local.get $k) (f64.convert_i32_u (i32.and (local.get $k) (i32.const 1016))))
    (br_if $fill (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 8))) (i32.shl (local.get $size) (i32.const 1)))))
  (loop $rows
    (local.set $column (i32.const 0))
    (loop $columns
      (local.set $sum (f64.const 0))
      (local.set $k (i32.const 0))
      (local.set $left (i32.mul (local.get $row) (local.get $stride)))
      (local.set $right (i32.add (local.get $size) (i32.shl (local.get $column) (i32.const 3))))
      (loop $dot
        (local.set $sum (f64.add (local.get $sum) (f64.mul (f64.load (local.get $left)) (f64.load (local.get $right)))))
        (local.set $left (i32.add (local.get $left) (i32.const 8)))
        (local.set $right (i32.add (local.get $right) (local.get $stride)))
        (br_if $dot (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (local.get $n))))
      (local.set $total (f64.add (local.get $total) (local.get $sum)))
      (br_if $columns (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $n))))
    (br_if $rows (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $n))))
  (i32.xor (i32.wrap_i64 (i64.reinterpret_f64 (local.get $total))) (i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 (local.get $total)) (i64.const 32)))))
