import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineEnds } from "./host-terminal.ts";

test("carriage returns before line feeds go, others stay, however the bytes are parted", () => {
  fc.assert(fc.property(fc.array(fc.array(fc.constantFrom(...["a", "\r", "\n"]), { maxLength: 6 })), (parts) => {
    const whole = parts.flat().join("");
    const lines = new LineEnds();
    const shown = parts.map((part) => new TextDecoder().decode(lines.convert(new TextEncoder().encode(part.join(""))))).join("");
    const held = whole.endsWith("\r") ? "\r" : "";
    assert.equal(shown + held, whole.replaceAll("\r\n", "\n"));
  }));
});
