/** PHP 8.2 as CGI: requests by environment and arguments, headers, forms, files and errors. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hostDir, memory } from "../../src/node.ts";
import type { SpawnOptions } from "../../src/node.ts";
import { Subject, assertEnded, temporaryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function answerOf({ stdout }: Ended): Answer {
  const [, head = "", body = ""] = /^(.*?)\r\n\r\n(.*)$/s.exec(stdout) ?? assert.fail(`no headers in ${stdout}`);
  return { headers: Object.fromEntries(head.split("\r\n").map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])), body };
}

describe("PHP", () => {
  const subject = new Subject();
  const php = (code: string, options: SpawnOptions = {}): Promise<Ended> =>
    subject.run("php", { ...options, args: options.args ?? ["/www/index.php"], fs: { "/www": memory({ files: { "/index.php": code } }) } });

  test("a script computes, with headers before its output", async () => {
    const ended = await php(`<?php
header("X-Answer: " . 6 * 7);
echo PHP_VERSION, "\\n", json_encode(["a" => [1, 2.5, null, true], "ä" => "€"]), "\\n", hash("sha256", ""), "\\n";
echo preg_replace('/a+/', '<$0>', "baab"), " ", strrev("abc"), " ", implode(",", array_map(fn($n) => $n ** 2, range(1, 5))), "\\n";
printf("%05.1f|%-5s|%x\\n", M_PI, "ab", 255);
?>text <?= date("Y-m-d", 0) ?>.
`);
    assertEnded(ended, {});
    const { headers, body } = answerOf(ended);
    assert.equal(headers["x-answer"], "42");
    assert.match(headers["content-type"] ?? "", /^text\/html/);
    assert.equal(body, `8.2.0\n{"a":[1,2.5,null,true],"\\u00e4":"\\u20ac"}\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nb<aa>b cba 1,4,9,16,25\n003.1|ab   |ff\ntext 1970-01-01.\n`);
  });

  const request = (env: Record<string, string>): Record<string, string> => ({
    GATEWAY_INTERFACE: "CGI/1.1", REDIRECT_STATUS: "200", REQUEST_METHOD: "GET", SCRIPT_FILENAME: "/www/index.php", SCRIPT_NAME: "/index.php", SERVER_PROTOCOL: "HTTP/1.1", ...env,
  });

  test("a CGI request: query, cookie, server variables, status and redirect", async () => {
    const ended = await php(`<?php http_response_code(201); setcookie("seen", "yes"); echo $_GET["name"], "|", $_GET["list"][1], "|", $_COOKIE["id"], "|", $_SERVER["HTTP_HOST"], "|", $_SERVER["REQUEST_METHOD"];`, {
      args: [], env: request({ QUERY_STRING: "name=gr%C3%BC%C3%9Fe+x&list[]=a&list[]=b", HTTP_COOKIE: "id=7", HTTP_HOST: "example.org" }),
    });
    assertEnded(ended, {});
    const { headers, body } = answerOf(ended);
    assert.equal(headers["status"], "201 Created");
    assert.equal(headers["set-cookie"], "seen=yes");
    assert.equal(body, "grüße x|b|7|example.org|GET");
    const moved = answerOf(await php(`<?php header("Location: /elsewhere");`, { args: [], env: request({}) }));
    assert.deepEqual([moved.headers["status"], moved.headers["location"]], ["302 Found", "/elsewhere"]);
  });

  test("a posted form comes from standard input", async () => {
    const form = "name=wert+%E2%82%AC&n=42";
    const ended = await php(`<?php echo $_POST["name"], "|", $_POST["n"] + 1, "|", strlen(file_get_contents("php://input"));`, {
      args: [], env: request({ REQUEST_METHOD: "POST", CONTENT_TYPE: "application/x-www-form-urlencoded", CONTENT_LENGTH: String(form.length) }), stdin: { text: form },
    });
    assertEnded(ended, {});
    assert.equal(answerOf(ended).body, `wert €|43|${form.length}`);
  });

  test("quiet mode gives the body alone; files of a host directory are read, written and listed", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    writeFileSync(join(folder, "in.txt"), "eins\nzwei\n");
    writeFileSync(join(folder, "lib.php"), "<?php function twice($n) { return 2 * $n; }");
    writeFileSync(join(folder, "main.php"), `<?php
require __DIR__ . "/lib.php";
file_put_contents("/data/out.txt", strtoupper(file_get_contents("/data/in.txt")));
file_put_contents("/data/out.txt", "€", FILE_APPEND);
rename("/data/out.txt", "/data/moved.txt");
mkdir("/data/sub");
$names = array_diff(scandir("/data"), [".", ".."]);
echo twice(21), " ", implode(" ", $names), " ", filesize("/data/moved.txt"), " ", var_export(is_dir("/data/sub"), true), " ", var_export(@file_get_contents("/etc/passwd"), true), " ", var_export(@file_get_contents("/data/../../etc/passwd"), true);
unlink("/data/in.txt");`);
    const data = hostDir(folder, { write: true });
    t.after(() => data.close());
    const ended = await subject.run("php", { args: ["-q", "/data/main.php"], fs: { "/data": data } });
    assertEnded(ended, { stdout: "42 in.txt lib.php main.php moved.txt sub 13 true false false" });
    assert.equal(readFileSync(join(folder, "moved.txt"), "utf8"), "EINS\nZWEI\n€");
  });

  test("an uncaught exception is status 255, exit gives its own, a missing script is told", async () => {
    const thrown = await php(`<?php echo "before "; throw new RuntimeException("no");`, { args: ["-q", "/www/index.php"] });
    assert.equal(thrown.status, 255, thrown.stderr);
    assert.match(thrown.stdout + thrown.stderr, /before .*Uncaught RuntimeException: no in \/www\/index\.php:1/s);
    assert.equal((await php(`<?php exit(3);`, { args: ["-q", "/www/index.php"] })).status, 3);
    const missing = await php("", { args: ["-q", "/www/none.php"] });
    assert.notEqual(missing.status, 0);
    assert.match(missing.stdout + missing.stderr, /No input file specified/);
  });

  test("an endless loop meets the cpu limit, endless memory ends it inside its limit", async () => {
    const spun = await php(`<?php while (true);`, { limits: { cpu: "700ms" } });
    assert.equal(spun.exit.killed, "cpu limit", spun.report);
    const hungry = await php(`<?php ini_set("memory_limit", "-1"); $s = "x"; while (true) $s .= $s;`, { args: ["-q", "/www/index.php"], limits: { memory: "64 MiB" } });
    // This build of PHP cannot jump out of what it is doing when an allocation fails; it traps, also elsewhere.
    assert.match(hungry.report, /^php: wasm trap: .*\nwasm backtrace:\n {4}0: /);
    assert.ok(hungry.usage.peakMemory <= 64 << 20);
  });
});
