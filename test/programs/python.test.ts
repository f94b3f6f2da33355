/** CPython 3.11: expressions, its library, arguments, environment, errors and statuses. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { Subject, assertEnded, pythonLibrary } from "./programs.ts";
import type { Ended } from "./programs.ts";
import type { SpawnOptions } from "../../src/node.ts";

describe("CPython", () => {
  const subject = new Subject();
  const usr = pythonLibrary();
  const python = (code: string, options: SpawnOptions = {}): Promise<Ended> =>
    subject.run("python", { ...options, args: ["-c", code, ...(options.args ?? [])], fs: { "/usr": usr, ...options.fs } });

  test("computes", async () => {
    const ended = await python(`
import math, sys
print(6 * 7, 2 ** 200, math.factorial(30), round(math.pi, 12), 0.1 + 0.2)
print(sum(i * i for i in range(10000)), "%s.%s.%s" % sys.version_info[:3], sys.platform)`);
    assertEnded(ended, { stdout: `42 ${2n ** 200n} 265252859812191058636308480000000 3.14159265359 0.30000000000000004\n333283335000 3.11.3 wasi\n` });
    assert.ok(ended.usage.cpuMs > 0 && ended.usage.peakMemory > 1e6);
  });

  test("its library does what it does elsewhere", async () => {
    const secret = randomBytes(20).toString("hex");
    const ended = await python(
      `
import sys
text = sys.argv[1]
import json
value = {"a": [1, 2.5, None, True], "ä": "\\u20ac\\n", "n": {"deep": []}}
assert json.loads(json.dumps(value)) == value
print(json.dumps(value, sort_keys=True))
import re
print(re.match(r"(\\w+)@(\\w+)\\.(?P<top>[a-z]{2,})", "some@example.org").groupdict(), re.sub(r"a+", "<\\\\g<0>>", "baab"))
import hashlib
for name in ["md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"]: print(name, hashlib.new(name, text.encode()).hexdigest())
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table t (n integer, s text)")
db.executemany("insert into t values (?, ?)", [(i, str(i * i)) for i in range(100)])
print(db.execute("select count(*), sum(n), max(cast(s as integer)) from t").fetchone())
import zlib, bz2, base64, struct
blob = bytes(range(256)) * 100
assert zlib.decompress(zlib.compress(blob)) == blob and bz2.decompress(bz2.compress(blob)) == blob
print(zlib.crc32(blob), len(zlib.compress(blob)) < 2000, base64.b64encode(text.encode()[:6]).decode(), struct.pack("<Id", 7, 1.5).hex())
from decimal import Decimal, getcontext
getcontext().prec = 40
print(Decimal(2).sqrt())
import datetime, csv, io, itertools, collections, heapq, random, statistics, textwrap
print(datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc).isoformat(), datetime.datetime.utcfromtimestamp(86400 * 365).isoformat())
print(list(csv.reader(io.StringIO('a,"b,c"\\n'))), list(itertools.combinations("abc", 2)), collections.Counter("hello").most_common(1))
print(random.Random(42).random(), statistics.stdev([1, 2, 3, 4]))
import xml.etree.ElementTree as ET, unicodedata, pickle, array
print(ET.fromstring("<a><b k='v'>t</b></a>").find("b").attrib, unicodedata.name("€"), pickle.loads(pickle.dumps({1: (2, 3)})), array.array("d", [1, 2]).itemsize)
`,
      { args: [secret] },
    );
    const digest = (name: string): string => createHash(name).update(secret).digest("hex");
    const blob = Uint8Array.from({ length: 25600 }, (_, i) => i & 255);
    const lines = ended.stdout.split("\n");
    assertEnded(ended, {});
    assert.deepEqual(lines.slice(0, 8), [
      String.raw`{"a": [1, 2.5, null, true], "n": {"deep": []}, "\u00e4": "\u20ac\n"}`,
      "{'top': 'org'} b<aa>b",
      `md5 ${digest("md5")}`, `sha1 ${digest("sha1")}`, `sha256 ${digest("sha256")}`, `sha512 ${digest("sha512")}`, `sha3_256 ${digest("sha3-256")}`, `blake2b ${digest("blake2b512")}`,
    ]);
    assert.deepEqual(lines.slice(8), [
      "(100, 4950, 9801)",
      `${crc32(blob)} True ${Buffer.from(secret.slice(0, 6)).toString("base64")} 07000000000000000000f83f`,
      "1.414213562373095048801688724209698078570",
      "2024-02-29T00:00:00+00:00 1971-01-01T00:00:00",
      "[['a', 'b,c']] [('a', 'b'), ('a', 'c'), ('b', 'c')] [('l', 2)]",
      "0.6394267984578837 1.2909944487358056",
      "{'k': 'v'} EURO SIGN {1: (2, 3)} 8",
      "",
    ]);
  });

  test("an uncaught exception is status 1 with its traceback on standard error", async () => {
    const ended = await python("def f(n): return 1 // n\nprint('before')\nf(0)");
    assertEnded(ended, {
      status: 1,
      stdout: "before\n",
      stderr: /^Traceback \(most recent call last\):\n  File "<string>", line 3, in <module>\n  File "<string>", line 1, in f\nZeroDivisionError: integer division or modulo by zero\n$/,
    });
  });

  test("sys.exit gives its status, or its message and 1", async () => {
    assertEnded(await python("import sys; sys.stdout.write('x'); sys.exit(3)"), { status: 3, stdout: "x" });
    assertEnded(await python("import sys; sys.exit('told so')"), { status: 1, stdout: "", stderr: "told so\n" });
    assertEnded(await python("import os; os._exit(200)"), { status: 200, stdout: "" });
    assertEnded(await python("this is no Python"), { status: 1, stdout: "", stderr: /SyntaxError: invalid syntax\n$/ });
  });

  test("arguments and environment arrive in UTF-8", async () => {
    const args = ["", "two words", "grüße", "日本語", "😀", "--flag=1", "a\nb"];
    const ended = await python("import sys, os, json; print(json.dumps([sys.argv[1:], dict(os.environ)]))", { args, env: { NAME: "wert €", EMPTY: "", 名: "値", PYTHONHASHSEED: "0" } });
    assertEnded(ended, {});
    assert.deepEqual(JSON.parse(ended.stdout), [args, { NAME: "wert €", EMPTY: "", 名: "値", PYTHONHASHSEED: "0" }]);
  });

  test("clocks and random bytes", async () => {
    const before = Date.now() / 1000;
    const ended = await python(`
import time, os, json
start, wall = time.monotonic(), time.time()
while time.monotonic() < start + 0.05: pass
print(json.dumps([wall, time.time() - wall, time.monotonic() - start, os.urandom(16).hex(), os.urandom(16).hex(), time.get_clock_info("monotonic").resolution]))`);
    assertEnded(ended, {});
    const [wall, real, monotonic, first, second, resolution] = JSON.parse(ended.stdout) as [number, number, number, string, string, number];
    assert.ok(wall >= before - 0.01 && wall <= Date.now() / 1000, `${wall} since ${before}`);
    assert.ok(monotonic >= 0.05 && monotonic < 3 && Math.abs(real - monotonic) < 0.05, `spun ${monotonic} s, ${real} s on the wall clock`);
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.notEqual(first, second);
    assert.ok(resolution > 0 && resolution <= 0.001);
  });

  test("without clocks and entropy there are none", async () => {
    const ended = await python("import time; print(time.time())", { clocks: false, env: { PYTHONHASHSEED: "0" } });
    assert.notEqual(ended.status, 0);
    assert.equal(ended.stdout, "");
    assert.match(ended.stderr, /PermissionError|Fatal Python error/);
  });
});
