;; Builds binary trees of depth 12 with a bump allocator and walks them, n times.
;; A node is two addresses; 0 is no node.
(memory 4)
(global $top (mut i32) (i32.const 0))

(func $node (param $left i32) (param $right i32) (result i32)
  (local $at i32)
  (local.set $at (global.get $top))
  (global.set $top (i32.add (local.get $at) (i32.const 8)))
  (i32.store (local.get $at) (local.get $left))
  (i32.store offset=4 (local.get $at) (local.get $right))
  (local.get $at))

(func $build (param $depth i32) (result i32)
  (if (i32.eqz (local.get $depth)) (then (return (call $node (i32.const 0) (i32.const 0)))))
  (call $node (call $build (i32.sub (local.get $depth) (i32.const 1))) (call $build (i32.sub (local.get $depth) (i32.const 1)))))

(func $walk (param $at i32) (result i32)
  (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
  (i32.add (i32.const 1)
    (i32.add (call $walk (i32.load (local.get $at))) (i32.mul (i32.const 3) (call $walk (i32.load offset=4 (local.get $at)))))))

(func $run (export "run") (param $n i32) (result i32)
  (local $sum i32)
  (loop $trees
    (global.set $top (i32.const 8))
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (call $walk (call $build (i32.const 12)))))
    (br_if $trees (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum))
