/**
 * `npm run build`: the publishable package in `dist/`. Plain JavaScript and declarations, every
 * other file of `src/` beside them, the launcher, README and LICENSE, and a package.json whose
 * paths point at the JavaScript. `npm pack ./dist` packs it.
 *
 * Sources and package keep the same shape (`src/os/index.ts` becomes `os/index.js`), and imports
 * between layers stay subpaths (`#kernel`), which the written package.json maps.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { buildUserland } from "./build-userland.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** `dist/`, unless an argument names another folder. It is emptied first. */
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));
/** Fields of package.json that a user of the package needs. */
const KEPT = ["name", "version", "description", "license", "type", "engines", "bin", "dependencies"] as const;

function fail(why: string): never {
  console.error(`build: ${why}`);
  process.exit(1);
}

/** `./src/os/index.ts` -> `./os/index.js`. */
function toBuilt(path: string): string {
  return path.replace(/^\.\/src\//, "./").replace(/\.ts$/, ".js");
}

/** Maps each target of an `exports` or `imports` field; an export also says where its types are. */
function mapTargets(field: unknown, withTypes: boolean): Record<string, unknown> {
  if (typeof field !== "object" || field === null) fail("package.json lacks exports or imports");
  const mapped: Record<string, unknown> = {};
  for (const [name, target] of Object.entries(field)) {
    if (typeof target !== "string") fail(`package.json: the target of ${name} is no path`);
    const built = toBuilt(target);
    // A face whose layer has no code yet is left out, so that a missing file cannot be published.
    if (!existsSync(join(DIST, built))) continue;
    mapped[name] = withTypes && built.endsWith(".js") ? { types: built.replace(/\.js$/, ".d.ts"), default: built } : built;
  }
  return mapped;
}

rmSync(DIST, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", "--outDir", DIST], { cwd: ROOT, stdio: "inherit" });
if (tsc.status !== 0) fail("the sources have type errors");

/**
 * Declarations that name the host's WebAssembly interface get it from a module of our own: a
 * global one would clash with the DOM library of whoever uses the package, and that library lacks
 * what we name.
 */
const namespace = readFileSync(join(ROOT, "types/webassembly.d.ts"), "utf8");
writeFileSync(join(DIST, "webassembly.d.ts"), namespace.replace("declare namespace WebAssembly", "export declare namespace WebAssembly"));
for (const path of globSync("**/*.d.ts", { cwd: DIST })) {
  const text = readFileSync(join(DIST, path), "utf8");
  if (path === "webassembly.d.ts" || !/\bWebAssembly\./.test(text)) continue;
  const up = relative(dirname(path), ".").split(sep).join("/") || ".";
  writeFileSync(join(DIST, path), `import type { WebAssembly } from "${up}/webassembly.js";\n${text}`);
}

let copied = 0;
for (const path of globSync("src/**/*", { cwd: ROOT })) {
  const from = join(ROOT, path);
  if (path.endsWith(".ts") || !statSync(from).isFile()) continue;
  const to = join(DIST, path.slice("src/".length));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
  copied++;
}
for (const [name, path] of (await buildUserland(ROOT)).programs) {
  mkdirSync(join(DIST, "userland", dirname(name)), { recursive: true });
  cpSync(path, join(DIST, "userland", name));
}
cpSync(join(ROOT, "userland/sdk"), join(DIST, "userland/sdk"), { recursive: true });
mkdirSync(join(DIST, "bin"), { recursive: true });
cpSync(join(ROOT, "bin/isola"), join(DIST, "bin/isola"));
chmodSync(join(DIST, "bin/isola"), 0o755);
for (const name of ["README.md", "LICENSE"]) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(DIST, name));

const manifest: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
if (typeof manifest !== "object" || manifest === null) fail("package.json is no object");
const kept = Object.fromEntries(KEPT.map((field): [string, unknown] => [field, Reflect.get(manifest, field)]));
const published = {
  ...kept,
  exports: { ...mapTargets(Reflect.get(manifest, "exports"), true), "./package.json": "./package.json" },
  imports: mapTargets(Reflect.get(manifest, "imports"), false),
};
writeFileSync(join(DIST, "package.json"), `${JSON.stringify(published, null, 2)}\n`);

const modules = globSync("**/*.js", { cwd: DIST }).length;
const declarations = globSync("**/*.d.ts", { cwd: DIST }).length - 1;
if (modules === 0 || modules !== declarations) fail(`${modules} modules but ${declarations} declarations were written`);
console.log(`build: ${modules} modules with declarations and ${copied} other files in dist/`);
