import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamDescriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { FakeProcess } from "./fake-process.test-support.ts";
import { FdTable } from "./fd-table.ts";

function tableOf(count: number): { readonly fds: FdTable; readonly process: FakeProcess } {
  const process = new FakeProcess();
  const fds = new FdTable(process.handles);
  for (let fd = 0; fd < count; fd++) assert.equal(fds.insert(newStream(), 0, 0), fd);
  return { fds, process };
}
const newStream = (): StreamDescriptor => StreamDescriptor.reading(undefined, false);

test("a retired number is closed, given to nobody, and free after one more close", () => {
  const { fds, process } = tableOf(4);
  fds.retire(2);
  assert.equal(process.handles.size, 3);
  assert.equal(fds.get(2, 0), undefined);
  assert.equal(fds.errno, Errno.badf);
  assert.equal(fds.rights(2), 0);
  assert.equal(fds.insert(newStream(), 0, 0), 4);
  assert.equal(fds.renumber(2, 3), false);
  assert.equal(fds.close(2), true);
  assert.equal(fds.close(2), false);
  assert.equal(fds.insert(newStream(), 0, 0), 2);
});

test("to retire a number that is not open does nothing", () => {
  const { fds } = tableOf(2);
  fds.retire(7);
  fds.retire(1);
  fds.retire(1);
  assert.equal(fds.close(1), true);
  assert.equal(fds.close(1), false);
});

test("a retired number can be given on purpose", () => {
  const { fds, process } = tableOf(3);
  fds.retire(1);
  assert.equal(fds.place(1, newStream(), 0, 0), true);
  assert.notEqual(fds.get(1, 0), undefined);
  assert.equal(fds.close(1), true);
  assert.equal(process.handles.size, 2);
});

test("numbers that are never closed once more do not pile up", () => {
  const { fds } = tableOf(1);
  let highest = 0;
  for (let round = 0; round < 1000; round++) {
    const fd = fds.insert(newStream(), 0, 0)!;
    highest = Math.max(highest, fd);
    fds.retire(fd);
  }
  assert.ok(highest < 100, String(highest));
});
