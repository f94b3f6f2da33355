/** The memory file system as a program: it does what every file system does, and may die while it is used. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { FileService, boot } from "isola";
import { FsError } from "#fs";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { CREATE, READ, TRAITS, fileSystemCases, get, put } from "./file-system.cases.ts";

const os = await boot();
const program = await os.compile(await compileAssemblyScript("services/memory-fs/main.ts", "incremental"), { name: "memory-fs" });
after(() => os.close());

fileSystemCases("served", TRAITS.served, () => {
  const fs = new FileService(os, program);
  return { fs, dispose: () => void fs.close() };
});

const fails = (code: string) => (error: unknown): boolean => error instanceof FsError && error.code === code;

test("a service that is killed takes what was open along, and is started anew for the next", async () => {
  await using files = new FileService(os, program, { restartMs: 0 });
  for (let round = 1; round <= 20; round++) {
    const root = await files.root();
    assert.equal(files.generation, round);
    await put(root, "a", `round ${round}`);
    assert.equal(await get(root, "a"), `round ${round}`);
    const file = await root.openFile("a", READ);
    // Half of the time with a request under way.
    const asked = round % 2 === 0 ? Promise.resolve(file.stat()).catch((error: unknown) => assert.ok(fails("io")(error))) : undefined;
    files.process?.kill("the test says so");
    await asked;
    await files.process?.exited;
    await assert.rejects(async () => file.read(0, new Uint8Array(1)), fails("io"));
    await assert.rejects(async () => root.statEntry("a"), fails("io"));
    file.close();
    root.close();
  }
});

test("a service that ends as soon as it starts is not started again and again", async () => {
  const ending = await os.compile(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 10, 1, 6, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0, 0, 10, 4, 1, 2, 0, 0x0b]), { name: "ending" });
  await using files = new FileService(os, ending, { restartMs: 60_000 });
  await assert.rejects(async () => files.root(), fails("io"));
  await files.process?.exited;
  await assert.rejects(async () => files.root(), fails("io"));
  assert.equal(files.generation, 1);
});

test("the quota is the service's own", async () => {
  await using files = new FileService(os, program);
  const root = await files.root();
  const file = await root.openFile("large", CREATE);
  await assert.rejects(async () => file.allocate(0, (64 << 20) + 1), fails("nospc"));
  await file.allocate(0, 64 << 20);
  await assert.rejects(async () => file.append(new Uint8Array(1)), fails("nospc"));
  await file.truncate(0);
  assert.equal(await file.append(new Uint8Array(1)), 1);
  file.close();
  root.close();
});
