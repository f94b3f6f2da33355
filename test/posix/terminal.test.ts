/** Programs at a terminal: lines, signals of the keyboard, jobs in the foreground and in the background. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Terminal, devices } from "../../src/node.ts";
import type { SessionProcess } from "../../src/node.ts";
import { TestSession } from "./sessions.ts";

/** A person at a terminal. */
class Person {
  readonly terminal = new Terminal({ rows: 25, columns: 100 });
  readonly #reader = this.terminal.readable.getReader();
  readonly #writer = this.terminal.writable.getWriter();
  #seen = "";

  /** What was shown since the last time, up to `text`. */
  async sees(text: string): Promise<string> {
    for (;;) {
      const at = this.#seen.indexOf(text);
      if (at >= 0) {
        const shown = this.#seen.slice(0, at + text.length);
        this.#seen = this.#seen.slice(at + text.length);
        return shown;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the terminal ended; not seen: ${JSON.stringify(text)}, seen: ${JSON.stringify(this.#seen)}`);
      this.#seen += new TextDecoder().decode(value);
    }
  }
  types(text: string): Promise<void> {
    return this.#writer.write(text);
  }
}

class Seat implements AsyncDisposable {
  readonly it: TestSession;
  readonly person: Person;

  private constructor(it: TestSession, person: Person) {
    this.it = it;
    this.person = person;
  }
  static async create(): Promise<Seat> {
    const person = new Person();
    const files = await TestSession.create();
    const session = await files.os.createSession({
      fs: { "/": files.files, "/dev": devices({ tty: (_options, stat) => person.terminal.open(stat) }) },
      terminal: person.terminal,
    });
    return new Seat(await files.with(session), person);
  }
  start(...argv: readonly string[]): Promise<SessionProcess> {
    return this.it.session.spawn("/bin/tool", ["tool", ...argv]);
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.it[Symbol.asyncDispose]();
  }
}

test("lines are read as they are typed, and shown", { timeout: 60_000 }, async () => {
  await using seat = await Seat.create();
  const { person } = seat;
  const process = await seat.start("lines");
  await person.types("helo\x7flo\r");
  assert.equal(await person.sees("\r\n"), "helo\b \blo\r\n");
  assert.equal(await person.sees("\r\n"), ">hello\r\n");
  await person.types("rest\x04");
  assert.equal(await person.sees(">rest\r\n"), "rest>rest\r\n");
  await person.types("\x04");
  assert.deepEqual(await process.exited, { status: 0 });
});

test("what a program can ask of its terminal, and /dev/tty", { timeout: 60_000 }, async () => {
  await using seat = await Seat.create();
  await seat.start("tty", "dev/tty");
  assert.equal(await seat.person.sees("\r\n"), "0 25x100 256 5 0 11 true 63 8 21 21 21\r\n");
  assert.equal(await seat.person.sees("\r\n"), "59 59 59\r\n");
  await seat.person.sees("typed: ");
  await seat.person.types("x\r");
  assert.equal(await seat.person.sees("]\r\n"), "x\r\n0 [x\r\n]\r\n");
});

test("keys one by one, and another size of the window", { timeout: 60_000 }, async () => {
  await using seat = await Seat.create();
  const process = await seat.start("raw");
  await seat.person.sees("raw\r\n");
  await seat.person.types("\x03");
  assert.equal(await seat.person.sees("]"), "[\x03]");
  seat.person.terminal.resize(50, 132);
  assert.equal(await seat.person.sees("\r\n"), "27 50x132\r\n");
  assert.deepEqual(await process.exited, { status: 0 });
});

test("jobs: ^C ends and ^Z stops the foreground; the background stops when it reads", { timeout: 60_000 }, async () => {
  await using seat = await Seat.create();
  const { person } = seat;
  const shell = await seat.start("shell");
  await person.sees("$ ");
  await person.types("f\r");
  await person.types("one\r");
  await person.sees(">one\r\n");
  await person.types("unread\x03");
  assert.equal(await person.sees("$ "), "unread^Csignal 2\r\n$ ");

  await person.types("f\r");
  await person.types("two\r");
  await person.sees(">two\r\n");
  await person.types("\x1a");
  assert.equal(await person.sees("$ "), "^Zstopped 20\r\n$ ");
  await person.types("c\r");
  await person.types("three\r");
  await person.sees(">three\r\n");
  await person.types("\x1c");
  assert.equal(await person.sees("$ "), "^\\signal 3\r\n$ ");

  await person.types("b\r");
  assert.equal(await person.sees("$ "), "b\r\nstopped 21\r\n$ ");
  await person.types("c\r");
  await person.types("four\r");
  await person.sees(">four\r\n");
  await person.types("\x1a");
  await person.sees("stopped 20\r\n$ ");
  await person.types("k\r");
  assert.equal(await person.sees("$ "), "k\r\nsignal 15\r\n$ ");

  await person.types("t\r");
  assert.equal(await person.sees("$ "), "t\r\nstopped 22\r\n$ ");
  await person.types("c\r");
  assert.equal(await person.sees("$ "), "c\r\nwritten\r\nexit 0\r\n$ ");
  await person.types("q\r");
  assert.deepEqual(await shell.exited, { status: 0 });
  assert.equal([...seat.it.session.table.processes].length, 0);
});

test("a hang-up ends the foreground and who leads the session", { timeout: 60_000 }, async () => {
  await using seat = await Seat.create();
  const shell = await seat.start("shell");
  await seat.person.sees("$ ");
  await seat.person.types("f\r");
  await seat.person.types("x\r");
  await seat.person.sees(">x\r\n");
  seat.person.terminal.hangUp();
  assert.equal((await shell.exited).signal, 1);
  const left = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return [...seat.it.session.table.processes].length;
  };
  while ((await left()) > 0);
  assert.equal(seat.it.session.job.account.used("processes"), 0);
});
