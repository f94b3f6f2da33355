import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import { TRAP_FRAMES, readStack, withTrapFrames } from "./stack-frames.ts";

const TEXT = `(module (func (loop (br_if 0 (i32.const 0)))) (func (export "f") (drop (memory.grow (i32.const 1)))) (memory 1))`;

test("frames are read in the forms of several hosts", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, TEXT);
  const forms = [
    // V8
    "RuntimeError: unreachable\n    at isola.n0 (wasm://wasm/isola.n0-1234abcd:wasm-function[1]:0x40)\n    at wasm://wasm/isola.n0-1234abcd:wasm-function[0]:0x30\n    at file:///x.js:1:2",
    // SpiderMonkey
    "f@http://localhost/x.js line 3 > WebAssembly.Module:wasm-function[1]:0x40\n@http://localhost/x.js line 3 > WebAssembly.Module:wasm-function[0]:0x30\ng@http://localhost/x.js:1:2",
    // JavaScriptCore
    "<?>.wasm-function[1]@[wasm code]\n<?>.wasm-function[0]@[wasm code]\ng@http://localhost/x.js:1:2",
  ];
  for (const stack of forms) {
    const { frames, inHelper } = readStack(stack, engine, module);
    assert.deepEqual(frames.map((frame) => [frame.module, frame.funcIndex]), [[module, 1], [module, 0]], stack);
    assert.equal(inHelper, false);
  }
  assert.deepEqual(readStack(forms[1]!, engine, undefined).frames, []);
});

test("frames of helpers are left out, and of strangers", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, TEXT);
  const helper = module.layout.firstHelper;
  assert.equal(helper, 2);
  const stack = `E\n at wasm://wasm/isola.n0-1234abcd:wasm-function[${helper}]:0x99\n at wasm://wasm/isola.n0-1234abcd:wasm-function[1]:0x40\n at wasm://wasm/stranger-00000000:wasm-function[7]:0x1\n at wasm://wasm/isola.gone-00000000:wasm-function[7]:0x1\n at wasm://wasm/0badf00d:wasm-function[3]:0x1`;
  const { frames, inHelper } = readStack(stack, engine, module);
  assert.equal(inHelper, true);
  assert.deepEqual(frames.map((frame) => frame.funcIndex), [1]);
});

test("the host's setting comes back, whatever happens", () => {
  const before = Error.stackTraceLimit;
  assert.equal(withTrapFrames(() => Error.stackTraceLimit), TRAP_FRAMES);
  assert.throws(() => withTrapFrames(() => { throw new Error("x"); }), /x/);
  assert.equal(Error.stackTraceLimit, before);
  try {
    Error.stackTraceLimit = 200;
    assert.equal(withTrapFrames(() => Error.stackTraceLimit), 200);
    Error.stackTraceLimit = 0;
    assert.equal(withTrapFrames(() => Error.stackTraceLimit), TRAP_FRAMES);
    assert.equal(Error.stackTraceLimit, 0);
  } finally {
    Error.stackTraceLimit = before;
  }
});
