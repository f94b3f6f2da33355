/**
 * Programs that start others, see processes and mounts, or meet the end of a pipe: in a user
 * space, by lines of the shell. The machine's shell and tools run the same line unless it says why not.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Files, UserSpace, boot, memory } from "isola";
import { buildUserland } from "../../tools/build-userland.ts";

interface Line {
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
  readonly status?: number;
  /** Why the machine says something else. */
  readonly differs?: string;
}

await buildUserland();
const os = await boot();
after(() => os.close());

function check(what: string, found: string, expected: string | RegExp): void {
  if (expected instanceof RegExp) assert.match(found, expected, what);
  else assert.equal(found, expected, what);
}

function lines(table: Readonly<Record<string, Line>>): void {
  for (const [line, { out = "", err = "", status = 0, differs }] of Object.entries(table)) {
    test(line, async () => {
      const space = new UserSpace(os, { fs: { "/w": memory() }, cwd: "/w" });
      const here = await space.shell(line);
      check("standard error", here.stderr, err);
      check("standard output", here.stdout, out);
      assert.equal(here.status, status, here.stderr);
      if (differs !== undefined) return;
      const folder = mkdtempSync(join(tmpdir(), "isola-line-"));
      try {
        const there = spawnSync("/bin/sh", ["-c", line], { cwd: folder, input: "", timeout: 20_000, encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
        check("what the machine's tools write", there.stdout, out);
        assert.equal(there.status, status, there.stderr);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
}

lines({
  "seq 1 100000 | sort -rn | head -1": { out: "100000\n" },
  "seq 1 1000000 | head -2": { out: "1\n2\n" },
  "seq 1 1000000 | head -2; cat /dev/zero | head -c 100000 | wc -c": { out: "1\n2\n100000\n" },
  "(trap '' PIPE; seq 1 100000; echo $? >&2) | head -1": { out: "1\n", err: "seq: write error: Broken pipe\n1\n", differs: "it may write all first" },
  "(trap '' PIPE; cat /dev/zero; echo $? >&2) | head -c 1 | wc -c": { out: "1\n", err: "cat: write error: Broken pipe\n1\n" },
  "(trap '' PIPE; yes | grep y; echo $? >&2) | head -1": { out: "", err: /yes: (not found|No such)[^]*1\n$/, differs: "it has yes" },
  "mkdir d; cd d; pwd; cd ..; echo x > d/f; cat d/f; cd d; cat f ../d/f; ls": { out: /\/d\nx\nx\nx\nf\n$/ },
  "mkdir -p a/b; cd a/b; echo 1 > ../x; cat ../x; ls ..; cp ../x .; mv x y; ls; rm y; ls": { out: "1\nb\nx\ny\n" },

  "printf '1 2\\n3\\n' | xargs": { out: "1 2 3\n" },
  "printf '1 2\\n3\\n' | xargs -n 1 echo x": { out: "x 1\nx 2\nx 3\n" },
  "printf '1 2\\n3\\n' | xargs -L 1 echo x": { out: "x 1 2\nx 3\n" },
  "printf 'a b\\nc\\n' | xargs -I {} echo '<{}>'": { out: "<a b>\n<c>\n" },
  "printf 'a b\\0c' | xargs -0 -n 1": { out: "a b\nc\n" },
  "printf \"'a b' \\\"c d\\\" e\\\\\\\\ f\" | xargs -n 1": { out: "a b\nc d\ne f\n" },
  "printf '' | xargs echo x": { out: "x\n" },
  "printf '' | xargs -r echo x": {},
  "printf '1 2 3' | xargs -t -n 2 echo": { out: "1 2\n3\n", err: "echo 1 2\necho 3\n" },
  "printf '1 END 3' | xargs -E END echo": { out: "1\n" },
  "seq 1 20000 | xargs | wc -w": { out: "20000\n" },
  "seq 1 5 | xargs -s 10 echo": { out: "1 2\n3 4\n5\n", differs: "it counts the environment" },
  "printf '1\\n2\\n' | xargs -n 1 sh -c 'cat; echo $0'": { out: "1\n2\n" },
  "echo x | xargs false": { status: 123 },
  "echo x | xargs sh -c 'exit 255'": { err: /255/, status: 124 },
  "echo x | xargs sh -c 'kill -9 $$'": { err: /signal/, status: 125 },
  "echo x | xargs nope": { err: /^xargs: nope: No such file/, status: 127 },
  "echo \"'x\" | xargs": { err: /a quote has no end/, status: 1, differs: "it runs echo before" },

  "mkdir d; touch d/a d/b; find d -type f -exec echo {} \\;": { out: "d/a\nd/b\n", differs: "its order is that of the directory" },
  "mkdir d; touch d/a; find d -type f -exec echo x{}y {} \\;": { out: "xd/ay d/a\n" },
  "touch a b; find . -type f -exec echo {} + | wc -w": { out: "2\n" },
  "touch a; find . -name a -exec false \\; -print": {},
  "touch a; find . -name a -exec false {} +": { status: 1 },
  "touch a; echo n | find . -name a -ok rm {} \\; ; ls": { out: "a\n", err: /\? $/ },
  "touch a; find . -name a -exec nope {} \\;": { err: /^find: nope: No such/, status: 1, differs: "it ends with 0" },

  "env A=1 sh -c 'echo $A'": { out: "1\n" },
  "env -i A=1 env": { out: "A=1\n" },
  "A=1 B=2 env -u A sh -c 'echo $A$B'": { out: "2\n" },
  "env nope": { err: /^env: nope: No such file or directory\n/, status: 127 },
  "touch -d 2020-01-01T10:00:00.5Z f; stat -c %y f": { out: "2020-01-01 10:00:00.500000000 +0000\n" },
  "touch f; env ./f": { err: /^env: \.\/f: Permission denied\n/, status: 126 },
  "echo a | xargs /": { err: /^xargs: \/: Permission denied\n/, status: 126 },
  "env ./nope": { err: /^env: \.\/nope: No such file or directory\n/, status: 127 },
  "touch a; ln a b; ln -f a b": {},
  "env sh -c 'exit 3'": { status: 3 },
  "which sh": { out: /^\/(usr\/)?bin\/sh\n$/ },
  "which -a nope sort": { out: /\/sort\n/, status: 1 },

  "sleep 100 & kill $!; wait $!; echo $?": { out: "143\n" },
  "sleep 100 & kill -s KILL $!; wait $!; echo $?": { out: "137\n" },
  "sleep 100 & env kill -9 $!; wait $!; echo $?": { out: "137\n" },
  "sleep 100 & env kill -s HUP $!; wait $!; echo $?": { out: "129\n" },
  "env kill -0 $$": {},
  "env kill -0 99999": { err: /No such process/, status: 1 },
  "env kill -l | head -c 7": { out: "HUP INT", differs: "its list looks different" },

  "ps": { out: /^ +PID STATE +MEMORY +TIME COMMAND\n[^]*\bsh\n[^]*\bps\n$/, differs: "its table is another" },
  "ps -f | grep 'ps -f'": { out: /^ +\d+ +\d+ \w+ +\S+ +\d+:\d\d\.\d .*ps -f/, differs: "its table is another" },
  "ps -l": { out: /PPID.*PGID.*WAITS FOR/, differs: "its table is another" },
  "ps -z": { err: /unknown option -- z/, status: 2, differs: "it ends with 1" },
  "top -b -n 1": { out: /^\d+ processes, memory [\d.]+[KM]\n +PID %CPU +MEMORY STATE +COMMAND\n[^]*top -b -n 1\n/, differs: "its table is another" },
  "top -n 2 -d 1 | grep -c '^ *PID %'": { out: "2\n", differs: "its table is another" },
  "mount | grep ' on /w '": { out: /^memory on \/w type memory \(rw\)\n$/, differs: "the machine has its own" },
  "mount -t memory x /w": { err: /^mount: cannot mount at \/w: /, status: 1, differs: "the machine has its own" },
  "umount /nope": { err: /^umount: cannot unmount \/nope: /, status: 1, differs: "the machine has its own" },
  "df": { out: /^Filesystem +512-blocks +Used +Available Capacity Mounted on\n[^]* \/w\n/, differs: "the machine has its own" },
  "df -h /w/.": { out: /^Filesystem +Size +Used[^\n]*\n[^\n]* \/w\n$/, differs: "the machine has its own" },
  "df nope": { err: /^df: nope: No such file/, status: 1 },

  "echo '#!/bin/cat' > s; chmod +x s 2>/dev/null; ./s": { out: "#!/bin/cat\n", differs: "there is no chmod" },
  "cat < /dev/null | tail -f": {},
  "echo 1 > f; tail -n 1 -f f > out & sleep 1; echo 2 >> f; sleep 1; kill $!; cat out": { out: "1\n2\n" },
  "test -t 0 || echo no": { out: "no\n" },
  "ls -l /dev/null | cut -c 1": { out: "c\n" },
  "test -c /dev/null && test -r /dev/null && echo yes": { out: "yes\n" },
  "ls -F /bin/ls": { out: "/bin/ls*\n" },
  "test -x /bin/ls && echo yes": { out: "yes\n" },
  "cd /; ls ../../w; cat ../w/../etc/nope": { err: /^cat: \.\.\/w\/\.\.\/etc\/nope: No such/, status: 1, differs: "it has no /w" },
});

test("a program in a session counts what files take", async () => {
  const fs = memory({ limit: 1 << 20 });
  const space = new UserSpace(os, { fs: { "/w": fs }, cwd: "/w" });
  await new Files(fs).write("f", "x".repeat(4096));
  const { stdout } = await space.shell("du -k f; stat -c %s f; wc -c f");
  assert.equal(stdout, "4\tf\n4096\n4096 f\n");
});

test("top on a terminal shows pages until somebody types q", { timeout: 60_000 }, async () => {
  for (const key of ["q", "\x03"]) {
    const space = new UserSpace(os);
    await using terminal = await space.terminal({ rows: 10, columns: 60, command: ["/bin/top", "-d", "60"] });
    const reader = terminal.readable.getReader();
    let shown = "";
    while (!shown.includes("top -d 60")) shown += new TextDecoder().decode((await reader.read()).value);
    assert.match(shown, /^\x1b\[H\x1b\[2J1 process, memory/);
    const writer = terminal.writable.getWriter();
    await writer.write(new TextEncoder().encode(`x${key}`));
    const exit = await terminal.exited;
    assert.deepEqual(exit, { ...exit, status: 0 });
  }
});

test("ls fills the width of a terminal", { timeout: 60_000 }, async () => {
  const fs = memory();
  for (const name of ["a", "b", "c", "d", "long-name"]) await new Files(fs).write(name, "");
  const space = new UserSpace(os, { fs: { "/w": fs }, cwd: "/w" });
  await using terminal = await space.terminal({ rows: 10, columns: 31, command: ["/bin/ls"] });
  const reader = terminal.readable.getReader();
  let shown = "";
  while (!shown.includes("long-name")) shown += new TextDecoder().decode((await reader.read()).value);
  while (!shown.endsWith("\n")) shown += new TextDecoder().decode((await reader.read()).value);
  assert.equal(shown, "a          c          long-name\r\nb          d\r\n");
});
