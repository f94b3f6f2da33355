import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ring } from "./ring.ts";

test("a ring behaves as an array under any sequence of operations", () => {
  const step = fc.constantFrom("push", "push", "push", "shift", "unshift", "remove", "clear", "peek");
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(1_000)), { maxLength: 200 }), (steps) => {
      const ring = new Ring<{ readonly id: number }>();
      const model: { readonly id: number }[] = [];
      for (const [id, [operation, pick]] of steps.entries()) {
        const value = { id };
        switch (operation) {
          case "push":
            ring.push(value);
            model.push(value);
            break;
          case "unshift":
            ring.unshift(value);
            model.unshift(value);
            break;
          case "shift":
            assert.equal(ring.shift(), model.shift());
            break;
          case "peek":
            assert.equal(ring.peek(), model[0]);
            break;
          case "clear":
            // Rare, or no ring would ever grow.
            if (pick > 30) break;
            ring.clear();
            model.length = 0;
            break;
          case "remove": {
            const target = model[pick % (model.length + 1)] ?? value;
            const at = model.indexOf(target);
            assert.equal(ring.remove(target), at >= 0);
            if (at >= 0) model.splice(at, 1);
            break;
          }
        }
        assert.equal(ring.length, model.length);
      }
      assert.deepEqual([...ring], model);
    }),
  );
});
