;; Spins for ever, without a call that anybody could refuse.
(module
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $again
      (br $again))))
