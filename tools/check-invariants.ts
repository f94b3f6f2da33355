/** Every invariant of docs/invariants.md is cited in the sources, and every citation names one. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CITATION = /\bINV-(\d+)\b/g;

export function checkInvariants(root: string): { readonly looked: number; readonly breaches: readonly string[] } {
  const listed = [...readFileSync(join(root, "docs/invariants.md"), "utf8").matchAll(/^\| INV-(\d+) \|/gm)].map((match) => Number(match[1]));
  const breaches: string[] = [];
  listed.forEach((number, index) => {
    if (number !== index + 1) breaches.push(`docs/invariants.md: INV-${number} stands where INV-${index + 1} should`);
  });
  const cited = new Set<number>();
  for (const path of globSync("src/**/*.ts", { cwd: root })) {
    for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
      for (const match of line.matchAll(CITATION)) {
        const number = Number(match[1]);
        cited.add(number);
        if (!listed.includes(number)) breaches.push(`${path}:${index + 1}: INV-${number} is not in docs/invariants.md`);
      }
    }
  }
  for (const number of listed) if (!cited.has(number)) breaches.push(`docs/invariants.md: INV-${number} is cited nowhere`);
  return { looked: listed.length, breaches };
}
