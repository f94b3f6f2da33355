/** A person at the terminal of an interactive shell. */
import assert from "node:assert/strict";
import { Terminal } from "isola";
import type { SessionProcess } from "isola";
import { Screen } from "./screen.ts";
import { Shell } from "./shell.ts";

const ROWS = 24;
const COLUMNS = 60;
const PATIENCE_MS = 30_000;
const POLL_MS = 5;

export interface PersonOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Files by path before the shell starts. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export class Person implements AsyncDisposable {
  readonly shell: Shell;
  readonly process: SessionProcess;
  readonly screen = new Screen(COLUMNS);
  readonly terminal: Terminal;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array | string>;

  private constructor(shell: Shell, terminal: Terminal, process: SessionProcess) {
    this.shell = shell;
    this.terminal = terminal;
    this.process = process;
    this.#writer = terminal.writable.getWriter();
    void this.#watch();
  }

  /** Starts a shell whose prompt is "$ " unless the environment says otherwise. */
  static async create({ env = {}, args = [], files = {} }: PersonOptions = {}): Promise<Person> {
    const terminal = new Terminal({ rows: ROWS, columns: COLUMNS });
    const shell = await Shell.create({ terminal, files, env: { PATH: "/bin", HOME: "/w", PS1: "$ ", ...env } });
    const process = await shell.session.spawn("/bin/sh", ["sh", ...args]);
    return new Person(shell, terminal, process);
  }

  async #watch(): Promise<void> {
    for await (const bytes of this.terminal.readable) this.screen.write(bytes);
  }

  async type(keys: string): Promise<void> {
    await this.#writer.write(keys);
  }

  /** Waits until the screen is as asked. */
  async sees(wanted: string | RegExp | ((screen: Screen) => boolean)): Promise<void> {
    const holds = (): boolean => typeof wanted === "function" ? wanted(this.screen) : typeof wanted === "string" ? this.screen.text.endsWith(wanted) : wanted.test(this.screen.text);
    for (const limit = performance.now() + PATIENCE_MS; !holds(); ) {
      if (performance.now() > limit) assert.fail(`never seen: ${String(wanted)}; the screen is\n${this.screen.text}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Presses Enter, since what happened meanwhile is told before a prompt, until the screen is as asked. */
  async seesByAndBy(wanted: RegExp): Promise<void> {
    for (const limit = performance.now() + PATIENCE_MS; !wanted.test(this.screen.text); ) {
      if (performance.now() > limit) assert.fail(`never seen: ${String(wanted)}; the screen is\n${this.screen.text}`);
      await this.type("\r");
      await new Promise((resolve) => setTimeout(resolve, 20 * POLL_MS));
    }
  }

  /** Types a line and waits for its outcome, which is all that is there before the next prompt. */
  async runs(line: string, outcome: string): Promise<void> {
    await this.type(`${line}\r`);
    await this.sees(`$ ${line}\n${outcome}${outcome === "" ? "" : "\n"}$`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
  }
}
