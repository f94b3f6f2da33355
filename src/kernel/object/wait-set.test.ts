import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TestObject, testAccount } from "./objects.test-support.ts";
import { Signal } from "./rights.ts";
import { Status } from "./status.ts";
import { WaitSet } from "./wait-set.ts";

const OBJECTS = 4;
const bits = fc.integer({ min: 1, max: 7 });
const operation = fc.oneof(
  fc.record({ op: fc.constant("add" as const), object: fc.nat({ max: OBJECTS - 1 }), key: fc.nat({ max: 9 }), mask: bits }),
  fc.record({ op: fc.constant("remove" as const), key: fc.nat({ max: 9 }) }),
  fc.record({ op: fc.constant("up" as const), object: fc.nat({ max: OBJECTS - 1 }), bits }),
  fc.record({ op: fc.constant("down" as const), object: fc.nat({ max: OBJECTS - 1 }), bits }),
  fc.record({ op: fc.constant("reopen" as const), object: fc.nat({ max: OBJECTS - 1 }) }),
  fc.record({ op: fc.constant("report" as const), most: fc.integer({ min: 1, max: 4 }) }),
);

describe("wait set", () => {
  test("reports exactly the entries with a signal up, each in its turn", () => {
    fc.assert(fc.property(fc.array(operation, { maxLength: 100 }), (operations) => {
      const { table, charges, account } = testAccount();
      const objects = Array.from({ length: OBJECTS }, () => new TestObject());
      for (const object of objects) object.retain();
      const handles = objects.map((object) => table.insert(object, 7)!);
      const set = WaitSet.create(charges, table)!;
      set.retain();
      const empty = account.used("memory");
      const entries = new Map<number, { object: number; mask: number }>();
      /** Keys that are ready, longest first. */
      let ready: number[] = [];
      const settle = (): void => {
        const now = [...entries].filter(([, { object, mask }]) => (objects[object]!.signals & mask) !== 0).map(([key]) => key);
        ready = ready.filter((key) => now.includes(key));
        // The order among those that became ready in one step is not promised.
        ready.push(...now.filter((key) => !ready.includes(key)).sort());
      };
      for (const operation of operations) {
        switch (operation.op) {
          case "add": {
            const wanted = entries.has(operation.key) ? Status.exists : Status.ok;
            assert.equal(set.add(BigInt(operation.key), handles[operation.object]!, objects[operation.object]!, operation.mask), wanted);
            if (wanted === Status.ok) entries.set(operation.key, { object: operation.object, mask: operation.mask });
            break;
          }
          case "remove":
            assert.equal(set.remove(BigInt(operation.key)), entries.delete(operation.key));
            ready = ready.filter((key) => key !== operation.key);
            break;
          case "up":
            objects[operation.object]!.up(operation.bits);
            break;
          case "down":
            objects[operation.object]!.down(operation.bits);
            break;
          case "reopen":
            table.close(handles[operation.object]!);
            handles[operation.object] = table.insert(objects[operation.object]!, 7)!;
            for (const [key, { object }] of entries) if (object === operation.object) entries.delete(key);
            break;
          case "report": {
            const reported: number[] = [];
            const count = set.report(operation.most, (key, signals) => {
              const entry = entries.get(Number(key))!;
              assert.equal(signals, objects[entry.object]!.signals & entry.mask);
              reported.push(Number(key));
            });
            assert.equal(count, Math.min(operation.most, ready.length));
            assert.equal(new Set(reported).size, count, "each once");
            for (const key of reported) assert.ok(ready.includes(key));
            // Who was passed over comes before who was reported.
            const rest = ready.filter((key) => !reported.includes(key));
            const second: number[] = [];
            set.report(rest.length, (key) => second.push(Number(key)));
            assert.deepEqual(second.toSorted(), rest.toSorted());
            ready = [...reported, ...rest];
            break;
          }
        }
        settle();
        assert.equal(set.readyCount, ready.length);
        assert.equal((set.signals & Signal.readable) !== 0, ready.length > 0);
        assert.equal(set.size, entries.size);
        assert.equal(account.used("memory") > empty, entries.size > 0);
      }
      set.release();
      assert.equal(account.used("memory"), 0);
    }), { numRuns: 500 });
  });

  test("a wait set does not watch a wait set", () => {
    const { table, charges } = testAccount();
    const [a, b] = [WaitSet.create(charges, table)!, WaitSet.create(charges, table)!];
    assert.equal(a.add(0n, table.insert(b, 7)!, b, Signal.readable), Status.wrong_kind);
  });
});
