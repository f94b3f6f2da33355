/** The shell of SQLite 3.26: in memory, and on database files. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hostDir, memory } from "../../src/node.ts";
import type { FileSystem } from "../../src/node.ts";
import { Subject, assertEnded, programPath, temporaryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

describe("SQLite's shell", () => {
  const subject = new Subject();
  /** The shell takes its input for a terminal's unless it is told otherwise. */
  const shell = (args: readonly string[], script: string, fs: Record<string, FileSystem> = {}): Promise<Ended> =>
    subject.run("sqlite", { args: ["-batch", ...args], fs, stdin: { text: script } });

  test("a database in memory, by a script on standard input", async () => {
    const ended = await shell([], `
create table city (name text primary key, people integer);
insert into city values ('Köln', 1084000), ('Bonn', 336000), ('東京', 13960000);
select name, people / 1000 from city order by people;
.mode csv
.headers on
select sum(people) as total, count(*) as n, max(length(name)) as "longest name" from city;
with recursive fib(a, b) as (select 0, 1 union all select b, a + b from fib limit 80) select max(a) from fib;
`);
    assertEnded(ended, { stdout: `Bonn|336\nKöln|1084\n東京|13960\ntotal,n,"longest name"\r\n15380000,3,4\r\nmax(a)\r\n14472334024676221\r\n` });
  });

  test("an SQL argument; a wrong statement is status 1 with the reason on standard error", async () => {
    assertEnded(await shell([":memory:", "select 6 * 7, upper('abc'), typeof(1.5), hex(x'00ff')"], ""), { stdout: "42|ABC|real|00FF\n" });
    assertEnded(await shell([":memory:", "select missing"], ""), { status: 1, stdout: "", stderr: "Error: no such column: missing\n" });
  });

  test("a database file in a host directory lives from one process to the next", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const data = hostDir(folder, { write: true });
    t.after(() => data.close());
    const first = await shell(["/data/test.db"], `
create table t (n integer primary key, s text);
begin;
with recursive c(n) as (select 1 union all select n + 1 from c limit 10000) insert into t select n, 'row ' || n from c;
commit;
create index by_s on t (s);
`, { "/data": data });
    assertEnded(first, { stdout: "" });
    assert.deepEqual(readdirSync(folder), ["test.db"], "the journal is gone");
    const bytes = readFileSync(join(folder, "test.db"));
    assert.equal(bytes.subarray(0, 16).toString("latin1"), "SQLite format 3\0");
    assert.equal(bytes.length % 4096, 0);
    assert.ok(bytes.includes("row 9999"));

    const second = await shell(["/data/test.db"], "select count(*), sum(n), min(s), max(s) from t; select n from t where s = 'row 777'; update t set s = 'changed' where n = 5; delete from t where n > 5000; vacuum;", { "/data": data });
    assertEnded(second, { stdout: "10000|50005000|row 1|row 9999\n777\n" });
    assertEnded(await shell(["/data/test.db"], "select count(*) from t; select s from t where n = 5;", { "/data": data }), { stdout: "5000\nchanged\n" });

    const readOnly = hostDir(folder);
    t.after(() => readOnly.close());
    // This build of SQLite opens for writing or not at all.
    const refused = await shell(["/data/test.db"], "select count(*) from t;\n", { "/data": readOnly });
    assertEnded(refused, { status: 1, stdout: "", stderr: /unable to open database file/ });
  });

  test("10,000 single inserts in a transaction, and a rollback", async () => {
    const inserts = Array.from({ length: 10_000 }, (_, n) => `insert into t values (${n}, ${n * n});`).join("\n");
    const fs = { "/": memory() };
    assertEnded(await shell(["/db"], `create table t (n, q);\nbegin;\n${inserts}\ncommit;\nbegin; delete from t; select count(*) from t; rollback; select count(*), sum(q) from t;`, fs), { stdout: "0\n10000|333283335000\n" });
    assert.equal(new TextDecoder().decode(fs["/"].readFile("/db").subarray(0, 15)), "SQLite format 3");
  });

  test(".dump can be read again; .output, .read and .import use files", async () => {
    const work = memory({ files: { "/script.sql": "create table t (a, b);\ninsert into t values (1, 'it''s'), (2.5, null), (x'0102', 'ü');\n", "/rows.csv": "7,seven\n8,eight\n" } });
    const fs = { "/": work };
    // In memory: this build answers no pragma, which .dump needs, on a database file.
    assertEnded(await shell([], ".read /script.sql\n.output /dump.sql\n.dump\n.output stdout\npragma integrity_check;\n", fs), { stdout: "ok\n" });
    const dump = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (a, b);\nINSERT INTO t VALUES(1,'it''s');\nINSERT INTO t VALUES(2.5,NULL);\nINSERT INTO t VALUES(X'0102','ü');\nCOMMIT;\n";
    assert.equal(work.readText("/dump.sql"), dump);
    assertEnded(await shell(["/two.db"], ".read /dump.sql\n.mode csv\n.import /rows.csv t\n.mode list\nselect quote(a), b from t;\n", fs), { stdout: "1|it's\n2.5|\nX'0102'|ü\n'7'|seven\n'8'|eight\n" });
  });

  test("a statement without end meets the cpu limit", async () => {
    const ended = await subject.run("sqlite", { args: [":memory:", "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c"], limits: { cpu: "500ms" } });
    assert.equal(ended.exit.killed, "cpu limit", ended.report);
    assert.ok(ended.usage.cpuMs < 800, `${ended.usage.cpuMs} ms`);
  });

  test("with fuel, a program stops at the same instruction each time", async () => {
    const program = await subject.os.compile(new Uint8Array(readFileSync(programPath("sqlite"))), { name: "sqlite", fuel: true });
    const args = [":memory:", "with recursive c(n) as (select 1 union all select n + 1 from c) select n, hex(n * n) from c"];
    const runs = [await subject.run(program, { args, limits: { fuel: 20_000_000 } }), await subject.run(program, { args, limits: { fuel: 20_000_000 } })];
    for (const ended of runs) {
      assert.equal(ended.exit.killed, "fuel limit", ended.report);
      assert.match(ended.stdout, /^1\|31\n2\|34\n3\|39\n/);
      assert.equal(ended.stdout, runs[0]!.stdout);
    }
    const more = await subject.run(program, { args, limits: { fuel: 40_000_000 } });
    assert.ok(more.stdout.length > runs[0]!.stdout.length * 1.5 && more.stdout.startsWith(runs[0]!.stdout), `${runs[0]!.stdout.length} and ${more.stdout.length}`);
  });
});
