import assert from "node:assert/strict";
import { test } from "node:test";
import { TRAPS, trapCodeOf, trapWords } from "./trap-codes.ts";

test("the table has each code and each host message once, and words for all", () => {
  assert.equal(new Set(TRAPS.map(({ code }) => code)).size, TRAPS.length);
  const messages = TRAPS.flatMap(({ host }) => host.map(String));
  assert.equal(new Set(messages).size, messages.length);
  for (const { code, words } of TRAPS) assert.ok(words.length > 0, code);
});

test("a message is known by one row only", () => {
  for (const { code, host } of TRAPS) {
    for (const message of host) {
      if (typeof message !== "string") continue;
      assert.equal(trapCodeOf(message), code);
      const others = TRAPS.filter((row) => row.code !== code && row.host.some((other) => typeof other !== "string" && other.test(message)));
      assert.deepEqual(others.map((row) => row.code), [], message);
    }
  }
});

test("messages of several hosts are understood", () => {
  const rows = [
    ["WebAssembly.Instance(): table index is out of bounds", "out-of-bounds-table-access"],
    ["WebAssembly.Instance(): data segment 3 is out of bounds (offset 65536 + size 1 > memory_size 65536 bytes)", "out-of-bounds-memory-access"],
    ["Out of bounds memory access (evaluating 'f()')", "out-of-bounds-memory-access"],
    ["Division by zero (evaluating 'f()')", "integer-divide-by-zero"],
    ["call_indirect to a signature that does not match (evaluating 'f()')", "indirect-call-type-mismatch"],
    ["Unreachable code should not be executed (evaluating 'f()')", "unreachable"],
    ["too much recursion", "call-stack-exhausted"],
    ["indirect call to null", "uninitialized-element"],
  ] as const;
  for (const [message, code] of rows) assert.equal(trapCodeOf(message), code, message);
  for (const message of ["", "Invalid array length", "my divide by zero", "unreachable host"]) assert.equal(trapCodeOf(message), undefined, message);
});

test("words begin with the most likely", () => {
  assert.equal(trapWords("out-of-bounds-table-access")[0], "out of bounds table access");
  assert.equal(trapWords("fuel-exhausted")[0], "all fuel consumed");
});
