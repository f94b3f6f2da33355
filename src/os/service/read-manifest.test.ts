import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ManifestError } from "./field-reader.ts";
import type { Manifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";

function problems(document: unknown): string[] {
  try {
    readManifest(document);
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error));
    return error.message.split("\n");
  }
  return [];
}

const GOOD: Manifest = {
  description: "a store and its user",
  memories: { log: { size: "1 MiB" } },
  events: ["tick"],
  files: { scratch: { kind: "memory" }, src: { kind: "host", path: "./src" } },
  services: {
    user: { image: "user.wasm", uses: { store: "store/kv", math: "math/add" }, mounts: { "/tmp": "scratch", "/src": { files: "src", readOnly: true } }, main: true, restart: "never" },
    store: { image: "store.wasm", handles: { log: { memory: "log", rights: ["read", "write"] }, tick: { event: "tick" } }, offers: { kv: { to: ["user"], channel: { messages: 4 } } }, heartbeat: { period: "1s", timeout: "500ms" } },
    math: { image: "math.wat", offers: { add: { to: ["*"], functions: { add: { params: ["i32", "i32"], results: ["i32"] } }, budget: "5ms" } }, restart: { mode: "always", budget: 3, window: "10s" } },
  },
};

test("a manifest is read with its defaults, in the order of needs", () => {
  const plan = readManifest(GOOD);
  assert.deepEqual([...plan.services.keys()], ["store", "math", "user"]);
  assert.equal(plan.memories.get("log"), 1 << 20);
  const store = plan.services.get("store")!;
  assert.equal(store.control, true, "for its clients and its heartbeat");
  assert.deepEqual(store.life, { readiness: "start", startMs: 30_000, graceMs: 0, heartbeat: { periodMs: 1000, timeoutMs: 500 } });
  assert.equal(store.restart.mode, "on-failure");
  const math = plan.services.get("math")!;
  assert.deepEqual([math.restart.mode, math.restart.restarts, math.restart.windowMs, math.control], ["always", 3, 10_000, false]);
  assert.deepEqual(plan.services.get("user")!.needs, ["store", "math"]);
});

const service = (fields: object): unknown => ({ services: { a: { image: "a.wasm", ...fields } } });
const ROWS: readonly (readonly [name: string, document: unknown, expected: readonly RegExp[]])[] = [
  ["nothing", undefined, [/^the manifest is missing$/]],
  ["null", null, [/^the manifest must be an object$/]],
  ["a list", [], [/^the manifest must be an object$/]],
  ["empty", {}, [/^services is missing$/]],
  ["no services", { services: {} }, [/^services is empty$/]],
  ["an unknown field", { servces: {}, services: { a: { image: "a" } } }, [/^servces is unknown; known are /]],
  ["a bad name", { services: { "../a": { image: "a" } } }, [/^services\["\.\.\/a"\] is no name/]],
  ["no image", { services: { a: {} } }, [/^services\.a needs an image$/]],
  ["several mistakes at once", service({ args: [1], env: { A: 1 }, clocks: "yes", weight: 0 }), [/^services\.a\.args\[0\] must be a text$/, /^services\.a\.env\.A must be a text$/, /^services\.a\.weight must be a whole number from 1 to 10000$/, /^services\.a\.clocks must be true or false$/]],
  ["a misspelt limit", service({ limits: { memmory: 1 } }), [/^services\.a\.limits\.memmory is unknown/]],
  ["a bad size", service({ limits: { memory: "much" } }), [/^services\.a\.limits\.memory is wrong: "much" is no size/]],
  ["a bad time", service({ grace: "-1s" }), [/^services\.a\.grace is wrong: "-1s" is no time/]],
  ["an unknown restart mode", service({ restart: "sometimes" }), [/^services\.a\.restart must be one of "never", "on-failure", "always"$/]],
  ["a back-off that shrinks", service({ restart: { backoff: "2s", max: "1s" } }), [/^services\.a\.restart\.max must not be below/]],
  ["ready by ending for ever", service({ ready: "exit", restart: "always" }), [/^services\.a\.restart must not be "always"/]],
  ["a heartbeat without times", service({ heartbeat: {} }), [/^services\.a\.heartbeat needs a period$/, /^services\.a\.heartbeat needs a timeout$/]],
  ["a mount of nothing", service({ mounts: { "/x": "nothing" } }), [/^services\.a\.mounts\["\/x"\] names no file system: there is no files\.nothing$/]],
  ["a mount at a relative path", service({ mounts: { x: "nothing" } }), [/must be an absolute path/, /names no file system/]],
  ["a handle on nothing", service({ handles: { m: { memory: "nothing" }, e: { event: "nothing" }, j: { job: "nothing" } } }), [/handles\.m names no memory: "nothing"/, /handles\.e names no event/, /handles\.j names no job/]],
  ["a handle on two things", service({ handles: { m: { memory: "x", event: "y" } } }), [/handles\.m must name one of/]],
  ["rights that its kind does not know", service({ handles: { j: { job: "own", rights: ["create", "signal"] } } }), [/handles\.j\.rights name what a job does not know: signal/]],
  ["a use without an offer", service({ uses: { x: "a" } }), [/^services\.a\.uses\.x must be "SERVICE\/OFFER"$/]],
  ["a use of nobody", service({ uses: { x: "b/c" } }), [/^services\.a needs "b", which is no service$/]],
  ["a use of what is not offered", { services: { a: { image: "a", uses: { x: "b/c" } }, b: { image: "b" } } }, [/^services\.a\.uses\.x names what b does not offer: "c"; it offers nothing$/]],
  ["a use of what is offered to others", { services: { a: { image: "a", uses: { x: "b/c" } }, b: { image: "b", offers: { c: { to: ["b"], channel: {} } } } } }, [/^services\.a\.uses\.x names what is not for it: b offers "c" to b$/]],
  ["an offer to nobody that exists", service({ offers: { c: { to: ["z"], channel: {} } } }), [/offers\.c\.to names no service: "z"/]],
  ["an offer of both kinds", service({ offers: { c: { to: [], channel: {}, functions: {} } } }), [/offers\.c must have either functions or a channel/]],
  ["a parameter of no kind", service({ offers: { c: { to: [], functions: { f: { params: ["i33"] } } } } }), [/offers\.c\.functions\.f\.params\[0\] must be one of/]],
  ["a ring", { services: { a: { image: "a", after: ["b"] }, b: { image: "b", after: ["c"] }, c: { image: "c", after: ["b"] } } }, [/^services need each other in a ring, so none of them can be the first: b -> c -> b$/]],
  ["two mains", { services: { a: { image: "a", main: true }, b: { image: "b", main: true } } }, [/^services has 2 services that are main: a, b$/]],
  ["the name of the control channel", service({ grace: "1s", handles: { control: { job: "own" } } }), [/handles\.control is the name of the control channel/]],
  ["a name from Object's own", { services: { a: { image: "a", handles: { m: { memory: "constructor" } } } } }, [/names no memory: "constructor"/]],
];
for (const [name, document, expected] of ROWS) {
  test(`refused with its path: ${name}`, () => {
    const found = problems(document);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const pattern of expected) assert.ok(found.some((line) => pattern.test(line)), `${pattern} in\n${found.join("\n")}`);
  });
}

test("whatever stands in it, it is a plan or a ManifestError", () => {
  const at = (value: unknown, path: readonly string[], replaced: unknown): unknown => {
    const [name, ...rest] = path;
    if (name === undefined || typeof value !== "object" || value === null) return replaced;
    return { ...value, [name]: at(Reflect.get(value, name), rest, replaced) };
  };
  const paths = (value: unknown): string[][] => (typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value).flatMap(([name, each]) => [[name], ...paths(each).map((rest) => [name, ...rest])]) : []);
  const all = paths(GOOD);
  let good = 0;
  fc.assert(fc.property(fc.constantFrom(...all), fc.oneof(fc.anything(), fc.jsonValue(), fc.constantFrom("own", "*", "store", "1s", 0, -1, 1e300, NaN)), (path, value) => {
    if (problems(at(GOOD, path, value)).length === 0) good++;
  }), { numRuns: 2000 });
  assert.ok(good > 0);
});
