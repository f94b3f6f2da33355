/** POSIX calls as `--trace calls` shows them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestSession } from "./sessions.ts";

test("calls in words: strings, lists, signals, sets, and what was filled in", { timeout: 60_000 }, async () => {
  const lines: string[] = [];
  await using it = await TestSession.create({ trace: (line) => lines.push(line.replace(/^\[\d+\.\d+\] [\d.]+ /, "").replace(/ <[\d.]+>$/, "")) });
  await it.run(["run", "/bin/tool", "exit", "3"]);
  const shown = (name: string): string[] => lines.filter((line) => line.startsWith(`${name}(`) || line.startsWith(`<… ${name} `));
  const [spawned = "", done = ""] = shown("spawn");
  assert.equal(spawned, 'spawn("/bin/tool", ["/bin/tool","exit","3"], [], [0<-0, 1<-1, 2<-2], 0, 0, <unfinished …>');
  const pid = /^<… spawn resumed> \[(\d+)\]\) = 0$/.exec(done)?.[1];
  assert.ok(pid !== undefined, done);
  // In one line when the child has ended before.
  assert.ok(shown("waitpid").at(-1)!.endsWith(`[${pid}], [768]) = 0`), shown("waitpid").join());

  lines.length = 0;
  await it.run(["mask"]);
  assert.equal(shown("sigaction")[0], "sigaction(SIGUSR1, 2, 0x0) = 0");
  assert.equal(shown("sigprocmask")[0], "sigprocmask(0, {KILL USR1 TERM}, [{}]) = 0");
  assert.equal(shown("sigpending")[0], "sigpending([{USR1}]) = 0");
  assert.ok(shown("sigprocmask").some((line) => line.endsWith(" = 28 (inval)")));
  assert.ok(shown("kill").at(-1)!.includes(", SIGTERM)"));

  lines.length = 0;
  await it.run(["actions"]);
  assert.match(shown("kill").find((line) => line.startsWith("kill(-1000000")) ?? "", /^kill\(-1000000, 0\) = 71 \(srch\)$/);
  assert.match(shown("sigaction").find((line) => line.includes("0xfffffffe")) ?? "", /^sigaction\(SIGINT, 1, 0xfffffffe\) = 21 \(fault\)$/);
});
