/**
 * Legacy exception handling (`try`, `catch`, `catch_all`, `delegate`, `rethrow`) for a text
 * library that does not know it.
 *
 * The folded forms are rewritten into instructions of equal label structure that the library
 * does know, each after a marker; in the binary the marked instructions are then replaced:
 *
 *     text                      handed to the library                    binary
 *     (try $l bt (do A) ...)    MARK.try (block $l bt A ... )            06 bt A ... 0b
 *     (catch $e B)              MARK.catch (throw $e) B                  07 e B
 *     (catch_all B)             MARK.catch_all B                         19 B
 *     (delegate l)              MARK.delegate (br l+1), then the end     18 l
 *     (rethrow l)               MARK.rethrow (br l)                      09 l
 *
 * A marker is an `i32.const` of an improbable number with its `drop`.
 *
 * Spec: the legacy exception handling proposal, binary and text format.
 */
import { parseSexprs } from "./sexpr.ts";
import type { List, Node } from "./sexpr.ts";

const MARKS = { try: 0x5e1f0001, catch: 0x5e1f0002, catch_all: 0x5e1f0003, delegate: 0x5e1f0004, rethrow: 0x5e1f0005 } as const;
type Mark = keyof typeof MARKS;

const OP = { try: 0x06, catch: 0x07, throw: 0x08, rethrow: 0x09, end: 0x0b, br: 0x0c, delegate: 0x18, catch_all: 0x19, drop: 0x1a, i32Const: 0x41, block: 0x02 } as const;
const CODE_SECTION = 10;

/** Whether `text` may hold legacy exception handling at all. */
export const hasLegacyExceptions = (text: string): boolean => /\((try|rethrow)\b(?!_)/.test(text);

/** The text for the library; its binary must go through {@link restoreLegacy}. */
export function replaceLegacy(text: string): string {
  return parseSexprs(text).map(print).join(" ");
}

function print(node: Node): string {
  if (node.kind === "atom") return node.text;
  if (node.kind === "string") return `"${[...node.bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")}"`;
  const first = node.items[0], keyword = first?.kind === "atom" ? first.text : "";
  if (keyword === "try") return printTry(node);
  if (keyword === "rethrow") return `${mark("rethrow")} (br ${node.items.slice(1).map(print).join(" ")})`;
  return `(${node.items.map(print).join(" ")})`;
}

function printTry(node: List): string {
  const clauses: string[] = [], header: string[] = [];
  for (const item of node.items.slice(1)) {
    const first = item.kind === "list" ? item.items[0] : undefined;
    const keyword = first?.kind === "atom" ? first.text : "", inner = item.kind === "list" ? item.items.slice(1).map(print) : [];
    switch (keyword) {
      case "do": clauses.push(inner.join(" ")); break;
      case "catch": clauses.push(mark("catch"), `(throw ${inner[0] ?? ""})`, inner.slice(1).join(" ")); break;
      case "catch_all": clauses.push(mark("catch_all"), inner.join(" ")); break;
      case "delegate": clauses.push(mark("delegate"), `(br ${outer(inner[0] ?? "0")})`); break;
      default: header.push(print(item));
    }
  }
  return `${mark("try")} (block ${header.join(" ")} ${clauses.join(" ")})`;
}

/** A label as seen one block further in. */
const outer = (label: string): string => (/^[0-9]/.test(label) ? String(Number(label) + 1) : label);

const mark = (kind: Mark): string => `(drop (i32.const ${MARKS[kind]}))`;

/** Replaces the marked instructions of a binary made from {@link replaceLegacy}'s text. */
export function restoreLegacy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out: number[] = [...bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at] ?? 0, size = readUleb(bytes, at + 1);
    const body = bytes.subarray(size.next, size.next + size.value);
    const restored = id === CODE_SECTION ? restoreCode(body) : [...body];
    out.push(id, ...uleb(restored.length));
    for (const byte of restored) out.push(byte);
    at = size.next + size.value;
  }
  return Uint8Array.from(out);
}

function restoreCode(section: Uint8Array): number[] {
  const count = readUleb(section, 0), out = uleb(count.value);
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const size = readUleb(section, at), body = restoreBody(section.subarray(size.next, size.next + size.value));
    out.push(...uleb(body.length), ...body);
    at = size.next + size.value;
  }
  return out;
}

function restoreBody(body: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < body.length;) {
    const kind = markAt(body, at);
    if (kind === undefined) {
      out.push(body[at++] ?? 0);
      continue;
    }
    at += MARK_LENGTH;
    switch (kind) {
      case "catch_all":
        out.push(OP.catch_all);
        break;
      case "try":
        expect(body, at++, OP.block);
        out.push(OP.try);
        break;
      case "catch":
        expect(body, at++, OP.throw);
        out.push(OP.catch);
        break;
      case "rethrow":
        expect(body, at++, OP.br);
        out.push(OP.rethrow);
        break;
      case "delegate": {
        expect(body, at, OP.br);
        const label = readUleb(body, at + 1);
        expect(body, label.next, OP.end);
        out.push(OP.delegate, ...uleb(label.value - 1));
        at = label.next + 1;
        break;
      }
    }
  }
  return out;
}

const sleb5 = (value: number): number[] => [0, 7, 14, 21].map((bit) => ((value >>> bit) & 0x7f) | 0x80).concat((value >>> 28) & 0x7f);
const MARK_BYTES = Object.entries(MARKS).map(([kind, value]) => ({ kind: kind as Mark, bytes: [OP.i32Const, ...sleb5(value), OP.drop] }));
const MARK_LENGTH = 7;

function markAt(body: Uint8Array, at: number): Mark | undefined {
  if (body[at] !== OP.i32Const) return undefined;
  return MARK_BYTES.find(({ bytes }) => bytes.every((byte, i) => body[at + i] === byte))?.kind;
}

function expect(body: Uint8Array, at: number, opcode: number): void {
  if (body[at] !== opcode) throw new Error(`expected opcode ${opcode.toString(16)} at ${at} of a function body, found ${String(body[at]?.toString(16))}`);
}

function readUleb(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error("unexpected end of a number");
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
}

function uleb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(Math.floor(value / 128))];
}
