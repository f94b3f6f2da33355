/** The shell at a terminal: line editing, history, completion, job control. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Files } from "isola";
import { programPath } from "../programs/programs.ts";
import { Person } from "./sh/person.ts";

const options = { timeout: 120_000 };
const CTRL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
const ESC = "\x1b";
const [UP, DOWN, RIGHT, LEFT, HOME, END, DELETE] = ["[A", "[B", "[C", "[D", "[H", "[F", "[3~"].map((key) => `${ESC}${key}`) as [string, string, string, string, string, string, string];

test("a line is shown, run and followed by the next prompt", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.runs("echo hello", "hello");
  await person.runs("x=5; echo $((x * 2))", "10");
  await person.runs("false", "");
  await person.runs("echo $?", "1");
  await person.runs("cat /w/none", "cat: /w/none: No such file or directory");
  await person.type("exit 3\r");
  assert.deepEqual(await person.process.exited, { status: 3 });
});

test("^D ends a here-document and gives up an unfinished command, and the shell goes on", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.type("cat <<E\r");
  await person.sees("$ cat <<E\n>");
  await person.type("text\r");
  await person.sees("> text\n>");
  await person.type(CTRL("D"));
  await person.sees("> text\n>\ntext\n$");
  await person.type("if true; then\r");
  await person.sees("$ if true; then\n>");
  await person.type(CTRL("D"));
  await person.sees("unexpected end of file\n$");
  await person.runs("echo on", "on");
  await person.type(CTRL("D"));
  assert.deepEqual(await person.process.exited, { status: 0 });
});

test("the prompt is expanded each time", options, async () => {
  await using person = await Person.create({ env: { PS1: "[$PWD] $((n=n+1))$ " } });
  await person.sees("[/w] 1$");
  await person.type("cd /bin\r");
  await person.sees("[/bin] 2$");
});

test("keys move, insert and delete", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.type(`cho hello${HOME}e${END}!${LEFT}${LEFT}${LEFT}${RIGHT}p\r`);
  await person.sees("$ echo hellpo!\nhellpo!\n$");
  await person.type(`echo abc${CTRL("A")}${CTRL("F")}${CTRL("D")}${CTRL("E")}${CTRL("B")}\x7fx\r`);
  await person.sees("eho axc: not found\n$".replace("eho axc", "sh: eho") );
  await person.type(`echo one two three${CTRL("W")}${CTRL("W")}${CTRL("Y")}${CTRL("Y")}\r`);
  await person.sees("one two threetwo three\n$");
  await person.type(`gone${CTRL("U")}echo kept cut${LEFT}${LEFT}${LEFT}${LEFT}${CTRL("K")}\r`);
  await person.sees("$ echo kept\nkept\n$");
  await person.type(`echo süß${LEFT}${LEFT}${DELETE}u\x7fü${CTRL("T")}\r`);
  await person.sees(/\$ echo s\S+\ns\S+\n\$$/);
  await person.type(`echo a-b.c${ESC}b${ESC}\x7fX\r`);
  await person.sees("$ echo a-Xc\na-Xc\n$");
  await person.type(`junk${CTRL("C")}`);
  await person.sees("$ junk^C\n$");
  await person.runs("echo $?", "130");
});

test("a line longer than the screen wraps and can be edited", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  const long = "x".repeat(100);
  await person.type(`echo ${long}${CTRL("A")}`);
  await person.sees((screen) => screen.cursor.row === 0 && screen.cursor.column === 2 && screen.text === `$ echo ${"x".repeat(53)}\n${"x".repeat(47)}`);
  await person.type(`: ${CTRL("E")}${"y".repeat(18)}`);
  await person.sees((screen) => screen.text === `$ : echo ${"x".repeat(51)}\n${"x".repeat(49)}${"y".repeat(11)}\n${"y".repeat(7)}`);
  await person.type(CTRL("U"));
  await person.sees((screen) => screen.text === "$");
});

test("the history is recalled, searched and kept in a file", options, async () => {
  await using person = await Person.create({ files: { "/w/.sh_history": "echo old\n" } });
  await person.sees("$");
  await person.runs("echo one", "one");
  await person.runs("echo two", "two");
  await person.type(`typed${UP}${UP}\r`);
  await person.sees("$ echo one\none\n$");
  await person.type(`${UP}${UP}${UP}${UP}`);
  await person.sees("$ echo old");
  await person.type(`${DOWN}${DOWN}${DOWN}${DOWN}new`);
  await person.sees("$ new");
  await person.type(`${CTRL("U")}${CTRL("R")}tw`);
  await person.sees("(reverse-i-search)`tw': echo two");
  await person.type("\r");
  await person.sees("$ echo two\ntwo\n$");
  await person.type(`${CTRL("R")}o${CTRL("R")}`);
  await person.sees("(reverse-i-search)`o': echo one");
  await person.type(CTRL("G"));
  await person.sees(/\n\$$/);
  assert.equal(await new Files(person.shell.files).readText("/w/.sh_history"), "echo old\necho one\necho two\necho one\necho two\n");
});

test("words are completed: commands, paths, variables", options, async () => {
  await using person = await Person.create({ files: { "/w/first file": "1", "/w/folder/inner": "2", "/w/fold.txt": "3" } });
  await person.sees("$");
  await person.type("ech\t");
  await person.sees((screen) => screen.lastRow === "$ echo" && screen.cursor.column === 7);
  await person.type("fi\t");
  await person.sees("$ echo first\\ file");
  await person.type(`${CTRL("U")}cat fo\t`);
  await person.sees("$ cat fold");
  await person.type("\t\t");
  await person.sees("fold.txt  folder/\n$ cat fold");
  await person.type("e\t");
  await person.sees("$ cat folder/");
  await person.type("\t\r");
  await person.sees("$ cat folder/inner\n2\n$");
  await person.type(`${CTRL("U")}echo "fir\t`);
  await person.sees('$ echo "first file"');
  await person.type(`${CTRL("U")}LONGNAME=yes; echo $LONGN\t`);
  await person.sees("echo $LONGN");
  await person.type("\r");
  await person.sees(/LONGN\n\n\$$/);
  await person.type("echo $LONGN\t\r");
  await person.sees("$ echo $LONGNAME\nyes\n$");
  await person.type("if tru\t");
  await person.sees((screen) => screen.lastRow === "$ if true");
});

test("a command over several lines has a second prompt", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.type("for i in 1 2; do\recho $i\rdone\r");
  await person.sees("$ for i in 1 2; do\n> echo $i\n> done\n1\n2\n$");
  await person.type("cat <<E\rin it\rE\r");
  await person.sees("> in it\n> E\nin it\n$");
  await person.type(`echo 'open${"\r"}${CTRL("C")}`);
  await person.sees("> ^C\n$");
  await person.type("if true\r)\r");
  await person.sees("sh: syntax error near unexpected token `)'\n$");
  await person.type(CTRL("D"));
  assert.deepEqual(await person.process.exited, { status: 2 });
});

/** A program that says when it runs in the foreground, and then copies: before, keys would be the shell's. */
const TALK = { "/w/talk": "echo go\ncat\n" };

test("^C ends what runs, not the shell", options, async () => {
  await using person = await Person.create({ files: TALK });
  await person.sees("$");
  await person.type("sh talk\r");
  await person.sees("\ngo");
  await person.type(`line\r${CTRL("C")}`);
  await person.sees(/\^C\n\$$/);
  await person.runs("echo $?", "130");
  await person.type("echo on; while :; do :; done\r");
  await person.sees("done\non");
  await person.type(CTRL("C"));
  await person.sees(/\^C\n\$$/);
  await person.type("trap 'echo caught' INT\r");
  await person.sees(/INT\n\$$/);
  await person.type("sh talk; echo after\r");
  await person.sees("\ngo");
  await person.type(CTRL("C"));
  await person.sees(/go\n\^C\n\$$/);
});

test("keys mean the program that is being started", options, async () => {
  const big = new Uint8Array(readFileSync(programPath("sqlite")));
  // With sections that mean nothing, so that none is the module that was compiled already.
  const [other, third] = [1, 2].map((length) => new Uint8Array([...big, 0, 1 + length, length, ...new Uint8Array(length)])) as [Uint8Array, Uint8Array];
  await using person = await Person.create({ files: { "/w/big": big, "/w/other": other, "/w/third": third, "/w/script": "./third -version\necho after" } });
  const { session, os } = person.shell;
  /** Types a command, and waits until the shell, or one that it started, is starting the program. */
  const starts = async (command: string, by = (): number | undefined => person.process.pid): Promise<number> => {
    await person.type(`${command}\r`);
    for (let pid = by(); ; pid = by()) {
      if (pid !== undefined && os.snapshotOf(pid)?.waitsFor === "spawn") return pid;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await person.sees("$");
  await starts("./big");
  await person.type(CTRL("Z"));
  await person.sees("[1] + Stopped                 ./big\n$");
  await person.runs("echo $?", "148");
  await starts("./other");
  await person.type(CTRL("C"));
  await person.sees(/\^C\n\$$/);
  await person.runs("echo $?", "130");
  await person.type("kill %1\r");
  await person.seesByAndBy(/Terminated +\.\/big\n/);
  await person.sees(/\n\$$/);
  const script = await starts("sh script", () => [...session.table.processes].find(({ argv, ended }) => !ended && argv[1] === "script")?.pid);
  await (await session.spawn("/bin/kill", ["kill", "-s", "STOP", "--", `-${script}`], { stdin: "null" })).exited;
  await person.sees("[1] + Stopped (SIGSTOP)       sh script\n$");
  await person.type("fg\r");
  await person.sees("\nafter\n$");
});

test("jobs are stopped, listed, resumed and waited for", options, async () => {
  await using person = await Person.create({ files: TALK });
  await person.sees("$");
  await person.type("sh talk\r");
  await person.sees("\ngo");
  await person.type(CTRL("Z"));
  await person.sees("[1] + Stopped                 sh talk\n$");
  await person.runs("echo $?", "148");
  await person.type("cat | sh talk\r");
  await person.sees("\ngo");
  await person.type(CTRL("Z"));
  await person.sees("[2] + Stopped                 cat | sh talk\n$");
  await person.runs("jobs", "[1] - Stopped                 sh talk\n[2] + Stopped                 cat | sh talk");
  await person.type("fg %1\r");
  await person.sees("$ fg %1\nsh talk");
  await person.type("b\r");
  await person.sees("\nb");
  await person.type(CTRL("D"));
  await person.sees("\nb\n$");
  await person.type("exit\r");
  await person.sees("sh: there are stopped jobs\n$");
  await person.type("kill %2\r");
  await person.seesByAndBy(/Terminated +cat \| sh talk\n/);
  await person.sees(/\n\$$/);
  await person.type("jobs; echo none\r");
  await person.sees("$ jobs; echo none\nnone\n$");
  await person.type("cat <f & \r");
  await person.sees(/f: cannot open: No such file\n\$$/);
  await person.type("exit\r");
  assert.deepEqual(await person.process.exited, { status: 0 });
});

test("a job in the background that reads stops, and tells when it is done", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.type("cat &\r");
  await person.sees(/\[1\] \d+\n/);
  await person.seesByAndBy(/\[1\] \+ Stopped \(SIGTTIN\) +cat\n/);
  await person.sees(/\n\$$/);
  await person.type("fg\r");
  await person.sees("$ fg\ncat");
  await person.type("z\r");
  await person.sees("\nz");
  await person.type(CTRL("D"));
  await person.sees("\nz\n$");
  await person.type("true &\r");
  await person.seesByAndBy(/\[1\] \d+\n(\$\n)*\[1\] \+ Done +true\n/);
  await person.type("wait; echo waited\r");
  await person.sees("waited\n$");
});

test("profile and ENV are read, and the history file can be chosen", options, async () => {
  await using person = await Person.create({
    env: { ENV: "$HOME/rc", HISTFILE: "/tmp/h" },
    files: { "/w/.profile": "greeting='hi there'\nset -o ignoreeof\n", "/w/rc": "alias hi='echo $greeting'\n" },
  });
  await person.sees("$");
  await person.runs("hi", "hi there");
  await person.type(CTRL("D"));
  await person.sees('sh: use "exit" to leave the shell\n$');
  assert.equal(await new Files(person.shell.files).readText("/tmp/h"), "hi\n");
});

test("another width of the window is taken up", options, async () => {
  await using person = await Person.create();
  await person.sees("$");
  await person.type("abc");
  await person.sees("$ abc");
  person.terminal.resize(24, 40);
  await person.type("def");
  await person.sees("$ abcdef");
});
