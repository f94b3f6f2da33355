/** Programs mount what their session offers, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileService, FsError, memory } from "../../src/node.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { TestSession } from "./sessions.ts";

const FILES = { "/mnt/below": "covered" };

test("a program mounts a file system that another program serves, uses it, and takes it away", async () => {
  const bytes = await compileAssemblyScript("services/memory-fs/main.ts", "incremental");
  const services: FileService[] = [];
  await using tested: TestSession = await TestSession.create({
    files: FILES,
    mountKinds: {
      memory: (source) => memory({ files: { [source]: "x" } }),
      served: async () => {
        const service = new FileService(tested.os, await tested.os.compile(bytes));
        services.push(service);
        return service;
      },
      broken: () => {
        throw new FsError("io", "no such device");
      },
    },
  });
  const { stdout } = await tested.run(["mount", "served", "store one", "/mnt"]);
  assert.equal(stdout, "mount 0\n[mounted]\nmemory memory / rw\nserved store\\040one /mnt rw\nunmount 0\ngone -44\n");
  assert.equal(services[0]?.generation, 1);
  assert.equal(tested.files.stat("/mnt/f"), undefined);
  await services[0].close();
  assert.match((await tested.run(["mount", "memory", "a", "/mnt"])).stdout, /^mount 0\n\[mounted\]\n/);
  // What is below is as it was.
  assert.equal(tested.files.readText("/mnt/below"), "covered");
  for (const [words, errno] of [
    [["tape", "x", "/mnt"], 43], // nodev
    [["broken", "x", "/mnt"], 29], // io
    [["memory", "x", "/"], 10], // busy
    [["memory", "x", "/nowhere"], 44], // noent
    [["memory", "x", "/bin/tool"], 54], // notdir
  ] as const) {
    assert.equal((await tested.run(["mount", ...words])).stdout, `mount ${errno}\n`, words.join(" "));
  }
});

test("without kinds nothing can be mounted", async () => {
  await using tested = await TestSession.create({ files: FILES });
  assert.equal((await tested.run(["mount", "memory", "x", "/mnt"])).stdout, "mount 63\n"); // perm
});
