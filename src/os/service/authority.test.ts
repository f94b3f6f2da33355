import assert from "node:assert/strict";
import { test } from "node:test";
import { authorityGraph, authorityRemarks, words } from "./authority.ts";
import { authoritySvg } from "./authority-svg.ts";
import type { Manifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";

const MANIFEST: Manifest = {
  memories: { log: { size: "1 MiB" }, unheld: { size: 10 } },
  files: { scratch: { kind: "memory" }, src: { kind: "host", path: "./src" }, out: { kind: "host", path: "./out", write: true } },
  services: {
    store: { image: "store.wasm", limits: { memory: "1 MiB" }, restart: "never", handles: { log: { memory: "log", rights: ["read", "write"] } }, offers: { kv: { to: ["user", "idle"], channel: {} }, spare: { to: [], channel: {} } }, mounts: { "/tmp": "scratch" } },
    user: { image: "user.wasm", uses: { kv: "store/kv" }, heartbeat: { period: 1, timeout: 1 }, mounts: { "/tmp": "scratch", "/src": "src", "/out": { files: "out", readOnly: true } }, handles: { log: { memory: "log", rights: ["read"] }, all: { job: "all", rights: ["kill"] } } },
    idle: { image: "idle.wasm", mounts: { "/tmp": { files: "scratch", readOnly: true } }, handles: { log: { memory: "log" }, worker: { image: "store.wasm" }, own: { job: "own", rights: ["create", "kill"] } } },
  },
};

test("the graph has an edge for all that is given, and nothing else", () => {
  const plan = readManifest(MANIFEST);
  const { nodes, edges } = authorityGraph(plan);
  const ids = nodes.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { from, to } of edges) assert.ok(ids.includes(from) && ids.includes(to), `${from} -> ${to}`);
  const given = edges.map(({ from, to, name, powers, writes }) => `${from.replace("service ", "")} ${name} -> ${to} ${powers.length > 3 ? "all" : powers.join("+")}${writes ? " !" : ""}`);
  assert.deepEqual(given.sort(), [
    "idle /tmp -> files scratch read", "idle log -> memory log all !", "idle own -> job idle/own create+kill !", "idle worker -> image store.wasm all !",
    "store /tmp -> files scratch read+write !", "store log -> memory log read+write !",
    "user /out -> files out read", "user /src -> files src read", "user /tmp -> files scratch read+write !", "user all -> job all kill !", "user kv -> service store channel kv !", "user log -> memory log read",
  ]);
});

test("what a careful reader would remark is said, once each", () => {
  const plan = readManifest(MANIFEST);
  const remarks = authorityRemarks(plan, authorityGraph(plan)).map(({ about, remark }) => `${about}: ${remark}`);
  assert.deepEqual(remarks.sort(), [
    "files out: it is writable, and every mount of it is read-only",
    "files scratch: store and user can all write to it: one can change what another reads",
    "memory log: store and idle can all write to it: each must bear what the others leave there",
    "memory unheld: nobody has it",
    "service idle: it has no memory limit of its own: 1 GiB is what it may take",
    "service store: idle may use \"kv\" and does not",
    "service store: it has no heartbeat, so nobody notices when it hangs",
    "service store: it is never restarted, and user needs it",
    "service store: nobody uses \"spare\", which it offers",
    "service user: by \"all\" it can end all services, itself among them",
    "service user: it has no memory limit of its own: 1 GiB is what it may take",
  ]);
  const clean = readManifest({ services: { a: { image: "a", limits: { memory: "1 MiB" } } } });
  assert.deepEqual(authorityRemarks(clean, authorityGraph(clean)), []);
});

test("the picture names everything and is not led astray by names", () => {
  const hostile = readManifest({ ...MANIFEST, description: "</title><script>alert(1)</script>\u0000&", files: { ...MANIFEST.files, src: { kind: "host", path: "\"><svg onload='x'>\ud800" } } });
  const graph = authorityGraph(hostile);
  const svg = authoritySvg(graph, hostile.description!);
  for (const { name } of graph.nodes) assert.ok(svg.includes(name), name);
  assert.ok(!svg.includes("<script") && !svg.includes("<svg onload") && !svg.includes("\0") && !/onload='/.test(svg));
  const tags = [...svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)];
  const open: string[] = [];
  for (const [, closing, name, single] of tags) {
    if (single === "/") continue;
    if (closing === "") open.push(name!);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, [], "every element is closed");
  assert.equal(svg.match(/marker-end/g)!.length, graph.edges.length);
  assert.equal(words(["a", "b", "c"]), "a, b and c");
});
