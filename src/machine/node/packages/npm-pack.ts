/**
 * Gets a package from the user's npm registry by the user's own npm, with their settings and
 * credentials: `npm pack` into a temporary folder, no script of any package run. The archive is
 * held against the checksum that the registry states for that version.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageError } from "./package-error.ts";
import { ARCHIVE_MAX } from "./package-limits.ts";
import { isPackageName, isVersion } from "./package-path.ts";

const TIMEOUT_MS = 300_000;
const OUTPUT_MAX = 16 << 20;

export interface PackedPackage {
  readonly archive: Uint8Array;
  /** As the registry states it and as it was found, such as "sha512-…". */
  readonly integrity: string;
}

/** Takes "NAME" or "NAME@VERSION" apart. @throws PackageError package/name */
export function parseNpmSpec(spec: string): { readonly name: string; readonly version: string | undefined } {
  const at = spec.indexOf("@", 1);
  const name = at < 0 ? spec : spec.slice(0, at);
  const version = at < 0 ? undefined : spec.slice(at + 1);
  if (!isPackageName(name)) throw new PackageError("package/name", `${JSON.stringify(name)} cannot be the name of a package`);
  if (version !== undefined && !isVersion(version)) throw new PackageError("package/name", `${JSON.stringify(version)} is neither a version nor a tag`);
  return { name, version };
}

/**
 * The package `spec`, "NAME" or "NAME@VERSION". `npm` is the command to run.
 *
 * @throws PackageError package/name, package/npm, package/integrity, package/too-large
 */
export async function npmPack(spec: string, npm = "npm"): Promise<PackedPackage> {
  const { name, version } = parseNpmSpec(spec);
  const folder = mkdtempSync(join(tmpdir(), "isola-package-"));
  try {
    const wanted = `${name}@${version ?? "latest"}`;
    const stated = await registryFacts(npm, wanted, folder);
    await runNpm(npm, ["pack", "--ignore-scripts", "--json", "--pack-destination", folder, "--", `${name}@${stated.version}`], folder);
    const archives = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
    if (archives.length !== 1) throw new PackageError("package/npm", `npm pack ${wanted} made ${archives.length} archives instead of one`);
    const path = join(folder, archives[0]!);
    if (statSync(path).size > ARCHIVE_MAX) throw new PackageError("package/too-large", `the archive of ${wanted} has more than ${ARCHIVE_MAX} bytes`);
    const archive = readFileSync(path);
    checkIntegrity(wanted, archive, stated.integrity);
    return { archive, integrity: stated.integrity };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Which version it is, and its checksum. */
async function registryFacts(npm: string, wanted: string, folder: string): Promise<{ readonly version: string; readonly integrity: string }> {
  const output = await runNpm(npm, ["view", "--json", "--", wanted, "version", "dist.integrity"], folder);
  let facts: unknown;
  try {
    facts = JSON.parse(output);
  } catch {
    throw new PackageError("package/npm", `there is no ${wanted} in the registry`);
  }
  const version: unknown = typeof facts === "object" && facts !== null ? Reflect.get(facts, "version") : undefined;
  const integrity: unknown = typeof facts === "object" && facts !== null ? Reflect.get(facts, "dist.integrity") : undefined;
  if (typeof version !== "string" || !isVersion(version)) throw new PackageError("package/npm", `the registry states no version of ${wanted}`);
  if (typeof integrity !== "string") throw new PackageError("package/integrity", `the registry states no checksum of ${wanted}`);
  return { version, integrity };
}

/** `integrity` is a list of "ALGORITHM-BASE64"; the strongest that is known counts. Spec: Subresource Integrity, 3.1 Integrity metadata. */
export function checkIntegrity(what: string, bytes: Uint8Array, integrity: string): void {
  const stated = integrity.split(/\s+/).map((part) => /^(sha512|sha384|sha256)-([A-Za-z0-9+/]+={0,2})(?:\?.*)?$/.exec(part));
  for (const algorithm of ["sha512", "sha384", "sha256"]) {
    const sums = stated.filter((match) => match?.[1] === algorithm);
    if (sums.length === 0) continue;
    const found = createHash(algorithm).update(bytes).digest("base64");
    if (sums.some((match) => match![2] === found)) return;
    throw new PackageError("package/integrity", `what came for ${what} is not what the registry states: ${algorithm}-${found} instead of ${integrity}`);
  }
  throw new PackageError("package/integrity", `the registry states no checksum of ${what} that can be checked: ${integrity}`);
}

function runNpm(npm: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(npm, args, { cwd, timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: OUTPUT_MAX, encoding: "utf8" }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === "ENOENT") reject(new PackageError("package/npm", `there is no npm: "${npm}" was not found`, { cause: error }));
      else reject(new PackageError("package/npm", `npm ${args[0]} failed: ${reasonIn(stderr) ?? error.message}`, { cause: error }));
    });
  });
}

/** The lines that npm marks as errors, without the mark. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split("\n").flatMap((line) => /^npm (?:error|ERR!) (?!code |A complete log|\s*$)(.*)/.exec(line)?.[1] ?? []);
  return lines.length === 0 ? undefined : lines.slice(0, 4).join("; ");
}
