import assert from "node:assert/strict";
import { test } from "node:test";
import { IsolaError } from "#base";
import { FsError, memory } from "#fs";
import type { FileSystem } from "#fs";
import { SessionMounts } from "./session-mounts.ts";

test("mounts that are made at the same time are counted, and one path has one", async () => {
  const root = memory();
  for (let index = 0; index < 70; index++) root.mkdir(`/m${index}`);
  const mounts = new SessionMounts({ "/": root }, {
    slow: async () => {
      await new Promise((turn) => setImmediate(turn));
      return memory();
    },
    broken: () => Promise.reject(new Error("broken")),
  });
  await assert.rejects(mounts.mount("broken", "", "/m0"));
  const same = await Promise.allSettled([mounts.mount("slow", "", "/m0"), mounts.mount("slow", "", "/m0")]);
  assert.deepEqual(same.map(({ status }) => status), ["fulfilled", "rejected"]);
  const all = await Promise.allSettled(Array.from({ length: 69 }, (_, index) => mounts.mount("slow", "", `/m${index + 1}`)));
  assert.equal(all.filter(({ status }) => status === "fulfilled").length, 63);
  assert.equal(mounts.list.length, 65);
});

test("what a maker refuses is an error of the program, and what is no file system is not mounted", async () => {
  class Refused extends IsolaError {
    readonly code = "test/refused";
  }
  const root = memory();
  root.mkdir("/m");
  const mounts = new SessionMounts({ "/": root }, {
    refused: () => { throw new Refused("in use"); },
    missing: () => Promise.reject(new FsError("noent")),
    nothing: () => undefined as unknown as FileSystem,
    empty: () => ({}) as FileSystem,
  });
  await assert.rejects(mounts.mount("refused", "", "/m"), (error) => error instanceof FsError && error.message === "io: in use");
  await assert.rejects(mounts.mount("missing", "", "/m"), (error) => error instanceof FsError && error.code === "noent");
  for (const kind of ["nothing", "empty"]) await assert.rejects(mounts.mount(kind, "", "/m"), new RegExp(`kind "${kind}" gave no file system`));
  assert.equal(mounts.list.length, 1);
});
