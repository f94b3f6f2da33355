/** Every object of options that the packages take refuses what it does not know, and what would mean nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FileService, Files, Loopback, OptionError, Terminal, UserSpace, boot, devices, hostDir, installPackage, memory, overlay, readOnly, volume } from "isola";
import { Engine, Module, Store } from "isola/wasm";
import { textToBinary } from "#wast";

const FOLDER = mkdtempSync(join(tmpdir(), "isola-options-"));
const os = await boot({ cacheFolder: false });
after(async () => {
  await os.close();
  rmSync(FOLDER, { recursive: true });
});
const bytes = textToBinary(`(module (func (export "_start")) (func (export "f")))`);
const program = await os.compile(bytes);
const engine = new Engine();
const session = os.createSession({ fs: { "/": memory() } });

/** What takes options, with wrong ones and the name that must be told. */
type Wrong = readonly (readonly [options: object, named: string])[];
const LIMITS: Wrong = [[{ limits: { memroy: 1 } }, "limits.memroy"], [{ limits: { memory: "5 MiB" } }, "limits.memory"], [{ limits: 5 }, "limits"]];
const TABLE: readonly (readonly [name: string, use: (options: object) => unknown, wrong: Wrong])[] = [
  ["boot", (options) => boot(options), [
    ...LIMITS, [{ quantumMs: NaN }, "quantumMs"], [{ quantumMs: 0 }, "quantumMs"], [{ quantumMs: "1" }, "quantumMs"], [{ capacity: { memory: 1 } }, "capacity.memory"], [{ cacheFolder: true }, "cacheFolder"],
    [{ userSpace: { tool: 1 } }, "userSpace.tool"], [{ control: "yes" }, "control"], [{ manifest: 5 }, "manifest"],
  ]],
  ["compile", (options) => os.compile(bytes, options), [[{ unknownImports: "ignore" }, "unknownImports"], [{ fuel: 100 }, "fuel"], [{ signal: {} }, "signal"], [{ name: 5 }, "name"]]],
  ["spawn", (options) => os.spawn(program, options), [
    [{ limits: null }, "limits"], [{ limits: { cpu: null } }, "limits.cpu"], [{ limits: { cpuShare: "0.5" } }, "limits.cpuShare"], [{ service: "no" }, "service"], [{ trace: true }, "trace"],
    [{ job: {} }, "job"], [{ handles: { a: 5 } }, "handles.a"], [{ imports: { a: {} } }, "imports.a"], [{ modules: { a: bytes } }, "modules.a"], [{ sockets: [5] }, "sockets"], [{ isolated: false }, "isolated"],
    [{ core: { max: 1 } }, "core"], [{ env: ["A=1"] }, "env"], [{ name: 5 }, "name"],
  ]],
  ["createJob", (options) => os.createJob({ name: "j", ...options }), [...LIMITS, [{ weight: 0 }, "weight"], [{ name: undefined }, "name"]]],
  ["channel", (options) => os.channel(options), [[{ bytes: null }, "bytes"]]],
  ["Session.spawn", async (options) => (await session).spawn("/bin/true", ["true"], options), [[{ env: { "A=B": "c" } }, "env.A=B"], [{ env: { "": "c" } }, "env."], [{ stdout: "nul" }, "stdout"], [{ foreground: 1 }, "foreground"]]],
  ["createSession", (options) => os.createSession({ fs: {}, ...options }), [[{ fs: undefined }, "fs"], [{ onFault: 5 }, "onFault"], [{ terminal: {} }, "terminal"]]],
  ["shell", (options) => os.shell("true", options), [[{ args: "x" }, "args"], [{ stdin: 5 }, "stdin"], [{ signal: 5 }, "signal"]]],
  ["terminal", (options) => os.terminal(options), [[{ rows: "24" }, "rows"], [{ command: [] }, "command"], [{ command: "/bin/sh" }, "command"]]],
  ["UserSpace", (options) => new UserSpace(os, options), [[{ tools: {} }, "tools"], [{ processLimits: { processes: 1 } }, "processLimits.processes"]]],
  ["FileService", (options) => new FileService(os, program, options), [[{ spawn: { handles: {} } }, "spawn.handles"], [{ timeoutMs: "1 s" }, "timeoutMs"]]],
  ["launch", (options) => os.services.launch({}, {} as never, options), [[{ log: 5 }, "log"]]],
  ["memory", (options) => memory(options), [[{ limit: "1 MiB" }, "limit"], [{ files: { a: 5 } }, "files.a"]]],
  ["hostDir", (options) => hostDir(FOLDER, options), [[{ readOnly: false }, "readOnly"], [{ write: "no" }, "write"], [{ read: false }, "read"]]],
  ["volume", (options) => volume(join(FOLDER, "never.volume"), options), [[{ quota: { byte: 1 } }, "quota.byte"], [{ readonly: true }, "readonly"], [{ create: 0 }, "create"]]],
  ["devices", (options) => devices(options), [[{ entropy: 5 }, "entropy"]]],
  ["installPackage", (options) => installPackage(FOLDER, options), [[{ store: 5 }, "store"]]],
  ["Engine", (options) => new Engine(options), [[{ translate: { safepoint: false } }, "translate.safepoint"], [{ translate: { fuel: 1 } }, "translate.fuel"], [{ memoryCacheBytes: "1" }, "memoryCacheBytes"]]],
  ["Store", (options) => new Store(engine, options), [[{ fuel: 5 }, "fuel"], [{ fuel: -1n }, "fuel"], [{ limiter: { memoryBytes: "1 MiB" } }, "limiter.memoryBytes"]]],
  ["Module.compile", (options) => Module.compile(engine, bytes, options), [[{ fuel: true }, "fuel"]]],
];

for (const [name, use, wrong] of TABLE) {
  test(`${name} names the option that it does not know, or that means nothing`, async () => {
    for (const [options, named] of [...wrong, [{ frob: 1 }, "frob"]] as Wrong) {
      await assert.rejects(async () => use(options), (error) => error instanceof OptionError && error.code === "base/option" && error.option === named, `${named} of ${JSON.stringify(Object.keys(options))}`);
    }
    if (name !== "createJob" && name !== "createSession") await assert.rejects(async () => use(null as unknown as object), { code: "base/option", message: "the options must be an object" });
  });
}

test("what stands beside the options is checked, too", async () => {
  const wrong: readonly (readonly [use: () => unknown, named: string])[] = [
    [() => os.spawn(bytes as never), "program"], [() => os.createJob({ name: "j" }, {} as never), "parent"], [() => os.shell(5 as never), "line"],
    [() => overlay(memory(), {} as never), "layers[1]"], [() => readOnly({} as never), "fs"], [() => new Files({} as never), "fs"], [() => hostDir(5 as never), "path"], [() => volume(undefined as never), "path"],
    [() => memory().writeFile("a", 5 as never), "data"], [() => new Files(memory()).read("a", "1 MiB" as never), "maxBytes"], [() => new Terminal({ rows: 24, cols: 80 } as never), "cols"],
    [() => new Terminal(null as never), ""], [() => new Loopback("a", "5" as never), "backlog"], [() => os.services.ready("a", "5 s" as never), "timeoutMs"],
  ];
  for (const [use, named] of wrong) await assert.rejects(async () => use(), (error) => error instanceof OptionError && error.option === named, named);
});

test("a job of another system is refused, wherever one is named", async () => {
  await using other = await boot({ cacheFolder: false });
  for (const job of [other.root, other.createJob({ name: "j" })]) {
    for (const [use, named] of [[() => os.spawn(program, { job }), "job"], [() => os.createJob({ name: "j" }, job), "parent"], [() => os.createSession({ fs: {}, job }), "job"]] as const) {
      await assert.rejects(async () => use(), (error) => error instanceof OptionError && error.option === named && /another system/.test(error.message), named);
    }
  }
});

test("a stream that somebody reads already is refused: the program would wait for it for ever", async () => {
  const stdin = new ReadableStream<Uint8Array>();
  stdin.getReader();
  for (const use of [() => os.spawn(program, { stdin }), () => os.shell("cat", { stdin })]) await assert.rejects(use, (error) => error instanceof OptionError && error.option === "stdin");
});

test("an offer is checked as it is made", async () => {
  await using service = await os.spawn(program, { service: true });
  for (const [options, named] of [[{}, "name"], [{ name: "n", function: {} }, "function"], [{ name: "n", functions: { f: {} } }, "functions.f.params"], [{ name: "n", functions: { f: { params: [], block: true } } }, "functions.f.block"], [{ name: "n", budgetMs: "20" }, "budgetMs"]] as const) {
    assert.throws(() => service.offer(options as never), (error) => error instanceof OptionError && error.option === named, named);
  }
});

test("options that are undefined are as good as absent, also those that are on by themselves", async () => {
  const { translate } = new Engine({ translate: { safepoints: undefined, limits: undefined } } as object);
  assert.deepEqual(translate, { safepoints: true, limits: true, fuel: false });
  const options: object = { cacheFolder: undefined, quantumMs: undefined, harts: undefined, manifest: undefined, control: undefined };
  await (await boot(options)).close();
});

test("no directory is given away for an empty path", () => {
  assert.throws(() => hostDir(""), { code: "noent" });
});
