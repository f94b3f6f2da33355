/** Ruby 3.2: expressions, its library (which is inside the module), scripts, input, errors and statuses. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hostDir, memory } from "../../src/node.ts";
import { Subject, assertEnded, temporaryFolder } from "./programs.ts";
import type { Ended } from "./programs.ts";

describe("Ruby", () => {
  const subject = new Subject();
  const ruby = (code: string, options: object = {}): Promise<Ended> => subject.run("ruby", { ...options, args: ["-e", code] });

  test("computes, and has its library", async () => {
    const ended = await ruby(`
require "json"
require "digest"
require "set"
require "time"
puts 6 * 7, 2 ** 200, (1..30).inject(:*), RUBY_VERSION
puts JSON.generate(JSON.parse('{"a": [1, 2.5, null, true], "ä": "€"}'))
puts Digest::SHA256.hexdigest("isola"), "some@example.org"[/@(\\w+)/, 1], "baab".gsub(/a+/) { |m| "<#{m}>" }
puts Set.new([3, 1, 3]).sort.inspect, Time.at(0).utc.iso8601, "grüße".upcase, "日本".reverse, [1, [2, [3]]].flatten.sum
puts [5, 3, 9].sort.map { |n| n.to_s(2) }.join(","), "%05.1f|%-5s|%x" % [3.14159, "ab", 255]
f = Fiber.new { |x| y = Fiber.yield(x + 1); y * 2 }
puts f.resume(1), f.resume(21)
puts catch(:done) { 10.times { |i| throw :done, i if i == 4 }; :never }
`);
    assertEnded(ended, {
      stdout: ["42", String(2n ** 200n), "265252859812191058636308480000000", "3.2.0", '{"a":[1,2.5,null,true],"ä":"€"}', createHash("sha256").update("isola").digest("hex"), "example", "b<aa>b",
        "[1, 3]", "1970-01-01T00:00:00Z", "GRÜSSE", "本日", "6", "11,101,1001", "003.1|ab   |ff", "2", "42", "4", ""].join("\n"),
    });
  });

  test("an exception is status 1 and told on standard error; exit and abort give theirs", async () => {
    assertEnded(await ruby("puts 'before'\ndef f = raise(ArgumentError, 'no')\nf"), { status: 1, stdout: "before\n", stderr: /^-e:2:in `f': no \(ArgumentError\)\n(.*\n)*\tfrom -e:3:in `<main>'\n$/ });
    assertEnded(await ruby("at_exit { puts 'last' }; exit 3"), { status: 3, stdout: "last\n" });
    assertEnded(await ruby("abort 'told so'"), { status: 1, stdout: "", stderr: "told so\n" });
    assertEnded(await ruby("begin; Integer('x'); rescue ArgumentError => e; puts e.message; ensure; puts 'ensured'; end"), { stdout: 'invalid value for Integer(): "x"\nensured\n' });
    assertEnded(await ruby("def f = f; begin; f; rescue SystemStackError => e; puts e.message; end"), { stdout: "stack level too deep\n" });
  });

  test("a script with arguments and a neighbour to require, in a host directory that it may write", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    mkdirSync(join(folder, "lib"));
    writeFileSync(join(folder, "lib/helper.rb"), "def twice(n) = 2 * n\n");
    writeFileSync(join(folder, "main.rb"), `
require_relative "lib/helper"
p ARGV, __FILE__, twice(21), ENV["NAME"], Dir.children("/work").sort
File.write("/work/out.txt", "eins\\nzwei\\n")
File.open("/work/out.txt", "a") { |f| f.puts "€" }
p File.readlines("/work/out.txt", chomp: true), File.size("/work/out.txt"), File.file?("/work/lib"), File.directory?("/work/lib")
File.rename("/work/out.txt", "/work/lib/moved.txt")
20.times { |n| File.write("/work/lib/f#{n}", "") }
dir = Dir.new("/work/lib"); 5.times { dir.read }; at = dir.tell; name = dir.read; 3.times { dir.read }; dir.seek(at)
p name == dir.read
p Dir.glob("/work/**/*.txt"), (File.read("/work/out.txt") rescue $!.class)
`);
    const work = hostDir(folder, { write: true });
    t.after(() => work.close());
    const ended = await subject.run("ruby", { args: ["/work/main.rb", "ä", "two words"], env: { NAME: "wert €" }, fs: { "/work": work } });
    assertEnded(ended, { stdout: `["ä", "two words"]\n"/work/main.rb"\n42\n"wert €"\n["lib", "main.rb"]\n["eins", "zwei", "€"]\n14\nfalse\ntrue\ntrue\n["/work/lib/moved.txt"]\nErrno::ENOENT\n` });
    assert.equal(readFileSync(join(folder, "lib/moved.txt"), "utf8"), "eins\nzwei\n€\n");
  });

  test("standard input, whole and line by line", async () => {
    assertEnded(await ruby("p $stdin.read.size", { stdin: new Uint8Array(200_000) }), { stdout: "200000\n" });
    assertEnded(await ruby("while line = gets; puts line.chomp.reverse; end; p gets", { stdin: { text: "one\nzwei" } }), { stdout: "eno\niewz\nnil\n" });
    assertEnded(await subject.run("ruby", { args: ["/script.rb"], fs: { "/": memory({ files: { "/script.rb": "puts $stdin.each_line.map(&:to_i).sum" } }) }, stdin: { text: "1\n2\n39\n" } }), { stdout: "42\n" });
  });

  test("sleep takes its time", async () => {
    const ended = await ruby("t = Process.clock_gettime(Process::CLOCK_MONOTONIC); sleep 0.3; puts Process.clock_gettime(Process::CLOCK_MONOTONIC) - t");
    assertEnded(ended, {});
    assert.ok(Number(ended.stdout) >= 0.3 && Number(ended.stdout) < 2, ended.stdout);
  });

  test("an endless loop meets the cpu limit, endless memory the memory limit", async () => {
    const spun = await ruby("loop { }", { limits: { cpu: "2s" } });
    assert.equal(spun.exit.killed, "cpu limit", spun.report + spun.stderr);
    const hungry = await ruby("a = []; loop { a << 'x' * 1_000_000 }", { limits: { memory: "192 MiB" } });
    assertEnded(hungry, { status: 1, stdout: "", stderr: /failed to allocate memory \(NoMemoryError\)/ });
    assert.ok(hungry.usage.peakMemory <= 192 << 20);
  });
});
