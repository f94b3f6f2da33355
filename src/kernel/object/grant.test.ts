import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Grant } from "./grant.ts";
import type { Handle } from "./handle-table.ts";
import { TestObject, testAccount } from "./objects.test-support.ts";
import { Undertaker } from "./undertaker.ts";

/** A live handle as the model knows it. */
interface Node {
  readonly object: TestObject;
  parent: Node | undefined;
  rights: number;
  table: number;
  handle: Handle;
}

const TABLES = 3;
const operation = fc.oneof(
  fc.record({ op: fc.constant("insert" as const), table: fc.nat({ max: TABLES - 1 }), rights: fc.nat({ max: 15 }) }),
  fc.record({ op: fc.constant("duplicate" as const), at: fc.nat(), rights: fc.nat({ max: 15 }) }),
  fc.record({ op: fc.constant("restrict" as const), at: fc.nat(), rights: fc.nat({ max: 15 }) }),
  fc.record({ op: fc.constant("move" as const), at: fc.nat(), table: fc.nat({ max: TABLES - 1 }) }),
  fc.record({ op: fc.constant("close" as const), at: fc.nat() }),
  fc.record({ op: fc.constant("revoke" as const), at: fc.nat() }),
);

const descends = (node: Node, from: Node): boolean => {
  for (let up = node.parent; up !== undefined; up = up.parent) if (up === from) return true;
  return false;
};

describe("grants", () => {
  test("tables of handles agree with a tree in which closing joins and revoking cuts off", () => {
    fc.assert(fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
      const undertaker = new Undertaker();
      const tables = Array.from({ length: TABLES }, () => testAccount());
      const objects: TestObject[] = [];
      let live: Node[] = [];
      const drop = (gone: Node): void => {
        live = live.filter((node) => node !== gone);
        for (const node of live) if (node.parent === gone) node.parent = gone.parent;
      };
      for (const operation of operations) {
        if (operation.op === "insert") {
          const object = new TestObject();
          objects.push(object);
          live.push({ object, parent: undefined, rights: operation.rights, table: operation.table, handle: tables[operation.table]!.table.insert(object, operation.rights)! });
          continue;
        }
        const node = live[operation.at % Math.max(1, live.length)];
        if (node === undefined) continue;
        const { table } = tables[node.table]!;
        switch (operation.op) {
          case "duplicate":
            live.push({ ...node, parent: node, rights: node.rights & operation.rights, handle: table.duplicate(node.handle, operation.rights)! });
            break;
          case "restrict":
            table.restrict(node.handle, operation.rights);
            node.rights &= operation.rights;
            break;
          case "move": {
            const old = node.handle;
            node.handle = tables[operation.table]!.table.put(table.take(old)!)!;
            node.table = operation.table;
            break;
          }
          case "close":
            assert.equal(table.close(node.handle), true);
            drop(node);
            break;
          case "revoke": {
            table.grantOf(node.handle)!.revoke(undertaker);
            live = live.filter((other) => !descends(other, node));
            break;
          }
        }
        for (const { object, rights, table: at, handle } of live) {
          assert.equal(tables[at]!.table.get(handle), object);
          assert.equal(tables[at]!.table.rights(handle), rights);
        }
        tables.forEach(({ table: each, account }, index) => {
          assert.equal(each.size, live.filter(({ table: at }) => at === index).length);
          assert.equal(account.used("handles"), each.size);
        });
        for (const object of objects) assert.equal(object.closes, live.some((other) => other.object === object) ? 0 : 1);
      }
    }), { numRuns: 300 });
  });

  test("a chain of a hundred thousand duplicates is revoked without a deep stack", () => {
    const { table } = testAccount();
    const object = new TestObject();
    const first = table.insert(object, 7)!;
    let last = first;
    for (let index = 0; index < 100_000; index++) last = table.duplicate(last, 7)!;
    table.grantOf(first)!.revoke(new Undertaker());
    assert.equal(table.size, 1);
    assert.equal(table.get(last), undefined);
    assert.equal(object.closes, 0);
  });

  test("a child never has more rights than its parent, whatever it asks for", () => {
    const grant = new Grant(new TestObject(), 0b0101);
    assert.equal(grant.derive(-1).rights, 0b0101);
    assert.equal(grant.derive(0b0110).derive(-1).rights, 0b0100);
  });
});
