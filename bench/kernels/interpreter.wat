;; A register machine: one loop that fetches, decodes through a branch table and acts. Its
;; program sums i * i ^ (i << 3) over i < n. An instruction is four bytes: opcode, target, two operands.
(memory 1)
(data (i32.const 0)
  "\00\02\01\01" ;; 0: r2 = r1 * r1
  "\01\03\01\03" ;; 1: r3 = r1 << 3
  "\02\02\02\03" ;; 2: r2 = r2 ^ r3
  "\03\04\04\02" ;; 3: r4 = r4 + r2
  "\04\01\01\01" ;; 4: r1 = r1 + 1
  "\05\00\01\00" ;; 5: unless r1 < r0 skip one
  "\06\00\00\00" ;; 6: jump to 0
  "\07\00\04\00") ;; 7: answer r4

(func $run (export "run") (param $n i32) (result i32)
  (local $pc i32) (local $word i32) (local $target i32) (local $a i32) (local $b i32)
  ;; Eight registers at 64.
  (memory.fill (i32.const 64) (i32.const 0) (i32.const 32))
  (i32.store (i32.const 64) (local.get $n))
  (loop $next
    (local.set $word (i32.load (local.get $pc)))
    (local.set $pc (i32.add (local.get $pc) (i32.const 4)))
    (local.set $target (i32.add (i32.const 64) (i32.shr_u (i32.and (local.get $word) (i32.const 0xff00)) (i32.const 6))))
    (local.set $b (i32.shr_u (local.get $word) (i32.const 24)))
    (local.set $a (i32.load offset=64 (i32.shr_u (i32.and (local.get $word) (i32.const 0xff0000)) (i32.const 14))))
    (block $answer (block $jump (block $unless (block $increment (block $add (block $xor (block $shift (block $multiply
      (br_table $multiply $shift $xor $add $increment $unless $jump $answer (i32.and (local.get $word) (i32.const 255))))
      (i32.store (local.get $target) (i32.mul (local.get $a) (i32.load offset=64 (i32.shl (local.get $b) (i32.const 2)))))
      (br $next))
      (i32.store (local.get $target) (i32.shl (local.get $a) (local.get $b)))
      (br $next))
      (i32.store (local.get $target) (i32.xor (local.get $a) (i32.load offset=64 (i32.shl (local.get $b) (i32.const 2)))))
      (br $next))
      (i32.store (local.get $target) (i32.add (local.get $a) (i32.load offset=64 (i32.shl (local.get $b) (i32.const 2)))))
      (br $next))
      (i32.store (local.get $target) (i32.add (local.get $a) (local.get $b)))
      (br $next))
      (if (i32.ge_u (local.get $a) (i32.load (i32.const 64))) (then (local.set $pc (i32.add (local.get $pc) (i32.const 4)))))
      (br $next))
      (local.set $pc (i32.shl (local.get $b) (i32.const 2)))
      (br $next))
    (return (local.get $a)))
  (unreachable))
