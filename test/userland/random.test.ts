/** Random input and options: our programs write what the machine's write. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { Files, memory } from "isola";
import { os, programs } from "./row.ts";

const RUNS = 60;

/** Runs both, and compares output and status; options are such that both know them. */
async function same(name: string, args: readonly string[], input: Uint8Array): Promise<void> {
  const there = spawnSync(`/usr/bin/${name}`, args, { input, env: { LC_ALL: "C", PATH: "/usr/bin:/bin" } });
  const here = await os.spawn(await programs.get(name), { args, stdin: input });
  const [stdout, stderr, exit] = await Promise.all([here.stdout!.bytes(), here.stderr!.text(), here.exited]);
  const told = `${name} ${args.join(" ")} < ${JSON.stringify(Buffer.from(input).toString("latin1"))}`;
  assert.equal(Buffer.from(stdout).toString("latin1"), there.stdout.toString("latin1"), told);
  assert.deepEqual(exit, { ...exit, status: there.status }, `${told}: ${stderr}`);
}

const has = (name: string): boolean => existsSync(`/usr/bin/${name}`);
const cell = fc.oneof(
  fc.integer({ min: -20, max: 120 }).map(String),
  fc.constantFrom("", "0", "-0", "00", ".5", "-.5", "1.50", "1.5", "+3", "1e3", "a", "B", "b", "aB", "!x", "\x01", "é", "9".repeat(20), `1${"0".repeat(20)}`),
);
const line = fc.array(cell, { minLength: 1, maxLength: 4 }).chain((cells) => fc.constantFrom(" ", "  ", ":", "\t", ",").map((separator) => cells.join(separator)));
const text = fc.array(line, { maxLength: 60 }).chain((lines) => fc.constantFrom("", "\n").map((end) => Buffer.from(lines.join("\n") + (lines.length > 0 ? end : ""))));

test("sort", { skip: !has("sort"), timeout: 120_000 }, async () => {
  const place = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })).map(([field, char]) => (char === undefined ? `${field}` : `${field}.${char}`));
  const kind = fc.constantFrom("", "n", "r", "nr", "b", "f", "d", "i", "bf", "fr");
  const key = fc.tuple(place, kind, fc.option(place, { nil: undefined })).map(([from, letters, to]) => (to === undefined ? `-k${from}${letters}` : `-k${from}${letters},${to}`));
  const options = fc.tuple(
    fc.subarray(["-n", "-r", "-u", "-s", "-f", "-b"], { maxLength: 3 }),
    fc.array(key, { maxLength: 2 }),
    fc.constantFrom<string[]>([], ["-t:"], ["-t,"], ["-t", " "]),
  );
  await fc.assert(fc.asyncProperty(options, text, async ([flags, keys, separator], input) => {
    await same("sort", [...flags, ...keys, ...separator], input);
  }), { numRuns: RUNS * 2 });
});

test("sort, many lines", { skip: !has("sort"), timeout: 120_000 }, async () => {
  const words = fc.array(fc.stringMatching(/^[ab]{0,40}$/), { minLength: 200, maxLength: 400 }).map((lines) => Buffer.from(`${lines.join("\n")}\n`));
  await fc.assert(fc.asyncProperty(fc.constantFrom<string[]>([], ["-r"], ["-u"], ["-f"], ["-s", "-k1.9"]), words, (options, input) => same("sort", options, input)), { numRuns: 10 });
});

test("cut", { skip: !has("cut"), timeout: 120_000 }, async () => {
  const part = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 }), fc.constantFrom("one", "range", "from", "to")).map(([first, more, form]) =>
    form === "one" ? `${first}` : form === "range" ? `${first}-${first + more}` : form === "from" ? `${first}-` : `-${first}`,
  );
  const list = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
  const options = fc.oneof(
    list.map((ranges) => ["-b", ranges]),
    fc.tuple(list, fc.constantFrom(":", " ", ","), fc.boolean()).map(([ranges, delimiter, only]) => ["-f", ranges, "-d", delimiter, ...(only ? ["-s"] : [])]),
  );
  await fc.assert(fc.asyncProperty(options, text, (args, input) => same("cut", args, input)), { numRuns: RUNS });
});

test("uniq", { skip: !has("uniq"), timeout: 120_000 }, async () => {
  const short = fc.array(fc.constantFrom("a", "A", "b", "x a", "y a", " a", ""), { maxLength: 20 }).map((lines) => Buffer.from(lines.map((one) => `${one}\n`).join("")));
  const options = fc.tuple(fc.constantFrom<string[]>([], ["-c"], ["-d"], ["-u"]), fc.constantFrom<string[]>([], ["-i"], ["-f1"], ["-s1"], ["-f1", "-s1"])).map(([what, how]) => [...what, ...how]);
  await fc.assert(fc.asyncProperty(options, short, (args, input) => same("uniq", args, input)), { numRuns: RUNS });
});

test("tr", { skip: !has("tr"), timeout: 120_000 }, async () => {
  const set = fc.constantFrom("a", "abc", "a-z", "[:upper:]", "[:digit:]", "[:space:]", "a-c0-9", "\\n", "\\141-\\143", "xyz-");
  // What only a set that replaces may have, or may not.
  const target = fc.constantFrom("a", "abc", "a-c0-9", "\\n", "[x*3]y", "[b*]", "xyz-");
  const options = fc.oneof(
    fc.tuple(set, target).map(([from, to]) => [from, to]),
    fc.tuple(fc.constantFrom("-d", "-s", "-cd", "-cs"), set).map(([how, one]) => [how, one]),
    fc.tuple(set, target).map(([from, to]) => ["-s", from, to]),
    fc.tuple(set, set).map(([from, to]) => ["-ds", from, to]),
  );
  await fc.assert(fc.asyncProperty(options, text, (args, input) => same("tr", args, input)), { numRuns: RUNS });
});

test("head, tail and wc", { skip: !has("tail"), timeout: 120_000 }, async () => {
  const options = fc.tuple(fc.constantFrom("head", "tail", "tail+"), fc.constantFrom("-n", "-c"), fc.integer({ min: 0, max: 30 }));
  await fc.assert(fc.asyncProperty(options, text, async ([name, unit, count], input) => {
    await same(name === "head" ? "head" : "tail", [unit, name === "tail+" ? `+${count}` : `${count}`], input);
    for (const flag of ["-l", "-c"]) await same("wc", [flag], input);
    // There, words have characters that can be printed.
    await same("wc", ["-w"], Buffer.from(input.map((byte) => (byte < 9 || byte > 126 ? 0x61 : byte))));
  }), { numRuns: RUNS });
});

test("sed: substitutions", { skip: !has("sed"), timeout: 120_000 }, async () => {
  const piece = fc.constantFrom("a", "b", ".", "a*", "b*", "[ab]", "\\(a\\)", "\\(b*\\)", "a\\{1,2\\}", "x*");
  const pattern = fc.tuple(fc.constantFrom("", "^"), fc.array(piece, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "$")).map(([start, pieces, end]) => start + pieces.join("") + end);
  const replacement = fc.constantFrom("", "x", "<&>", "&&", "\\&", "\\n");
  const script = fc.tuple(pattern, replacement, fc.constantFrom("", "g", "2", "2g", "p")).map(([from, to, flags]) => `s/${from}/${to}/${flags}`);
  const lines = fc.array(fc.stringMatching(/^[abx]{0,8}$/), { minLength: 1, maxLength: 5 }).map((list) => Buffer.from(`${list.join("\n")}\n`));
  await fc.assert(fc.asyncProperty(script, lines, (expression, input) => same("sed", [expression], input)), { numRuns: RUNS * 2 });
});

test("printf", { skip: !has("printf"), timeout: 120_000 }, async () => {
  const conversion = fc.tuple(
    fc.subarray(["-", "+", " ", "0", "#"]).map((flags) => flags.join("")),
    fc.constantFrom("", "1", "5", "12"),
    fc.constantFrom("", ".0", ".3", ".8"),
    fc.constantFrom("d", "i", "o", "u", "x", "X", "s"),
  ).map(([flags, width, precision, letter]) => `%${letter === "s" ? flags.replaceAll(/[+ 0#]/g, "") : /[oxXu]/.test(letter) ? flags.replaceAll(/[+ ]/g, "").replaceAll(letter === "u" ? "#" : "", "") : flags.replace("#", "")}${width}${precision}${letter}|`);
  const word = fc.oneof(fc.integer({ min: -100, max: 100_000 }).map(String), fc.constantFrom("0x1F", "017", "9223372036854775807", "-1"));
  await fc.assert(fc.asyncProperty(fc.array(conversion, { minLength: 1, maxLength: 3 }), fc.array(word, { maxLength: 4 }), (formats, words) => same("printf", [formats.join(""), ...words], new Uint8Array())), { numRuns: RUNS });
});

test("date", { skip: !has("date"), timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: -2_000_000_000, max: 200_000_000_000 }), async (seconds) => {
    await same("date", ["-u", "-d", `@${seconds}`, "+%F %T %a %b %e %j %U %V %W %G %u %w %y %C %I %p"], new Uint8Array());
  }), { numRuns: RUNS });
});

test("patterns of file names", { skip: !has("find"), timeout: 120_000 }, async () => {
  const names = ["a", "b", "ab", "ba", "aab", "abc", "a-b", "a]b", "a*b", "x.c", "x.h", ".hid", "A", "a1", "[", "!a", "b\\c"];
  const folder = mkdtempSync(join(tmpdir(), "isola-names-"));
  const fs = memory();
  try {
    for (const name of names) {
      writeFileSync(join(folder, name), "");
      await new Files(fs).write(name, "");
    }
    const find = await programs.get("find");
    const piece = fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]", "[a-c]", "[]a]", "[^b]", "[[:digit:]]", "[[:alpha:]b]", "\\*", "\\[", ".", "[", "]", "-", "\\a", "[a", "!");
    await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.constantFrom("-name", "-iname"), async (pieces, test) => {
      const pattern = pieces.join("");
      const there = spawnSync("/usr/bin/find", [".", test, pattern], { cwd: folder, encoding: "utf8", env: { LC_ALL: "C" } });
      const here = await os.spawn(find, { args: [".", test, pattern], fs: { "/": fs } });
      const sorted = (text: string): string[] => text.split("\n").sort();
      assert.deepEqual(sorted(await here.stdout!.text()), sorted(there.stdout), `${test} '${pattern}'`);
    }), { numRuns: RUNS * 2 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
