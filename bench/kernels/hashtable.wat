;; Puts n keys into an open hash table of 64 Ki slots and counts them, through a comparison that is
;; called by table as generic code calls it; gives a sum over the counts.
(type $equal (func (param i32 i32) (result i32)))
(memory 9)
(table 1 funcref)
(elem (i32.const 0) $same)

(func $same (type $equal) (i32.eq (local.get 0) (local.get 1)))

(func $hash (param $key i32) (result i32)
  (local.set $key (i32.mul (i32.xor (local.get $key) (i32.shr_u (local.get $key) (i32.const 15))) (i32.const 0x2c1b3c6d)))
  (local.set $key (i32.mul (i32.xor (local.get $key) (i32.shr_u (local.get $key) (i32.const 12))) (i32.const 0x297a2d39)))
  (i32.xor (local.get $key) (i32.shr_u (local.get $key) (i32.const 15))))

;; Address of the slot that holds `key`, or of the empty one where it belongs. A slot is key and count.
(func $slot (param $key i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and (call $hash (local.get $key)) (i32.const 0xffff)))
  (loop $probe
    (if (i32.load offset=4 (i32.shl (local.get $at) (i32.const 3)))
      (then
        (if (i32.eqz (call_indirect (type $equal) (i32.load (i32.shl (local.get $at) (i32.const 3))) (local.get $key) (i32.const 0)))
          (then
            (local.set $at (i32.and (i32.add (local.get $at) (i32.const 1)) (i32.const 0xffff)))
            (br $probe))))))
  (i32.shl (local.get $at) (i32.const 3)))

(func $run (export "run") (param $n i32) (result i32)
  (local $x i32) (local $at i32) (local $sum i32)
  (memory.fill (i32.const 0) (i32.const 0) (i32.const 0x80000))
  (local.set $x (i32.const 99))
  (loop $keys
    (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
    (local.set $at (call $slot (i32.shr_u (local.get $x) (i32.const 17))))
    (i32.store (local.get $at) (i32.shr_u (local.get $x) (i32.const 17)))
    (i32.store offset=4 (local.get $at) (i32.add (i32.load offset=4 (local.get $at)) (i32.const 1)))
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load offset=4 (local.get $at))))
    (br_if $keys (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $sum))
