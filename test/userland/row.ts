/**
 * Rows of a table of command lines: what is run, on what, and what has to come out. A row runs the
 * program alone, through `os.spawn`, and unless it says that they differ, the tool of the same name of
 * the machine that runs the test, which has to say the same: the expectation is nobody's invention.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { Files, boot, memory } from "isola";
import type { SpawnOptions } from "isola";
import { Programs } from "./programs.ts";

type Content = string | Uint8Array;

export interface Row {
  /** Files by path before the run; null makes a directory, `{ link }` a symbolic link. */
  readonly files?: Readonly<Record<string, Content | null | { readonly link: string }>>;
  readonly in?: Content;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output; empty unless told. */
  readonly out?: Content | RegExp;
  /** Standard error as our program writes it; empty unless told. */
  readonly err?: string | RegExp;
  /** 0 unless told, and 1 when something is expected on standard error. */
  readonly status?: number;
  /** Files by path after the run; null when nothing is there any more. */
  readonly after?: Readonly<Record<string, Content | null>>;
  /** Why the machine's tool says something else. */
  readonly differs?: string;
  /** The arguments, when the command line does not show them well: it is a name only then. */
  readonly args?: readonly string[];
}

const os = await boot();
const programs = await Programs.build(os);
after(() => os.close());

export { os, programs };

const TOOLS = ["/usr/bin", "/bin"];
const FAILED_TO_START = 127;

/** Tests a row for each command line, whose words are separated by blanks, or in single quotes. */
export function rows(table: Readonly<Record<string, Row>>): void {
  for (const [line, row] of Object.entries(table)) {
    test(line, async () => {
      const words = splitWords(line);
      const [name, ...args] = row.args === undefined ? words : [words[0]!, ...row.args];
      assert.ok(name !== undefined);
      await runHere(name, args, row);
      if (row.differs === undefined) runThere(name, args, row);
    });
  }
}

export function splitWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

function bytesOf(content: Content): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** As text in which each byte is a character: what differs is readable, and nothing is lost. */
function show(content: Content): string {
  return Buffer.from(bytesOf(content)).toString("latin1");
}

function check(what: string, found: Content, expected: Content | RegExp): void {
  if (expected instanceof RegExp) assert.match(Buffer.from(bytesOf(found)).toString("utf8"), expected, what);
  else assert.equal(show(found), show(expected), what);
}

async function runHere(name: string, args: readonly string[], row: Row): Promise<void> {
  const fs = memory();
  const files = new Files(fs);
  await fill(files, row);
  const options: SpawnOptions = { name, args, fs: { "/": fs }, env: row.env ?? {}, stdin: bytesOf(row.in ?? "") };
  const process = await os.spawn(await programs.get(name), options);
  // Output is kept in buffers unless told.
  const [stdout, stderr, exit] = await Promise.all([process.stdout!.bytes(), process.stderr!.bytes(), process.exited]);
  check("standard error", stderr, row.err ?? "");
  check("standard output", stdout, row.out ?? "");
  assert.deepEqual(exit, { ...exit, status: statusOf(row) });
  for (const [path, content] of Object.entries(row.after ?? {})) {
    const stat = await files.stat(path);
    if (content === null) assert.equal(stat, undefined, `${path} is still there`);
    else check(path, stat?.kind === 3 ? "" : await files.read(path), content);
  }
}

function statusOf(row: Row): number {
  return row.status ?? (row.err === undefined ? 0 : 1);
}

async function fill(files: Files, row: Row): Promise<void> {
  const root = await files.fs.root();
  for (const [path, content] of Object.entries(row.files ?? {})) {
    if (path.includes("/")) await files.mkdir(dirname(path));
    if (content === null) await files.mkdir(path);
    else if (typeof content === "object" && "link" in content) await root.symlink(path, content.link);
    else await files.write(path, content);
  }
  root.close();
}

/** Runs the machine's tool, if it has one, on the same files. What it complains about is in its own words. */
function runThere(name: string, args: readonly string[], row: Row): void {
  const tool = TOOLS.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (tool === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), "isola-row-"));
  try {
    for (const [path, content] of Object.entries(row.files ?? {})) {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      if (content === null) mkdirSync(place, { recursive: true });
      else if (typeof content === "object" && "link" in content) symlinkSync(content.link, place);
      else writeFileSync(place, content);
    }
    const run = spawnSync(tool, args, { cwd: folder, input: bytesOf(row.in ?? ""), env: { PATH: "/usr/bin:/bin", LC_ALL: "C", ...row.env } });
    assert.notEqual(run.status, FAILED_TO_START, "the machine's tool does not start");
    check("what the machine's tool writes", run.stdout, row.out ?? "");
    assert.equal(run.status === 0, statusOf(row) === 0, `the machine's tool ends with ${run.status}: ${run.stderr.toString()}`);
    assert.equal(run.stderr.length > 0, row.err !== undefined, `whether the machine's tool complains: ${run.stderr.toString()}`);
    for (const [path, content] of Object.entries(row.after ?? {})) {
      const place = join(folder, path);
      const stat = statSync(place, { throwIfNoEntry: false });
      if (content === null) assert.equal(stat, undefined, `${path} is still there after the machine's tool`);
      else check(`${path} after the machine's tool`, stat?.isDirectory() === true ? "" : readFileSync(place), content);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
