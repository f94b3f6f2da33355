/**
 * The same command lines here and, untouched, on the host's own WASI: standard output, standard error, status
 * and the files written must be equal. Diagnostics tell the times from start to end, taken one after the other.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hostDir } from "../../src/node.ts";
import type { HostFileSystem } from "../../src/node.ts";
import { runOnHost } from "./host.ts";
import { Subject, libraryFolder, programPath, temporaryFolder } from "./programs.ts";
import type { ProgramName } from "./programs.ts";

interface Case {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const FILES: Record<string, string> = {
  "script.py": "import sys, os\nprint(sys.argv, sorted(os.listdir('/work')))\nfor i, line in enumerate(sys.stdin): print(i, line, end='')\nopen('/work/py.txt', 'w').write('made by ' + sys.argv[1])\nsys.exit(int(sys.argv[2]))\n",
  "script.rb": "p ARGV, Dir.children('/work').sort\n$stdin.each_line { |l| puts l.upcase }\nFile.write('/work/rb.txt', ARGV[0])\nexit ARGV[1].to_i\n",
  "script.php": "<?php echo strtoupper($argv[1] ?? 'none'), implode(' ', array_diff(scandir('/work'), ['.', '..'])), file_put_contents('/work/php.txt', 'x'); exit(4);",
  "script.js": "import { f } from './lib.js'; print(f(20), JSON.stringify(args)); throw new Error('no');",
  "lib.js": "export const f = (n) => n < 2 ? n : f(n - 1) + f(n - 2);",
  "script.sql": "create table t (a, b);\nwith recursive c(n) as (select 1 union all select n + 1 from c limit 500) insert into t select n, hex(n * n) from c;\nselect count(*), max(b) from t;\nselect * from missing;\n",
  "prog.c": "#include <stdio.h>\n#include <math.h>\nint main(int c, char **v) { for (int i = 0; i < c; i++) printf(\"%s %f\\n\", v[i], sqrt(i)); return c; }\n",
};

const CC1 = ["-cc1", "-triple", "wasm32-unknown-wasi", "-isysroot", "/sys", "-internal-isystem", "/sys/include", "-internal-isystem", "/sys/lib/clang/8.0.1/include", "-O2"];
const CASES: Record<ProgramName, readonly Case[]> = {
  python: [
    { args: ["-c", "print(sum(i * i for i in range(200000)), {1: 'ä'}, 1e300 * 10)"] },
    { args: ["-c", "import time, select\nfor f in (lambda: time.sleep(0.01), lambda: select.select([], [], [], 0), lambda: __import__('os').getcwd(), lambda: __import__('os').stat('/nope'), lambda: __import__('socket').socket()):\n  try: print(f())\n  except OSError as e: print(e.errno, e)"] },
    { args: ["-c", "def f(n): return f(n + 1)\nf(0)"] },
    { args: ["/work/script.py", "grüße", "7"], stdin: "one\ntwo" },
    { args: ["-"], stdin: "import sys\nprint(sys.flags.interactive, 1 / 0)\n" },
    { args: ["--no-such-option"] },
  ],
  ruby: [{ args: ["-e", "puts (1..20).inject(:*), ENV.to_h.size; $stderr.puts :err; raise 'no'"] }, { args: ["/work/script.rb", "ä", "9"], stdin: "one\ntwo" }, { args: ["--version"] }],
  php: [{ args: ["/work/script.php", "a=1"] }, { args: ["-q", "/work/script.php"] }, { args: ["-v"] }, { args: ["-q", "/work/none.php"] }],
  quickjs: [{ args: ["/work/script.js", "ä"] }, { args: ["/work/none.js"] }],
  sqlite: [{ args: ["-batch"], stdin: FILES["script.sql"]! }, { args: ["-batch", "/work/test.db"], stdin: FILES["script.sql"]! }, { args: ["-version"] }, { args: ["-nonsense"] }],
  clang: [{ args: [...CC1, "-emit-obj", "-o", "/work/prog.o", "/work/prog.c"] }, { args: [...CC1, "-S", "-o", "-", "/work/prog.c"] }, { args: ["-cc1", "-emit-obj", "/work/none.c"] }],
  "wasm-ld": [{ args: ["--no-threads", "-L/sys/lib/wasm32-wasi", "/sys/lib/wasm32-wasi/crt1.o", "/work/prog.o", "-lc", "-o", "/work/prog.wasm"] }, { args: ["--no-threads", "/work/prog.c"] }],
};

describe("the same as on the host", () => {
  const subject = new Subject();
  const folders = { here: temporaryFolder(), host: temporaryFolder() };
  for (const folder of Object.values(folders)) for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const libraries: Partial<Record<ProgramName, Record<string, string>>> = {
    python: { "/usr": join(libraryFolder("python"), "usr") },
    clang: { "/sys": join(libraryFolder("clang"), "sys") },
    "wasm-ld": { "/sys": join(libraryFolder("clang"), "sys") },
  };

  for (const [name, cases] of Object.entries(CASES) as [ProgramName, readonly Case[]][]) {
    test(name, async (t) => {
      const opened: HostFileSystem[] = [];
      t.after(() => opened.forEach((fs) => fs.close()));
      const open = (path: string, write: boolean): HostFileSystem => {
        const fs = hostDir(path, { write });
        opened.push(fs);
        return fs;
      };
      const program = await subject.load(name, { unknownImports: "trap" });
      const untouched = await WebAssembly.compile(readFileSync(programPath(name)));
      for (const { args, stdin = "", env = {} } of cases) {
        const library = libraries[name] ?? {};
        const host = await runOnHost(untouched, { args: [name, ...args], env, stdin, folders: { ...library, "/work": folders.host } });
        const fs = Object.fromEntries([...Object.entries(library).map(([path, folder]) => [path, open(folder, false)] as const), ["/work", open(folders.here, true)] as const]);
        const started = performance.now();
        const here = await subject.run(program, { args, env: { HOST: "1", ...env }, fs, stdin: { text: stdin } });
        const ms = performance.now() - started;
        const what = `${name} ${args.map((arg) => (arg.length > 40 ? `${arg.slice(0, 40)}…` : arg)).join(" ")}`;
        t.diagnostic(`${what}: ${ms.toFixed(0)} ms, on the host ${host.ms.toFixed(0)} ms`);
        assert.equal(here.report, "", what);
        assert.deepEqual({ stdout: here.stdout, stderr: here.stderr, status: here.status }, { stdout: host.stdout, stderr: host.stderr, status: host.status >>> 0 }, what);
        assert.deepEqual(contents(folders.here), contents(folders.host), what);
      }
    });
  }
});

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name)).toString("latin1")]));
}
