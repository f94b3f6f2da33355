;; Iterations of the Mandelbrot set over n by n points, up to 200 each; gives their sum.
(func $escape (param $cx f64) (param $cy f64) (result i32)
  (local $x f64) (local $y f64) (local $xx f64) (local $yy f64) (local $k i32)
  (block $out
    (loop $iterate
      (local.set $y (f64.add (f64.mul (f64.mul (f64.const 2) (local.get $x)) (local.get $y)) (local.get $cy)))
      (local.set $x (f64.add (f64.sub (local.get $xx) (local.get $yy)) (local.get $cx)))
      (local.set $xx (f64.mul (local.get $x) (local.get $x)))
      (local.set $yy (f64.mul (local.get $y) (local.get $y)))
      (br_if $out (f64.gt (f64.add (local.get $xx) (local.get $yy)) (f64.const 4)))
      (br_if $iterate (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 200)))))
  (local.get $k))

(func $run (export "run") (param $n i32) (result i32)
  (local $row i32) (local $column i32) (local $sum i32) (local $step f64)
  (local.set $step (f64.div (f64.const 3) (f64.convert_i32_u (local.get $n))))
  (loop $rows
    (local.set $column (i32.const 0))
    (loop $columns
      (local.set $sum
        (i32.add (local.get $sum)
          (call $escape
            (f64.sub (f64.mul (f64.convert_i32_u (local.get $column)) (local.get $step)) (f64.const 2))
            (f64.sub (f64.mul (f64.convert_i32_u (local.get $row)) (local.get $step)) (f64.const 1.5)))))
      (br_if $columns (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $n))))
    (br_if $rows (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $n))))
  (local.get $sum))
