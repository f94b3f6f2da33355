/** The shell under scripts that mean it ill, or are only large: it tells what is too much, and goes on or ends; it never traps. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Shell } from "./sh/shell.ts";

interface Case {
  readonly out?: string | RegExp;
  readonly err?: string | RegExp;
  readonly status?: number;
}

const times = (text: string, count: number): string => text.repeat(count);
const DEEP = /nested too deeply|nesting exceeded/;

const CASES: Readonly<Record<string, readonly [script: string, expected: Case]>> = {
  "a function that calls itself": ["f() { f; }; f", { err: DEEP, status: 2 }],
  "a function that calls itself through everything": ["f() { if true; then while true; do case x in x) { f; };; esac; done; fi; }; f", { err: DEEP, status: 2 }],
  "a recursion that ends": ["f() { [ $1 -ge 900 ] || f $(($1 + 1)); }; f 0; echo $?", { out: "0\n" }],
  "eval in eval": ["f() { eval f; }; f", { err: DEEP, status: 2 }],
  "a file that reads itself": ["echo '. ./s' >s; . ./s", { err: DEEP, status: 2 }],
  "brackets within the bound": [`${times("{ ", 100)}echo deep${times("; }", 100)}`, { out: "deep\n" }],
  "brackets beyond it": [`${times("{ ", 5000)}echo deep${times("; }", 5000)}`, { err: DEEP, status: 2 }],
  "subshells in subshells": [`${times("( ", 30)}echo deep${times(" )", 30)}`, { out: "deep\n" }],
  "substitutions in substitutions": [`${times("$(", 1000)}echo${times(")", 1000)}`, { err: DEEP, status: 2 }],
  "parameters in parameters": [`echo ${times("${x:-", 200)}v${times("}", 200)}`, { out: "v\n" }],
  "too many parameters in parameters": [`echo ${times("${x:-", 1000)}v${times("}", 1000)}`, { err: DEEP, status: 2 }],
  "arithmetic in brackets": [`echo $((${times("(", 2000)}1${times(")", 2000)}))`, { err: DEEP, status: 2 }],
  "arithmetic with signs": [`echo $((${times("- ", 3000)}1))`, { err: DEEP, status: 2 }],
  "ifs in ifs": [`${times("if true; then ", 2000)}echo x${times("; fi", 2000)}`, { err: DEEP, status: 2 }],
  "a long chain of elif": [`if false; then :; ${times("elif false; then :; ", 2000)}else echo end; fi`, { out: "end\n" }],
  "a long chain of &&": [`${times("true && ", 3000)}echo end; (${times("true && ", 3000)}echo sub)`, { out: "end\nsub\n" }],
  "a long pipeline": [`echo through | ${times("cat | ", 30)}cat`, { out: "through\n" }],
  "an expression in brackets": [`[ ${times("\\( ", 300)}a${times(" \\)", 300)} ]`, { err: DEEP, status: 2 }],
  "aliases that lead to each other": ["alias a='b x' b='a y'\na", { err: /not found/, status: 127 }],
  "a value that doubles": ["x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done", { err: /a value is too long/, status: 2 }],
  "garbage that is collected": ["i=0; while [ $i -lt 100000 ]; do i=$((i+1)); x=\"$i $i $i\"; done; echo $x", { out: "100000 100000 100000\n" }],
  "a pattern that backtracks": [`x=${times("a", 5000)}; case $x in *a*a*a*a*a*b) echo y;; *) echo n;; esac`, { out: "n\n" }],
  "a here-document that no pipe holds": ["x=$(seq 30000); cat <<E | wc -c\n$x\nE", { out: "168894\n" }],
  "a state that is none": ["echo garbage | sh --subshell 0; echo $?; sh --subshell 99; echo $?; sh --subshell x; echo $?", { out: "2\n2\n2\n", err: /no state of a shell/ }],
  "all descriptors": ["i=3; while [ $i -lt 255 ]; do eval \"exec $i>f\"; i=$((i+1)); done; echo end | cat; (echo sub)", { out: "end\nsub\n" }],
  "a descriptor that nobody has": ["exec 300>f", { err: /out of range/, status: 2 }],
  "a tree as deep as a path can lead": [
    "h=$PWD; i=0; while [ $i -lt 1500 ]; do mkdir z; cd z; i=$((i+1)); done; cd $h; find z | wc -l; ls -R z | wc -l; du z | wc -l; cp -r z y && mv z x && rm -r x y; echo $? x* y* z*",
    { out: "1500\n4498\n1500\n0 x* y* z*\n" },
  ],
  "a width without end": ["printf '%99999999999d' 1 | wc -c", { out: "1048576\n" }],
};

let shell: Shell;
before(async () => {
  shell = await Shell.create();
});
after(() => shell[Symbol.asyncDispose]());

for (const [name, [script, expected]] of Object.entries(CASES)) {
  test(name, { timeout: 120_000 }, async () => {
    const faults: string[] = [];
    await shell.renew({ onFault: (_, exit) => faults.push(exit.fault?.message ?? exit.killed ?? "ended") });
    const said = await shell.sh(["-c", script]);
    assert.deepEqual(faults, []);
    for (const [found, wanted] of [[said.out, expected.out ?? ""], [said.err, expected.err ?? ""]] as const) {
      if (wanted instanceof RegExp) assert.match(found, wanted);
      else assert.equal(found, wanted);
    }
    assert.equal(said.status, expected.status ?? 0);
  });
}
