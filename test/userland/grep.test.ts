/** `grep`, and through it the regular expressions of the kit. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { os, programs, rows } from "./row.ts";

const TEXT = "alpha\nbeta\ngamma\nAlpha beta\n\nx+y=z\na.b\n(par)\n{2}\nabab\n";
const BINARY = Uint8Array.from([0x61, 0, 0x62, 0x0a]);

rows({
  "grep a f": { files: { f: TEXT }, out: "alpha\nbeta\ngamma\nAlpha beta\na.b\n(par)\nabab\n" },
  "grep nothing f": { files: { f: TEXT }, status: 1 },
  "grep -v a f": { files: { f: TEXT }, out: "\nx+y=z\n{2}\n" },
  "grep -c a f": { files: { f: TEXT }, out: "7\n" },
  "grep -i alpha f": { files: { f: TEXT }, out: "alpha\nAlpha beta\n" },
  "grep -n beta f": { files: { f: TEXT }, out: "2:beta\n4:Alpha beta\n" },
  "grep -b beta f": { files: { f: TEXT }, out: "6:beta\n17:Alpha beta\n" },
  "grep -x beta f": { files: { f: TEXT }, out: "beta\n" },
  "grep -w beta f": { files: { f: TEXT }, out: "beta\nAlpha beta\n" },
  "grep -w b f": { files: { f: TEXT }, out: "a.b\n" },
  "grep -w 'a*' f": { files: { f: "xa a\nba\n" }, out: "xa a\n", differs: "it also takes an empty match beside a blank" },
  "grep -o a f": { files: { f: "banana\n" }, out: "a\na\na\n" },
  "grep -o 'an*' f": { files: { f: "banana\nan" }, out: "an\nan\na\nan\n" },
  "grep -on 'x*' f": { files: { f: "axxb\nx\n" }, out: "1:xx\n2:x\n" },
  "grep -ob an f": { files: { f: "banana\nan" }, out: "1:an\n3:an\n7:an\n" },
  "grep -q a f": { files: { f: TEXT } },
  "grep -q a nope f": { files: { f: TEXT }, err: "grep: nope: No such file or directory\n", status: 0 },
  "grep -l a f g h": { files: { f: "a\n", g: "b\n", h: "a" }, out: "f\nh\n" },
  "grep -L a f g h": { files: { f: "a\n", g: "b\n", h: "a" }, out: "g\n" },
  "grep a f g": { files: { f: "a\n", g: "ab\n" }, out: "f:a\ng:ab\n" },
  "grep -h a f g": { files: { f: "a\n", g: "ab\n" }, out: "a\nab\n" },
  "grep -H a f": { files: { f: "a\n" }, out: "f:a\n" },
  "grep -H a -": { in: "a\n", out: "(standard input):a\n" },
  "grep -m 2 a f": { files: { f: TEXT }, out: "alpha\nbeta\n" },
  "grep -A 1 gamma f": { files: { f: TEXT }, out: "gamma\nAlpha beta\n" },
  "grep -B 1 gamma f": { files: { f: TEXT }, out: "beta\ngamma\n" },
  "grep -n -C 1 gamma f": { files: { f: TEXT }, out: "2-beta\n3:gamma\n4-Alpha beta\n" },
  "grep -1 gamma f": { files: { f: TEXT }, out: "beta\ngamma\nAlpha beta\n" },
  "grep -A 1 [12] f": { files: { f: "1\na\nb\n2\nc\n1\n2\nd" }, out: "1\na\n--\n2\nc\n1\n2\nd\n" },
  "grep -m 1 -A 2 a f": { files: { f: "a\nb\nc\nd\n" }, out: "a\nb\nc\n" },
  "grep -e alpha -e gamma f": { files: { f: TEXT }, out: "alpha\ngamma\n" },
  "grep (two lines of a pattern) f": { args: ["alpha\ngamma", "f"], files: { f: TEXT }, out: "alpha\ngamma\n" },
  "grep -f p f": { files: { f: TEXT, p: "alpha\ngamma\n" }, out: "alpha\ngamma\n" },
  "grep -f empty f": { files: { f: TEXT, empty: "" }, status: 1 },
  "grep -F a.b f": { files: { f: TEXT }, out: "a.b\n" },
  "grep -F '' f": { args: ["-F", "", "f"], files: { f: "a\n\n" }, out: "a\n\n" },
  "grep -Fx a.b f": { files: { f: "a.b\na.bc\n" }, out: "a.b\n" },
  "grep -Fi A.B f": { files: { f: "xa.b\n" }, out: "xa.b\n" },
  "grep a.b f": { files: { f: "a.b\nacb\nab\n" }, out: "a.b\nacb\n" },
  "grep x+y f": { files: { f: TEXT }, out: "x+y=z\n" },
  "grep 'a\\+b' f": { files: { f: "ab\naab\nb\na+b\n" }, out: "ab\naab\n" },
  "grep 'ab\\?c' f": { files: { f: "ac\nabc\nabbc\n" }, out: "ac\nabc\n" },
  "grep 'ab\\|cd' f": { files: { f: "ab\ncd\nad\n" }, out: "ab\ncd\n" },
  "grep '\\(ab\\)*c' f": { files: { f: "ababc\nc\nx\n" }, out: "ababc\nc\n" },
  "grep '\\(a*\\)b\\1$' f": { files: { f: "aabaa\naabab\nbb\nb\n" }, out: "aabaa\naabab\nbb\nb\n" },
  "grep '^\\(a*\\)b\\1$' f": { files: { f: "aabaa\naaba\nb\n" }, out: "aabaa\nb\n" },
  "grep -E '(a|b)\\1' f": { files: { f: "aa\nab\nbb\n" }, out: "aa\nbb\n" },
  "grep -i '\\(a\\)\\1' f": { files: { f: "aA\nab\n" }, out: "aA\n" },
  "grep '*a' f": { files: { f: "*a\na\n" }, out: "*a\n" },
  "grep '^*a' f": { files: { f: "*a\na\n" }, out: "*a\n" },
  "grep '\\(*a\\)' f": { files: { f: "*a\na\n" }, out: "*a\n" },
  "grep 'a^b$c' f": { files: { f: "a^b$c\n" }, out: "a^b$c\n" },
  "grep '^$' f": { files: { f: "a\n\nb\n" }, out: "\n" },
  "grep 'a\\{2\\}' f": { files: { f: "a\naa\naaa\n" }, out: "aa\naaa\n" },
  "grep -x 'a\\{2,3\\}' f": { files: { f: "a\naa\naaa\naaaa\n" }, out: "aa\naaa\n" },
  "grep -Ex 'a{2,}' f": { files: { f: "a\naa\naaa\n" }, out: "aa\naaa\n" },
  "grep -Ex 'a{0,1}b' f": { files: { f: "b\nab\naab\n" }, out: "b\nab\n" },
  "grep -E '{2}' f": { files: { f: TEXT }, out: "{2}\n", differs: "it takes the interval for one of nothing" },
  "grep -E 'a{x' f": { files: { f: "a{x\n" }, out: "a{x\n" },
  "grep -E '\\(par\\)' f": { files: { f: TEXT }, out: "(par)\n" },
  "grep -E 'a|b|' f": { files: { f: "x\n" }, out: "x\n" },
  "grep -E '()' f": { files: { f: "x\n" }, out: "x\n" },
  "grep -Eo '(foo|foobar)(baz)?' f": { files: { f: "foobarbaz\n" }, out: "foobarbaz\n" },
  "grep -Eo 'a*?b' f": { files: { f: "aab\n" }, out: "aab\n" },
  "grep '[[:digit:]]' f": { files: { f: "a\n1\n" }, out: "1\n" },
  "grep '[^[:alpha:]]' f": { files: { f: "a\nab1\n" }, out: "ab1\n" },
  "grep '[]a]' f": { files: { f: "]\nb\n" }, out: "]\n" },
  "grep '[^]a]' f": { files: { f: "]a\n]b\n" }, out: "]b\n" },
  "grep '[a-]' f": { files: { f: "-\nb\n" }, out: "-\n" },
  "grep '[a\\]' f": { files: { f: "\\\nb\n" }, out: "\\\n" },
  "grep '[[.a.]-c]' f": { files: { f: "b\nd\n" }, out: "b\n" },
  "grep '[[=a=]]' f": { files: { f: "a\nd\n" }, out: "a\n" },
  "grep '\\<be' f": { files: { f: "beta\nabeta\n" }, out: "beta\n" },
  "grep 'ta\\>' f": { files: { f: "beta\nbetas\n" }, out: "beta\n" },
  "grep '\\bet' f": { files: { f: "beta\net\n" }, out: "et\n" },
  "grep '\\Bet' f": { files: { f: "beta\net\n" }, out: "beta\n" },
  "grep '\\w\\W\\w' f": { files: { f: "a b\nab\n" }, out: "a b\n" },
  "grep '\\s\\S' f": { files: { f: "a b\nab\n" }, out: "a b\n" },
  "grep süß f": { files: { f: "süß\nsuss\n" }, out: "süß\n" },
  "grep -x 's.ß' f": { files: { f: "süß\nsüüß\n" }, out: "süß\n", differs: "in the C locale a character is a byte" },
  "grep -x 's[äöü]ß' f": { files: { f: "süß\nsuß\n" }, out: "süß\n", differs: "in the C locale a character is a byte" },
  "grep -x 's[^a-z]ß' f": { files: { f: "süß\nsuß\n" }, out: "süß\n", differs: "in the C locale a character is a byte" },
  "grep -r a d": { files: { "d/x": "a\n", "d/e/y": "b\na\n", f: "a\n" }, out: "d/e/y:a\nd/x:a\n", differs: "its order is that of the directory" },
  "grep a d": { files: { d: null }, err: "grep: d: Is a directory\n", status: 2 },
  "grep a nope": { err: "grep: nope: No such file or directory\n", status: 2 },
  "grep -s a nope": { status: 2 },
  "grep b bin": { files: { bin: BINARY }, out: "Binary file bin matches\n", differs: "its sentence is another" },
  "grep -a b bin": { files: { bin: BINARY }, out: BINARY },
  "grep -c b bin": { files: { bin: BINARY }, out: "1\n" },
  "grep -z b": { in: "a\0b\0", out: "b\0" },
  "grep a": { in: "no end a", out: "no end a\n" },
  grep: { err: /needs a pattern/, status: 2 },
  "grep '[a' f": { files: { f: "" }, err: /not well formed: a \[ has no \]/, status: 2 },
  "grep '\\(a' f": { files: { f: "" }, err: /not well formed/, status: 2 },
  "grep -E 'a)' f": { files: { f: "" }, err: /not well formed/, status: 2, differs: "it takes a ) without a ( for itself" },
  "grep -E '(a' f": { files: { f: "" }, err: /not well formed/, status: 2 },
  "grep -E '*a' f": { files: { f: "" }, err: /nothing to repeat/, status: 2, differs: "it takes the star away" },
  "grep '\\1' f": { files: { f: "" }, err: /a reference has no group/, status: 2 },
  "grep 'a\\{2,1\\}' f": { files: { f: "" }, err: /interval/, status: 2 },
  "grep '[[:nope:]]' f": { files: { f: "" }, err: /class/, status: 2 },
  "grep 'a\\' f": { files: { f: "" }, err: /backslash/, status: 2 },
  "grep -A x a": { err: /no number/, status: 2 },
  "grep -k a": { err: /^grep: unknown option -- k\nusage: grep/, status: 2 },
});

test("no pattern takes long", async () => {
  const text = "a".repeat(20_000);
  for (const args of [["-E", "(a|aa)*b"], ["-E", "(a*)*(a*)*b"], ["-Eo", "(a?){50}a{50}b"], ["-E", "(.*)(.*)(.*)(.*)(.*)x"], ["-Ew", "(a|b|ab)*c"]]) {
    const process = await os.spawn(await programs.get("grep"), { args, stdin: { text }, limits: { cpu: "20 s" } });
    assert.deepEqual(await process.exited, { ...await process.exited, status: 1 }, args.join(" "));
  }
});

test("a pattern with references that would take for ever is given up", async () => {
  const process = await os.spawn(await programs.get("grep"), { args: ["\\(a*\\)*\\(a*\\)*\\1b"], stdin: { text: "a".repeat(5000) }, limits: { cpu: "20 s" } });
  assert.match(await process.stderr!.text(), /takes too long/);
  assert.deepEqual(await process.exited, { ...await process.exited, status: 2 });
});

test("patterns too large are refused", async () => {
  const process = await os.spawn(await programs.get("grep"), { args: ["-E", "((a{1000}){1000}){1000}"], stdin: { text: "a" }, limits: { cpu: "20 s" } });
  assert.match(await process.stderr!.text(), /too large/);
});

const letter = fc.constantFrom("a", "b", "c");
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  pattern: fc.array(tie("piece"), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("")),
  piece: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(fc.oneof(letter, fc.constantFrom(".", "[ab]", "[^a]")), fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}")).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern"), fc.constantFrom("", "*", "+", "?", "{2}")).map(([left, right, times]) => `(${left}|${right})${times}`),
    tie("pattern").map((inner) => `(${inner})`),
  ),
}));

test("random patterns match what the machine's grep matches", { skip: !existsSync("/usr/bin/grep") }, async () => {
  const grep = await programs.get("grep");
  const lines = fc.array(fc.array(letter, { maxLength: 8 }).map((letters) => letters.join("")), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(pattern, lines, fc.constantFrom("-E", "-Ex", "-Eo", "-Ec"), async (expression, texts, flags) => {
      const text = `${texts.join("\n")}\n`;
      const there = spawnSync("/usr/bin/grep", [flags, expression], { input: text, env: { LC_ALL: "C" } });
      const process = await os.spawn(grep, { args: [flags, expression], stdin: { text } });
      const [stdout, exit] = await Promise.all([process.stdout!.text(), process.exited]);
      assert.equal(stdout.slice(0, 1000), there.stdout.toString(), `grep ${flags} '${expression}'`);
      assert.deepEqual(exit, { ...exit, status: there.status });
    }),
    { numRuns: 150 },
  );
});
