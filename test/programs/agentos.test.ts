/**
 * The programs of agentOS's software packages, unmodified: real command lines through their shell and
 * without it. What is expected is what Debian's dash, coreutils, grep, sed, gawk, jq and ripgrep say.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { hostDir } from "../../src/node.ts";
import type { FileSystem, HostFileSystem, SessionSpawnOptions } from "../../src/node.ts";
import { installAll, newSession, packageFolder, run } from "./agentos.ts";
import type { Said } from "./agentos.ts";
import { Subject, temporaryFolder } from "./programs.ts";

const subject = new Subject();
const STORE = temporaryFolder();
let programs: FileSystem;
before(async () => {
  programs = await installAll(STORE);
});

const FILES = {
  "/data/fruit": "pear 3\napple 10\nfig 2\napple 7\n",
  "/data/people.json": '[{"name":"Ada","age":36},{"name":"Bo","age":5}]\n',
  "/data/log.csv": "id,level,ms\n1,info,12\n2,error,340\n3,info,7\n4,error,99\n",
  "/data/src/main.c": "int main(void) {\n  return helper();\n}\n",
  "/data/src/helper.c": "int helper(void) {\n  return 42; // answer\n}\n",
  "/data/script.sh": "#!/usr/local/bin/sh\necho \"script $# $1\"\nexit 3\n",
};

async function say(argv: readonly string[], options: SessionSpawnOptions = {}): Promise<Said> {
  await using session = await newSession(subject.os, programs, FILES);
  return await run(session, argv, options);
}

interface Row {
  /** A line for their shell, or the words of a program. */
  readonly line: string | readonly string[];
  readonly stdin?: string;
  readonly stdout: string;
  readonly status?: number;
  readonly stderr?: RegExp;
}

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "one program, given its input": [
    { line: ["cat"], stdin: "a\nb\n", stdout: "a\nb\n" },
    { line: ["cat", "-n", "/data/fruit"], stdout: "     1\tpear 3\n     2\tapple 10\n     3\tfig 2\n     4\tapple 7\n" },
    { line: ["wc", "-l"], stdin: "a\nb\n", stdout: "2\n" },
    { line: ["wc", "/data/fruit"], stdout: " 4  8 30 /data/fruit\n" },
    { line: ["head", "-n", "1", "/data/fruit"], stdout: "pear 3\n" },
    { line: ["tail", "-n", "2", "/data/fruit"], stdout: "fig 2\napple 7\n" },
    { line: ["cut", "-d", ",", "-f", "2,3", "/data/log.csv"], stdout: "level,ms\ninfo,12\nerror,340\ninfo,7\nerror,99\n" },
    { line: ["tr", "a-z", "A-Z"], stdin: "shout", stdout: "SHOUT" },
    { line: ["uniq", "-c"], stdin: "a\na\nb\n", stdout: "      2 a\n      1 b\n" },
    { line: ["rev"], stdin: "abc\n", stdout: "cba\n" },
    { line: ["seq", "2", "2", "8"], stdout: "2\n4\n6\n8\n" },
    { line: ["expr", "6", "*", "7"], stdout: "42\n" },
    { line: ["basename", "/a/b.txt", ".txt"], stdout: "b\n" },
    { line: ["dirname", "/a/b.txt"], stdout: "/a\n" },
    { line: ["printf", "%s-%03d\\n", "x", "7"], stdout: "x-007\n" },
    { line: ["base64"], stdin: "hello", stdout: "aGVsbG8=\n" },
    { line: ["sha256sum"], stdin: "abc", stdout: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\n" },
    { line: ["md5sum"], stdin: "abc", stdout: "900150983cd24fb0d6963f7d28e17f72  -\n" },
    { line: ["factor", "84"], stdout: "84: 2 2 3 7\n" },
    { line: ["paste", "-d", ":", "-s"], stdin: "1\n2\n3\n", stdout: "1:2:3\n" },
    { line: ["od", "-An", "-tx1"], stdin: "AB\n", stdout: " 41 42 0a\n" },
    { line: ["true"], stdout: "" },
    { line: ["false"], stdout: "", status: 1 },
    { line: ["test", "-f", "/data/fruit"], stdout: "" },
    { line: ["test", "-d", "/data/fruit"], stdout: "", status: 1 },
    { line: ["cat", "/nothing"], stdout: "", status: 1, stderr: /No such file or directory/ },
  ],
  "grep and rg": [
    { line: ["grep", "-n", "apple", "/data/fruit"], stdout: "2:apple 10\n4:apple 7\n" },
    { line: ["grep", "-c", "-v", "apple"], stdin: FILES["/data/fruit"], stdout: "2\n" },
    { line: ["grep", "-i", "PEAR"], stdin: FILES["/data/fruit"], stdout: "pear 3\n" },
    { line: ["egrep", "^(fig|pear)"], stdin: FILES["/data/fruit"], stdout: "pear 3\nfig 2\n" },
    { line: ["fgrep", "a.b"], stdin: "axb\na.b\n", stdout: "a.b\n" },
    { line: ["grep", "kiwi", "/data/fruit"], stdout: "", status: 1 },
    { line: ["rg", "--no-heading", "-n", "helper\\(\\)", "/data/src/main.c"], stdout: "2:  return helper();\n" },
    { line: ["rg", "-l", "answer", "/data/src"], stdout: "/data/src/helper.c\n" },
    { line: ["rg", "-c", "o"], stdin: "one\ntwo\nsix\n", stdout: "2\n" },
    { line: ["rg", "nowhere", "/data/src"], stdout: "", status: 1 },
  ],
  "sed": [
    { line: ["sed", "s/apple/APPLE/"], stdin: FILES["/data/fruit"], stdout: "pear 3\nAPPLE 10\nfig 2\nAPPLE 7\n" },
    { line: ["sed", "-n", "2,3p", "/data/fruit"], stdout: "apple 10\nfig 2\n" },
    { line: ["sed", "-e", "/fig/d", "-e", "s/\\([a-z]*\\) \\([0-9]*\\)/\\2 \\1/", "/data/fruit"], stdout: "3 pear\n10 apple\n7 apple\n" },
    { line: ["sed", "$!N;s/\\n/+/"], stdin: "1\n2\n3\n4\n", stdout: "1+2\n3+4\n" },
  ],
  "awk": [
    { line: ["awk", "{ s += $2 } END { print s }", "/data/fruit"], stdout: "22\n" },
    { line: ["awk", "-F,", "NR > 1 && $2 == \"error\" { n++; t += $3 } END { printf \"%d %.1f\\n\", n, t / n }", "/data/log.csv"], stdout: "2 219.5\n" },
    { line: ["awk", "-v", "x=5", "BEGIN { print x * 2; exit 4 }"], stdout: "10\n", status: 4 },
    { line: ["awk", "{ a[$1] += $2 } END { for (k in a) n++; print a[\"apple\"], n }"], stdin: FILES["/data/fruit"], stdout: "17 3\n" },
    { line: ["awk", "BEGIN { r = system(\"exit 3\"); print r }"], stdout: "3\n" },
    { line: ["awk", "BEGIN { \"echo a b\" | getline x; split(x, p); print p[2] }"], stdout: "b\n" },
  ],
  "jq": [
    { line: ["jq", "-c", "map(select(.age > 10)) | .[0].name"], stdin: FILES["/data/people.json"], stdout: "\"Ada\"\n" },
    { line: ["jq", "-r", ".[].name"], stdin: FILES["/data/people.json"], stdout: "Ada\nBo\n" },
    { line: ["jq", "."], stdin: "{\"a\":[1,2]}", stdout: "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n" },
    { line: ["jq", "[.[].age] | add"], stdin: FILES["/data/people.json"], stdout: "41\n" },
    { line: ["jq", ".["], stdin: "{}", stdout: "", status: 2, stderr: /parse error/ },
  ],
  "pipelines, redirections and statuses through their shell": [
    { line: "seq 1 5 | tail -2 | head -1", stdout: "4\n" },
    { line: "cat /data/fruit | grep apple | wc -l", stdout: "2\n" },
    { line: "cut -d' ' -f1 /data/fruit | uniq | tr '\\n' ' '", stdout: "pear apple fig apple " },
    { line: "yes | head -2", stdout: "y\ny\n" },
    { line: "seq 1 100000 | tail -1", stdout: "100000\n" },
    { line: "for i in 1 2 3; do echo \"line $i\"; done | wc -l", stdout: "3\n" },
    { line: "for i in 1 2 3; do seq $i; done | awk '{ s += $1 } END { print s }'", stdout: "10\n" },
    { line: "echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; wc -l < /tmp/f", stdout: "one\ntwo\n2\n" },
    { line: "cat /nothing 2> /tmp/err; grep -c 'No such file' /tmp/err", stdout: "1\n" },
    { line: "cat /nothing 2>&1 | grep -c 'No such file'", stdout: "1\n" },
    { line: "cat /nothing > /dev/null 2>&1; echo $?", stdout: "1\n" },
    { line: "cat <<END | tr a-z A-Z\nhello $USER\nEND", stdout: "HELLO ADA\n" },
    { line: "x=$(seq 3 | tail -1); echo \"got $x\"", stdout: "got 3\n" },
    { line: "echo $(seq 1 2000 | wc -l) $(cat /data/people.json | jq length)", stdout: "2000 2\n" },
    { line: "grep -q apple /data/fruit && echo yes || echo no", stdout: "yes\n" },
    { line: "grep -q kiwi /data/fruit && echo yes || echo no", stdout: "no\n" },
    { line: "/usr/local/bin/false; echo $?; /usr/local/bin/true; echo $?", stdout: "1\n0\n" },
    { line: "sh -c 'exit 42'; echo $?", stdout: "42\n" },
    { line: "no-such-program; echo $?", stdout: "127\n", stderr: /not found/ },
    { line: "/data/script.sh a b; echo $?", stdout: "script 2 a\n3\n" },
    { line: "A=1 printenv A; env B=2 printenv B", stdout: "1\n2\n" },
    { line: "timeout 0.2 sleep 20; echo $?", stdout: "124\n" },
    { line: "timeout 20 sh -c 'exit 5'; echo $?", stdout: "5\n" },
    { line: "while read -r name count; do echo \"$count $name\"; done < /data/fruit | head -1", stdout: "3 pear\n" },
    { line: "f() { echo \"f $1\"; return 2; }; f x; echo $?", stdout: "f x\n2\n" },
    { line: "case abc in a*) echo a;; *) echo other;; esac; [ 2 -lt 10 ] && echo less", stdout: "a\nless\n" },
    { line: "mkdir -p /tmp/d/e; touch /tmp/d/e/x; ls /tmp/d/e; mv /tmp/d/e/x /tmp/d/y; rm -r /tmp/d/e; ls /tmp/d", stdout: "x\ny\n" },
    { line: "cp /data/fruit /tmp/copy && cksum < /tmp/copy | cut -d' ' -f2", stdout: "30\n" },
    { line: "cat", stdin: "through\n", stdout: "through\n" },
    { line: "exit 9", stdout: "", status: 9 },
  ],
};

for (const [what, rows] of Object.entries(ROWS)) {
  test(what, { timeout: 120_000 }, async () => {
    for (const { line, stdin, stdout, status = 0, stderr } of rows) {
      const argv = typeof line === "string" ? ["sh", "-c", line] : line;
      const said = await say(argv, stdin === undefined ? {} : { stdin: { text: stdin } });
      const all = `${argv.join(" ")}\n${JSON.stringify(said)}`;
      assert.equal(said.stdout, stdout, all);
      assert.equal(said.status, status, all);
      if (stderr === undefined) assert.equal(said.stderr, "", all);
      else assert.match(said.stderr, stderr, all);
    }
  });
}

test("tar, and folders of the host", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "in/deep"), { recursive: true });
  writeFileSync(join(folder, "in/one"), "1\n");
  writeFileSync(join(folder, "in/deep/two"), "2\n");
  const host: HostFileSystem = hostDir(folder, { write: true });
  try {
    await using session = await newSession(subject.os, programs, {}, { fs: { "/host": host }, cwd: "/host" });
    assert.deepEqual(await run(session, ["tar", "-cf", "all.tar", "in"]), { stdout: "", stderr: "", status: 0 });
    const listed = await run(session, ["tar", "-tf", "all.tar"]);
    assert.deepEqual(listed.stdout.split("\n").map((name) => name.replace(/\/$/, "")).sort(), ["", "in", "in/deep", "in/deep/two", "in/one"]);
    assert.deepEqual(await run(session, ["sh", "-c", "mkdir out && tar -xf /host/all.tar -C out && cat out/in/deep/two && rm -r in"]), { stdout: "2\n", stderr: "", status: 0 });
    assert.equal(readFileSync(join(folder, "out/in/one"), "utf8"), "1\n");
    assert.equal((await run(session, ["ls"])).stdout, "all.tar\nout\n");
  } finally {
    host.close();
  }
});

test("in a working directory, names are below it", { timeout: 60_000 }, async () => {
  await using session = await newSession(subject.os, programs, FILES, { cwd: "/data" });
  const rows: readonly (readonly [argv: readonly string[], stdout: string])[] = [
    [["cat", "fruit"], FILES["/data/fruit"]],
    [["cat", "./src/../fruit"], FILES["/data/fruit"]],
    [["cat", "/data/src/main.c"], FILES["/data/src/main.c"]],
    [["ls"], "fruit\nlog.csv\npeople.json\nscript.sh\nsrc\n"],
    [["sh", "-c", "cat fruit | head -1; cd src; ls; cat helper.c | wc -l"], "pear 3\nhelper.c\nmain.c\n3\n"],
    [["cat", "../home/notes", "../data/src/../fruit"], FILES["/data/fruit"]],
    [["sh", "-c", "cd src; cat ../fruit < ../log.csv"], FILES["/data/fruit"]],
    [["sh", "-c", "echo made > new; cat new; cat /data/new; ls /home"], "made\nmade\nnotes\n"],
  ];
  for (const [argv, stdout] of rows) assert.deepEqual(await run(session, argv), { stdout, stderr: "", status: 0 }, argv.join(" "));
});

test("programs are found in any place of PATH", { timeout: 60_000 }, async () => {
  await using session = await newSession(subject.os, programs, { ...FILES, "/bin/greet": "#!/usr/local/bin/sh\necho hello $1\n", "/bin/seq": "no program\n" }, { env: { PATH: "/bin:/nowhere:/usr/local/bin" } });
  assert.deepEqual(await run(session, ["sh", "-c", "greet you; seq 2; /bin/none; echo $?"]), { stdout: "hello you\n1\n2\n127\n", stderr: "error: command not found: /bin/none\n", status: 0 });
  assert.deepEqual(await run(session, ["env", "seq", "1"]), { stdout: "1\n", stderr: "", status: 0 });
});

test("a program whose own C library cannot do it fails by itself: sort makes a thread", { timeout: 60_000 }, async () => {
  const said = await say(["sort"], { stdin: { text: "b\na\n" } });
  assert.equal(said.status, -1);
  assert.match(said.stderr, /failed to spawn thread.*Not supported/s);
  // Nothing outside of it could: it imports no way to make threads.
  const sort = new WebAssembly.Module(new Uint8Array(readFileSync(join(packageFolder("coreutils"), "wasm/sort"))));
  assert.ok(!WebAssembly.Module.imports(sort).some(({ name }) => name.includes("thread")));
});
