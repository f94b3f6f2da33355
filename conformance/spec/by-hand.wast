;; Invalid modules of the suite that no engine sees, encoded by hand: their text is refused before
;; it reaches one, or the text library makes a valid module of it (expectations.json). Each is
;; named as in the suite. V8 takes bit 5 of the alignment of align.wast:1016 for a memory order,
;; and rejects that. Spec: core binary/modules.

;; core/align.wast:1004
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\04\01\60\00\00\03\02\01\00\05\03\01\00\01"
    "\0a\13\01\11\00\41\00\28\02\ff\ff\ff\ff\ff\ff\ff\ff\ff\01\1a\0b"
  )
  "offset out of range")

;; core/align.wast:1016
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\04\01\60\00\00\03\02\01\00\05\03\01\00\01"
    "\0a\13\01\11\00\41\00\28\3f\ff\ff\ff\ff\ff\ff\ff\ff\ff\01\1a\0b"
  )
  "alignment must not be larger than natural")

;; core/data.wast:438
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\05\03\01\00\01"
    "\0b\08\01\00\41\00\41\00\0b\00"
  )
  "type mismatch")

;; core/data.wast:446
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\05\03\01\00\01"
    "\0b\08\01\00\23\00\23\00\0b\00"
  )
  "type mismatch")

;; core/data.wast:455
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\05\03\01\00\01"
    "\0b\08\01\00\23\00\41\00\0b\00"
  )
  "type mismatch")

;; core/data.wast:488
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\05\03\01\00\01"
    "\0b\07\01\00\41\00\01\0b\00"
  )
  "constant expression required")

;; core/data.wast:480
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\05\03\01\00\01"
    "\0b\07\01\00\01\41\00\0b\00"
  )
  "constant expression required")

;; core/elem.wast:516
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\04\01\60\00\00\03\02\01\00"
    "\04\0a\01\40\00\64\70\00\01\d2\00\0b"
    "\09\09\01\04\41\00\0b\01\d2\00\0b"
    "\0a\04\01\02\00\0b"
  )
  "type mismatch")

;; core/elem.wast:740
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\04\04\01\70\00\01"
    "\09\06\01\00\d0\70\0b\00"
  )
  "type mismatch")

;; core/elem.wast:756
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\04\04\01\70\00\01"
    "\09\08\01\00\41\00\41\00\0b\00"
  )
  "type mismatch")

;; core/elem.wast:764
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\04\04\01\70\00\01"
    "\09\08\01\00\23\00\23\00\0b\00"
  )
  "type mismatch")

;; core/elem.wast:773
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\04\04\01\70\00\01"
    "\09\08\01\00\23\00\41\00\0b\00"
  )
  "type mismatch")

;; core/elem.wast:799
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\04\04\01\70\00\01"
    "\09\07\01\00\01\41\00\0b\00"
  )
  "constant expression required")

;; core/elem.wast:807
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\04\04\01\70\00\01"
    "\09\07\01\00\41\00\01\0b\00"
  )
  "constant expression required")

;; core/elem.wast:861
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\04\04\01\70\00\01"
    "\09\0b\01\04\41\00\0b\01\d0\70\d0\70\0b"
  )
  "type mismatch")

;; core/global.wast:313
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\06\07\01\7f\00\41\00\01\0b"
  )
  "constant expression required")

;; core/global.wast:333
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\06\08\01\7f\00\41\00\41\00\0b"
  )
  "type mismatch")

;; core/global.wast:348
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\06\08\01\7f\00\23\00\23\00\0b"
  )
  "type mismatch")

;; core/global.wast:353
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\02\14\01\04\74\65\73\74\0a\67\6c\6f\62\61\6c\2d\69\33\32\03\7f\00"
    "\06\08\01\7f\00\41\00\23\00\0b"
  )
  "type mismatch")

;; core/tag.wast:18
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\05\01\60\00\01\7f"
    "\0d\03\01\00\00"
  )
  "non-empty tag result type")

;; core/tag.wast:22
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\05\01\60\00\01\7f"
    "\02\06\01\00\00\04\00\00"
  )
  "non-empty tag result type")

;; core/type-rec.wast:51
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\0c\02\4e\02\60\00\00\60\00\00\60\00\00"
    "\03\02\01\02"
    "\06\07\01\64\00\00\d2\00\0b"
    "\0a\04\01\02\00\0b"
  )
  "type mismatch")

;; core/type-rec.wast:204
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\0f\02\4e\02\5f\00\60\01\64\00\00\60\01\64\00\00"
    "\03\02\01\02"
    "\06\07\01\64\01\00\d2\00\0b"
    "\0a\04\01\02\00\0b"
  )
  "type mismatch")

;; core/type-rec.wast:216
(assert_invalid
  (module binary
    "\00asm\01\00\00\00"
    "\01\0b\02\4e\02\5f\00\60\00\00\60\00\00"
    "\03\02\01\02"
    "\06\07\01\64\01\00\d2\00\0b"
    "\0a\04\01\02\00\0b"
  )
  "type mismatch")
