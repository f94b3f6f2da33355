import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HandleTable, KernelObject } from "./handle-table.ts";
import type { Handle } from "./handle-table.ts";

class Thing extends KernelObject {
  readonly objectKind = "thing";
  closes = 0;
  protected closed(): void {
    this.closes++;
  }
}

function table(limit = Infinity): { table: HandleTable; charged(): number } {
  let charged = 0;
  return {
    table: new HandleTable({ chargeHandle: () => (charged < limit ? (charged++, true) : false), refundHandle: () => void charged-- }),
    charged: () => charged,
  };
}

describe("handle table", () => {
  test("numbers that are no handles find nothing and close nothing", () => {
    const { table: handles } = table();
    const handle = handles.insert(new Thing(), 7)!;
    for (const claimed of [0, -1, 1.5, NaN, Infinity, handle + 1, handle ^ (1 << 20), 2 ** 31, 2 ** 32 + handle, -handle]) {
      assert.equal(handles.get(claimed), undefined, String(claimed));
      assert.equal(handles.rights(claimed), 0);
      assert.equal(handles.close(claimed), false);
      assert.equal(handles.duplicate(claimed, 7), undefined);
      assert.equal(handles.restrict(claimed, 0), false);
    }
    assert.equal(handles.rights(handle), 7);
  });

  test("agrees with a map of live handles; a closed handle never comes to life again", () => {
    const operation = fc.oneof(
      fc.record({ op: fc.constant("insert" as const), rights: fc.nat({ max: 7 }) }),
      fc.record({ op: fc.constant("close" as const), at: fc.nat() }),
      fc.record({ op: fc.constant("duplicate" as const), at: fc.nat(), rights: fc.nat({ max: 7 }) }),
      fc.record({ op: fc.constant("restrict" as const), at: fc.nat(), rights: fc.nat({ max: 7 }) }),
    );
    fc.assert(fc.property(fc.array(operation, { maxLength: 150 }), (operations) => {
      const { table: handles, charged } = table(20);
      const live = new Map<Handle, { object: Thing; rights: number }>();
      const dead: Handle[] = [];
      const add = (handle: Handle | undefined, object: Thing, rights: number): void => {
        if (live.size >= 20) return assert.equal(handle, undefined);
        assert.ok(handle !== undefined && !live.has(handle) && !dead.includes(handle));
        live.set(handle, { object, rights });
      };
      for (const step of operations) {
        const chosen = step.op === "insert" || live.size === 0 ? undefined : [...live.keys()][step.at % live.size]!;
        if (step.op === "insert") {
          const object = new Thing();
          add(handles.insert(object, step.rights), object, step.rights);
        } else if (chosen !== undefined) {
          const { object, rights } = live.get(chosen)!;
          if (step.op === "duplicate") add(handles.duplicate(chosen, step.rights), object, rights & step.rights);
          else if (step.op === "restrict") {
            assert.ok(handles.restrict(chosen, step.rights));
            live.set(chosen, { object, rights: rights & step.rights });
          } else {
            assert.ok(handles.close(chosen));
            live.delete(chosen);
            dead.push(chosen);
            assert.equal(object.closes, [...live.values()].some((other) => other.object === object) ? 0 : 1);
          }
        }
        assert.equal(handles.size, live.size);
        assert.equal(charged(), live.size);
        for (const [handle, { object, rights }] of live) {
          assert.equal(handles.get(handle), object);
          assert.equal(handles.rights(handle), rights);
        }
        for (const handle of dead) assert.equal(handles.get(handle), undefined);
      }
      handles.closeAll();
      assert.equal(charged(), 0);
      for (const { object } of live.values()) assert.equal(object.closes, 1);
    }));
  });

  test("a slot whose generations are used up is retired", () => {
    const { table: handles } = table();
    const seen = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      const handle = handles.insert(new Thing(), 1)!;
      assert.ok(!seen.has(handle), `handle ${handle} came twice`);
      seen.add(handle);
      handles.close(handle);
    }
  });

  test("releasing more often than retaining is a bug that is told", () => {
    assert.throws(() => new Thing().release(), /BUG/);
  });
});
