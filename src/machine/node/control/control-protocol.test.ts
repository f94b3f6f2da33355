import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ControlError, MESSAGE_CHARS_MAX, PROTOCOL_VERSION, REQUEST_BYTES_MAX, checkSnapshot, parseAnswer, parseRequest, printAnswer, printError, printRequest } from "./control-protocol.ts";

const line = (text: string): string => {
  assert.equal(text.indexOf("\n"), text.length - 1, "one line");
  return text.slice(0, -1);
};

test("requests are read as they were written, and fit", () => {
  assert.deepEqual(parseRequest(line(printRequest({ ask: "snapshot" }))), { ask: "snapshot" });
  fc.assert(fc.property(fc.maxSafeInteger(), fc.string({ unit: "binary", maxLength: MESSAGE_CHARS_MAX / 2 }), (process, message) => {
    const text = line(printRequest({ ask: "kill", process, message }));
    assert.ok(Buffer.byteLength(text) <= REQUEST_BYTES_MAX);
    assert.deepEqual(parseRequest(text), { ask: "kill", process, message });
  }));
});

test("whatever is no request is refused with an error of the protocol", () => {
  const values = fc.anything({ withBigInt: false });
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), values.map((value) => JSON.stringify({ isola: PROTOCOL_VERSION, ask: "kill", ...Object(value) }) ?? "")), (text) => {
    try {
      const request = parseRequest(text);
      assert.ok(request.ask === "snapshot" || (Number.isSafeInteger(request.process) && request.message.length <= MESSAGE_CHARS_MAX));
    } catch (error) {
      assert.ok(error instanceof ControlError, String(error));
    }
  }));
});

test("answers and errors come through; others are bad answers", () => {
  assert.deepEqual(parseAnswer(line(printAnswer({ killed: 3 }))), { killed: 3 });
  assert.throws(() => parseAnswer(line(printError(new ControlError("no-process", "no process 4")))), { code: "control/no-process", message: "no process 4" });
  for (const text of ["", "{}", "[]", '{"isola":1}', '{"isola":1,"ok":7}', '{"isola":1,"error":{"code":1,"message":"x"}}', '{"isola":1,"error":null}']) {
    assert.throws(() => parseAnswer(text), { code: "control/bad-answer" });
  }
  assert.throws(() => parseAnswer('{"isola":2,"ok":{}}'), { code: "control/version" });
});

test("a snapshot of another shape is a bad answer", () => {
  fc.assert(fc.property(fc.object({ key: fc.constantFrom("nowMs", "machine", "switches", "started", "ends", "jobs", "processes", "unlisted") }), (value) => {
    try {
      checkSnapshot(value as Record<string, unknown>);
    } catch (error) {
      assert.ok(error instanceof ControlError && error.code === "control/bad-answer", String(error));
    }
  }));
});
