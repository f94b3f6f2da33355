import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { textToBinary } from "#wast";
import { parseFloatBits } from "../../src/wast/number.ts";
import { MODES, readExpectations } from "./expectations.ts";
import { runFile } from "./run-file.ts";

const path = join(import.meta.dirname, "by-hand.wast");
const encoded = [...readFileSync(path, "utf8").matchAll(/^;; (\S+\.wast:\d+)$/gm)].map((match) => match[1]);
const DOUBLE_ROUNDING = "f32 literals are rounded twice, to f64 first";

for (const mode of MODES) {
  test(`invalid modules that come to no engine as text are rejected when encoded by hand, ${mode}`, async () => {
    const { passed, others } = await runFile({ file: "by-hand.wast", path, mode });
    assert.deepEqual({ passed, others }, { passed: encoded.length, others: [] });
  });
}

test("every case that the text library makes valid is encoded by hand", () => {
  const rows = readExpectations().filter(({ part, reason }) => part === "text library" && reason !== DOUBLE_ROUNDING);
  assert.deepEqual(rows.flatMap(({ file, lines }) => lines.map((line) => `${file}:${line}`)).filter((one) => !encoded.includes(one)), []);
});

test(DOUBLE_ROUNDING, () => {
  const literal = "0x1.00000100000000001p-50";
  const bytes = textToBinary(`(module (func (result f32) (f32.const ${literal})))`);
  const written = new DataView(bytes.buffer).getUint32(bytes.length - 5, true);
  const double = new DataView(new ArrayBuffer(8));
  double.setBigUint64(0, parseFloatBits(literal, "f64") ?? 0n);
  const twice = new Float32Array([double.getFloat64(0)]);
  assert.equal(written, new Uint32Array(twice.buffer)[0]);
  assert.equal(parseFloatBits(literal, "f32"), 0x2680_0001n);
  assert.notEqual(BigInt(written), 0x2680_0001n);
});
