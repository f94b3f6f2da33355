import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { BROKEN, WOULD_BLOCK } from "#kernel";
import { PosixSignal } from "../signals.ts";
import { COOKED, InputFlag, LocalFlag, OutputFlag } from "./attributes.ts";
import { INPUT_MAX } from "./input-queue.ts";
import { TerminalDevice } from "./terminal-device.ts";

const ENCODER = new TextEncoder();
const RAW = { iflag: 0, oflag: 0, cflag: 0, lflag: 0 };

/** A terminal with what happened at it. */
class Bench {
  readonly terminal = new TerminalDevice();
  readonly signals: number[] = [];

  constructor() {
    this.terminal.onSignal = (signal) => this.signals.push(signal);
  }
  type(text: string): number {
    return this.terminal.type(ENCODER.encode(text));
  }
  /** Reads of `size` bytes until one would block or meets an end, which is "". */
  reads(size = 4096): string[] {
    const found: string[] = [];
    const into = new Uint8Array(size);
    for (;;) {
      const count = this.terminal.read(into);
      if (count === WOULD_BLOCK) return found;
      found.push(new TextDecoder().decode(into.subarray(0, count)));
      if (count === 0) return found;
    }
  }
  shown(): string {
    const into = new Uint8Array(1 << 17);
    const count = this.terminal.screen.read(into);
    return count < 0 ? "" : new TextDecoder().decode(into.subarray(0, count));
  }
}

/** What a screen shows after these bytes: its lines without blanks at their ends. */
function render(text: string): string[] {
  const lines: string[][] = [[]];
  let column = 0;
  for (const character of text) {
    const line = lines[lines.length - 1]!; // there is always one
    if (character === "\n") lines.push([]);
    else if (character === "\r") column = 0;
    else if (character === "\b") column--;
    else line[column++] = character;
    assert.ok(column >= 0, "nothing goes left of the screen");
    if (character === "\n") column = 0;
  }
  return lines.map((line) => Array.from(line, (cell) => cell ?? " ").join("").trimEnd());
}

/** The lines that these keys make, and the line that is left. */
function model(keys: readonly string[]): { readonly lines: string[]; readonly rest: string } {
  const lines: string[] = [];
  let line: string[] = [];
  for (const key of keys) {
    if (key === "\r" || key === "\n") {
      lines.push(`${line.join("")}\n`);
      line = [];
    } else if (key === "\x7f" || key === "\b") line.pop();
    else if (key === "\x15") line = [];
    else if (key === "\x17") {
      while (line.length > 0 && line[line.length - 1] === " ") line.pop();
      while (line.length > 0 && line[line.length - 1] !== " ") line.pop();
    } else line.push(key);
  }
  return { lines, rest: line.join("") };
}

const keys = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom("a", "b", "z", "0", ".", " ", "é", "ß", "€", "😀") }, fc.constantFrom("\r", "\n", "\x7f", "\b", "\x15", "\x17")), { maxLength: 60 });

describe("a terminal", () => {
  test("lines are what was typed after editing, however the bytes come and are read", () => {
    fc.assert(fc.property(keys, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (typed, cuts, size) => {
      const bench = new Bench();
      const bytes = ENCODER.encode(typed.join(""));
      for (let at = 0, index = 0; at < bytes.length; index++) {
        const part = bytes.subarray(at, at + cuts[index % cuts.length]!);
        assert.equal(bench.terminal.type(part), part.length);
        at += part.length;
      }
      const into = new Uint8Array(size);
      const got: number[] = [];
      for (;;) {
        const { available } = bench.terminal;
        const count = bench.terminal.read(into);
        if (count === WOULD_BLOCK) break;
        assert.ok(count > 0 && count <= available, "a read gives no more than the line");
        got.push(...into.subarray(0, count));
      }
      assert.equal(new TextDecoder().decode(Uint8Array.from(got)), model(typed).lines.join(""));
    }));
  });

  test("the screen shows what is left after editing", () => {
    fc.assert(fc.property(keys, (typed) => {
      const bench = new Bench();
      bench.type(typed.join(""));
      const { lines, rest } = model(typed);
      // A wide character is one cell here and two columns there; so they are left out of this comparison.
      fc.pre(!typed.includes("😀"));
      assert.deepEqual(render(bench.shown()), [...lines, rest].map((line) => line.trimEnd()));
    }));
  });

  test("a wide character takes two columns back, a combining one none, a control character two", () => {
    const bench = new Bench();
    bench.type("世\x7f");
    assert.equal(bench.shown(), "世\b \b\b \b");
    bench.type("e\u0301\x7f\x7f");
    assert.equal(bench.shown(), "e\u0301\b \b");
    bench.type("\x01\x7f\t\x7f");
    assert.equal(bench.shown(), `^A\b \b\b \b\t${"\b \b".repeat(8)}`);
  });

  test("one read gives one line; ^D gives what is there, or an end", () => {
    const bench = new Bench();
    bench.type("one\rtwo\rthr");
    assert.deepEqual(bench.reads(), ["one\n", "two\n"]);
    bench.type("ee\x04");
    assert.deepEqual(bench.reads(), ["three"]);
    assert.equal(bench.terminal.ended, false);
    bench.type("\x04");
    assert.equal(bench.terminal.ended, true);
    assert.deepEqual(bench.reads(), [""]);
    bench.type("more\r");
    assert.deepEqual(bench.reads(2), ["mo", "re", "\n"]);
  });

  test("^C, ^\\ and ^Z are signals and throw away what was not read", () => {
    const bench = new Bench();
    bench.type("line\rrest\x03after");
    assert.deepEqual(bench.signals, [PosixSignal.INT]);
    assert.equal(bench.shown(), "line\r\nrest^Cafter");
    bench.type("\r");
    assert.deepEqual(bench.reads(), ["after\n"]);
    bench.type("\x1c\x1a");
    assert.deepEqual(bench.signals, [PosixSignal.INT, PosixSignal.QUIT, PosixSignal.TSTP]);
    bench.terminal.attributes = { ...COOKED, lflag: LocalFlag.icanon };
    bench.type("\x03\r");
    assert.deepEqual([bench.reads(), bench.signals.length, bench.shown()], [["\x03\n"], 3, "\r\n^\\^Z"]);
  });

  test("raw: every byte at once, nothing shown, nothing changed", () => {
    const bench = new Bench();
    bench.type("begun");
    bench.shown();
    bench.terminal.attributes = RAW;
    assert.deepEqual(bench.reads(), ["begun"]);
    bench.type("\r\x03\x04\x7f");
    assert.deepEqual(bench.reads(), ["\r\x03\x04\x7f"]);
    assert.deepEqual([bench.shown(), bench.signals], ["", []]);
    bench.terminal.write(ENCODER.encode("a\nb"));
    assert.equal(bench.shown(), "a\nb");
    bench.type("kept");
    bench.terminal.attributes = COOKED;
    bench.type("line\r");
    assert.deepEqual(bench.reads().join(""), "keptline\n");
  });

  test("line feeds go out with carriage returns, whatever the sizes of writes are", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom("\n", "a", "bc\n", "\n\n"), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const bench = new Bench();
      const bytes = ENCODER.encode(parts.join(""));
      for (let at = 0; at < bytes.length; at += size) {
        const part = bytes.subarray(at, at + size);
        assert.equal(bench.terminal.write(part), part.length);
      }
      assert.equal(bench.shown(), parts.join("").replaceAll("\n", "\r\n"));
    }));
  });

  test("everything is bounded: the keyboard, a line, the screen; echo still has room, and a signal passes", () => {
    const bench = new Bench();
    bench.terminal.attributes = { ...RAW, lflag: LocalFlag.isig };
    const flood = new Uint8Array(INPUT_MAX * 2).fill(0x61);
    const taken = bench.terminal.type(flood);
    assert.ok(taken > 0 && taken <= INPUT_MAX);
    assert.equal(bench.terminal.type(flood), WOULD_BLOCK);
    assert.equal(bench.terminal.type(ENCODER.encode("aaa\x03b")), 4);
    assert.deepEqual(bench.signals, [PosixSignal.INT]);
    assert.deepEqual(bench.reads(), []);

    bench.terminal.attributes = { ...COOKED, lflag: LocalFlag.icanon };
    bench.type(`${"x".repeat(10_000)}\r`);
    assert.equal(bench.reads()[0]?.length, 4096);
    for (let index = 0; index < 100_000 && bench.type("\x04") > 0; index++);
    assert.equal(bench.type("\x04"), WOULD_BLOCK);

    const screen = new Bench();
    let shown = 0;
    for (let count = screen.terminal.write(flood); count > 0; count = screen.terminal.write(flood)) shown += count;
    assert.ok(shown > 0 && shown < INPUT_MAX);
    assert.equal(screen.terminal.room, 0);
    screen.type("echo");
    assert.ok(screen.shown().endsWith("echo"));
  });

  test("another size is told once, and nonsense is no size", () => {
    const bench = new Bench();
    bench.terminal.resize({ rows: 50, columns: 132 });
    bench.terminal.resize({ rows: 50, columns: 132 });
    assert.deepEqual([bench.terminal.size, bench.signals], [{ rows: 50, columns: 132 }, [PosixSignal.WINCH]]);
    bench.terminal.resize({ rows: Number.NaN, columns: 1e9 });
    assert.deepEqual(bench.terminal.size, { rows: 0, columns: 65_535 });
  });

  test("unknown flags are dropped", () => {
    const bench = new Bench();
    bench.terminal.attributes = { iflag: -1, oflag: -1, cflag: -1, lflag: -1 };
    assert.deepEqual(bench.terminal.attributes, {
      iflag: InputFlag.icrnl, oflag: OutputFlag.opost | OutputFlag.onlcr, cflag: 0,
      lflag: LocalFlag.isig | LocalFlag.icanon | LocalFlag.echo | LocalFlag.tostop,
    });
  });

  test("after the host hung up reads end and writes break", () => {
    const bench = new Bench();
    bench.type("unread\r");
    bench.terminal.hangUp();
    bench.terminal.hangUp();
    assert.deepEqual(bench.signals, [PosixSignal.HUP]);
    assert.deepEqual(bench.reads(), [""]);
    assert.equal(bench.terminal.write(ENCODER.encode("x")), BROKEN);
    assert.equal(bench.type("x"), BROKEN);
    assert.deepEqual([bench.terminal.keyboard.broken, bench.terminal.keyboard.room], [true, 0]);
  });

  test("readers wake when there is something to read, the host when there is room", () => {
    const bench = new Bench();
    let woken = 0;
    const wait = (): void => bench.terminal.readable.add({ wake: () => woken++, queue: undefined, next: undefined, prev: undefined });
    wait();
    bench.type("half");
    assert.equal(woken, 0);
    bench.type(" a line\r");
    assert.equal(woken, 1);
    bench.reads();
    wait();
    bench.terminal.attributes = RAW;
    assert.equal(woken, 1);
    bench.type("k");
    assert.equal(woken, 2);
  });
});
