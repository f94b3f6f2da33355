/**
 * Command lines through the shell and the tools of agentOS's packages, in a folder of the host, against
 * Debian's dash and tools in the same folder: output and status are the same.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { hostDir } from "../../src/node.ts";
import type { FileSystem } from "../../src/node.ts";
import { installAll, newSession, run } from "./agentos.ts";
import { Subject, temporaryFolder } from "./programs.ts";

const DASH = "/bin/dash";
const ENV = { HOME: "/home", LC_ALL: "C.UTF-8" };

const subject = new Subject();
const STORE = temporaryFolder();
const PLACE = temporaryFolder();
let programs: FileSystem;
before(async () => {
  programs = await installAll(STORE);
});

/** The folder as each line finds it. */
function reset(): void {
  for (const name of readdirSync(PLACE)) rmSync(join(PLACE, name), { recursive: true, force: true });
  mkdirSync(join(PLACE, "sub"));
  writeFileSync(join(PLACE, "f"), "pear 3\napple 10\nfig 2\n\nünï code\n");
  writeFileSync(join(PLACE, "sub/g"), "x\ty\nlast");
}

const LINES: Readonly<Record<string, string>> = {
  "texts": String.raw`
    cat -A f
    wc -m f; wc -w < f; wc -c f sub/g | head -2
    head -c 5 f; tail -n +2 f; tail -c 4 f; tail -n1 sub/g
    tr -d aeiou < f; tr -s ' ' '_' < f; tr ',;' '  ' < sub/g
    cut -c1-3 f; cut -f2 sub/g; cut -d' ' -f1 f
    paste f f; comm f f; nl f; nl -ba f | tail -1
    expand sub/g; split -l 2 f && ls
    cksum f; sum f; md5sum f; sha1sum f; sha256sum f; b2sum f
    base32 f; base64 f; od -c f; od -An -tu1 sub/g; strings f
    seq -w 8 10; seq 1 .5 3; seq -s, 5; factor 97 100; numfmt --to=iec 1048576
    printf '%d %x %s\n' 10 255 hi; printf '%5.2f|' 3.14159; printf '%b' 'x\ty\n'
    uniq -d f; tac f; rev f; seq 5 | paste -sd+ | tr -d '\n'
    date -u -d @1700000000 '+%F %T'; date -u -d '2024-02-29' +%j
    expr 3 + 4 '*' 2; basename /a/b/c; dirname a/b; yes abc | head -c 9`,
  "files": String.raw`
    ls -1; ls -R; ls sub; stat -c '%F %n %s' sub/g
    mkdir -p a/b && rmdir -p a/b; mkdir x y; rmdir x; ls
    touch n && test -e n; echo $?; rm f; ls; rm nothing; echo $?
    mv f h; cat h; cp h f && cat f; cp -r sub sub2; ls sub2
    ln f hl && cat hl; ln -s f sl && cat sl && readlink sl; link f l2; cat l2; unlink l2; ls
    truncate -s 3 f; cat f; truncate -s 100 big; stat -c %s big
    tee x < f; cat x; echo hi | tee a b > c; cat a b c
    cd sub; ls -a; cat ../f; cat < ../f; cd ..; cat sub/../f
    test -s f && echo nonempty; [ -d sub ] && echo directory; test -e zz || echo missing
    tar -cf - f | tar -tf -; tar -cf t.tar f sub/g && tar -tf t.tar`,
  "grep and sed": String.raw`
    grep -E '^[af]' f; grep -v -c p f; grep -w fig f; grep -l pear f sub/g; grep -n '' f | tail -1
    grep -q zz f; echo $?; grep -e pear -e fig f; grep -x 'fig 2' f; grep -i APPLE f sub/g
    sed -n '/apple/,/fig/p' f; sed 's/\(.\)\(.\)/\2\1/' f; sed '1!G;h;$!d' f; sed -E 's/[0-9]+/<&>/g' f
    sed -i -e 's/pear/PEAR/' f; cat f
    sed 'y/abc/ABC/' f; sed '2q' f; sed '/^$/d' f; sed '1i top' f; sed '$a end' f; sed = f; sed -n '$=' f
    sed 's/p/P/2' f; sed '/fig/{s/2/two/;}' f; sed -e 's/a/b/' -e 's/b/c/g' f`,
  "awk": String.raw`
    awk '{print NR, NF, $1}' f; awk -F'\t' '{print $2}' sub/g; awk 'NR==2,NR==3' f
    awk 'BEGIN{printf "%s %d\n", toupper("abc"), index("hello","l")}'
    awk '{a[NR]=$0} END{for(i=NR;i>0;i--)print a[i]}' f
    awk 'BEGIN{while((getline l < "f")>0) n++; print n}'
    awk '{gsub(/p/,"P"); print}' f; awk '/apple/{print; next} {print "no"}' f
    awk 'BEGIN{print substr("hello",2,3), length("x"), int(3.7), 7%3, 2**3}'
    awk '{ print > "out.txt" } END { close("out.txt") }' f; cat out.txt; awk '{ print | "cat" }' f
    awk -F: -v OFS=- '{ $1 = $1; print }' f; awk '!seen[$1]++' f f; awk '{ $2 = ""; print }' f
    awk 'BEGIN { "echo a b" | getline y; print y; print match("foobar", "o+"), RSTART, RLENGTH }'
    awk 'BEGIN { printf "%5s|%-5s|%05d\n", "a", "b", 42; print ENVIRON["HOME"] }'`,
  "the shell": String.raw`
    i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; for x in *; do echo $x; done
    echo ${"$"}{HOME:-none} ${"$"}{Z:-dflt} ${"$"}{X:=set} $X; a=hello; echo ${"$"}{#a} ${"$"}{a%lo} ${"$"}{a#he}
    echo "$(echo nested $(echo deep))"; x=$(seq 1 50000); echo ${"$"}{#x}
    echo a b c | while read x y; do echo "$y"; done; read a b < f; echo "$b $a"
    { echo 1; echo 2; } | wc -l; (cd sub; ls); ls; (exit 5); echo $?
    set -- a b; echo $2 $#; case x in [a-m]) echo lo;; *) echo hi;; esac
    if grep -q pear f; then echo y; else echo n; fi; echo $((7/2)) $((5%3))
    ls nothing 2>/dev/null || echo fallback; ! false; echo $?; false | true; echo $?
    cat f | (read a; echo "first $a"; cat) | tail -1; cat nofile 2>/dev/null | wc -l
    sh -c 'exit 3' || echo "st $?"; false || { echo b; false; } || echo c
    printf 'echo script $1\nexit 4\n' > s; sh s x; echo $?; printf 'X=5\n' > lib; . ./lib; echo $X
    echo 'echo hi; echo $1' | sh -s a; until false; do echo x; break; done
    seq 1 3000 | while read n; do [ $((n % 1000)) -eq 0 ] && echo $n; done
    seq 1 50000 | cat | cat | cat | tail -1; seq 1 200000 | wc -l; cat f f f f | grep -c p
    for i in $(seq 1 20); do /usr/bin/env true 2>/dev/null || true; done; echo ok; yes | head -3
    timeout 0.1 sleep 3; echo $?; sleep 0.05 & wait; echo done; env -i A=1 env
    test 1 -lt 2; echo $?; [ a = b ]; echo $?; printenv HOME; unset HOME; echo "[$HOME]"`,
};

for (const [what, text] of Object.entries(LINES)) {
  test(what, { timeout: 120_000, skip: existsSync(DASH) ? false : "there is no dash to compare with" }, async () => {
    const folder = hostDir(PLACE, { write: true });
    try {
      for (const line of text.trim().split("\n").map((padded) => padded.trim())) {
        reset();
        await using session = await newSession(subject.os, programs, {}, { fs: { "/w": folder }, cwd: "/w", env: { ...ENV, PATH: "/usr/local/bin" } });
        const said = await run(session, ["sh", "-c", line]);
        reset();
        const dash = spawnSync(DASH, ["-c", line], { cwd: PLACE, env: { ...ENV, PATH: "/usr/bin:/bin" }, encoding: "utf8", timeout: 20_000 });
        assert.deepEqual([said.stdout, said.status], [dash.stdout, dash.status], `${line}\n${said.stderr}`);
      }
    } finally {
      folder.close();
    }
  });
}
